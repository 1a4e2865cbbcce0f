"""Tables: CSV and its relatives."""

from collections.abc import Callable

import pytest

from assistant.article import Article, PublicationDate
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]


def summary(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Map places to texts of articles or reasons of rejections."""
    return {item.source: item.text if isinstance(item, Article) else item.reason for item in outcome}


ROW = "Wall breached,The sea came.,Petra Lunn,2023-11-25,Harbour Ledger,https://ledger.example/a"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table(parse_bytes: ParseBytes, delimiter: str, mark: str) -> None:
    data = mark + f"title,content,author,date,publication,link\n{ROW}\n".replace(",", delimiter)
    [found] = parse_bytes("a.csv", data.encode())
    assert isinstance(found, Article)
    assert (found.source, found.title, found.text) == ("desk/a.csv#1", "Wall breached", "The sea came.")
    assert (found.authors, found.outlet, found.url) == (
        ("Petra Lunn",),
        "Harbour Ledger",
        "https://ledger.example/a",
    )
    assert found.published == PublicationDate("2023-11-25", "metadata")


def test_line_ends_and_quotes_within_cells(parse_bytes: ParseBytes) -> None:
    data = b'title,text\r\nOne,"First, he said.\r\n\r\n""Second"", she said."\r\n\r\nTwo,Short\r\n'
    assert summary(parse_bytes("a.csv", data)) == {
        "desk/a.csv#1": 'First, he said.\n\n"Second", she said.',
        "desk/a.csv#2": "Short",
    }


def test_a_table_with_any_name_is_recognised_by_its_columns(parse_bytes: ParseBytes) -> None:
    assert summary(parse_bytes("a.txt", b"headline,body\nOne,First.\n")) == {"desk/a.txt#1": "First."}
    [story] = parse_bytes("b.txt", b"Dates, figs and title deeds\n\nA story with commas.")
    assert story.source == "desk/b.txt"


def test_mapped_columns(parse_bytes: ParseBytes) -> None:
    found = parse_bytes("a.csv", b"Kop;Tekst\nOne;First.\n", title="Kop", text="Tekst")
    assert summary(found) == {"desk/a.csv#1": "First."}


def test_a_table_without_the_needed_columns_is_rejected_once(parse_bytes: ParseBytes) -> None:
    data = b"sku,price\n" + b"1,2\n" * 1000
    [rejected] = parse_bytes("a.csv", data)
    assert rejected == Rejected(
        "desk/a.csv",
        "no text: none of its fields (sku, price) is known as text",
    )
    [rejected] = parse_bytes("b.csv", b"sku,copy\n1,The sea came in the night.\n2,x\n")
    assert isinstance(rejected, Rejected)
    assert rejected.reason.endswith("; if it is in copy, map that with --field text=copy")


def test_a_first_line_that_cannot_be_read_is_a_reason(parse_bytes: ParseBytes) -> None:
    [rejected] = parse_bytes("x.csv", b"title,text,pub\rlished\nOne,Text.,2023-01-01\n")
    assert isinstance(rejected, Rejected) and "its first line cannot be read" in rejected.reason


def test_rows_that_do_not_fit_are_rejected_alone(parse_bytes: ParseBytes) -> None:
    data = b"title,text,date\nOne,First.,2023\nTwo,Second, with a comma,2023\nThree,,2023\nFour,Fourth.\n"
    assert summary(parse_bytes("a.csv", data)) == {
        "desk/a.csv#1": "First.",
        "desk/a.csv#2": "not a row of the table: it has 4 cells, but only 3 columns have names",
        "desk/a.csv#3": "no text: the field for it is empty",
        "desk/a.csv#4": "Fourth.",
    }


@pytest.mark.parametrize("rest", ["", 'Five,"Fifth."\nSix,Sixth.\n'])
def test_a_quotation_mark_never_closed_costs_one_row(parse_bytes: ParseBytes, rest: str) -> None:
    data = (
        f'title,text,date\nOne,First.,2023\nTwo,"Second.,2023\nThree,Third.,2023\nFour,Fourth.,2023\n{rest}'
    )
    found = summary(parse_bytes("a.csv", data.encode()))
    assert found["desk/a.csv#2"] == "not a row of the table: it has an unclosed quotation mark"
    assert [found[f"desk/a.csv#{number}"] for number in (1, 3, 4)] == ["First.", "Third.", "Fourth."]
    assert ("Fifth." in found.values()) == bool(rest)


def test_a_row_above_the_limit_is_rejected_and_the_rest_is_read(parse_bytes: ParseBytes) -> None:
    data = b"title,text\nOne,First.\nTwo," + b"x" * 21_000_000 + b"\nThree,Third.\n"
    assert list(summary(parse_bytes("a.csv", data)).values()) == [
        "First.",
        "too large: one article may have 20 MB of text",
        "Third.",
    ]


def test_encodings(parse_bytes: ParseBytes) -> None:
    text = "title,text\nOne,£15.8m – café\n"
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-16-le"):
        assert summary(parse_bytes("a.csv", text.encode(encoding))) == {"desk/a.csv#1": "£15.8m – café"}
    assert summary(parse_bytes("b.csv", b"title,text\nOne,N\x00UL" + b" and text" * 20)) == {
        "desk/b.csv#1": "NUL" + " and text" * 20
    }


def test_a_table_of_nothing_but_names_has_no_rows(parse_bytes: ParseBytes) -> None:
    assert parse_bytes("a.csv", b"title,text\n") == [Rejected("desk/a.csv", "no records")]


@pytest.mark.parametrize(
    ("above", "delimiter"),
    [
        ("sep=;\r\n", ";"),
        ("SEP=|\n", "|"),
        ('"sep=,"\n', ","),
        ("sep=\t\n", "\t"),
        ("\ufeffsep=;\n", ";"),
        ("Export of 2024-02-01 by the monitoring desk\nQuery: bridge OR ferry\n\n", ","),
        ("Export of 2024-02-01, made by the monitoring desk\n", ";"),
        ("sep=;\nQuery: bridge\n", ";"),
        ("Report\n\n\nRows;1\n", ";"),
        ("", ";"),
    ],
)
def test_lines_above_the_names_of_columns(parse_bytes: ParseBytes, above: str, delimiter: str) -> None:
    rows = [
        ["Date", "Headline", "Full Text"],
        ["2018-05-14", "Wall", '"The wall fell; it was, in truth | old."'],
    ]
    data = above + "\n".join(delimiter.join(row) for row in rows)
    [found] = parse_bytes("export.csv", data.encode())
    assert isinstance(found, Article)
    assert (found.source, found.title, found.published.iso) == ("desk/export.csv#1", "Wall", "2018-05-14")
    assert found.text == "The wall fell; it was, in truth | old."

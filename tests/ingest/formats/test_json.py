"""JSON and JSON Lines records, and the meaning of their fields."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.article import Article, PublicationDate
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]


def records(*titles: str) -> list[dict[str, object]]:
    return [{"title": title, "text": f"{title} went well."} for title in titles]


def lines(*values: object) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def titles(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Map places to titles of articles or reasons of rejections."""
    return {item.source: item.title if isinstance(item, Article) else item.reason for item in outcome}


def only(outcome: list[Article | Rejected]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


WHOLE = {"desk/x#1": "One", "desk/x#2": "Two", "desk/x#3": "Three"}


@pytest.mark.parametrize(
    "data",
    [
        lines(*records("One", "Two", "Three")),
        lines(*records("One", "Two", "Three")).replace(b"\n", b"\r\n\r\n"),
        b"\xef\xbb\xbf" + lines(*records("One", "Two", "Three")),
        lines(*records("One", "Two", "Three")).decode().encode("utf-16"),
        json.dumps(records("One", "Two", "Three")).encode(),
        json.dumps(records("One", "Two", "Three"), indent=2).encode(),
        json.dumps({"status": "ok", "totalResults": 3, "articles": records("One", "Two", "Three")}).encode(),
        json.dumps({"response": {"docs": records("One", "Two", "Three")}}, indent=1).encode(),
        json.dumps({"description": "A feed", "items": records("One", "Two", "Three")}).encode(),
        b"\n".join(json.dumps(record, indent=2).encode() for record in records("One", "Two", "Three")),
    ],
    ids=[
        "lines",
        "blank lines",
        "mark",
        "utf-16",
        "list",
        "indented",
        "articles",
        "docs",
        "items",
        "one by one",
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".txt", ""])
def test_shapes_of_json(parse_bytes: ParseBytes, data: bytes, suffix: str) -> None:
    outcome = parse_bytes(f"x{suffix}", data)
    assert titles(outcome) == {place.replace("x", f"x{suffix}"): title for place, title in WHOLE.items()}


def test_a_file_with_one_object_is_one_article(parse_bytes: ParseBytes) -> None:
    data = json.dumps(records("One")[0], indent=2).encode()
    assert titles(parse_bytes("one.json", data)) == {"desk/one.json": "One"}
    assert titles(parse_bytes("one.jsonl", lines(*records("One")))) == {"desk/one.jsonl#1": "One"}


def test_an_article_that_holds_a_list_is_still_one(parse_bytes: ParseBytes) -> None:
    record = {**records("One")[0], "items": [{"title": "Picture"}], "data": {"title": "x", "text": "y"}}
    assert titles(parse_bytes("one.json", json.dumps(record).encode())) == {"desk/one.json": "One"}


@pytest.mark.parametrize(
    "broken",
    [
        '{"title": "Two", "text": }',
        '{"title": "Two" "text": "x"}',
        '{"title": "Two", "text": "x",}',
        '{"title": "Two", "text": "unclosed}',
        '{"title": "Two", "text": "x"',
        '{"title": Two, "authors": [{"name": "A"}, {"name": "B"}], "text": "x"}',
        '{"title": "Two \\x", "text": "x"}',
        "{" * 5,
        "nonsense",
    ],
)
def test_a_broken_record_costs_only_itself(parse_bytes: ParseBytes, broken: str) -> None:
    first, third = (json.dumps(record) for record in records("One", "Three"))
    for name, data in (
        ("a.json", f"[{first},\n{broken},\n{third}]"),
        ("a.jsonl", f"{first}\n{broken}\n{third}\n"),
    ):
        outcome = titles(parse_bytes(name, data.encode()))
        assert list(outcome) == [f"desk/{name}#{number}" for number in (1, 2, 3)], name
        assert outcome[f"desk/{name}#1"] == "One" and outcome[f"desk/{name}#3"] == "Three"
        assert "not a JSON record" in outcome[f"desk/{name}#2"]


def test_records_before_a_cut_off_end_are_read(parse_bytes: ParseBytes) -> None:
    data = json.dumps(records("One", "Two")).encode()[:-12]
    outcome = titles(parse_bytes("a.json", data))
    assert outcome["desk/a.json#1"] == "One"
    assert "not a JSON record" in outcome["desk/a.json#2"]
    outcome = titles(parse_bytes("b.json", json.dumps(records("One", "Two")).encode()[:-1]))
    assert outcome["desk/b.json#3"] == "the file is cut off here"


def test_values_that_are_not_records_are_named(parse_bytes: ParseBytes) -> None:
    outcome = titles(parse_bytes("a.json", b'[{"title": "One", "text": "x"}, 17, "text", null, [1], true]'))
    assert list(outcome.values())[1:] == [
        f"not a record with named fields but {kind}"
        for kind in ("a number", "text", "null", "a list", "true or false")
    ]


def test_an_object_without_articles_is_rejected_once(parse_bytes: ParseBytes) -> None:
    data = json.dumps({f"page{n}": {"copy": "The sea came in the night." * n} for n in range(1, 3)}).encode()
    [rejected] = parse_bytes("truth.json", data)
    assert isinstance(rejected, Rejected)
    assert rejected.source == "desk/truth.json"
    assert rejected.reason.endswith(
        "known as text; if it is in page2.copy, map that with --field text=page2.copy"
    )
    [rejected] = parse_bytes("none.json", b'{"status": "ok", "articles": []}')
    assert rejected == Rejected("desk/none.json#1", "its list of articles is empty")
    assert titles(parse_bytes("list.json", b"[]")) == {"desk/list.json": "no records"}


def test_json_nested_without_end(parse_bytes: ParseBytes) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    first, last = (json.dumps(record) for record in records("One", "Three"))
    outcome = titles(parse_bytes("a.json", f'[{first}, {{"title": {deep}}}, {last}]'.encode()))
    assert outcome == {
        "desk/a.json#1": "One",
        "desk/a.json#2": "not a JSON record: nested too deeply",
        "desk/a.json#3": "Three",
    }
    outcome = titles(parse_bytes("a.jsonl", f'{first}\n{{"title": {deep}}}\n{last}'.encode()))
    assert outcome["desk/a.jsonl#2"] == "not a JSON record: nested too deeply"
    assert len(parse_bytes("b.json", deep.encode())) >= 1


def test_windows_1252_within_records(parse_bytes: ParseBytes) -> None:
    data = '{"title": "Café", "text": "£15.8m"}'.encode("cp1252")
    for name in ("a.json", "a.jsonl"):
        found = only(parse_bytes(name, data))
        assert (found.title, found.text) == ("Café", "£15.8m")


def test_lone_surrogates_and_nul_in_records(parse_bytes: ParseBytes) -> None:
    found = only(
        parse_bytes(
            "a.jsonl", b'{"title": "A\\ud800B\\u0000", "text": "Te\\udfffxt", "url": "https://a.b/\\ud800"}'
        )
    )
    assert (found.title, found.text, found.url) == ("AB", "Text", "https://a.b/")
    repr(found).encode()
    names = b'"authors": ["Jane \\ud800Doe", "\\udfff"], "guid": "a\\ud800b"'
    found = only(parse_bytes("a.jsonl", b'{"title": "A", "text": "Text.", ' + names + b"}"))
    assert (found.authors, found.guid) == (("Jane Doe",), "ab")
    [rejected] = parse_bytes("a.jsonl", b'{"\\ud800Head": "x"}')
    assert isinstance(rejected, Rejected) and "(Head)" in rejected.reason


def test_a_record_above_the_limit_is_rejected_and_the_rest_is_read(parse_bytes: ParseBytes) -> None:
    first, third = (json.dumps(record) for record in records("One", "Three"))
    big = json.dumps({"title": "Two", "text": "x" * 20_000_000 + '"\\[{' * 1_000})
    for name, data in (("a.json", f"[{first},{big},{third}]"), ("a.jsonl", f"{first}\n{big}\n{third}\n")):
        outcome = titles(parse_bytes(name, data.encode()))
        assert list(outcome.values()) == ["One", "too large: one article may have 20 MB of text", "Three"]


def test_an_object_above_the_limit_is_rejected_and_the_next_is_read(parse_bytes: ParseBytes) -> None:
    big = json.dumps({"title": "x" * 20_000_001, "authors": [{"name": "A"}], "text": "x"})
    last = json.dumps(records("Three")[0])
    outcome = titles(parse_bytes("a.json", f"{big}\n{last}".encode()))
    assert list(outcome.values()) == ["too large: one article may have 20 MB of text", "Three"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    record = json.dumps({"title": "One", "text": "The sea came over the wall. " * 200})
    peaks = []
    for count in (50, 500):
        for name, opening, separator, closing in (("a.jsonl", "", "\n", ""), ("a.json", "[", ",", "]")):
            path = tmp_path / name
            path.write_text(opening + separator.join([record] * count) + closing)
            tracemalloc.start()
            read_count = sum(1 for file in walk([path]) for _ in parse(file, ReadOptions()))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert read_count == count
    assert peaks[2] < 1.5 * peaks[0] and peaks[3] < 1.5 * peaks[1]


@pytest.mark.parametrize(
    "record",
    [
        {
            "headline": "T",
            "body": "X.",
            "byline": "By Jane Doe",
            "published_at": "2023-02-02",
            "publication": "Post",
        },
        {
            "Title": "T",
            "Content": "<p>X.</p>",
            "Author": "Jane Doe",
            "Date": "2 February 2023",
            "Source Name": "Post",
        },
        {
            "title": {"rendered": "T"},
            "content": {"rendered": "<p>X.</p>"},
            "author": {"name": "Jane Doe"},
            "date": "2023-02-02",
            "outlet": "Post",
        },
        {
            "source": {"id": None, "name": "Post"},
            "author": "Jane Doe",
            "title": "T",
            "description": "Less.",
            "publishedAt": "2023-02-02",
            "content": "X.",
        },
        {
            "authors": ["Jane Doe"],
            "date_publish": "2023-02-02",
            "date_download": "2024-01-01",
            "maintext": "X.",
            "title": "T",
            "description": "Less.",
            "site_name": "Post",
        },
        {
            "headline": {"main": "T"},
            "articleBody": ["X."],
            "datePublished": 1675296000,
            "author": [{"name": "Jane Doe"}],
            "publisher": {"name": "Post"},
        },
    ],
    ids=["cms", "spreadsheet", "WordPress", "NewsAPI", "news-please", "schema.org"],
)
def test_fields_of_common_exports(parse_bytes: ParseBytes, record: dict[str, object]) -> None:
    found = only(parse_bytes("a.json", json.dumps(record).encode()))
    assert (found.title, found.text, found.authors, found.outlet) == ("T", "X.", ("Jane Doe",), "Post")
    assert found.published.first_day is not None
    assert (found.published.first_day.isoformat(), found.published.origin) == ("2023-02-02", "metadata")


def test_the_other_fields(parse_bytes: ParseBytes) -> None:
    record = {
        **records("One")[0],
        "url": "https://www.cnn.com/2022/05/21/x!",
        "lang": "en-US",
        "location": "Port Ellery",
        "modified": "2022-05-22",
        "guid": "urn:uuid:1",
        "id": 7,
    }
    found = only(parse_bytes("a.json", json.dumps(record).encode()))
    assert (found.url, found.outlet) == ("https://www.cnn.com/2022/05/21/x!", "cnn.com")
    assert found.published == PublicationDate("2022-05-21", "url")
    assert found.updated == PublicationDate("2022-05-22", "metadata")
    assert (found.language, found.place, found.guid) == ("en", "Port Ellery", "urn:uuid:1")


def test_row_numbers_and_times_of_rows_identify_and_date_nothing(parse_bytes: ParseBytes) -> None:
    record = {**records("One")[0], "id": 7, "guid": 8, "uuid": "9", "created_at": "2024-01-01"}
    found = only(parse_bytes("a.json", json.dumps(record).encode()))
    assert (found.guid, found.published.iso) == (None, None)


def test_an_address_that_cannot_be_opened_is_dropped(parse_bytes: ParseBytes) -> None:
    for url in ("javascript:alert(1)", "ftp://x", "/2023/x", "https://a b", 17, "http://[::1"):
        found = only(parse_bytes("a.json", json.dumps({**records("One")[0], "url": url}).encode()))
        assert (found.url, found.outlet) == (None, None)


def test_mapped_fields_win(parse_bytes: ParseBytes) -> None:
    record = {"title": "Slug", "Head EN": "One", "text": "Teaser.", "copy": "Whole."}
    found = only(parse_bytes("a.json", json.dumps(record).encode(), title="Head EN", text="copy"))
    assert (found.title, found.text) == ("One", "Whole.")


def test_a_title_is_made_of_the_first_words_where_there_is_none(parse_bytes: ParseBytes) -> None:
    found = only(parse_bytes("a.json", b'{"text": "The sea came. It left."}'))
    assert (found.title, found.furniture) == ("The sea came.", ())


@pytest.mark.parametrize(
    "record",
    [
        b'{"id": 7, "price": 3.5, "sku": "a-7"}',
        b'{"title": "The sea came in the night, and it left in the morning", "url": "https://a.example/1"}',
        b'{"count": 12, "tags": ["sea", "night"], "copy": null}',
    ],
)
def test_no_mapping_is_proposed_where_no_field_holds_text(parse_bytes: ParseBytes, record: bytes) -> None:
    [reason] = titles(parse_bytes("a.json", record)).values()
    assert reason.endswith(") is known as text")


def test_empty_and_missing_texts_are_distinguished(parse_bytes: ParseBytes) -> None:
    outcome = titles(
        parse_bytes(
            "a.jsonl",
            b'{"title": "One", "text": " "}\n{"title": "Two", "copy": "The sea came in the night."}\n{}',
        )
    )
    assert list(outcome.values()) == [
        "no text: the field for it is empty",
        "no text: none of its fields (title, copy) is known as text; if it is in copy, map that with --field text=copy",
        "no text: the record has no fields",
    ]

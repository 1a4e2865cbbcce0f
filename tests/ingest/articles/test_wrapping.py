"""Lines broken at the width of a column are joined; verse, tables, lists and one-line paragraphs stay."""

import textwrap

import pytest

from ingest.articles.canonical import paragraphs
from ingest.articles.wrapping import is_opened_by_title, paragraphs_of

FIRST = (
    "Crews of the Lorne Sound ferries went back to work on Friday, ending a strike of nine days that had cut off "
    "three islands and left the creameries without milk."
)
SECOND = (
    "Under the agreement wages rise by 6.5 per cent over two years. The company drops its plan to cut the night "
    "crossing, the secretary of the union told reporters in the waiting room."
)
THIRD = (
    "The first boat left with 212 passengers at six in the morning, and a band played on the quay while the mail "
    "was put aboard."
)
VERSE = (
    "The harbour sleeps, the boats are in,\nThe lamps along the quay burn low,\n"
    "And all the gulls have ceased their din\nAbove the tide that turns to go."
)
TABLE = (
    "Port          Tonnes     Ships\nEllery         1,204        12\n"
    "Sele             880         9\nCarrick Bay      310         4"
)


def wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=indent, break_on_hyphens=False)


@pytest.mark.parametrize("width", [28, 36, 44, 60, 72, 100])
def test_lines_of_a_column_become_whole_paragraphs(width: int) -> None:
    text = "\n\n".join(wrapped(each, width) for each in (FIRST, SECOND, THIRD))
    assert paragraphs_of(text) == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"


@pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
@pytest.mark.parametrize("width", [36, 64])
def test_indents_open_paragraphs_without_blank_lines(indent: str, width: int) -> None:
    text = "\n".join(wrapped(each, width, indent) for each in (FIRST, SECOND, THIRD))
    assert paragraphs_of(text).split("\n\n") == [FIRST, SECOND, THIRD]


def test_every_sentence_is_whole_where_nothing_shows_the_paragraphs() -> None:
    found = paragraphs_of("\n".join(wrapped(each, 40) for each in (FIRST, SECOND, THIRD)))
    assert " ".join(found.split()) == f"{FIRST} {SECOND} {THIRD}"
    for each in (FIRST, *SECOND.split(". "), THIRD):
        assert each.rstrip(".") in found


def test_a_blank_line_after_each_line_separates_nothing() -> None:
    assert paragraphs_of(wrapped(FIRST, 40).replace("\n", "\n\n")) == FIRST


def test_a_sentence_continues_after_the_break_of_a_page() -> None:
    lines = wrapped(FIRST, 40).split("\n")
    text = "\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:]) + "\n\n" + wrapped(SECOND, 40)
    assert paragraphs_of(text) == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("agree-\nment", "agreement"),
        ("agree\xad\nment", "agreement"),
        ("agree¬\nment", "agreement"),
        ("wind-\nfarm", "wind-farm"),
        ("Mid-\nAtlantic", "Mid-Atlantic"),
        ("between 1914-\n18 they", "between 1914- 18 they"),
    ],
)
def test_words_broken_at_line_ends(broken: str, whole: str) -> None:
    text = f"{wrapped(FIRST, 40)}\nAnd in the end there was no {broken} for\nthe wind-farm on the hill above the town."
    assert whole in paragraphs_of(text)


@pytest.mark.parametrize(
    "text",
    [
        VERSE,
        f"{VERSE}\n\n{VERSE}",
        TABLE,
        "1998 1204 12\n1999 1310 14\n2000 1280 11\n2001 1199 13",
        "Bridget Harcourt\nSolomon Quayle\nMargaret Ashdown\nPeregrine Holt",
        "Ferries stay in port.\nAll sailings were cancelled on Thursday as the coast braced for gales.\n"
        "Captain Ida Brekke said that the decision had been easy.\nThe next boat leaves on Saturday.",
        f"{FIRST}\n\n{SECOND}",
        f"{FIRST}\n{SECOND}\n{THIRD}",
        "One line",
        "",
    ],
)
def test_what_was_not_broken_stays(text: str) -> None:
    assert paragraphs_of(text) == text


def test_verse_tables_and_lists_inside_prose_keep_their_lines() -> None:
    items = "- a pilot on every cutter\n- a light on the north wall, which the harbour office promised\n  long ago"
    text = "\n\n".join((wrapped(FIRST, 64), VERSE, wrapped(SECOND, 64), TABLE, items, wrapped(THIRD, 64)))
    found = paragraphs_of(text).split("\n\n")
    assert found[:3] == [FIRST, VERSE, SECOND]
    assert found[3].split("\n")[1] == "Ellery         1,204        12"
    assert found[4] == items.replace("\n  ", " ")
    assert found[5] == THIRD


def test_headings_between_paragraphs_stand_alone() -> None:
    text = f"FERRY MEN BACK AT WORK.\n{wrapped(FIRST, 36)}\nHARTSMOOR MILL BURNS.\n{wrapped(THIRD, 36)}"
    assert paragraphs_of(text).split("\n\n") == [
        "FERRY MEN BACK AT WORK.",
        FIRST,
        "HARTSMOOR MILL BURNS.",
        THIRD,
    ]


def test_a_second_pass_changes_nothing() -> None:
    once = paragraphs_of("\n\n".join((wrapped(FIRST, 64), VERSE, wrapped(SECOND, 64))))
    assert paragraphs_of(once) == once
    assert paragraphs(once) == [FIRST, VERSE, SECOND]


def test_a_title_directly_above_its_text() -> None:
    assert is_opened_by_title(f"Ferries sail again\n{wrapped(FIRST, 64)}\n{wrapped(SECOND, 64)}")
    assert is_opened_by_title(f"Ferry crews of the Lorne Sound end their strike\n{wrapped(FIRST, 64, '   ')}")
    assert not is_opened_by_title(wrapped(FIRST, 64))
    assert is_opened_by_title("Ferries sail again")

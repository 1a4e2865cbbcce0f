from dataclasses import replace
from datetime import date

import pytest

from assistant.article import PublicationDate, gaps
from tests.fakes import article


@pytest.mark.parametrize(
    ("iso", "precision", "first", "last"),
    [
        (None, "unknown", None, None),
        ("2023", "year", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-02", "month", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", "month", date(2023, 12, 1), date(2023, 12, 31)),
        ("2023-02-02", "day", date(2023, 2, 2), date(2023, 2, 2)),
        ("2023-02-02T09:48:03+00:00", "day", date(2023, 2, 2), date(2023, 2, 2)),
    ],
)
def test_a_date_has_the_precision_of_its_iso_form(
    iso: str | None, precision: str, first: date | None, last: date | None
) -> None:
    published = PublicationDate(iso, "metadata")
    assert (published.precision, published.first_day, published.last_day) == (precision, first, last)


@pytest.mark.parametrize("iso", ["02/02/2023", "2023-13", "2023-02-30", "", "2023-2-2"])
def test_an_invalid_date_is_refused(iso: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PublicationDate(iso, "metadata")


def test_the_id_comes_from_the_guid_else_the_url_else_the_source() -> None:
    by_guid = article("One.", guid="tag:1", url="https://a.example/1")
    assert by_guid.id == article("Two.", guid="tag:1", url="https://b.example/2", source="x").id
    by_url = article("One.", url="https://a.example/1")
    assert by_url.id == article("Two.", url="https://a.example/1", source="elsewhere.txt").id
    assert by_url.id != by_guid.id
    by_place = article("One.", source="desk/1.txt", outlet="Ledger")
    assert by_place.id == article("Two.", source="desk/1.txt", outlet="Ledger").id
    assert by_place.id != article("One.", source="desk/1.txt", outlet="Beacon").id


def test_wording_ignores_case_space_and_furniture_but_not_words() -> None:
    plain = article("Two people died.")
    assert plain.wording == article("  two PEOPLE\n\ndied.").wording
    assert plain.wording == article("Two people died.\n\nSTAMP", furniture=((18, 23),)).wording
    assert plain.wording != article("Three people died.").wording


def test_section_and_keywords_do_not_change_the_version() -> None:
    plain = article("Two people died.")
    filed = replace(plain, section="Coast", keywords=("sea",))
    assert (filed.id, filed.digest, filed.wording) == (plain.id, plain.digest, plain.wording)
    assert filed != plain


def test_gaps_are_the_parts_that_no_span_covers() -> None:
    assert gaps([(2, 4), (4, 6)], 10) == [(0, 2), (6, 10)]
    assert gaps([], 3) == [(0, 3)]
    assert gaps([(0, 3)], 3) == []

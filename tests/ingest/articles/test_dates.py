"""Dates are parsed to the precision they state and no further."""

from datetime import date

import pytest

from assistant.article import UNDATED, PublicationDate
from ingest.articles.dates import from_url, month_day, parse, unless_future


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("4. März 2024", "2024-03-04"),
        ("Montag, den 4. März 2024, 09:48 Uhr", "2024-03-04T09:48:00"),
        ("4. MÄRZ 2024", "2024-03-04"),
        ("Veröffentlicht am 4. März 2024", "2024-03-04"),
        ("Dezember 1989", "1989-12"),
        ("lundi 4 mars 2024", "2024-03-04"),
        ("1er août 2023", "2023-08-01"),
        ("Publié le 12 février 2021", "2021-02-12"),
        ("lunes, 4 de marzo de 2024", "2024-03-04"),
        ("2 de septiembre del 2019", "2019-09-02"),
        ("lunedì 4 marzo 2024", "2024-03-04"),
        ("terça-feira, 5 de março de 2024", "2024-03-05"),
        ("maandag 4 maart 2024", "2024-03-04"),
        ("4 mei 2022", "2022-05-04"),
        ("2023-02-02", "2023-02-02"),
        ("2023-02-02T09:48:03Z", "2023-02-02T09:48:03+00:00"),
        ("2023-02-02T09:48:03.123456+01:00", "2023-02-02T09:48:03+01:00"),
        ("2023-02-02 09:48", "2023-02-02T09:48:00"),
        ("2023-02-02T09:48:03-0500", "2023-02-02T09:48:03-05:00"),
        ("2023/02/02", "2023-02-02"),
        ("2023.2.2", "2023-02-02"),
        ("20230202", "2023-02-02"),
        ("20230202T094803Z", "2023-02-02T09:48:03+00:00"),
        ("2023-02", "2023-02"),
        ("2023", "2023"),
        ("Thu, 02 Feb 2023 09:48:03 GMT", "2023-02-02T09:48:03+00:00"),
        ("Thu, 2 Feb 2023 09:48:03 +0100", "2023-02-02T09:48:03+01:00"),
        ("Thu Feb 02 09:48:03 +0000 2023", "2023-02-02T09:48:03+00:00"),
        ("2 February 2023", "2023-02-02"),
        ("2nd of March, 2023", "2023-03-02"),
        ("02-Feb-2023", "2023-02-02"),
        ("February 2, 2023", "2023-02-02"),
        ("Feb. 2, 2023", "2023-02-02"),
        ("Sept. 5, 2019", "2019-09-05"),
        ("Thursday, February 2, 2023 9:48 PM EDT", "2023-02-02T21:48:00-04:00"),
        ("Published: 9:48 a.m. ET Feb. 2, 2023", "2023-02-02T09:48:00"),
        ("Updated 12:05 a.m. GMT, 2 February 2023", "2023-02-02T00:05:00+00:00"),
        ("May 2023", "2023-05"),
        ("1675331283", "2023-02-02T09:48:03+00:00"),
        (1675331283, "2023-02-02T09:48:03+00:00"),
        (1675331283000, "2023-02-02T09:48:03+00:00"),
        (1675331283.25, "2023-02-02T09:48:03+00:00"),
        ("13/03/2023", "2023-03-13"),
        ("03/13/2023 10:00", "2023-03-13T10:00:00"),
        ("02/02/2023", "2023-02-02"),
        ("1612-05-01", "1612-05-01"),
    ],
)
def test_forms_of_dates(written: object, iso: str) -> None:
    assert parse(written, "metadata") == PublicationDate(iso, "metadata")


def test_a_numeric_date_of_two_meanings_keeps_only_its_year() -> None:
    assert parse("02/03/2023", "metadata") == PublicationDate("2023", "metadata")
    assert parse("02/03/2023 09:48:03", "stamp", day_first=True).iso == "2023-03-02T09:48:03"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2023-13-01",
        "2023-02-30",
        "0001-01-01",
        "1599-01-01",
        "31/31/2023",
        "March 4",
        12,
        -5,
        True,
        None,
        [2023],
        {"year": 2023},
        "99999999999999999",
        "٢٠٢٣",
        "2023-",
        float("nan"),
        float("inf"),
    ],
)
def test_other_text_is_not_a_date(written: object) -> None:
    assert parse(written, "metadata") == UNDATED


def test_an_impossible_time_does_not_spoil_its_day() -> None:
    assert parse("2023-02-02T25:61:00", "metadata").iso == "2023-02-02"


@pytest.mark.parametrize(
    ("url", "iso"),
    [
        ("http://www.cnn.com/2022/05/21/europe/war/index.html", "2022-05-21"),
        ("https://gazette.example/world/2023/feb/02/gaza", "2023-02-02"),
        ("https://gazette.example/2023-02-02-gaza.html", "2023-02-02"),
        ("https://gazette.example/20230202/gaza", "2023-02-02"),
        ("https://gazette.example/2023/11/storm-maren", "2023-11"),
        ("https://gazette.example/2023/11", "2023-11"),
        ("https://gazette.example/2023/45/storm", None),
        ("https://gazette.example/2023/1234567/", None),
        ("https://gazette.example/the-1999-storm", None),
        ("https://gazette.example/2023/02/31/x", None),
    ],
)
def test_dates_in_addresses(url: str, iso: str | None) -> None:
    assert from_url(url) == (PublicationDate(iso, "url") if iso else UNDATED)


def test_a_day_without_a_year_is_a_date_only_with_a_year_from_elsewhere() -> None:
    assert month_day("March 4", 2024, "dateline") == PublicationDate("2024-03-04", "dateline")
    assert month_day("29 Feb.", 2024, "dateline").iso == "2024-02-29"
    assert month_day("29 Feb.", 2023, "dateline") == UNDATED


def test_dates_in_the_future_are_unknown() -> None:
    today = date(2024, 3, 4)
    tomorrow = PublicationDate("2024-03-05T23:00:00+14:00", "feed")
    assert unless_future(tomorrow, today) == tomorrow
    assert unless_future(PublicationDate("2024-03-06", "feed"), today) == UNDATED
    assert unless_future(PublicationDate("2024-03", "feed"), today).iso == "2024-03"
    assert unless_future(UNDATED, today) == UNDATED

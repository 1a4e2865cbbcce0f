"""Dates are parsed to the precision they state and no further."""

from datetime import date

import pytest

from assistant.article import UNDATED, PublicationDate
from ingest.articles.dates import from_field, from_page_folder, from_url, month_day, parse, unless_future


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
        ("Apr 16,1912", "1912-04-16"),
        ("2 Feb., 2023", "2023-02-02"),
        ("2-Feb-23", "2023-02-02"),
        ("16 Apr 69", "1969-04-16"),
        ("13/3/23", "2023-03-13"),
        ("31.12.99", "1999-12-31"),
        ("1905-00-00", "1905"),
        ("1905-04-00", "1905-04"),
        ("Winter 2023", "2023"),
        ("Spring, 1912", "1912"),
        ("Jan.-Feb. 2023", "2023"),
        ("March/April 1912", "1912"),
        ("c. 1912", "1912"),
        ("2023-W05-4", "2023-02-02"),
        ("2023-033", "2023-02-02"),
        ("2024-366", "2024-12-31"),
        ("['2023-02-02']", "2023-02-02"),
        ("/Date(1675331283000)/", "2023-02-02T09:48:03+00:00"),
        ("/Date(-1577923200000+0100)/", "1920-01-01T00:00:00+00:00"),
        ("Timestamp('2023-02-02 09:48:03')", "2023-02-02T09:48:03"),
        ("datetime.datetime(2023, 2, 2, 9, 48)", "2023-02-02"),
        (1675331283000000, "2023-02-02T09:48:03+00:00"),
        ("1675331283000000000", "2023-02-02T09:48:03+00:00"),
        (-1577923200, "1920-01-01T00:00:00+00:00"),
        (-1577923200000, "1920-01-01T00:00:00+00:00"),
        ("-1577923200000000000", "1920-01-01T00:00:00+00:00"),
        (157766400000, "1975-01-01T00:00:00+00:00"),
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
        "05.06.07",
        "02-03-04",
        "99/12/31",
        "Feb 2, 23",
        "April 16, 12 noon",
        "2 Feb 10:15",
        "10 May 18-19",
        "1905-13-00",
        "1905-00-05",
        "2023-366",
        "2023-000",
        "2023-W53-1",
        "May 2023-24",
        "['2018-01-01', '2019-01-01']",
        "-99999999999",
        "/Date(-62135596800000)/",
        197501011200,
        "Winter",
        44959,
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


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ({"$date": "2018-05-14T05:12:00Z"}, "2018-05-14T05:12:00+00:00"),
        ({"$date": 1527912720000}, "2018-06-02T04:12:00+00:00"),
        ({"$date": {"$numberLong": "-1577923200000"}}, "1920-01-01T00:00:00+00:00"),
        ({"$date": 86400000}, "1970-01-02T00:00:00+00:00"),
        ({"@type": "Date", "@value": "2018-05-14"}, "2018-05-14"),
        (["2018-05-14", "2019-01-01"], "2018-05-14"),
        (["soon", {"$date": "2019-01-01"}], "2019-01-01"),
        ({"$date": True}, None),
        ({"$date": None}, None),
        ({"year": 2018}, None),
        ([], None),
    ],
)
def test_values_of_fields(value: object, iso: str | None) -> None:
    assert from_field(value, "metadata").iso == iso


@pytest.mark.parametrize(
    ("place", "iso"),
    [
        ("desk/sn83000001/1912-04-16/ed-1/seq-1/ocr.txt", "1912-04-16"),
        ("batch.zip/sn83000001/print/1912041601/0012.xml", "1912-04-16"),
        ("batch/sn83000001/1912041601/0012.txt", "1912-04-16"),
        ("backup/2024-01-01/story.txt", None),
        ("desk/1912-13-16/ed-1/seq-1/ocr.txt", None),
        ("desk/20240101/story.txt", None),
    ],
)
def test_dates_in_the_folders_of_pages(place: str, iso: str | None) -> None:
    assert from_page_folder(place) == (PublicationDate(iso, "url") if iso else UNDATED)


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

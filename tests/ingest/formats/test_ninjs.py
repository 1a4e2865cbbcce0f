"""JSON of news agencies: ninjs and similar formats."""

import json
from collections.abc import Callable

import pytest

from assistant.article import Article, PublicationDate
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]

LEAD = "The sea wall at Sandhaven gave way a little before midnight on Friday, and four streets were flooded."
MORE = "Some 60 people were taken to the Methodist hall; nobody was missing at dawn on Saturday."
TEXT = f"{LEAD}\n\n{MORE}"
HTML = f"<p>{LEAD}</p><script>x()</script><p>{MORE}</p>"
NITF = (
    "<?xml version='1.0'?><!DOCTYPE nitf SYSTEM 'x.dtd'><nitf><head/>"
    f"<body><body.content>{HTML}</body.content></body></nitf>"
)

FIRST = {
    "uri": "urn:newsml:tdw.example:1",
    "type": "text",
    "versioncreated": "2023-11-25T08:00:00Z",
    "firstcreated": "2023-11-25T06:10:00Z",
    "pubstatus": "usable",
    "language": "en-GB",
    "byline": "By Petra Lunn",
    "headline": "Wall breached",
    "located": "Sandhaven",
    "place": [{"name": "Merrow", "rel": "mentions"}, {"name": "Port Ellery"}],
    "infosource": [{"name": "Tidewater Wire"}],
    "description_text": "A short version.",
    "body_text": "Less.",
    "body_xhtml": HTML,
    "associations": {"featured": {"type": "picture", "uri": "urn:2", "headline": "Picture"}},
}
SECOND = {
    "uri": "urn:newsml:tdw.example:1",
    "type": "text",
    "versioncreated": "2023-11-25T08:00:00Z",
    "firstcreated": "2023-11-25T06:10:00Z",
    "pubstatus": "usable",
    "language": "en",
    "by": "Petra Lunn",
    "headlines": [{"role": "main", "value": "Wall breached"}, {"role": "short", "value": "Wall"}],
    "located": "Sandhaven",
    "places": [{"name": "Merrow"}],
    "infosources": [{"name": "Tidewater Wire"}],
    "descriptions": [{"role": "lead", "value": "A short version."}],
    "bodies": [
        {"role": "main", "contenttype": "text/plain", "value": "Less."},
        {"role": "nitf", "contenttype": "text/vnd.IPTC.NITF", "value": NITF},
    ],
    "associations": [{"type": "picture", "uri": "urn:2"}],
}
AP = {
    "uri": "https://api.ap.example/media/v/content/17?qt=x",
    "altids": {"itemid": "urn:newsml:tdw.example:1", "etag": "17_1"},
    "type": "text",
    "versioncreated": "2023-11-25T08:00:00Z",
    "firstcreated": "2023-11-25T06:10:00Z",
    "pubstatus": "usable",
    "language": "en",
    "bylines": [{"by": "By PETRA LUNN", "title": "Tidewater Wire"}],
    "headline": "Wall breached",
    "located": "Sandhaven (TDW)",
    "source": [{"name": "Tidewater Wire"}],
    "body_nitf": f"<p>{LEAD}</p><media><media-caption><p>The wall</p></media-caption></media><p>{MORE}</p>",
}


def only(outcome: list[Article | Rejected]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def lines(*records: object) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


@pytest.mark.parametrize("record", [FIRST, SECOND, AP], ids=["ninjs 1", "ninjs 2", "AP"])
def test_an_item(parse_bytes: ParseBytes, record: dict[str, object]) -> None:
    for wrapped in (record, {"data": {"item": record}}, {"data": {"items": [{"meta": {}, "item": record}]}}):
        found = only(parse_bytes("wall.json", json.dumps(wrapped).encode()))
        assert (found.title, found.text) == ("Wall breached", TEXT)
        assert (found.authors, found.outlet) == (("Petra Lunn",), "Tidewater Wire")
        assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "metadata")
        assert found.updated == PublicationDate("2023-11-25T08:00:00+00:00", "metadata")
        assert (found.place, found.language, found.url) == ("Sandhaven", "en", None)
        assert found.guid == "urn:newsml:tdw.example:1"


def test_items_without_a_story_are_named(parse_bytes: ParseBytes) -> None:
    bare = {"uri": "urn:1", "versioncreated": "2023-11-25", "headline": "Wall breached"}
    outcome = parse_bytes(
        "wire.jsonl",
        lines(
            {**FIRST, "pubstatus": "canceled"},
            {**bare, "type": "picture", "description_text": MORE},
            {**bare, "type": "text", "description_text": "Wall breached."},
            {**bare, "type": "text", "description_text": MORE},
            {**bare, "type": "composite", "body_html": HTML},
            {**bare, "body_nitf": f"<!DOCTYPE x [<!ENTITY a 'b'>]><nitf>{'<b>' * 1000}</nitf>"},
        ),
    )
    assert [item.title if isinstance(item, Article) else item.reason for item in outcome] == [
        "withdrawn by its sender: its status is 'canceled'",
        "no text: a picture",
        "no text, only a teaser of 2 words; an article needs 12",
        "Wall breached",
        "Wall breached",
        "its NITF cannot be read: nested too deeply",
    ]


def test_nitf_that_is_not_xml_is_read_as_html(parse_bytes: ParseBytes) -> None:
    found = only(
        parse_bytes("a.json", json.dumps({**AP, "body_nitf": f"<p>{LEAD}<br>&nbsp;<p>{MORE}"}).encode())
    )
    assert found.text == TEXT


def test_an_address_identifies_and_names_the_outlet(parse_bytes: ParseBytes) -> None:
    record = {key: value for key, value in FIRST.items() if key != "infosource"}
    found = only(
        parse_bytes("a.json", json.dumps({**record, "uri": "https://www.tdw.example/wall"}).encode())
    )
    assert (found.url, found.guid, found.outlet) == ("https://www.tdw.example/wall",) * 2 + ("tdw.example",)


def test_mapped_fields_win(parse_bytes: ParseBytes) -> None:
    found = only(parse_bytes("a.json", json.dumps({**FIRST, "copy": "Whole."}).encode(), text="copy"))
    assert found.text == "Whole."


def test_other_records_are_read_as_before(parse_bytes: ParseBytes) -> None:
    found = only(parse_bytes("a.jsonl", lines({"title": "One", "text": "Text.", "item": {"name": "x"}})))
    assert (found.title, found.text) == ("One", "Text.")

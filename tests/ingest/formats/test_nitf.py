"""NITF stories."""

from collections.abc import Callable

import pytest

from assistant.article import Article, PublicationDate
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]

LEAD = "The sea wall at Sandhaven gave way a little before midnight on Friday, and four streets were flooded."
MORE = "Some 60 people were taken to the Methodist hall; nobody was missing at dawn on Saturday."

STORY = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "http://127.0.0.1:9/nitf-3-4.dtd">
<nitf xml:lang="en-GB">
<head><title>Wall</title>
<docdata management-status="usable"><doc-id id-string="20231125-17" regsrc="TDW"/>
<date.issue norm="20231125T061000Z"/><doc.copyright holder="Tidewater Wire" year="2023"/>
<key-list><keyword key="storm"/></key-list></docdata>
</head>
<body><body.head>
<hedline><hl1>Wall breached,
 streets flooded</hl1><hl2>Sixty people in a hall</hl2></hedline>
<byline>By <person>Petra Lunn</person> and <person>Dale Whitcombe</person><byttl>Staff Writers</byttl></byline>
<distributor>Tidewater Wire</distributor>
<dateline><location>SANDHAVEN, Merrow</location><story.date norm="20231124">Nov. 24</story.date></dateline>
<abstract><p>A short version.</p></abstract>
</body.head>
<body.content>
<p>The sea wall at <location>Sandhaven</location> gave way a little before <chron>midnight on Friday</chron>, and four
 streets were flooded.</p>
<media media-type="image"><media-reference source="a.jpg"/>
<media-caption><p>The wall, seen from the pier.</p></media-caption></media>
<hl2>In the hall</hl2>
<block><p>{MORE}</p></block>
<script>never run</script>
</body.content>
<body.end><tagline>Ines Varga contributed.</tagline></body.end>
</body></nitf>"""


def only(outcome: list[Article | Rejected]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def test_a_story(parse_bytes: ParseBytes) -> None:
    found = only(parse_bytes("wall.xml", STORY.encode()))
    assert (found.source, found.title) == ("desk/wall.xml", "Wall breached, streets flooded")
    assert found.text.split("\n\n") == [LEAD, "In the hall", MORE, "Ines Varga contributed."]
    assert found.authors == ("Petra Lunn", "Dale Whitcombe")
    assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "metadata")
    assert (found.outlet, found.place, found.language) == ("Tidewater Wire", "SANDHAVEN, Merrow", "en")
    assert (found.guid, found.url) == ("TDW:20231125-17", None)


def test_an_archive_that_repeats_its_leads(parse_bytes: ParseBytes) -> None:
    data = f"""<nitf><head><docdata><doc-id id-string="1815718"/><doc.copyright holder="The Harbour Ledger"/></docdata>
<pubdata date.publication="19870226T000000" ex-ref="https://ledger.example/17" name="The Harbour Ledger"/></head>
<body><body.head><hedline><hl1>Wall breached</hl1></hedline>
<byline class="print_byline">By PETRA LUNN</byline><byline class="normalized_byline">Lunn, Petra</byline></body.head>
<body.content><block class="lead_paragraph"><p>{LEAD}</p></block>
<block class="full_text"><p>{LEAD}</p><p>{MORE}</p></block></body.content></body></nitf>"""
    found = only(parse_bytes("1815718.xml", data.encode()))
    assert (found.text, found.authors) == (f"{LEAD}\n\n{MORE}", ("Petra Lunn",))
    assert (found.outlet, found.url, found.guid) == ("The Harbour Ledger", "https://ledger.example/17", None)
    assert found.published == PublicationDate("1987-02-26T00:00:00", "metadata")


@pytest.mark.parametrize(
    ("norm", "iso"),
    [
        ("20231125", "2023-11-25"),
        ("20231125T", "2023-11-25"),
        ("20231125+0100", "2023-11-25"),
        ("x", "2023-11-24"),
    ],
)
def test_dates(parse_bytes: ParseBytes, norm: str, iso: str) -> None:
    found = only(parse_bytes("a.xml", STORY.replace("20231125T061000Z", norm).encode()))
    assert (found.published.iso, found.published.origin) == (iso, "dateline" if norm == "x" else "metadata")


@pytest.mark.parametrize("status", ["canceled", "withheld", "Killed"])
def test_a_story_that_was_withdrawn(parse_bytes: ParseBytes, status: str) -> None:
    [rejected] = parse_bytes("a.xml", STORY.replace('"usable"', f'"{status}"').encode())
    assert rejected == Rejected("desk/a.xml", f"withdrawn by its sender: its status is '{status}'")


def test_stories_one_after_another(parse_bytes: ParseBytes) -> None:
    second = "<nitf><body><body.content></body.content></body></nitf>"
    outcome = parse_bytes("day.nitf", f"{STORY}\n{second}\n{STORY}".encode())
    assert [item.source for item in outcome] == ["desk/day.nitf#1", "desk/day.nitf#2", "desk/day.nitf#3"]
    assert outcome[1] == Rejected("desk/day.nitf#2", "no text")
    assert isinstance(outcome[2], Article)


def test_lists_tables_and_datelines_within(parse_bytes: ParseBytes) -> None:
    data = f"""<nitf><body><body.content>
<dateline><location>SANDHAVEN</location>, Nov. 24, 2023 (Tidewater Wire) —</dateline>
<p>{LEAD}</p><ul><li>One</li><li>Two</li></ul><bq><block><p>Said.</p></block></bq>
<table><tr><td>Wind</td><td>9</td></tr></table><pre>a  b</pre></body.content></body></nitf>"""
    found = only(parse_bytes("a.xml", data.encode()))
    assert found.text.split("\n\n")[1:] == [LEAD, "One", "Two", "Said.", "Wind", "9", "a b"]
    assert (found.place, found.published.iso, found.outlet) == ("SANDHAVEN", "2023-11-24", "Tidewater Wire")

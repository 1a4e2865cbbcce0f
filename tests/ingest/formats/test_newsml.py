"""NewsML-G2: items, messages and packages."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.article import UNDATED, Article, PublicationDate
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]
DATA = Path(__file__).parents[3] / ".." / "shared" / "data"

LEAD = "The sea wall at Sandhaven gave way a little before midnight on Friday, and four streets were flooded."
MORE = "Some 60 people were taken to the Methodist hall; nobody was missing at dawn on Saturday."
SPACE = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'

NITF = f"""<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body>
<body.head><byline>By Petra Lunn, <byttl>Reporter</byttl></byline></body.head>
<body.content><p>{LEAD}</p><p>{MORE}</p></body.content></body></nitf></inlineXML>"""
XHTML = f"""<inlineXML contenttype="application/xhtml+xml"><h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>x</h:title>
</h:head><h:body><h:p>{LEAD}</h:p><h:script>x()</h:script><h:p>{MORE}</h:p></h:body></h:html></inlineXML>"""
PLAIN = f"""<inlineData contenttype="text/plain">{LEAD}

{MORE}</inlineData>"""


def item(
    content: str,
    guid: str = "urn:newsml:tdw.example:1",
    status: str = "usable",
    kind: str = "text",
    space: str = SPACE,
) -> str:
    return f"""<newsItem {space} guid="{guid}" version="2" standard="NewsML-G2" xml:lang="en-GB">
<rightsInfo><copyrightHolder><name>Tidewater Wire Ltd</name></copyrightHolder></rightsInfo>
<itemMeta><itemClass qcode="ninat:{kind}"/><provider qcode="nprov:TDW"><name>Tidewater Wire</name></provider>
<versionCreated>2023-11-25T08:00:00Z</versionCreated><firstCreated>2023-11-25T06:10:00Z</firstCreated>
<pubStatus qcode="stat:{status}"/></itemMeta>
<contentMeta><contentCreated>2023-11-25T05:00:00Z</contentCreated>
<located qcode="geo:17"><name>Sandhaven</name><broader><name>Merrow</name></broader></located>
<creator qcode="s:1" type="cpnat:person"><name>Ines Varga</name></creator><creator><name>Tidewater Wire</name></creator>
<headline>Wall breached</headline><description>A short version.</description></contentMeta>
<contentSet>{content}</contentSet></newsItem>"""


def package(*references: str) -> str:
    refs = "".join(f'<itemRef residref="{reference}"/>' for reference in references)
    return (
        f'<packageItem {SPACE} guid="urn:p"><groupSet><group id="G">{refs}</group></groupSet></packageItem>'
    )


def message(*items: str) -> bytes:
    header = "<header><sender>tdw.example</sender></header>"
    return f"<newsMessage {SPACE}>{header}<itemSet>{''.join(items)}</itemSet></newsMessage>".encode()


def summary(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Map places to titles of articles or reasons of rejections."""
    return {item.source: item.title if isinstance(item, Article) else item.reason for item in outcome}


@pytest.mark.parametrize(
    "content", [NITF, XHTML, PLAIN, PLAIN + NITF], ids=["NITF", "XHTML", "plain", "both"]
)
def test_an_item(parse_bytes: ParseBytes, content: str) -> None:
    [found] = parse_bytes("wall.xml", item(content).encode())
    assert isinstance(found, Article)
    assert (found.source, found.title, found.text) == ("desk/wall.xml", "Wall breached", f"{LEAD}\n\n{MORE}")
    assert found.authors == (("Petra Lunn",) if NITF in content else ("Ines Varga",))
    assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "metadata")
    assert found.updated == PublicationDate("2023-11-25T08:00:00+00:00", "metadata")
    assert (found.outlet, found.place, found.language) == ("Tidewater Wire", "Sandhaven", "en")
    assert found.guid == "urn:newsml:tdw.example:1"


def test_a_message_and_its_packages(parse_bytes: ParseBytes) -> None:
    data = message(
        package("urn:1", "urn:2"),
        item(NITF, "urn:1"),
        item(XHTML, "urn:2", space=""),
        package("urn:2", "urn:3"),
        package(),
    )
    assert summary(parse_bytes("day.xml", data)) == {
        "desk/day.xml#2": "Wall breached",
        "desk/day.xml#3": "Wall breached",
        "desk/day.xml#4": "a package of items that are not in this file: 1 of 2 are missing, the first is urn:3",
        "desk/day.xml#5": "a package without items",
    }
    [found] = parse_bytes("one.xml", message(item(NITF)))
    assert found.source == "desk/one.xml#1"


def test_items_without_a_story_are_named(parse_bytes: ParseBytes) -> None:
    remote = '<remoteContent href="a.xml"/>'
    table = "<inlineXML><sports-content/></inlineXML>"
    data = message(
        item(NITF, status="canceled"),
        item(remote, kind="picture"),
        item(remote),
        item(table),
        item(""),
        item(remote).replace("A short version.", MORE),
        f"<conceptItem {SPACE}/>",
        f"<planningItem {SPACE}><x/></planningItem>",
        item("<inlineData contenttype='text/plain' encoding='encd:base64'>QUJD</inlineData>"),
    )
    assert list(summary(parse_bytes("day.xml", data)).values()) == [
        "withdrawn by its sender: its status is 'canceled'",
        "no text: a picture",
        "no text: it is in another file, which its remoteContent names",
        "no text: its content is <sports-content>, which contains no story",
        "no text, only a teaser of 3 words; an article needs 12",
        "Wall breached",
        "not a news item but a concept (conceptItem)",
        "not a news item but a plan (planningItem)",
        "no text, only a teaser of 3 words; an article needs 12",
    ]


def test_what_an_item_says_less_plainly(parse_bytes: ParseBytes) -> None:
    data = item(PLAIN).replace("<name>Tidewater Wire</name></provider>", "</provider>")
    data = data.replace("<name>Tidewater Wire Ltd</name>", "").replace(
        "<firstCreated>2023-11-25T06:10:00Z</firstCreated>", ""
    )
    data = data.replace("<located", "<dateline>SANDHAVEN, Nov 24 (TDW)</dateline><x").replace(
        "</located>", "</x>"
    )
    data = data.replace("<headline>", "<by>By Petra Lunn</by><headline>")
    [found] = parse_bytes("a.xml", data.encode())
    assert isinstance(found, Article)
    assert (found.outlet, found.place, found.authors) == ("TDW", "SANDHAVEN", ("Petra Lunn",))
    assert found.published.iso == "2023-11-25T05:00:00+00:00"


def test_an_item_under_embargo_is_published_when_that_ends(parse_bytes: ParseBytes) -> None:
    data = item(PLAIN).replace("<firstCreated>", "<embargoed>2023-11-25T08:00:00Z</embargoed><firstCreated>")
    [found] = parse_bytes("a.xml", data.encode())
    assert isinstance(found, Article)
    assert (found.published.iso, found.updated) == ("2023-11-25T08:00:00+00:00", UNDATED)


def test_examples_of_the_standard() -> None:
    path = DATA / "formats" / "newsml_g2"
    if not path.exists():
        pytest.skip("the examples of NewsML-G2 are not beside this project")
    items = [item for file in walk([path]) for item in parse(file, ReadOptions())]
    found = {item.source: item for item in items if isinstance(item, Article)}
    text = found["newsml_g2/LISTING_2_NewsML-G2_Text_Document.xml"]
    assert text.title == 'Fed to halt QE to avert "bubble"'
    assert (text.authors, text.place) == (("Meredith Jameson",), "New York, NY")
    assert (text.outlet, text.published.iso) == ("Acme News and Media LLC", "2016-11-21T15:21:06-05:00")
    sports = found["newsml_g2/LISTING_22_Sports_story_in_NewsML-G2NITF.xml"]
    assert len(sports.text.split("\n\n")) == 6
    reasons = Counter(item.reason.partition(":")[0] for item in items if isinstance(item, Rejected))
    assert reasons["a package of items that are not in this file"] == 2
    assert reasons["not a news item but a plan (planningItem)"] == 4

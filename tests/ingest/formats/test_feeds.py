"""RSS and Atom, well-formed and broken."""

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

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet href="https://ledger.example/style.xsl"?>
<!-- made by hand, <item>not an item</item> -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>The Harbour Ledger</title><link>https://ledger.example/</link>
  <atom:link rel="self" href="https://ledger.example/feed"/>
  <language>en-GB</language><description>News of the coast</description>
  <image><title>Logo</title><url>https://ledger.example/logo.png</url></image>
  <item>
    <title>Wall breached &amp; streets flooded</title>
    <link>https://ledger.example/wall</link>
    <guid isPermaLink="false">tag:ledger.example,2023:wall</guid>
    <pubDate>Sat, 25 Nov 2023 06:10:00 GMT</pubDate>
    <dc:creator>Petra Lunn and Dale Whitcombe</dc:creator>
    <dc:creator>Ines Varga</dc:creator>
    <media:title>A picture of the wall</media:title>
    <media:description>{MORE}</media:description>
    <category>Weather</category>
    <description>A wall gave way.</description>
    <content:encoded><![CDATA[<p>{LEAD}</p><script>document.write("never run")</script>
      <p>{MORE}</p>]]></content:encoded>
  </item>
  <item>
    <title>Ferry strike</title><guid>https://ledger.example/ferry</guid>
    <author>petra@ledger.example (Petra Lunn)</author>
    <description>&lt;p&gt;Crews of the harbour ferries stopped work on Monday
      over pay, and no boat will leave before Wednesday.&lt;/p&gt;</description>
  </item>
  <item><title>More</title><link>https://ledger.example/more</link><description>Read more</description></item>
  <item><title>Nothing</title><link>https://ledger.example/none</link></item>
</channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://beacon.example/news/">
<title>Ellery Beacon</title><author><name>Ellery Beacon</name></author>
<entry>
  <title type="html">Wall &lt;em&gt;breached&lt;/em&gt;</title>
  <id>tag:beacon.example,2023:1</id>
  <link rel="enclosure" href="wall.mp3"/><link href="wall"/>
  <published>2023-11-25T06:10:00+01:00</published><updated>2023-11-26T08:00:00Z</updated>
  <author><name>Petra Lunn</name><email>p@beacon.example</email></author>
  <summary>A wall gave way.</summary>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{LEAD}</p><script>x()</script><p>{MORE}</p></div></content>
</entry>
<entry xml:lang="de">
  <title>Picture</title><id>tag:beacon.example,2023:2</id><updated>2023-11-27</updated>
  <content type="image/png">iVBORw0KGgoAAAANSUhEUg==</content>
  <summary type="html">{MORE}</summary>
</entry>
</feed>"""

RDF = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://ledger.example/"><title>The Harbour Ledger</title>
<items><rdf:Seq><rdf:li resource="https://ledger.example/wall"/></rdf:Seq></items></channel>
<item rdf:about="https://ledger.example/wall"><title>Wall breached</title><link>https://ledger.example/wall</link>
<description>{LEAD}</description><dc:date>2004-11-25</dc:date><dc:language>en</dc:language></item>
</rdf:RDF>"""


def articles(outcome: list[Article | Rejected]) -> list[Article]:
    for item in outcome:
        assert isinstance(item, Article), item
    return [item for item in outcome if isinstance(item, Article)]


def summary(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Map places to titles of articles or reasons of rejections."""
    return {item.source: item.title if isinstance(item, Article) else item.reason for item in outcome}


def rss(*items: str, before: str = "") -> bytes:
    return (
        f"<rss version='2.0'><channel><title>Ledger</title>{before}{''.join(items)}</channel></rss>".encode()
    )


def item(title: str, text: str = LEAD) -> str:
    return f"<item><title>{title}</title><description>{text}</description></item>"


def test_rss(parse_bytes: ParseBytes) -> None:
    wall, ferry, more, none = parse_bytes("ledger.rss", RSS.encode())
    assert isinstance(wall, Article) and isinstance(ferry, Article)
    assert (wall.source, wall.title) == ("desk/ledger.rss#1", "Wall breached & streets flooded")
    assert wall.text == f"{LEAD}\n\n{MORE}"
    assert wall.authors == ("Petra Lunn", "Dale Whitcombe", "Ines Varga")
    assert wall.published == PublicationDate("2023-11-25T06:10:00+00:00", "feed")
    assert (wall.outlet, wall.language) == ("The Harbour Ledger", "en")
    assert (wall.url, wall.guid) == ("https://ledger.example/wall", "tag:ledger.example,2023:wall")
    assert ferry.text.startswith("Crews of the harbour ferries") and "<p>" not in ferry.text
    assert (ferry.authors, ferry.url, ferry.published) == (
        ("Petra Lunn",),
        "https://ledger.example/ferry",
        UNDATED,
    )
    assert more == Rejected("desk/ledger.rss#3", "no text, only a teaser of 2 words; an article needs 12")
    assert none == Rejected("desk/ledger.rss#4", "no text")


def test_atom(parse_bytes: ParseBytes) -> None:
    wall, picture = articles(parse_bytes("beacon", ATOM.encode()))
    assert (wall.title, wall.text) == ("Wall breached", f"{LEAD}\n\n{MORE}")
    assert (wall.published.iso, wall.updated.iso) == (
        "2023-11-25T06:10:00+01:00",
        "2023-11-26T08:00:00+00:00",
    )
    assert (wall.url, wall.guid) == ("https://beacon.example/news/wall", "tag:beacon.example,2023:1")
    assert (wall.authors, wall.outlet, wall.language) == (("Petra Lunn",), "Ellery Beacon", "en")
    assert (picture.text, picture.language, picture.authors) == (MORE, "de", ())
    assert (picture.published, picture.updated) == (PublicationDate("2023-11-27", "feed"), UNDATED)


def test_rss_as_rdf(parse_bytes: ParseBytes) -> None:
    [wall] = articles(parse_bytes("ledger.rdf", RDF.encode()))
    assert (wall.title, wall.text, wall.outlet) == ("Wall breached", LEAD, "The Harbour Ledger")
    assert (wall.guid, wall.published.iso, wall.language) == (
        "https://ledger.example/wall",
        "2004-11-25",
        "en",
    )


def test_prefixes_are_free(parse_bytes: ParseBytes) -> None:
    data = (
        ATOM.replace("<", "<a:")
        .replace("<a:/", "</a:")
        .replace('xmlns="http://www.w3.org/2005', 'xmlns:a="http://www.w3.org/2005')
    )
    data = (
        data.replace("<a:div", "<div")
        .replace("</a:div", "</div")
        .replace("a:p>", "p>")
        .replace("a:script", "script")
    )
    assert [found.title for found in articles(parse_bytes("beacon.atom", data.encode()))] == [
        "Wall breached",
        "Picture",
    ]


def test_content_decides_before_the_name(parse_bytes: ParseBytes) -> None:
    for name in ("feed", "feed.txt", "feed.html", "feed.json", "feed.xml", "feed.sgm"):
        assert len(parse_bytes(name, RSS.encode())) == 4
    page = f"<![CDATA[<html><body><p>{LEAD}</p></body></html>]]>"
    [found] = articles(parse_bytes("a.xml", b"<?xml version='1.0'?>" + rss(item("One", page))))
    assert (found.title, found.text) == ("One", LEAD)


def test_encodings(parse_bytes: ParseBytes) -> None:
    text = "Café closes – after a loss of £9m, and its “owner” spoke of a very bad year for all of us."
    for declared, encoding in (
        ("utf-8", "utf-8"),
        ("utf-16", "utf-16"),
        ("iso-8859-1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("utf-8", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("no-such-thing", "utf-8"),
    ):
        data = f"<?xml version='1.0' encoding='{declared}'?>{rss(item('One', text)).decode()}".encode(
            encoding
        )
        [found] = articles(parse_bytes("a.xml", data))
        assert found.text == text, (declared, encoding)
    russian = "Морская стена рухнула незадолго до полуночи, и четыре улицы оказались под водой до самого утра субботы."
    data = f"<?xml version='1.0' encoding='windows-1251'?>{rss(item('Стена', russian)).decode()}".encode(
        "cp1251"
    )
    assert articles(parse_bytes("a.xml", data))[0].text == russian


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21+00:00"),
        ("01 Jan 2004 19:48 +0100", "2004-01-01T19:48:00+01:00"),
        ("Thu, 01 Jan 04 19:48:21 EST", "2004-01-01T19:48:21"),
        ("Fri, 01 Jan 99 00:00:00 GMT", "1999-01-01T00:00:00+00:00"),
        ("2004-01-01T19:48Z", "2004-01-01T19:48:00+00:00"),
        ("yesterday", None),
        ("Thu, 01 Jan 2104 19:48:21 GMT", None),
    ],
)
def test_dates(parse_bytes: ParseBytes, written: str, iso: str | None) -> None:
    [found] = articles(
        parse_bytes(
            "a.xml", rss(f"<item><pubDate>{written}</pubDate><description>{LEAD}</description></item>")
        )
    )
    assert (found.published.iso, found.published.origin) == (iso, "feed" if iso else "unknown")


def test_an_identifier_of_one_feed_only_carries_its_name(parse_bytes: ParseBytes) -> None:
    [found] = articles(
        parse_bytes("a.xml", rss(f"<item><guid>17</guid><description>{LEAD}</description></item>"))
    )
    assert (found.guid, found.url) == ("Ledger:17", None)


def test_an_entry_taken_over_names_its_outlet(parse_bytes: ParseBytes) -> None:
    taken = f"<item><source url='https://b.example/rss'>Ellery Beacon</source><description>{LEAD}</description></item>"
    [found] = articles(parse_bytes("a.xml", rss(taken)))
    assert found.outlet == "Ellery Beacon"
    source = "<source><title>Ellery Beacon</title><author><name>Petra Lunn</name></author></source>"
    entry = f"<entry>{source}<summary>{LEAD}</summary></entry>"
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Planet</title>{entry}</feed>"
    [found] = articles(parse_bytes("a.xml", feed.encode()))
    assert (found.outlet, found.authors) == ("Ellery Beacon", ("Petra Lunn",))


@pytest.mark.parametrize(
    ("broken", "second"),
    [
        (
            f"<title>Fish & chips</title><description>{LEAD} A&B; x &nbsp; &eacute; 3 < 4 <3</description></item>",
            "Fish",
        ),
        (f"<title>Fish</title><description>{LEAD}<b>bold</description></item>", "Fish"),
        (
            f"<title>Fish</title><dc:date>2020</dc:date><description><p>{LEAD}<br>x</p></description></item>",
            "Fish",
        ),
        (f"<title>Fish &#3;\x01</title><description>{LEAD}</description></item>", "Fish"),
        (f"<title>Fish</title><description>{LEAD}</description>", "Fish"),
        (f"<title>Fish</title><description>{LEAD}", "broken XML: "),
        (f"<title>Fish</title><description a=1>{LEAD}</description></item>", "broken XML: "),
    ],
    ids=[
        "ampersands",
        "tag not closed",
        "prefix not declared",
        "control characters",
        "entry not closed",
        "text not closed",
        "attribute without quotes",
    ],
)
def test_a_broken_entry_costs_at_most_itself(parse_bytes: ParseBytes, broken: str, second: str) -> None:
    outcome = summary(parse_bytes("a.xml", rss(item("One"), f"<item>{broken}", item("Three"))))
    assert (outcome["desk/a.xml#1"], outcome["desk/a.xml#3"]) == ("One", "Three")
    assert outcome["desk/a.xml#2"].startswith(second)


def test_unescaped_html_stays_in_its_element(parse_bytes: ParseBytes) -> None:
    html = f"<p class=lead>{LEAD} <b>Fish & chips<br></p><p>{MORE}"
    date = "<pubDate>Sat, 25 Nov 2023 06:10:00 GMT</pubDate><author><name>Petra Lunn</name></author>"
    [found] = articles(
        parse_bytes(
            "a.xml", rss(f"<item><title>A <i>B</title><description>{html}</description>{date}</item>")
        )
    )
    assert (found.title, found.text) == ("A B", f"{LEAD} Fish & chips\n\n{MORE}")
    assert (found.published.iso, found.authors) == ("2023-11-25T06:10:00+00:00", ("Petra Lunn",))


def test_repaired_characters(parse_bytes: ParseBytes) -> None:
    text = f"{LEAD} A&B; x&nbsp;y caf&eacute; 3 < 4 <3 AT&T &amp;eacute; &#8230; &#150; &amp;amp;"
    [found] = articles(parse_bytes("a.xml", rss(item("One", text))))
    # Text in a feed is HTML, so its character references are decoded again.
    assert found.text == f"{LEAD} A&B; x y café 3 < 4 <3 AT&T é … – &"


def test_a_section_never_closed_costs_its_own_entry(parse_bytes: ParseBytes) -> None:
    for second in (f"<item><description><![CDATA[{LEAD}</description></item>", f"<item><!-- {LEAD}</item>"):
        outcome = summary(
            parse_bytes("a.xml", rss(item("One"), second, item("Three", f"<![CDATA[{LEAD}]]>")))
        )
        assert list(outcome) == ["desk/a.xml#1", "desk/a.xml#2", "desk/a.xml#3"]
        assert (outcome["desk/a.xml#1"], outcome["desk/a.xml#3"]) == ("One", "Three")
        assert outcome["desk/a.xml#2"].startswith(("broken XML: ", "no text"))


def test_lines_of_a_teaser_are_not_paragraphs(parse_bytes: ParseBytes) -> None:
    [found] = articles(
        parse_bytes("a.xml", rss(item("One", f"\n  {LEAD.replace(', ', ',' + chr(10) + '    ')}\n")))
    )
    assert found.text == LEAD


def test_text_of_a_type_is_read_as_that(parse_bytes: ParseBytes) -> None:
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='{}'>{}</content></entry></feed>"
    for kind, text in (("text", f"{LEAD} The <blink> tag"), ("html", f"{LEAD} The tag")):
        [found] = articles(parse_bytes("a.xml", feed.format(kind, f"{LEAD} The &lt;blink> tag").encode()))
        assert found.text == text


def test_a_feed_without_entries(parse_bytes: ParseBytes) -> None:
    assert parse_bytes("a.xml", rss()) == [Rejected("desk/a.xml", "no records")]
    assert parse_bytes("a.xml", b"<feed xmlns='http://www.w3.org/2005/Atom'/>") == [
        Rejected("desk/a.xml", "no records")
    ]


def test_noise_before_the_feed(parse_bytes: ParseBytes) -> None:
    data = b"Warning: cannot open cache in feed.php on line 3\n" + rss(item("One"))
    assert summary(parse_bytes("feed.xml", data)) == {"desk/feed.xml#1": "One"}


def test_real_feeds() -> None:
    path = DATA / "formats" / "feeds.zip"
    if not path.exists():
        pytest.skip("feeds.zip is not beside this project")
    items = [item for file in walk([path]) for item in parse(file, ReadOptions())]
    assert len(items) >= 170
    for found in items:
        assert found.source.startswith("formats/feeds.zip/")
        if isinstance(found, Article):
            assert "<script" not in found.text and "onclick" not in found.text

"""Stories as agencies sent them over wires, NewsML 1.x and TEI."""

import pytest

from assistant.article import Article
from tests.ingest.parsed import ParseBytes, article, reason

BODY = (
    "   Crews of the Lorne Sound ferries went back to work on Friday,\r\n"
    "ending a strike of nine days that had cut off three islands.\r\n"
    "   The first boat left with 212 passengers at six in the morning.\r\n"
)
TEXT = (
    "Crews of the Lorne Sound ferries went back to work on Friday, ending a strike of nine days that had cut off three "
    "islands.\n\nThe first boat left with 212 passengers at six in the morning."
)
IPTC = (
    "\x01TDW0123 4 pol 345 TDW /TDW-QZ01\r\nFerries-strike\x02\r\nFerry crews end strike\r\nBy Tom Bisset\r\n"
    "= Carrick Bay, June 2 =\r\n{body} tb/dp\r\n\x03{time}\x04\r\n"
)
ANPA = (
    "\x16\x16\x01a0345\x1f\r\nr i \x13BC-Ferries-Strike\x11 06-02 0345\r\n\x02^BC-Ferries-Strike,0345<\r\n"
    "^Ferry crews end strike<\r\n^By TOM BISSET= ^Associated Press Writer=\r\n"
    "   CARRICK BAY (AP) _ Crews of the ferries went back to work. ``At last,'' a sailor said.<\r\n"
    "   The first boat left.<\r\n\x03AP-NY-06-02-98 1205EDT<\x04\r\n"
)


@pytest.mark.parametrize(
    ("time", "iso"),
    [
        ("021205 GMT 06 18", "2018-06-02T12:05:00+00:00"),
        ("021205 Jun 18", "2018-06-02T12:05:00"),
        ("021205 GMT June 1998", "1998-06-02T12:05:00+00:00"),
        ("021205 GMT 06 71", "1971-06-02T12:05:00+00:00"),
        ("", None),
        ("321205 GMT 06 18", None),
    ],
)
def test_iptc_7901(parse_bytes: ParseBytes, time: str, iso: str | None) -> None:
    found = article(parse_bytes("wire.txt", IPTC.format(body=BODY, time=time).encode()))
    assert (found.title, found.authors, found.place) == (
        "Ferry crews end strike",
        ("Tom Bisset",),
        "Carrick Bay",
    )
    assert (found.outlet, found.section, found.published.iso) == ("TDW", "pol", iso)
    assert found.text == TEXT


def test_several_messages_in_a_file(parse_bytes: ParseBytes) -> None:
    message = IPTC.format(body=BODY, time="021205 GMT 06 18")
    outcome = parse_bytes("wire", (message + message.replace("Ferry crews", "Pilots")).encode())
    assert [item.title for item in outcome if isinstance(item, Article)] == [
        "Ferry crews end strike",
        "Pilots end strike",
    ]


def test_anpa_1312(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("wire", ANPA.encode()))
    assert (found.title, found.authors, found.outlet) == (
        "Ferry crews end strike",
        ("Tom Bisset",),
        "Associated Press",
    )
    assert (found.published.iso, found.place) == ("1998-06-02T12:05:00-04:00", "CARRICK BAY")
    assert found.text == (
        "CARRICK BAY (AP) — Crews of the ferries went back to work. “At last,” a sailor said.\n\n"
        "The first boat left."
    )


def newsml(status: str = "Usable", content: str = "<p>The boats sail.</p><p>A band played.</p>") -> bytes:
    return f"""<?xml version="1.0"?><NewsML><NewsEnvelope><DateAndTime>20180602T130000Z</DateAndTime></NewsEnvelope>
<NewsItem xml:lang="en"><Identification><NewsIdentifier><ProviderId>wire.example</ProviderId><DateId>20180602</DateId>
<PublicIdentifier>urn:newsml:wire.example:20180602:ferry:1</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><FirstCreated>20180602T120500Z</FirstCreated>
<ThisRevisionCreated>20180602T140000Z</ThisRevisionCreated><Status FormalName="{status}"/></NewsManagement>
<NewsComponent><NewsLines><HeadLine>Ferry crews end strike</HeadLine><ByLine>By Tom Bisset</ByLine>
<DateLine>Carrick Bay, June 2</DateLine><KeywordLine>Ferries</KeywordLine></NewsLines>
<AdministrativeMetadata><Provider><Party FormalName="Tidewater Wire"/></Provider></AdministrativeMetadata>
<ContentItem><DataContent>{content}</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>""".encode()


def test_newsml_1(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("item.xml", newsml()))
    assert (found.title, found.outlet, found.authors) == (
        "Ferry crews end strike",
        "Tidewater Wire",
        ("Tom Bisset",),
    )
    assert (found.published.iso, found.updated.iso) == (
        "2018-06-02T12:05:00+00:00",
        "2018-06-02T14:00:00+00:00",
    )
    assert (found.place, found.keywords, found.language) == ("Carrick Bay", ("Ferries",), "en")
    assert found.guid == "urn:newsml:wire.example:20180602:ferry:1"
    assert found.text == "The boats sail.\n\nA band played."
    inside = "<nitf><body><body.content><p>The boats sail.</p></body.content></body></nitf>"
    assert article(parse_bytes("item.xml", newsml(content=inside))).text == "The boats sail."
    assert reason(parse_bytes("item.xml", newsml("Canceled"))).startswith("withdrawn by its sender")
    assert reason(parse_bytes("item.xml", newsml(content=""))) == "no text"


TEI = """<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="en"><teiHeader><fileDesc>
<titleStmt><title>Ledger of 19 April 1907</title></titleStmt><publicationStmt><date when="2015"/></publicationStmt>
<sourceDesc><bibl><title>The Harbour Ledger</title><date when="1907-04-19"/></bibl></sourceDesc></fileDesc></teiHeader>
<text><body>{body}</body></text></TEI>"""


def test_tei_of_one_text(parse_bytes: ParseBytes) -> None:
    body = (
        "<div><fw>LEDGER</fw><head>Wall</head><p>The wall of the har<lb break='no'/>bour <choice><sic>fel</sic>"
        "<corr>fell</corr></choice>.<note>sic</note></p><pb/><lg><l>The boats are in,</l><l>The lamps are low.</l></lg>"
        "<p>The <abbr>Rev.</abbr> Quayle<lb/>prayed.</p></div>"
    )
    found = article(parse_bytes("ledger.xml", TEI.format(body=body).encode()))
    assert (found.title, found.outlet) == ("Ledger of 19 April 1907", "The Harbour Ledger")
    assert (found.published.iso, found.language) == ("1907-04-19", "en")
    assert found.text == (
        "Wall\n\nThe wall of the harbour fell.\n\nThe boats are in,\n\nThe lamps are low.\n\nThe Rev. Quayle prayed."
    )


def test_tei_with_a_division_for_each_article(parse_bytes: ParseBytes) -> None:
    body = "".join(
        f"<div type='article'><head>{title}</head><byline>By {author}</byline><p>{text}</p></div>"
        for title, author, text in (
            ("Wall", "Petra Lunn", "The wall fell."),
            ("Pilots", "Tom Bisset", "They struck."),
        )
    )
    first, second = parse_bytes("ledger.xml", TEI.format(body=body).encode())
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.source, first.title, first.authors) == ("desk/ledger.xml#1", "Wall", ("Petra Lunn",))
    assert (second.title, second.outlet, second.published.iso) == (
        "Pilots",
        "The Harbour Ledger",
        "1907-04-19",
    )
    assert second.text == "Pilots\n\nBy Tom Bisset\n\nThey struck."

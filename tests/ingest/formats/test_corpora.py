"""Collections made for research: TREC, Gigaword and RCV1."""

import pytest

from assistant.article import Article
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article, reason

TREC = """<DOC>
<DOCNO> AP880212-0002 </DOCNO>
<FILEID>AP-NR-02-12-88 2344EST</FILEID>
<HEAD>Harbour Wall Gives Way &amp; Boats Are Lost</HEAD>
<BYLINE>By PETRA LUNN</BYLINE>
<BYLINE>Associated Press Writer</BYLINE>
<DATELINE>PORT ELLERY (AP) </DATELINE>
<TEXT>
   The outer wall of the harbour gave way on Friday night, and
forty boats were lost.
   Nobody was hurt.
</TEXT>
</DOC>
<DOC>
<DOCNO> WSJ870324-0001 </DOCNO>
<HL> Pilots Vote for a Strike </HL>
<DD> 03/24/87</DD>
<SO> WALL STREET JOURNAL (J)</SO>
<TEXT>
The pilots voted for a strike.
</TEXT>
</DOC>
"""

GIGAWORD = """<DOC id="AFP_ENG_19940512.0002" type="story" >
<HEADLINE>
Harbour wall gives way
</HEADLINE>
<DATELINE>
PORT ELLERY, May 12 (AFP)
</DATELINE>
<TEXT>
<P>
The outer wall of the harbour gave way,
and forty boats were lost.
</P>
<P>
Nobody was hurt.
</P>
</TEXT>
</DOC>
<DOC id="AFP_ENG_19940512.0003" type="other" >
<TEXT>
Editors: the story of the wall will be sent again.
</TEXT>
</DOC>
"""

RCV1 = """<?xml version="1.0" encoding="iso-8859-1" ?>
<newsitem itemid="2286" id="root" date="1996-08-20" xml:lang="en">
<title>UK: Harbour wall gives way.</title>
<headline>Harbour wall gives way.</headline>
<byline>Petra Lunn</byline>
<dateline>PORT ELLERY 1996-08-20</dateline>
<text><p>The wall fell &amp; forty boats were lost.</p><p>Nobody was hurt.</p></text>
<copyright>(c) Reuters Limited 1996</copyright>
<metadata><dc element="dc.date.published" value="1996-08-20"/><dc element="dc.source" value="Reuters"/></metadata>
</newsitem>
"""


@pytest.mark.parametrize("name", ["AP880212", "ap.txt", "ap.sgml", "ap.trec"])
def test_trec(parse_bytes: ParseBytes, name: str) -> None:
    first, second = parse_bytes(name, TREC.encode())
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.title, first.outlet) == ("Harbour Wall Gives Way & Boats Are Lost", "Associated Press")
    assert (first.authors, first.place) == (("Petra Lunn",), "PORT ELLERY")
    assert (first.published.iso, first.guid) == ("1988-02-12", "AP880212-0002")
    assert first.text == (
        "The outer wall of the harbour gave way on Friday night, and forty boats were lost.\n\nNobody was hurt."
    )
    assert (second.title, second.published.iso) == ("Pilots Vote for a Strike", "1987-03-24")
    assert second.text == "The pilots voted for a strike."


@pytest.mark.parametrize("name", ["afp_eng_199405", "afp_eng_199405.sgml", "afp.txt"])
def test_gigaword(parse_bytes: ParseBytes, name: str) -> None:
    first, second = parse_bytes(name, GIGAWORD.encode())
    assert isinstance(first, Article) and isinstance(second, Rejected)
    assert (first.title, first.outlet) == ("Harbour wall gives way", "Agence France-Presse")
    assert (first.published.iso, first.place, first.language) == ("1994-05-12", "PORT ELLERY", "en")
    assert (
        first.text == "The outer wall of the harbour gave way, and forty boats were lost.\n\nNobody was hurt."
    )
    assert second.reason.startswith("not a story")


def test_a_document_that_is_cut_off(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("ap", TREC[: TREC.index("   Nobody")].encode()))
    assert found.text.endswith("forty boats were lost.")


def test_text_between_documents_is_reported(parse_bytes: ParseBytes) -> None:
    data = GIGAWORD.replace("</DOC>\n<DOC", "</DOC>\nstray words\n</DOC>\n<DOC", 1)
    reasons = [item.reason for item in parse_bytes("afp", data.encode()) if isinstance(item, Rejected)]
    assert reasons[0] == "text between the documents of the collection"


def test_rcv1(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("2286newsML.xml", RCV1.encode()))
    assert (found.title, found.outlet, found.authors) == (
        "Harbour wall gives way.",
        "Reuters",
        ("Petra Lunn",),
    )
    assert (found.published.iso, found.place, found.guid) == ("1996-08-20", "PORT ELLERY", "rcv1:2286")
    assert found.text == "The wall fell & forty boats were lost.\n\nNobody was hurt."
    empty = RCV1.replace("<p>The wall fell &amp; forty boats were lost.</p><p>Nobody was hurt.</p>", "")
    assert reason(parse_bytes("2286newsML.xml", empty.encode())) == "no text"

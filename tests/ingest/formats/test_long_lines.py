"""A line many times as long as an article may be, in each text format, is rejected in bounded memory."""

import tracemalloc

import pytest

from ingest.formats.entry import Entry, Unreadable, buffered
from ingest.formats.registry import FORMATS, Format
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected
from tests.ingest.streams import RepeatingStream

LENGTH = 2**28
"""Bytes of the line: twice the memory that is allowed."""

BEGINNINGS = {
    "mbox": b"From news@ledger.example Sat Nov 25 06:10:00 2023\nSubject: Wall\n\n",
    "mail": b"From: news@ledger.example\nSubject: Wall\n\n",
    "Movable Type export": b"TITLE: Wall\n-----\nBODY:\n",
    "JSON Lines": b'{"title": "Wall", "text": "',
    "JSON": b'[{"title": "Wall", "text": "',
    "WordPress export": b'<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><item><title>',
    "RSS and Atom": b"<rss><channel><item><title>",
    "MHTML": b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/html\r\n\r\n<p>",
    "METS": b'<mets xmlns="http://www.loc.gov/METS/"><dmdSec><x>',
    "ALTO": b'<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#"><Layout><Page><x>',
    "PAGE XML": b'<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"><Page><x>',
    "hOCR": b'<!DOCTYPE html><html><head><meta name="ocr-system" content="tesseract"/></head>'
    b'<body><div class="ocr_page"><p>',
    "NITF": b"<nitf><body><body.content><p>",
    "NewsML-G2": b"<newsItem><contentSet><inlineData>",
    "NewsML 1": b"<NewsML><NewsItem><NewsComponent>",
    "TEI": b"<TEI><text><body><p>",
    "RCV1": b'<newsitem itemid="1"><text><p>',
    "TREC and Gigaword": b"<DOC>\n<DOCNO> AP880212-0002 </DOCNO>\n<TEXT>\n",
    "Reuters SGML": b"<REUTERS><TEXT><BODY>",
    "HTML": b"<!DOCTYPE html><html><body><p>",
    "Markdown": b"# Wall\n\n",
    "CSV": b'title,text\nWall,"',
    "plain text": b"Wall\n\n",
}


def reasons(form: Format, entry: Entry) -> list[str]:
    """Return the reasons for which the entry, or each of its records, is rejected."""
    try:
        outcome = list(form.parse(entry, ReadOptions()))
    except Unreadable as error:
        return [str(error)]
    return [item.reason if isinstance(item, Rejected) else "read" for item in outcome]


@pytest.mark.large
@pytest.mark.parametrize("form", [form for form in FORMATS if not form.is_binary], ids=lambda form: form.name)
def test_a_line_without_end_is_rejected_in_bounded_memory(form: Format) -> None:
    stream = buffered(RepeatingStream(BEGINNINGS[form.name], b"x" * 65_536, LENGTH, b"\n"))
    tracemalloc.start()
    found = reasons(form, Entry("desk/wall", stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found and all(reason.startswith("too large: ") for reason in found), found
    # The limit of an article, plus what is held while the data is decoded and joined.
    assert peak < LENGTH // 2

"""WARC and ARC files as crawlers write them: compressed or not, complete, damaged and hostile."""

import gzip
import io
import json
import re
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from assistant.article import Article, PublicationDate
from ingest.formats.entry import Entry, buffered
from ingest.formats.registry import parse
from ingest.formats.warc import parse as parse_warc
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected, Skipped
from tests.ingest.streams import RepeatingStream

ParseBytes = Callable[..., list[Article | Rejected | Skipped]]
FIXTURES = Path(__file__).parent / "warc"
FIRST = (
    "The sea wall at Sandhaven gave way a little before midnight on Friday, and within an hour the water stood in "
    "four streets behind the parade, the city's engineer said."
)
SECOND = (
    "Some 60 people were taken to the Methodist hall, where volunteers had laid out blankets and soup; nobody was "
    "missing when the roll was called at dawn on Saturday."
)
URL = "https://www.ledger.example/news/wall"


def page(title: str = "Wall breached", head: str = "", text: str = FIRST) -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{text}</p><p>{SECOND}</p></article></body></html>"
    ).encode()


def response(body: bytes, *headers: str, status: str = "200 OK", media: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {media}"] if media else []), *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(
    block: bytes,
    *headers: str,
    kind: str = "response",
    url: str = URL,
    date: str = "2023-11-26T04:05:06Z",
    length: str | None = None,
) -> bytes:
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {date}",
        "Content-Type: application/http; msgtype=response",
        *headers,
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def chunked(body: bytes, size: int = 100) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def one(outcome: list[Article | Rejected | Skipped]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def summary(outcome: list[Article | Rejected | Skipped]) -> dict[str, str]:
    """Map places to titles of articles or reasons of rejections."""
    return {
        item.source: item.title if isinstance(item, Article) else item.reason
        for item in outcome
        if not isinstance(item, Skipped)
    }


def skipped(outcome: list[Article | Rejected | Skipped]) -> dict[str, int]:
    """Count a crawl's other records by kind."""
    return {item.kind: item.count for item in outcome if isinstance(item, Skipped)}


def test_a_page_is_an_article_with_the_address_of_its_record(parse_bytes: ParseBytes) -> None:
    found = one(parse_bytes("crawl.warc", record(response(page()))))
    assert (found.title, found.source) == ("Wall breached", "desk/crawl.warc#1")
    assert (found.url, found.outlet) == (URL, "ledger.example")
    assert FIRST in found.text
    # The time of the crawl is not a date of publication.
    assert found.published == PublicationDate()


def test_what_a_page_says_about_itself_goes_before_its_record(parse_bytes: ParseBytes) -> None:
    head = '<link rel="canonical" href="https://ledger.example/2023/11/25/wall">'
    found = one(parse_bytes("crawl.warc", record(response(page(head=head)), url="http://cdn.example/?id=1")))
    assert found.url == "https://ledger.example/2023/11/25/wall"
    assert found.published == PublicationDate("2023-11-25", "url")


def test_no_page_was_published_after_it_was_fetched(parse_bytes: ParseBytes) -> None:
    head = '<meta property="article:published_time" content="{}">'
    for date, expected in (("2023-11-26T23:00:00Z", "2023-11-26T23:00:00+00:00"), ("2024-02-01", None)):
        data = record(response(page(head=head.format(date))), date="2023-11-26T04:05:06Z")
        assert one(parse_bytes("crawl.warc", data)).published.iso == expected


@pytest.mark.parametrize(
    "pack", [lambda data: data, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"]
)
def test_records_are_packed_one_by_one_or_not(
    parse_bytes: ParseBytes, pack: Callable[[bytes], bytes]
) -> None:
    data = b"".join(
        pack(record(response(page(f"Story {number}")), url=f"{URL}/{number}")) for number in range(1, 4)
    )
    outcome = summary(parse_bytes("crawl.warc.gz", data))
    assert outcome == {f"desk/crawl.warc.gz#{number}": f"Story {number}" for number in range(1, 4)}


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(page())),
        ("x-gzip", gzip.compress(page())),
        ("deflate", zlib.compress(page())),
        ("deflate", zlib.compress(page())[2:-4]),
        ("br", brotli.compress(page())),
        ("zstd", zstandard.compress(page())),
        ("gzip, br", brotli.compress(gzip.compress(page()))),
        ("identity", page()),
        ("gzip", page()),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "deflate",
        "raw deflate",
        "brotli",
        "zstd",
        "twice",
        "identity",
        "unpacked before",
    ],
)
def test_pages_are_unpacked(parse_bytes: ParseBytes, name: str, packed: bytes) -> None:
    data = record(response(packed, f"Content-Encoding: {name}"))
    assert FIRST in one(parse_bytes("crawl.warc", data)).text
    data = record(response(chunked(packed), f"Content-Encoding: {name}", "Transfer-Encoding: chunked"))
    assert FIRST in one(parse_bytes("crawl.warc", data)).text


def test_a_page_that_was_already_unchunked_is_read_unchanged(parse_bytes: ParseBytes) -> None:
    data = record(response(page(), "Transfer-Encoding: chunked"))
    assert FIRST in one(parse_bytes("crawl.warc", data)).text


def test_the_encoding_that_the_server_names(parse_bytes: ParseBytes) -> None:
    polish = FIRST.replace("Sandhaven", "Łódź")
    body = page(text=polish).decode().encode("iso-8859-2")
    found = one(parse_bytes("crawl.warc", record(response(body, media="text/html; charset=ISO-8859-2"))))
    assert "The sea wall at Łódź gave way" in found.text


def test_records_that_hold_no_page_are_skipped_and_counted(parse_bytes: ParseBytes) -> None:
    data = b"".join(
        [
            record(b"software: x\r\n", kind="warcinfo"),
            record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
            record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
            record(b"via: x", kind="metadata"),
            record(response(b""), kind="revisit"),
            record(b"text", kind="conversion"),
            record(b"x", kind="anything"),
            record(response(page())),
            record(response(b"\x89PNG", media="image/png"), url="https://ledger.example/a.png"),
            record(response(b"\xff\xd8\xff", media="image/jpeg"), url="https://ledger.example/a.jpg"),
            record(response(b"{}", media="application/json")),
            record(response(page(), "Location: /", status="301 Moved")),
            record(response(page(), status="404 Not Found")),
            record(response(page(), media="text/plain"), url="https://ledger.example/robots.txt"),
            record(b"20231126 dns", url="dns:ledger.example"),
        ]
    )
    outcome = parse_bytes("crawl.warc", data)
    assert summary(outcome) == {"desk/crawl.warc#8": "Wall breached"}
    assert skipped(outcome) == {
        "descriptions of the crawl": 1,
        "requests": 2,
        "metadata": 1,
        "revisits of unchanged pages": 1,
        "conversions": 1,
        "other records": 1,
        "images": 2,
        "other files": 1,
        "redirects": 1,
        "server errors": 1,
        "robots.txt": 1,
        "DNS lookups": 1,
    }


def test_content_decides_where_the_server_does_not_say(parse_bytes: ParseBytes) -> None:
    for media in ("", "text/plain", "application/octet-stream"):
        assert one(parse_bytes("crawl.warc", record(response(page(), media=media)))).title == "Wall breached"


def test_pages_kept_without_a_response(parse_bytes: ParseBytes) -> None:
    data = record(page(), kind="resource").replace(b"application/http; msgtype=response", b"text/html")
    assert one(parse_bytes("crawl.warc", data)).title == "Wall breached"


def test_a_page_without_an_article_is_named_by_its_record(parse_bytes: ParseBytes) -> None:
    data = record(response(b"<html><body>Log in</body></html>")) + record(
        response(page()), url="https://a.example/"
    )
    reasons = summary(parse_bytes("crawl.warc", data))
    assert reasons == dict.fromkeys(
        ("desk/crawl.warc#1", "desk/crawl.warc#2"), "no article text found in the page"
    )


def arc(*pages: tuple[str, bytes]) -> bytes:
    opening = (
        b"filedesc://crawl.arc 0.0.0.0 20231126040506 text/plain 75\n1 0 Crawl\nURL IP-address Archive-date "
    )
    opening += b"Content-type Archive-length\n"
    opening = re.sub(rb" 75\n", b" %d\n" % (len(opening.partition(b"\n")[2]) + 1), opening) + b"\n\n"
    return opening + b"\n".join(
        f"{url} 192.0.2.1 20231126040506 text/html {len(block)}\n".encode() + block for url, block in pages
    )


def test_an_arc_file(parse_bytes: ParseBytes) -> None:
    data = arc(
        (URL, response(page("One"))),
        ("http://ledger.example/a story?q=a b", response(page("Two"))),
        ("http://ledger.example/old", page("Three")),
    )
    *articles, left_out = parse_bytes("crawl.arc", data)
    assert [item.title for item in articles if isinstance(item, Article)] == ["One", "Two", "Three"]
    assert left_out == Skipped("desk/crawl.arc", "descriptions of the crawl", 1)
    assert summary(parse_bytes("crawl.arc.gz", gzip.compress(data)))["desk/crawl.arc.gz#3"] == "Two"


STORIES = [record(response(page(f"Story {number}")), url=f"{URL}/{number}") for number in range(1, 4)]


def test_a_file_cut_off_gives_what_it_holds(parse_bytes: ParseBytes) -> None:
    whole = b"".join(STORIES)
    for cut in (len(whole) - 200, len(STORIES[0] + STORIES[1]) + 40):
        outcome = summary(parse_bytes("crawl.warc", whole[:cut]))
        assert list(outcome) == ["desk/crawl.warc#1", "desk/crawl.warc#2", "desk/crawl.warc"]
        assert (
            "cut off" in outcome["desk/crawl.warc"]
            and "the records before it were read" in outcome["desk/crawl.warc"]
        )


def test_packed_records_cut_off_give_what_they_hold(parse_bytes: ParseBytes) -> None:
    data = b"".join(gzip.compress(story) for story in STORIES)
    outcome = summary(parse_bytes("crawl.warc.gz", data[:-100]))
    assert list(outcome) == ["desk/crawl.warc.gz#1", "desk/crawl.warc.gz#2", "desk/crawl.warc.gz"]
    assert outcome["desk/crawl.warc.gz"] == "damaged or cut-off gzip data: it ends too early"


@pytest.mark.parametrize(
    ("length", "reason"),
    [
        ("-5", "its length is not a number: -5"),
        ("abc", "its length is not a number: abc"),
        ("", "its length is not a number: none"),
        ("1" * 40, "its length is not a number: " + "1" * 40),
        ("100", "its length is wrong: no record follows it"),
    ],
)
def test_a_wrong_length_costs_one_record(parse_bytes: ParseBytes, length: str, reason: str) -> None:
    data = STORIES[0] + record(response(page("Wrong")), length=length) + STORIES[2]
    assert summary(parse_bytes("crawl.warc", data)) == {
        "desk/crawl.warc#1": "Story 1",
        "desk/crawl.warc#2": reason,
        "desk/crawl.warc#3": "Story 3",
    }


def test_a_length_beyond_the_end_is_a_file_cut_off(parse_bytes: ParseBytes) -> None:
    outcome = summary(parse_bytes("crawl.warc", STORIES[0] + record(response(page()), length="9" * 18)))
    assert list(outcome) == ["desk/crawl.warc#1", "desk/crawl.warc"]
    assert "cut off" in outcome["desk/crawl.warc"]


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (chunked(page())[:-200], ["Transfer-Encoding: chunked"], "cut off or damaged inside its chunks"),
        (
            chunked(page()).replace(b"64\r\n", b"zz\r\n", 3).replace(b"zz\r\n", b"64\r\n", 2),
            ["Transfer-Encoding: chunked"],
            "cut off or damaged inside its chunks",
        ),
        (b"ffffffff\r\n" + page(), ["Transfer-Encoding: chunked"], "cut off or damaged inside its chunks"),
        (
            gzip.compress(page())[:-50],
            ["Content-Encoding: gzip"],
            "cut off: its gzip data ends too early",
        ),
        (b"\x00\x01\x02" * 99, ["Content-Encoding: gzip"], "cannot be decompressed as gzip"),
        (gzip.compress(bytes(30_000_000)), ["Content-Encoding: gzip"], "too large"),
        (brotli.compress(bytes(30_000_000)), ["Content-Encoding: br"], "too large"),
        (zstandard.compress(bytes(30_000_000)), ["Content-Encoding: zstd"], "too large"),
    ],
    ids=[
        "chunk cut",
        "chunk damaged",
        "chunk without end",
        "gzip cut",
        "no gzip",
        "gzip bomb",
        "brotli bomb",
        "zstd bomb",
    ],
)
def test_a_damaged_page_costs_itself(
    parse_bytes: ParseBytes, body: bytes, headers: list[str], reason: str
) -> None:
    data = record(response(body, *headers)) + STORIES[1]
    outcome = summary(parse_bytes("crawl.warc", data))
    assert reason in outcome["desk/crawl.warc#1"]
    assert outcome["desk/crawl.warc#2"] == "Story 2"


def test_a_page_that_the_crawl_cut_off_is_rejected(parse_bytes: ParseBytes) -> None:
    [rejected] = parse_bytes("crawl.warc", record(response(page()), "WARC-Truncated: length"))
    assert rejected == Rejected("desk/crawl.warc#1", "the crawl stored only its beginning (length)")


def test_a_page_above_the_limit_is_rejected(parse_bytes: ParseBytes) -> None:
    large = record(response(page() + b"<p>x</p>" * 3_000_000))
    outcome = summary(parse_bytes("crawl.warc", large + STORIES[1]))
    assert "too large" in outcome["desk/crawl.warc#1"]
    assert outcome["desk/crawl.warc#2"] == "Story 2"


def test_nul_bytes_do_not_end_a_page(parse_bytes: ParseBytes) -> None:
    data = record(response(page().replace(b"midnight", b"mid\x00night")))
    assert FIRST in one(parse_bytes("crawl.warc", data)).text


@pytest.mark.large
@pytest.mark.parametrize(
    "line", [b"WARC-Target-URI: ", b"X: y\r\nno header at all ", b"WARC-Type: response\r\n "]
)
def test_a_header_line_of_a_gigabyte_takes_bounded_memory(line: bytes) -> None:
    stream = buffered(RepeatingStream(b"WARC/1.0\r\n" + line, b"x" * 65_536, 2**30, b"\r\n\r\n" + STORIES[1]))
    tracemalloc.start()
    outcome = list(parse_warc(Entry("crawl.warc", stream), ReadOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary(outcome) == {"crawl.warc#1": "its headers are too long", "crawl.warc#2": "Story 2"}
    assert peak < 5_000_000


def test_headers_without_end_take_bounded_memory() -> None:
    stream = buffered(RepeatingStream(b"WARC/1.0\r\n", b"A: b\r\n" * 10_000, 2**21, b""))
    [rejected] = parse_warc(Entry("crawl.warc", stream), ReadOptions())
    assert rejected == Rejected("crawl.warc#1", "its headers are too long")


def test_a_file_without_records(parse_bytes: ParseBytes) -> None:
    [rejected] = parse_bytes("crawl.warc", b"nothing that a crawl would write\n" * 9)
    assert rejected == Rejected("desk/crawl.warc", "no records")


NO_ARTICLE = "no article text found in the page"


@pytest.mark.parametrize(
    ("name", "reasons", "others"),
    [
        (
            "bad.arc",
            {
                "#1": "its length is not a number: -1",
                "#2": "its length is not a number: -1",
                "#4": "its length is not a number: abc",
            },
            {"other files": 1},
        ),
        (
            "example-bad-non-chunked.warc.gz",
            {"#3": NO_ARTICLE},
            {"descriptions of the crawl": 2, "requests": 2, "revisits of unchanged pages": 1},
        ),
        ("example-digest.warc", {}, {"requests": 4}),
        (
            "example-iana.org-chunked.warc",
            {"#2": NO_ARTICLE},
            {"descriptions of the crawl": 1, "requests": 1},
        ),
        ("example-resource.warc.gz", {"#3": NO_ARTICLE}, {"descriptions of the crawl": 2}),
        ("example-space-in-target-uri.warc.gz", {}, {"descriptions of the crawl": 1, "images": 1}),
        (
            "example-space-in-url.arc",
            {"": "the file is cut off in its last record; the records before it were read"},
            {"descriptions of the crawl": 1},
        ),
        (
            "example-trunc.warc",
            {"#3": "its length is wrong: no record follows it"},
            {"descriptions of the crawl": 2, "requests": 1},
        ),
        ("example-wrong-chunks.warc.gz", {"#1": NO_ARTICLE}, {"requests": 1}),
        ("example.arc.gz", {"#2": NO_ARTICLE}, {"descriptions of the crawl": 1}),
        ("post-test.warc.gz", {}, {"other files": 3, "requests": 3}),
    ],
)
def test_files_of_crawlers(name: str, reasons: dict[str, str], others: dict[str, int]) -> None:
    """Test files of warcio. Their pages are notices of a few words, which are not articles."""
    outcome = [item for file in walk([FIXTURES / name]) for item in parse(file, ReadOptions())]
    assert {place.partition(name)[2]: reason for place, reason in summary(outcome).items()} == reasons
    assert skipped(outcome) == others


def test_the_text_of_a_page_in_a_wet_file(parse_bytes: ParseBytes) -> None:
    text = f"Wall breached\nHome\nSport\n{FIRST}\nThe hall\n{SECOND}\nAbout us\nContact\n"
    blocks = (text.encode(), b"Home\nSport\nNo story here\n")
    data = b"".join(record(block, kind="conversion") for block in blocks)
    data = data.replace(b"application/http; msgtype=response", b"text/plain") + record(
        b"text", kind="conversion"
    )
    found, rejected, skipped = parse_bytes("crawl.warc.wet", data)
    assert isinstance(found, Article) and isinstance(rejected, Rejected) and isinstance(skipped, Skipped)
    assert (found.title, found.url) == ("Wall breached", URL)
    assert found.text == f"{FIRST}\n\nThe hall\n\n{SECOND}"
    assert rejected.reason == "no article text found in the page"
    assert (skipped.kind, skipped.count) == ("conversions", 1)


@pytest.mark.parametrize("name", ["crawl.wacz", "crawl.zip"])
def test_a_crawl_in_a_zip_yields_each_page_once(parse_bytes: ParseBytes, name: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("archive/data.warc.gz", gzip.compress(record(response(page()))))
        archive.writestr("indexes/index.cdx.gz", gzip.compress(b"example,ledger)/wall 2023"))
        archive.writestr(
            "pages/pages.jsonl", json.dumps({"title": "Wall", "text": f"Home {FIRST}", "url": URL})
        )
        archive.writestr("datapackage.json", json.dumps({"profile": "data-package", "resources": []}))
        archive.writestr("logs/crawl.log", json.dumps({"message": "Seeds"}))
    found, skipped = parse_bytes(name, held.getvalue())
    assert isinstance(found, Article) and found.source == f"desk/{name}/archive/data.warc.gz#1"
    assert isinstance(skipped, Skipped) and (skipped.kind, skipped.count) == ("lists of pages", 4)

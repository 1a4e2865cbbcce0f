"""Hostile and damaged XML: time and memory are bounded, and no other file is ever opened."""

import gzip
import random
import socket
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.article import Article
from ingest.formats import xml_window
from ingest.formats.registry import ParseResult, parse
from ingest.formats.xml import root_name
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected, Skipped

ParseBytes = Callable[..., list[ParseResult]]
LEAD = "The sea wall at Sandhaven gave way a little before midnight on Friday, and four streets were flooded."
TOO_LARGE = "too large: one article may have 20 MB of text"


def item(title: str, text: str = LEAD) -> str:
    return f"<item><title>{title}</title><description>{text}</description></item>"


def rss(*items: str, before: str = "", inside: str = "") -> bytes:
    return f"{before}<rss version='2.0'><channel>{inside}{''.join(items)}</channel></rss>".encode()


def summary(outcome: list[ParseResult]) -> list[str]:
    """Return titles of articles and reasons of rejections, in order."""
    return [
        item.title if isinstance(item, Article) else item.reason
        for item in outcome
        if not isinstance(item, Skipped)
    ]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_billion_laughs_are_not_expanded(parse_bytes: ParseBytes) -> None:
    entities = "<!ENTITY lol 'lol'>" + "".join(
        f"<!ENTITY lol{n} '{f'&lol{n - 1 or str()};' * 10}'>" for n in range(1, 10)
    )
    data = rss(
        item("One"),
        item("Two", "&lol9; " + LEAD),
        item("&lol9;"),
        before=f"<?xml version='1.0'?><!DOCTYPE rss [{entities}]>",
    )
    started = time.process_time()
    one, two, three = summary(parse_bytes("a.xml", data))
    assert one == "One"
    assert two == three == "uses &lol9;, an entity declared in the file; such entities are never expanded"
    assert time.process_time() - started < 2


@pytest.mark.parametrize("address", ["file://{path}", "{path}", "http://127.0.0.1:9/secret"])
@pytest.mark.parametrize("kind", ["feed", "nitf", "sgml"])
def test_external_content_is_not_fetched(
    parse_bytes: ParseBytes, tmp_path: Path, address: str, kind: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET " + LEAD)
    place = address.format(path=secret)
    doctype = f"<!DOCTYPE x SYSTEM '{place}' [<!ENTITY secret SYSTEM '{place}'><!ENTITY % all SYSTEM '{place}'> %all;]>"
    data = {
        "feed": rss(item("One", f"{LEAD} &secret;"), before=f"<?xml version='1.0'?>{doctype}"),
        "nitf": f"{doctype}<nitf><body><body.content><p>{LEAD} &secret;</p></body.content></body></nitf>".encode(),
        "sgml": f"{doctype}<REUTERS><TEXT><BODY>{LEAD} &secret;</BODY></TEXT></REUTERS>".encode(),
    }[kind]
    [rejected] = parse_bytes("a.xml", data)
    assert isinstance(rejected, Rejected) and "uses &secret;, an entity" in rejected.reason


def test_declarations_that_nothing_uses_do_no_harm(parse_bytes: ParseBytes) -> None:
    before = (
        "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://127.0.0.1:9/rss.dtd' "
        "[<!ENTITY nbsp '&#160;'><!ENTITY x '<item>'>]>"
    )
    assert summary(parse_bytes("a.xml", rss(item("One", f"{LEAD}&nbsp;"), before=before))) == ["One"]
    include = (
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>"
    )
    [found] = parse_bytes("a.xml", rss(item("One", f"{LEAD}{include}")))
    assert isinstance(found, Article) and found.text == LEAD


@pytest.mark.parametrize("where", ["inside", "around"])
def test_xml_nested_without_end(parse_bytes: ParseBytes, where: str) -> None:
    deep = "<b>" * 10_000 + LEAD + "</b>" * 10_000
    started = time.process_time()
    if where == "inside":
        outcome = summary(parse_bytes("a.xml", rss(item("One"), item("Two", deep), item("Three"))))
        assert outcome == ["One", "nested too deeply", "Three"]
    else:
        assert summary(parse_bytes("a.xml", rss(item("One"), inside=f"<title>{deep}</title>"))) == ["One"]
        data = "<rss>" + "<channel>" * 10_000 + item("One")
        assert summary(parse_bytes("a.xml", data.encode())) == ["One"]
    assert time.process_time() - started < 5


def test_markup_in_a_text_nested_without_end(parse_bytes: ParseBytes) -> None:
    deep = "<![CDATA[" + "<div>" * 10_000 + LEAD + "]]>"
    [found] = parse_bytes("a.xml", rss(item("One", deep)))
    assert isinstance(found, Article) and found.text == LEAD


def test_control_characters_and_lone_surrogates(parse_bytes: ParseBytes) -> None:
    data = rss(item("O\x00n\x01e &#0; &#xD800; &#xFFFF;", f"{LEAD}\x00 &#3;")).replace(
        b"midnight", b"mid\xed\xa0\x80night"
    )
    [found] = parse_bytes("a.xml", data)
    assert isinstance(found, Article)
    assert found.title.startswith("One") and "\x00" not in found.text and "\ud800" not in found.text
    repr(found).encode()
    [rejected] = parse_bytes("a.xml", b"<rss>\x00\x01\x02\x03" * 100)
    assert isinstance(rejected, Rejected) and "binary data" in rejected.reason


def test_records_before_a_cut_off_end_are_read(parse_bytes: ParseBytes) -> None:
    data = rss(item("One"), item("Two"))
    for end in (b"flooded.", b"</description>", b"<description>", b"<item>", b"<title>"):
        cut = data[: data.rindex(end) + len(end)]
        assert summary(parse_bytes("a.xml", cut)) == ["One", "the file is cut off here"], end
    for end in (b"</item>", b"</channel>"):
        assert summary(parse_bytes("a.xml", data[: data.rindex(end) + len(end)])) == ["One", "Two"]
    assert summary(parse_bytes("a.xml", data[: data.index(b"<item>") + 4])) == ["no records"]


def test_records_before_the_damage_of_a_packed_file_are_read(parse_bytes: ParseBytes) -> None:
    letters = random.Random(1)
    data = rss(*(item(f"Story {n}", LEAD + "".join(letters.choices("abc ", k=500))) for n in range(500)))
    *found, last = parse_bytes("a.xml.gz", gzip.compress(data)[:50_000])
    assert isinstance(last, Rejected) and "damaged or cut-off gzip data" in last.reason
    assert [each.title for each in found if isinstance(each, Article)] == [
        f"Story {n}" for n in range(len(found))
    ]
    assert len(found) > 100


def test_much_around_the_records_is_not_read_for_each(parse_bytes: ParseBytes) -> None:
    started = time.process_time()
    spaces = " ".join(f"xmlns:a{n}='https://a.example/{n}'" for n in range(10_000))
    authors = "<author><name>A B</name></author>" * 10_000
    data = f"<feed {spaces} xmlns='http://www.w3.org/2005/Atom'>{authors}{'<entry/>' * 20_000}</feed>"
    outcome = parse_bytes("a.xml", data.encode())
    assert summary(outcome) == ["no text"] * 20_000
    assert time.process_time() - started < 10


def test_scripts_are_not_text(parse_bytes: ParseBytes) -> None:
    for text in (
        f"<![CDATA[<p>{LEAD}</p><script>alert(1)</script><style>p {{}}</style><iframe src='x'>y</iframe>]]>",
        f"<p>{LEAD}</p><script>alert(1)</script><style>p {{}}</style>",
        f"&lt;p onclick='alert(1)'&gt;{LEAD}&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        [found] = parse_bytes("a.xml", rss(item("One", text)))
        assert isinstance(found, Article) and found.text == LEAD


@pytest.mark.parametrize("opening", ["", "<![CDATA[", "<!--", "<b>"])
def test_one_endless_text(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "a.xml"
    with path.open("wb") as file:
        file.write(rss(item("One")).removesuffix(b"</channel></rss>"))
        file.write(f"<item><title>Two</title><description>{opening}".encode())
        for _ in range(60):
            file.write(b"x" * 1_000_000)
        file.write({"<![CDATA[": b"]]>", "<!--": b"-->"}.get(opening, b"") + b"</description></item>")
        file.write(item("Three").encode() + b"</channel></rss>")
    tracemalloc.start()
    outcome = [found for file in walk([path]) for found in parse(file, ReadOptions())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary(outcome) == ["One", TOO_LARGE, "Three"]
    assert peak < 4 * 20_000_000


def test_a_text_beyond_the_parser(parse_bytes: ParseBytes) -> None:
    outcome = summary(parse_bytes("a.xml", rss(item("One"), item("Two", "word " * 2_500_000), item("Three"))))
    assert outcome == ["One", TOO_LARGE, "Three"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    path = tmp_path / "a.xml"
    for count in (50, 1_000):
        path.write_bytes(rss(*(item(f"Story {n}", LEAD * 20) for n in range(count))))
        tracemalloc.start()
        found = sum(isinstance(each, Article) for file in walk([path]) for each in parse(file, ReadOptions()))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == count
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize(
    "piece",
    [
        "<item><![CDATA[",
        "<item><!--",
        "<item ",
        "<item a='",
        "<!--",
        "<![CDATA[",
        "<",
        "&",
        "<item>",
        "</item>",
        "<!DOCTYPE x [",
        "<?x",
    ],
)
def test_time_grows_with_length_alone(parse_bytes: ParseBytes, piece: str) -> None:
    started = time.process_time()
    outcome = parse_bytes("a.xml", b"<rss><channel>" + piece.encode() * 30_000)
    assert all(isinstance(each, Rejected) for each in outcome)
    assert time.process_time() - started < 10


def test_a_head_of_nothing_but_instructions_is_recognised_quickly() -> None:
    started = time.process_time()
    for piece in (b"<?x?>", b"<!-- -->", b"<!DOCTYPE x [] >", b"<!DOCTYPE x [", b"<!--", b" "):
        assert root_name(b"\n" + piece * 20_000) is None
    assert time.process_time() - started < 5


def test_the_text_around_the_records_is_kept_up_to_a_limit(
    parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_window, "LONGEST_PREAMBLE", 1_000)
    data = rss(item("One"), inside="<title>Ledger</title>" + "<note>x</note>" * 100_000)
    [found] = parse_bytes("a.xml", data)
    assert isinstance(found, Article) and (found.title, found.outlet) == ("One", "Ledger")


def test_records_across_the_edges_of_what_is_read(
    parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for length in range(65_400, 65_700, 7):
        outcome = summary(
            parse_bytes(
                "a.xml", rss(item("One"), f"<!--{'x' * length}-->", item("Two"), item("Three", LEAD * 700))
            )
        )
        assert outcome == ["One", "Two", "Three"]

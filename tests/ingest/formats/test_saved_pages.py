"""Pages that browsers, programs and web archives saved: MHTML, notes in comments, addresses of captures."""

import base64
import quopri

import pytest

from ingest.articles.web_archives import capture, original
from ingest.formats.saved_pages import saved_from
from tests.ingest.parsed import ParseBytes, article, reason

LEAD = "The sea came over the wall of Merrow in the night to Monday, and forty cellars were under water by the morning."
MORE = "The mayor, Oda Brandt, said that the gap will be closed with stone from the quarry before the next spring tide."


def page(head: str = "", top: str = "") -> str:
    return (
        f"<!DOCTYPE html>{top}<html lang='en'><head><title>Wall breached</title>{head}</head><body><nav><a href='/'>"
        f"Home</a></nav><article><h1>Wall breached</h1><p>{LEAD}</p><p>{MORE}</p></article></body></html>"
    )


STATED = (
    "<meta property='og:site_name' content='The Merrow Post'>"
    "<meta property='article:published_time' content='2019-11-04'>"
)
ADDRESS = "https://post.example/2019/11/04/wall"


def mhtml(
    html: str, encoding: str = "quoted-printable", top: str = "From: <Saved by Blink>\r\n", **fields: str
) -> bytes:
    headers = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    encode = quopri.encodestring if encoding == "quoted-printable" else base64.encodebytes
    return (
        (
            f"{top}{headers}Subject: Wall breached\r\nDate: Fri, 1 Mar 2024 09:11:12 +0100\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/related; type="text/html"; boundary="----Part"\r\n\r\n'
            "------Part\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
            f"------Part\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
            f"Content-Location: {ADDRESS}\r\n\r\n"
        ).encode()
        + encode(html.encode())
        + b"\r\n------Part--\r\n"
    )


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("name", ["wall.mhtml", "wall.mht", "wall.eml", "wall"])
def test_mhtml_is_a_page(parse_bytes: ParseBytes, name: str, encoding: str) -> None:
    found = article(parse_bytes(name, mhtml(page(STATED), encoding)))
    assert (found.title, found.outlet, found.url) == ("Wall breached", "The Merrow Post", ADDRESS)
    assert found.published.iso == "2019-11-04"
    assert found.authors == () and "Home" not in found.text and LEAD in found.text


@pytest.mark.parametrize(
    "top", ['From: "Saved by Windows Internet Explorer 8"\r\n', "From: <Saved by Mozilla 5.0>\r\n", ""]
)
def test_mhtml_of_other_browsers(parse_bytes: ParseBytes, top: str) -> None:
    found = article(parse_bytes("wall.mht", mhtml(page(), top=top)))
    assert (found.outlet, found.url, found.published.iso) == ("post.example", ADDRESS, "2019-11-04")


def test_the_address_of_the_whole_page_counts_first(parse_bytes: ParseBytes) -> None:
    data = mhtml(page(), Snapshot_Content_Location="https://post.example/2018/01/02/flood")
    assert article(parse_bytes("a.mhtml", data)).url == "https://post.example/2018/01/02/flood"


def test_mhtml_without_a_page(parse_bytes: ParseBytes) -> None:
    data = mhtml(page()).replace(b"text/html; charset", b"text/css; charset")
    assert reason(parse_bytes("a.mhtml", data)) == "no page in the file: it has no HTML part"


def test_a_mail_with_pictures_stays_a_mail(parse_bytes: ParseBytes) -> None:
    data = mhtml(page(), top="From: Petra Lunn <petra@ledger.example>\r\n", Message_ID="<1@x.example>")
    assert article(parse_bytes("a.eml", data)).authors == ("Petra Lunn",)


@pytest.mark.parametrize(
    ("note", "address"),
    [
        (f"<!-- saved from url=(0034){ADDRESS} -->", ADDRESS),
        (f"<!--\n Page saved with SingleFile \n url: {ADDRESS} \n saved date: Fri Mar 01 2024\n-->", ADDRESS),
        (
            "<!-- Mirrored from post.example/2019/11/04/wall by HTTrack Website Copier/3.x, Fri, 01 Mar 2024 -->",
            "http://post.example/2019/11/04/wall",
        ),
        (f'<meta name="savepage-url" content="{ADDRESS}">', ADDRESS),
        (f"<!-- Source: {ADDRESS} -->", ADDRESS),
        ("<!-- saved from url=(0014)about:internet -->", None),
        ("<!-- a page of the post.example -->", None),
    ],
)
def test_the_address_from_which_a_page_was_saved(note: str, address: str | None) -> None:
    assert saved_from(page(top=note)) == address


def test_a_saved_page_has_outlet_and_day_of_its_address(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.html", page(top=f"<!-- saved from url=(0034){ADDRESS} -->").encode()))
    assert (found.outlet, found.url) == ("post.example", ADDRESS)
    assert (found.published.iso, found.published.origin) == ("2019-11-04", "url")


def test_the_canonical_address_counts_first(parse_bytes: ParseBytes) -> None:
    head = "<link rel='canonical' href='https://post.example/wall'>"
    found = article(parse_bytes("a.html", page(head, f"<!-- saved from url=(0034){ADDRESS} -->").encode()))
    assert found.url == "https://post.example/wall"


@pytest.mark.parametrize(
    "prefix",
    [
        "https://web.archive.org/web/20210304050607/",
        "http://web.archive.org/web/20210304050607id_/",
        "https://web.archive.org/web/2021/",
        "https://archive.example/2021.03.04-050607/",
        "https://webarchive.library.example/wayback/archive/20210304050607/",
        "https://wayback.archive.example/1234/20210304050607if_/",
        "https://web.archive.org/web/20220101/https://web.archive.org/web/20210304050607/",
    ],
)
def test_the_prefix_of_a_web_archive_is_taken_off(parse_bytes: ParseBytes, prefix: str) -> None:
    assert original(prefix + ADDRESS) == ADDRESS
    found = article(parse_bytes("a.html", page(f"<link rel='canonical' href='{prefix}{ADDRESS}'>").encode()))
    assert (found.url, found.outlet, found.published.iso) == (ADDRESS, "post.example", "2019-11-04")


def test_captures_of_one_page_are_one_article(parse_bytes: ParseBytes) -> None:
    ids = {
        article(
            parse_bytes(
                f"{day}.html",
                page(
                    f"<meta property='og:url' content='https://web.archive.org/web/{day}/{ADDRESS}'>"
                ).encode(),
            )
        ).id
        for day in ("20191105", "20200101000000")
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        "https://post.example/2019/11/04/www-in-the-news",
        "https://post.example/share?url=https://other.example/2019/x",
        "https://post.example/1912/the-year",
        "https://web.archive.org/about/",
    ],
)
def test_other_addresses_stay(address: str) -> None:
    assert capture(address) is None and original(address) == address

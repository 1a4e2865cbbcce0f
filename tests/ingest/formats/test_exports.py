"""Exports of blogs: Blogger, Medium, Substack, Movable Type. Drafts, comments and settings are no articles."""

import io
import zipfile
from pathlib import Path

import pytest

from assistant.article import Article
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected, Skipped
from tests.ingest.parsed import ParseBytes, ParseWithCounts, article, reason

WALL = "The outer wall of the harbour gave way on Saturday night, and forty boats were lost."
MORE = "Nobody was hurt, the harbour office said, because the crews were ashore for the feast of the patron saint."
SECRET = (
    "The mayor will resign next week over the payments to his brother, two councillors told me in confidence."
)


def reasons(outcome: list[object]) -> list[str]:
    return [item.reason for item in outcome if isinstance(item, Rejected)]


def blogger(*entries: str) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
        "xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:app='http://purl.org/atom/app#' "
        "xmlns:blogger='http://schemas.google.com/blogger/2018'><title>Harbour Notes</title>"
        f"{''.join(entries)}</feed>"
    ).encode()


def entry(kind: str | None, text: str, more: str = "") -> str:
    category = (
        f"<category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#{kind}'/>"
        if kind
        else ""
    )
    return (
        f"<entry><id>tag:blogger.com,1999:{kind}-{len(more)}</id><published>2012-07-03T17:57:00Z</published>"
        f"<title>Note</title><content type='html'>{text}</content>{category}{more}</entry>"
    )


@pytest.mark.parametrize(
    ("of_kind", "expected"),
    [
        (entry("template", SECRET), "not an article but a template"),
        (entry("settings", SECRET), "not an article but settings"),
        (entry("comment", SECRET), "not an article but a comment"),
        (entry("page", SECRET), "not an article but a page of the site"),
        (
            entry("post", SECRET, "<app:control><app:draft>yes</app:draft></app:control>"),
            "not published: a draft",
        ),
        (
            entry(None, SECRET, "<thr:in-reply-to ref='tag:blogger.com,1999:1'/>"),
            "not an article but a comment",
        ),
        (
            entry(None, SECRET, "<blogger:type>POST</blogger:type><blogger:status>DRAFT</blogger:status>"),
            "not published: a draft",
        ),
        (
            entry(None, SECRET, "<blogger:type>COMMENT</blogger:type><blogger:status>LIVE</blogger:status>"),
            "not an article but a comment",
        ),
        (
            entry(
                None, SECRET, "<blogger:type>POST</blogger:type><blogger:status>SOFT_TRASHED</blogger:status>"
            ),
            "not published: in the trash",
        ),
    ],
)
def test_blogger(parse_bytes: ParseBytes, of_kind: str, expected: str) -> None:
    found, rejected = parse_bytes("blog.xml", blogger(entry("post", WALL), of_kind))
    assert isinstance(found, Article) and (found.text, found.keywords) == (WALL, ())
    assert isinstance(rejected, Rejected) and rejected.reason == expected


def medium(more: str = "") -> bytes:
    return (
        "<!DOCTYPE html><html><head><title>Wall</title></head><body><article class='h-entry'><header>"
        "<h1 class='p-name'>Harbour wall gives way</h1></header><section class='e-content'>"
        f"<p>{WALL}</p><p>{MORE}</p><p>{WALL} It was built in 1911, of stone from the quarry on the hill.</p></section>"
        f"<footer><p>By <a class='p-author h-card' href='https://medium.example/@lunn'>Petra Lunn</a>{more}</p>"
        "<p>Exported from Medium on March 1, 2024.</p></footer></article></body></html>"
    ).encode()


def test_medium(parse_bytes: ParseBytes) -> None:
    published = (
        " on <time class='dt-published' datetime='2019-02-03T09:00:00.000Z'>Feb 3, 2019</time>"
        "<a class='p-canonical' href='https://medium.example/@lunn/wall-8f1a'>Canonical link</a>"
    )
    found = article(parse_bytes("2019-02-03_Wall-8f1a.html", medium(published)))
    assert (found.published.iso, found.url) == (
        "2019-02-03T09:00:00+00:00",
        "https://medium.example/@lunn/wall-8f1a",
    )
    assert reason(parse_bytes("draft_Wall-8f1a.html", medium())) == "not published: a draft"


SUBSTACK = (
    "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle\n"
    "1001.wall,2019-02-03T07:15:00.000Z,true,,newsletter,everyone,Harbour wall gives way,\n"
    "1002.secret,,false,,newsletter,everyone,Mayor to resign,\n"
    "1003.about,2019-02-03T07:15:00.000Z,true,,page,everyone,About,\n"
)
PAGES = {
    "1001.wall": f"<p>{WALL}</p><p>{MORE}</p>",
    "1002.secret": f"<p>{SECRET}</p>",
    "1003.about": "<p>We.</p>",
}


@pytest.mark.parametrize("packed", [True, False])
def test_substack(parse_bytes: ParseWithCounts, tmp_path: Path, packed: bool) -> None:
    files = {"posts.csv": SUBSTACK, **{f"posts/{name}.html": page for name, page in PAGES.items()}}
    if packed:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        outcome = list(parse_bytes("export.zip", held.getvalue()))
    else:
        for name, text in files.items():
            (tmp_path / "export" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "export" / name).write_text(text)
        outcome = [item for file in walk([tmp_path / "export"]) for item in parse(file, ReadOptions())]
    [found] = [item for item in outcome if isinstance(item, Article)]
    assert (found.title, found.published.iso) == ("Harbour wall gives way", "2019-02-03T07:15:00+00:00")
    assert (found.text, found.guid) == (f"{WALL}\n\n{MORE}", "substack:1001.wall")
    assert reasons([*outcome]) == [
        "not published: a draft or taken back",
        "not an article but a page of the site",
    ]
    assert [(item.kind, item.count) for item in outcome if isinstance(item, Skipped)] == [
        ("lists of posts", 1)
    ]


MOVABLE_TYPE = f"""AUTHOR: Petra Lunn
TITLE: Harbour wall gives way
STATUS: Publish
ALLOW COMMENTS: 1
PRIMARY CATEGORY: Harbours
CATEGORY: Harbours
CATEGORY: Storms
DATE: 02/03/2019 07:15:00 PM
-----
BODY:
<p>{WALL}</p>
-----
EXTENDED BODY:
NOTE: this is text, not a field.
-----
EXCERPT:

-----
COMMENT:
AUTHOR: Anybody
DATE: 02/04/2019 07:15:00 PM
They always lie about such things.
-----
--------
AUTHOR: Petra Lunn
TITLE: Mayor to resign
STATUS: Draft
DATE: 02/04/2019 07:15:00 PM
-----
BODY:
{SECRET}
-----
--------
"""


@pytest.mark.parametrize("name", ["export.txt", "export", "export.mt"])
def test_movable_type(parse_bytes: ParseWithCounts, name: str) -> None:
    found, rejected, skipped = parse_bytes(name, MOVABLE_TYPE.encode())
    assert isinstance(found, Article) and isinstance(rejected, Rejected) and isinstance(skipped, Skipped)
    assert (found.title, found.authors, found.section) == (
        "Harbour wall gives way",
        ("Petra Lunn",),
        "Harbours",
    )
    assert (found.published.iso, found.keywords) == ("2019-02-03T19:15:00", ("Storms",))
    assert found.text == f"{WALL}\n\nNOTE: this is text, not a field."
    assert rejected.reason == "not published: a draft"
    assert (skipped.kind, skipped.count) == ("comments", 1)

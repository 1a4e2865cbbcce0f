"""Parses MHTML, a page that a browser saved with its pictures in one file. Its structure is that of a mail."""

import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.formats import html
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, too_large
from ingest.formats.mail import Part, decoded, header, inner_parts, media_type, part_of
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".mhtml", ".mht")

MOST_PARTS = 2_000
"""Maximum parts of a page that are searched for its HTML, which is among the first."""

_SAVED = re.compile(
    rb"^(?:Snapshot-Content-Location:|From:.{0,40}\bSaved by\b)", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(rb"(?:MIME-Version|Content-Type|From|Subject|Date)\s*:", re.IGNORECASE)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a page that a browser saved, and not like a mail that a person sent."""
    top = re.split(rb"\r?\n\r?\n", head.lstrip(), maxsplit=1)[0]
    return _FIELD.match(top) is not None and (suffix in SUFFIXES or _SAVED.search(top) is not None)


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a page, as if it were HTML. The day on which it was saved is no date of publication."""
    data = entry.stream.read(MAX_ARTICLE_BYTES + 1).lstrip()
    is_cut = len(data) > MAX_ARTICLE_BYTES
    saved = part_of(data, is_cut)
    page = _page(saved)
    if page is None:
        yield Rejected(
            entry.source, too_large(None) if is_cut else "no page in the file: it has no HTML part"
        )
        return
    places = (header(saved.headers, "Snapshot-Content-Location"), header(page.headers, "Content-Location"))
    address = next((place for place in places if place.lower().startswith(("http://", "https://"))), None)
    yield html.article(decoded(page).encode(), entry.source, options, address)


def _page(saved: Part) -> Part | None:
    """Return the first part that is HTML; the others are frames and pictures."""
    waiting = [saved]
    for _ in range(MOST_PARTS):
        if not waiting:
            return None
        part = waiting.pop()
        kind = media_type(part.headers)
        if kind in ("text/html", "application/xhtml+xml") and not part.is_cut:
            return part
        if kind.startswith("multipart/"):
            waiting.extend(reversed(inner_parts(part)))
    return None

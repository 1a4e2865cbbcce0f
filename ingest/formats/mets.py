"""Parses METS: the table of contents of a digitised issue, whose pages are ALTO documents beside it.

One logical division that is a story is one article. The pages are read from the same folder as the METS document;
inside containers its stories cannot be put together, and its pages are read one by one.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from assistant.article import UNDATED, Article
from ingest.articles import dates
from ingest.articles.builder import Extracted
from ingest.formats.alto import blocks_of
from ingest.formats.encodings import decode
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, Unreadable
from ingest.formats.recognised import Block, Recognised, article
from ingest.formats.streams import DiskFile
from ingest.formats.xml import inner, line, local, root_name
from ingest.formats.xml_tree import BrokenXml, Element, parse_xml
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".mets",)

MOST_NEIGHBOURS = 20
"""Maximum METS documents beside a page that are searched for it; an issue has one."""

_STORY = re.compile(r"(?:news)?(?:article|artikel|story|editorial|letter|obituary|review)", re.IGNORECASE)
_LINK = "{http://www.w3.org/1999/xlink}href"


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a METS document."""
    return root_name(head) == "mets"


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each story; what else the issue contains, such as advertisements, is counted."""
    path = _path(entry)
    document = _parsed(entry.whole())
    stories = [*_stories(document)]
    if path is None or not stories:
        yield Skipped(entry.source, "METS documents whose pages are read one by one", 1)
        return
    pages: dict[str, dict[str, Block]] = {}
    used = 0
    for number, story in enumerate(stories, 1):
        source = f"{entry.source}#{number}"
        try:
            blocks = _blocks(story, _files(document), path.parent, pages)
        except Unreadable as error:
            yield Rejected(source, str(error))
            continue
        used += len(blocks)
        yield article(Recognised(blocks, _known(document, story), is_story=True), source, options)
    if (left_out := sum(map(len, pages.values())) - used) > 0:
        yield Skipped(
            entry.source, "blocks of an issue outside of its stories, such as advertisements", left_out
        )


def divides(entry: Entry) -> bool:
    """Whether a METS document beside a page, or one folder above, divides the page into stories."""
    path = _path(entry)
    if path is None:
        return False
    folders = (path.parent, path.parent.parent)
    beside = [other for folder in folders for other in sorted(folder.glob("*.xml"))[:MOST_NEIGHBOURS]]
    beside += [other for folder in folders for other in sorted(folder.glob("*.mets"))[:MOST_NEIGHBOURS]]
    return any(
        path.resolve() in _pages_of_stories(other, other.stat().st_mtime_ns)
        for other in beside
        if other != path
    )


@lru_cache(maxsize=64)
def _pages_of_stories(path: Path, changed: int) -> frozenset[Path]:
    """Return the files that a METS document divides into stories; none if the file is another document."""
    try:
        with path.open("rb") as file:
            if not recognises(file.read(65_536), ""):
                return frozenset()
            file.seek(0)
            document = _parsed(file.read(MAX_ARTICLE_BYTES))
    except (OSError, Unreadable):
        return frozenset()
    if not any(True for _ in _stories(document)):
        return frozenset()
    return frozenset((path.parent / name).resolve() for name in _files(document).values())


def _path(entry: Entry) -> Path | None:
    """Return where an entry is on disk; None inside a container."""
    raw = getattr(entry.stream, "raw", None)
    return Path(str(raw.name)) if isinstance(raw, DiskFile) else None


def _parsed(data: bytes) -> Element:
    try:
        return parse_xml(decode(data))
    except BrokenXml as error:
        raise Unreadable(str(error)) from error


def _stories(document: Element) -> Iterator[Element]:
    """Yield the divisions that are stories, in order, without stories inside stories."""
    waiting = [
        each
        for each in document
        if local(each) == "structMap" and (each.get("TYPE") or "").upper() == "LOGICAL"
    ]
    while waiting:
        element = waiting.pop()
        if local(element) == "div" and _STORY.fullmatch(element.get("TYPE") or ""):
            yield element
        else:
            waiting.extend(reversed(element))


def _files(document: Element) -> dict[str, str]:
    """Return the names of the files by id, relative to the document."""
    return {
        file.get("ID") or "": unquote(re.sub(r"^file:/*", "", location.get(_LINK) or ""))
        for file in document.iter()
        if local(file) == "file" and (location := inner(file, "FLocat")) is not None
    }


def _blocks(
    story: Element, files: dict[str, str], folder: Path, pages: dict[str, dict[str, Block]]
) -> list[Block]:
    """Return the blocks of a story in order. Raises Unreadable if a page is missing."""
    found: list[Block] = []
    for area in story.iter():
        name, begin = files.get(area.get("FILEID") or ""), area.get("BEGIN")
        if local(area) != "area" or name is None or begin is None:
            continue
        if name not in pages:
            page = (folder / name).resolve()
            if not page.is_relative_to(folder.resolve()):
                raise Unreadable(f"its page {name} is outside of its folder; not read")
            try:
                if page.stat().st_size > MAX_ARTICLE_BYTES:
                    raise Unreadable(f"its page {name} is too large")
                pages[name] = dict(blocks_of(_parsed(page.read_bytes())))
            except OSError:
                raise Unreadable(
                    f"its page {name} is missing: ingest the folder with all of its pages"
                ) from None
        if begin in pages[name]:
            found.append(pages[name][begin])
    return found


def _known(document: Element, story: Element) -> Extracted:
    """Return what the document says about a story: in its label and headings, and in the issue's description."""
    described = next((each for each in document.iter() if local(each) == "mods"), None)
    issued = [] if described is None else [each for each in described.iter() if local(each) == "dateIssued"]
    published = next((day for each in issued if (day := dates.parse(line(each), "metadata")).iso), UNDATED)
    hosts = [] if described is None else [each for each in described.iter() if local(each) == "titleInfo"]
    return Extracted(
        text="",
        title=story.get("LABEL"),
        outlet=next((title for each in hosts if (title := line(inner(each, "title")))), None),
        published=published,
        language=line(inner(described, "language", "languageTerm")),
    )

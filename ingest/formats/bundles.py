"""Splits the files in which press databases deliver many stories: LexisNexis and Nexis Uni, Factiva, ProQuest.

These exports are lines of text, whether they come as .txt, .docx, .rtf or HTML. Whoever reads such a file hands its
lines over to `stories_of_lines` or its text to `stories`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors, byline
from ingest.articles.canonical import clean, join, paragraphs
from ingest.articles.wrapping import paragraphs_of
from ingest.formats.teasers import reason_to_reject
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

LONGEST_LINE = 300
"""Maximum characters of a line that can be a title, an outlet or a mark between stories."""

LONGEST_BROKEN_LINE = 120
"""Maximum characters of a line of a document that was made from text with broken lines."""

SHARE_BLANK = 0.1
"""Minimum share of its lines that are blank."""

MOST_HEAD_LINES = 14
"""Maximum lines between the number of words of a Factiva story and its text."""

LONGEST_SECTION = 40
"""Maximum characters of a line above a title that names a section."""

LANGUAGES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
}

_NUMBERED = re.compile(
    r"\W*(?:document|dokument)?\s*(\d{1,5}) (?:of|von|de|di|van) (\d{1,5}) (?:documents?|dokumente[n]?)\W*",
    re.I,
)
_END_OF_DOCUMENT = re.compile(r"\W*End of Document\W*", re.I)
_ACCESSION = re.compile(r"\s*Document ([A-Z]{2,}[A-Za-z0-9]+)\s*")
_SIGNS = re.compile(r"\bDocument [A-Z]{2}|\bD[Oo][CcKk][Uu][Mm][Ee][Nn][Tt][EeNnSs]*\b|ProQuest")
_SUMMARY = re.compile(r"^\s*(?:Search Summary|©)", re.M)
"""What Factiva puts after the last story."""

_WORDS = re.compile(r"(\d{1,3}(?:[,.]\d{3})*|\d+) words?", re.I)
_PROQUEST_MARK = re.compile(r"(?:_{20,}|\s*Document \d+ of \d+\s*)")
_PROQUEST_SIGN = re.compile(r"^(?:ProQuest document ID|Publication title|Full text): ", re.M)

_COPYRIGHT = re.compile(r"(?:Copyright\b|\(c\)|©).*|All rights reserved\.?", re.I)
_PAGE_HEAD = re.compile(r"Page \d+ of \d+", re.I)
_EDITION = re.compile(
    r".*\bEdition\b.*|(?:Late|Early|First|Final|Main|National)(?: .{0,20})?|.{0,20}\d{1,2}:\d{2}.{0,20}", re.I
)
_TIME = re.compile(r"\d{1,2}:\d{2}(?: ?[A-Z]{2,4})?")
_CODE = re.compile(r"[A-Z][A-Z0-9]{2,7}")
_PAGE = re.compile(r"(?:Pages?\s+)?[A-Z]{0,3}\.?\d{1,4}(?:[-,]\d{1,4})*|Pages? .{1,30}")
_SHARE = re.compile(r"\s*\(\d{1,3} ?%\)")

_HEAD_KEYS = ("BYLINE", "SECTION", "LENGTH", "DATELINE", "HIGHLIGHT", "HEADLINE", "SERIES", "COLUMN", "BODY")
_TAIL_KEYS = (
    "LOAD-DATE",
    "LANGUAGE",
    "GRAPHIC",
    "PUBLICATION-TYPE",
    "JOURNAL-CODE",
    "SUBJECT",
    "CORRECTION",
    "CORRECTION-DATE",
    "ORGANIZATION",
    "COMPANY",
    "INDUSTRY",
    "PERSON",
    "GEOGRAPHIC",
    "CITY",
    "STATE",
    "COUNTRY",
    "TICKER",
    "TYPE",
    "DOCUMENT-TYPE",
    "ACC-NO",
    "NOTES",
)
_HEAD_KEY = re.compile(rf"({'|'.join(_HEAD_KEYS)}):\s*(.*)", re.I)
_TAIL_KEY = re.compile(rf"({'|'.join(_TAIL_KEYS)}):\s*(.*)", re.I)
_BODY = re.compile(r"Body:?", re.I)
_TAIL = re.compile(
    rf"(?:{'|'.join(_TAIL_KEYS)}):|(?:Classification|Graphic|Notes)$|Copyright \d|All rights reserved", re.I
)
_CLOSING = re.compile(rf"[A-Za-z][A-Za-z /-]{{2,30}}:(?:\s|$)|{_TAIL.pattern}|\(c\) |©", re.I)

_FACTIVA_CODES = "SE HD CR BY WC PD ET SN SC ED PG VOL LA CY LP TD CT RF CO IN NS RE IPD IPC PUB AN".split()
_FACTIVA_FIELD = re.compile(rf"\s*({'|'.join(_FACTIVA_CODES)})(?:[ \t]+(.*))?")

_PROQUEST_FIELD = re.compile(
    r"(Author|Publication info|Abstract|Links|Full text|Subject|Business indexing term|Location|People"
    r"|Company / organization|Classification|Identifier / keyword|Credit|Title|Alternate title|Publication title"
    r"|Volume|Issue|First page|Pages|Number of pages|Publication year|Publication date|Year|Dateline|Section|Column"
    r"|Publisher|Place of publication|Country of publication|Publication subject|ISSN|e-ISSN|Source type"
    r"|Language of publication|Document type|ProQuest document ID|Document URL|Copyright|Full text availability"
    r"|Last updated|Database): ?(.*)"
)


@dataclass(frozen=True)
class _Line:
    """A line that is not blank, and the block of lines between blank lines that it is in."""

    text: str
    block: int


@dataclass(frozen=True)
class _Form:
    """A kind of bundle."""

    name: str
    split: Callable[[str], list[str]]
    """Returns the texts of its stories; none if the text is no such bundle."""
    extract: Callable[[str], Extracted]


def stories_of_lines(
    lines: Iterable[str], source: str, options: ReadOptions
) -> Iterator[Article | Rejected | Skipped] | None:
    """Return the stories in a document, whose lines are paragraphs or broken as in text; None if it is no bundle."""
    lines = list(lines)
    blank = sum(not line.strip() for line in lines)
    is_text = blank > SHARE_BLANK * len(lines) and max(map(len, lines)) <= LONGEST_BROKEN_LINE
    return stories(("\n" if is_text else "\n\n").join(lines), source, options)


def stories(text: str, source: str, options: ReadOptions) -> Iterator[Article | Rejected | Skipped] | None:
    """Return the stories in a text, numbered from 1; None if it is not a bundle.

    A bundle of an unknown form yields one Rejected: as a single article, its stories would share a title and a date.
    """
    if (found := known_stories(text, source, options)) is not None:
        return found
    # A new page counts as a line across it.
    count = _count_of_unknown("\n".join(text.replace("\f", "\n-----\n").splitlines()))
    if count > 1:
        return iter(
            [
                Rejected(
                    source,
                    f"a bundle of {count} stories in a form that is not known: save each story in a file of its own, "
                    "or export them as JSON or CSV",
                )
            ]
        )
    return None


def may_be_known(text: str) -> bool:
    """Whether a text has the words that mark the stories of a bundle; quick, but not sure."""
    return _SIGNS.search(text) is not None


def known_stories(
    text: str, source: str, options: ReadOptions
) -> Iterator[Article | Rejected | Skipped] | None:
    """Return the stories in a text that is a bundle of a known form; None if it is not."""
    if may_be_known(text):
        text = "\n".join(text.replace("\ufeff", "").splitlines())
        for form in _FORMS:
            if parts := form.split(text):
                return _articles(form, parts, source, options)
    return None


def _articles(
    form: _Form, parts: Sequence[str], source: str, options: ReadOptions
) -> Iterator[Article | Rejected | Skipped]:
    for number, part in enumerate(parts, 1):
        place = f"{source}#{number}"
        found = form.extract(part)
        if not found.published.iso and not found.outlet:
            yield Rejected(place, f"a story in a bundle of {form.name} without its lines for outlet and date")
            continue
        yield build_article(found, place, options)


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    block = 0
    for raw in text.split("\n"):
        if line := clean(raw):
            found.append(_Line(line, block))
        else:
            block += 1
    return found


def _pieces(text: str, mark: re.Pattern[str], *, at_end: bool) -> list[str]:
    """Return the pieces of a text that lines matching `mark` open or, if `at_end`, close."""
    pieces: list[list[str]] = [[]]
    for line in text.split("\n"):
        if len(line) <= LONGEST_LINE and mark.fullmatch(line):
            if at_end:
                pieces[-1].append(line)
            pieces.append([])
        else:
            pieces[-1].append(line)
    *closed, last = ["\n".join(piece) for piece in pieces]
    if not at_end:
        return [*closed[1:], last] if closed else []
    # A story without its mark must not be lost.
    return (
        [*closed, last] if closed and reason_to_reject(last) is None and not _SUMMARY.search(last) else closed
    )


def _split_nexis(text: str) -> list[str]:
    numbered = _pieces(text, _NUMBERED, at_end=False)
    if numbered:
        return numbered
    return [
        "\n".join(line for line in piece.split("\n") if not _END_OF_DOCUMENT.fullmatch(line))
        for piece in _pieces(text, _END_OF_DOCUMENT, at_end=True)
    ]


def _extract_nexis(text: str) -> Extracted:
    """Extract a story: outlet, date and title in either order, fields, the text, and fields again."""
    blocks = _blocks(text)
    end = _text_end(blocks)
    tail = _fields([line for block in blocks[end:] for line in block])
    head: list[_Line] = []
    fields: dict[str, str] = {}
    body: list[str] = []
    for number, block in enumerate(blocks[:end]):
        key = ""
        for raw in block:
            line = clean(raw)
            match = _HEAD_KEY.fullmatch(line) if not body else None
            if not body and _BODY.fullmatch(line):
                # The text follows, even if it begins like a field.
                body.append("")
            elif body or (fields and not match and not key):
                body.append(raw)
            elif match:
                key = match[1].upper()
                fields.setdefault(key, match[2])
            elif key:
                fields[key] += f" {line}"
            else:
                head.append(_Line(line, number))
        if body:
            body.append("")
    opening = _opening(head)
    correction = tail.get("CORRECTION")
    parts = [_body([*opening.body, "", fields.get("BODY", ""), *body])]
    return Extracted(
        text=join([*parts, f"Correction: {correction}"] if correction else parts),
        title=fields.get("HEADLINE") or opening.title,
        outlet=opening.outlet,
        authors=authors(fields.get("BYLINE")),
        published=dates.parse(opening.date, "metadata"),
        place=fields.get("DATELINE"),
        section=fields.get("SECTION"),
        language=_language(tail.get("LANGUAGE")),
        keywords=_SHARE.sub("", tail.get("SUBJECT", "")),
    )


def _blocks(text: str) -> list[list[str]]:
    """Return the lines between blank lines, without the heads of pages."""
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line.strip():
            blocks.append([])
        elif not _PAGE_HEAD.fullmatch(line.strip()):
            blocks[-1].append(line)
    return [block for block in blocks if block]


def _text_end(blocks: Sequence[Sequence[str]]) -> int:
    """Return the number of blocks before the fields and notices that close a story."""
    end = start = len(blocks)
    while start and _CLOSING.match(clean(blocks[start - 1][0])):
        start -= 1
        if _TAIL.match(clean(blocks[start][0])):
            end = start
    return end


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """Return the fields of lines such as `LOAD-DATE: May 14, 2018`; further lines belong to the field above."""
    found: dict[str, str] = {}
    key = ""
    for line in map(clean, lines):
        if match := _TAIL_KEY.fullmatch(line):
            key = match[1].upper()
            found.setdefault(key, match[2])
        elif key and not _CLOSING.match(line):
            found[key] += f" {line}"
        else:
            key = ""
    return found


@dataclass(frozen=True)
class _Opening:
    """What the lines above the fields of a story say."""

    title: str | None = None
    outlet: str | None = None
    date: str | None = None
    body: tuple[str, ...] = ()


def _opening(head: Sequence[_Line]) -> _Opening:
    """Find the date; the outlet is above it, and the title above the outlet or below the date."""
    head = [line for line in head if not _COPYRIGHT.fullmatch(line.text)]
    dated = [
        index
        for index, line in enumerate(head)
        if index and dates.parse(line.text, "metadata").precision in ("day", "month")
    ]
    if not dated:
        title = head[0].text if head else None
        return _Opening(title=title, body=tuple(line.text for line in head[1:]))
    day = dated[0] if len(dated) == 1 or not _has_cover(head) else dated[-1]
    outlet, above, below = head[day - 1].text, head[: day - 1], list(head[day + 1 :])
    while (
        below and (below[0].block == head[day].block or len(below) > 1) and _EDITION.fullmatch(below[0].text)
    ):
        del below[0]
    if above:
        # A cover page lists the search and the titles; without it, what is above the title belongs to the story.
        kicker = [] if _has_cover(head) else above[:-1]
        return _Opening(above[-1].text, outlet, head[day].text, _with_blocks([*kicker, *below]))
    first = [line.text for line in below if line.block == below[0].block]
    rest = below[len(first) :]
    return _Opening(" ".join(first) or None, outlet, head[day].text, _with_blocks(rest))


def _has_cover(head: Sequence[_Line]) -> bool:
    return any(line.text.startswith(("User Name:", "Job Number:", "Search Terms:")) for line in head)


def _with_blocks(lines: Sequence[_Line]) -> tuple[str, ...]:
    """Return lines with blank lines between their blocks."""
    found: list[str] = []
    for index, line in enumerate(lines):
        if index and line.block != lines[index - 1].block:
            found.append("")
        found.append(line.text)
    return tuple(found)


def _body(lines: Sequence[str]) -> str:
    return join(paragraphs(clean(paragraphs_of("\n".join(lines)))))


def _language(name: str | None) -> str | None:
    first = re.match(r"[^\W\d_]+", name or "")
    return LANGUAGES.get(first[0].casefold()) if first else None


def _split_factiva(text: str) -> list[str]:
    pieces = _pieces(text, _ACCESSION, at_end=True)
    is_one = any(_WORDS.fullmatch(line.text) or _FACTIVA_FIELD.fullmatch(line.text) for line in _lines(text))
    return pieces if pieces and is_one else []


def _extract_factiva(text: str) -> Extracted:
    *above, accession = text.split("\n")
    match = _ACCESSION.fullmatch(accession)
    guid = f"factiva:{match[1]}" if match and len(match[1]) > 15 else None
    coded = sum(
        line.strip() in _FACTIVA_CODES or _FACTIVA_FIELD.fullmatch(line) is not None for line in above
    )
    found = _coded_factiva(above) if coded > 3 else _plain_factiva("\n".join(above))
    return replace(found, guid=guid)


def _coded_factiva(lines: Sequence[str]) -> Extracted:
    """Extract a story whose fields have codes of two letters before them."""
    fields: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        if (match := _FACTIVA_FIELD.fullmatch(line)) and match[1] not in fields:
            key = match[1]
            fields[key] = [match[2] or ""]
        elif key:
            fields[key].append(line)
    held = {name: clean(" ".join(value)) for name, value in fields.items()}
    page = f"Page {held['PG']}" if held.get("PG") else None
    return Extracted(
        text=join(filter(None, (_body(fields.get(name, [])) for name in ("LP", "TD")))),
        title=held.get("HD"),
        outlet=held.get("SN"),
        authors=authors(held.get("BY")),
        published=dates.parse(held.get("PD"), "metadata"),
        section=", ".join(filter(None, (held.get("SE"), page))),
        language=_language(held.get("LA")),
        keywords=[part.partition(":")[2] or part for part in held.get("NS", "").split("|")],
    )


def _plain_factiva(text: str) -> Extracted:
    """Extract a story whose lines above the text are title, author, words, date, time, outlet, code, page, language
    and copyright, some of them missing."""
    lines = _lines(text)
    counted = next((index for index, line in enumerate(lines) if _WORDS.fullmatch(line.text)), None)
    if counted is None:
        return Extracted(text="")
    above = [line.text for line in lines[:counted]]
    names: tuple[str, ...] = ()
    if len(above) > 1 and (names := byline(above[-1]) or byline(f"By {above[-1]}")):
        del above[-1]
    day = outlet = page = language = None
    index = counted + 1
    for index in range(counted + 1, min(counted + 1 + MOST_HEAD_LINES, len(lines))):
        line = lines[index].text
        if day is None and (found := dates.parse(line, "metadata")).iso:
            day = found
        elif outlet is None and not _TIME.fullmatch(line):
            outlet = line
        elif line.casefold() in LANGUAGES:
            language = line
        elif page is None and _PAGE.fullmatch(line) and outlet:
            page = line
        elif not (
            _TIME.fullmatch(line)
            or _CODE.fullmatch(line)
            or _COPYRIGHT.fullmatch(line)
            or _EDITION.fullmatch(line)
        ):
            break
    section, title = _section_and_title(
        [line.text for line in lines[: len(above)] if line.block == lines[len(above) - 1].block]
    )
    page = page if page is None or page.casefold().startswith("page") else f"Page {page}"
    return Extracted(
        text=_body(_with_blocks_of(text, lines[index:])),
        title=title,
        outlet=outlet,
        authors=names,
        published=day or dates.parse(None, "metadata"),
        section=", ".join(filter(None, (section, page))),
        language=_language(language),
    )


def _section_and_title(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the section, a short line of its own, and the title, which may be wrapped, of the lines of a block."""
    if len(lines) > 1 and len(lines[0]) <= LONGEST_SECTION and lines[1][:1].isupper():
        return lines[0], " ".join(lines[1:])
    return None, " ".join(lines) or None


def _with_blocks_of(text: str, lines: Sequence[_Line]) -> Sequence[str]:
    """Return the end of a text from the first of these lines, with its indents and blank lines."""
    left = len(lines)
    raw = text.split("\n")
    for start in range(len(raw) - 1, -1, -1):
        left -= bool(clean(raw[start]))
        if not left:
            return raw[start:]
    return ()


def _split_proquest(text: str) -> list[str]:
    if len(set(_PROQUEST_SIGN.findall(text))) < 2:
        return []
    pieces = _pieces(text, _PROQUEST_MARK, at_end=False) or [text]
    return [piece for piece in pieces if _PROQUEST_SIGN.search(piece)]


def _extract_proquest(text: str) -> Extracted:
    fields: dict[str, list[str]] = {}
    first: str | None = None
    key = ""
    for line in text.split("\n"):
        if match := _PROQUEST_FIELD.fullmatch(line.strip()):
            key = match[1]
            fields.setdefault(key, []).append(match[2])
        elif key:
            fields[key].append(line)
        elif first is None and line.strip():
            first = clean(line)
    held = {name: clean(" ".join(value)) for name, value in fields.items()}
    body = _body(fields.get("Full text", []))
    if not body and reason_to_reject(held.get("Abstract", "")) is None:
        body = held["Abstract"]
    pages = held.get("Pages") or held.get("First page")
    number = held.get("ProQuest document ID")
    return Extracted(
        text=body,
        title=held.get("Title") or first,
        outlet=held.get("Publication title") or held.get("Publication info", "").partition(" ; ")[0],
        authors=tuple(_turned(name) for name in held.get("Author", "").split(";") if name.strip()),
        published=dates.parse(held.get("Publication date"), "metadata"),
        place=held.get("Dateline"),
        url=held.get("Document URL"),
        guid=f"proquest:{number}" if number else None,
        section=", ".join(filter(None, (held.get("Section"), f"Page {pages}" if pages else None))),
        language=_language(held.get("Language of publication")),
        keywords=held.get("Subject"),
    )


def _turned(name: str) -> str:
    """Return `Doe, Jane` as `Jane Doe`."""
    last, comma, given = name.partition(",")
    return f"{given.strip()} {last.strip()}" if comma else name.strip()


_FORMS = (
    _Form("ProQuest", _split_proquest, _extract_proquest),
    _Form("Nexis", _split_nexis, _extract_nexis),
    _Form("Factiva", _split_factiva, _extract_factiva),
)

_RULE = re.compile(r"(?:[-=_*#~] ?){5,}")
_STORIES = "documents?|articles?|stor(?:y|ies)|records?|items?|artikel|dokumente?"
_UNKNOWN = (
    # Document 3, *** Article 3 ***, Article 3 of 12; but not Article 3, as treaties are divided
    rf"\W*(?:document|record|story|item)\W*\d{{1,5}}\W*|[^\w\s]{{2,}}\s*(?:{_STORIES})\W*\d{{1,5}}\W*",
    rf"\W*(?:{_STORIES})\W*\d{{1,5}}\s*(?:of|/|von)\s*\d{{1,5}}\W*|\W*\d{{1,5}}\s*(?:of|/|von)\s*\d{{1,5}}\s+(?:{_STORIES})\W*",
    r"\W*end of (?:document|article|story|record|file)\W*",
    r"\s*<(?:doc|document|article|story)\b[^<>]*>\s*",
)
_MARKS = tuple(re.compile(mark, re.I) for mark in _UNKNOWN)
"""Lines that open or close each story of a bundle; two of one kind make a file a bundle."""

_TITLE = re.compile(r"\s*(?:headline|title|titel|titre|TI|HD|HL)\s*[:=|-]\s*\S.*", re.I)
_DATE = re.compile(r"\s*(?:(?:date|datum|published|PD|DA|DT)\s*[:=|-]\s*)?(\S.*)", re.I)
_HEAD_OF_STORY = 6
"""Number of lines in which a story of a bundle states its day."""


def _count_of_unknown(text: str) -> int:
    """Return how many stories a text of an unknown form holds, as far as its lines show."""
    lines = [line for line in text.split("\n") if line.strip() and len(line) <= LONGEST_LINE]
    counts = [sum(mark.fullmatch(line) is not None for line in lines) for mark in _MARKS]
    # Titles and rules occur in single stories too; those of a bundle have a day of their own below them.
    for mark, first in ((_TITLE, 0), (_RULE, 1)):
        starts = [index for index, line in enumerate(lines) if mark.fullmatch(line)]
        if len(starts) > 1 - first:
            dated = [index for index in starts if _has_day(lines[index + 1 : index + 1 + _HEAD_OF_STORY])]
            counts.append(len(dated) + (first if dated and _has_day(lines[:_HEAD_OF_STORY]) else 0))
    return max(counts)


def _has_day(lines: Sequence[str]) -> bool:
    return any(
        (match := _DATE.fullmatch(line)) and dates.parse(match[1].strip(), "metadata").precision == "day"
        for line in lines
    )

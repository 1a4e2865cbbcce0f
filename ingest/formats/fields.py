"""Maps the fields of exported records to the fields of an article."""

import re
from collections.abc import Mapping
from functools import lru_cache

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, is_value
from ingest.articles.keywords import keywords
from ingest.articles.markup import without_markup
from ingest.articles.publication import reason_not_published
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "head", "og_title", "web_title", "article_title", "name"),
    "text": (
        "text",
        "body",
        "content",
        "maintext",
        "main_text",
        "article_text",
        "full_text",
        "articleBody",
        "body_text",
        "body_html",
        "content_html",
        "html",
        "content_text",
        "plaintext",
        "story",
        "article",
        "opening_text",
        "description",
    ),
    "outlet": (
        "outlet",
        "publication",
        "newspaper",
        "publisher",
        "site_name",
        "sitename",
        "source_name",
        "news_source",
        "source",
        "source_domain",
    ),
    "authors": ("authors", "author", "byline", "by", "author_name", "creator", "writer", "writers"),
    "published": (
        "published",
        "published_at",
        "publish_date",
        "published_date",
        "date_published",
        "date_publish",
        "pub_date",
        "publication_date",
        "first_published",
        "first_publication_date",
        "first_publish_date",
        "publish_time",
        "published_time",
        "web_publication_date",
        "date",
    ),
    "updated": (
        "updated",
        "updated_at",
        "update_date",
        "date_updated",
        "modified",
        "modified_at",
        "date_modified",
        "date_modify",
        "modified_date",
        "last_modified",
        "last_updated",
    ),
    "place": ("place", "location", "dateline", "city"),
    "url": ("url", "canonical_url", "link", "permalink", "web_url", "article_url", "source_url"),
    "guid": ("guid", "uuid", "uri"),
    "language": ("language", "lang"),
    "section": ("section", "section_name", "article_section", "category", "rubric", "desk", "news_desk"),
    "keywords": ("keywords", "news_keywords", "tags", "topics", "subjects", "categories"),
}
"""Known field names by field of an article, most specific first. Case, `_`, `-` and spaces are ignored.

`created_at` is the time a database row was made, and `id` numbers rows, so both are missing here."""

LIST_NAMES = frozenset(
    "articles items docs documents results data records stories posts entries hits rows edges db".split()
)
"""Names under which an object contains its list of articles, or of objects with such lists."""

WRAPPER_NAMES = frozenset({"response", "result", "data", "feed", "hits"})
"""Names under which an object contains an object with such a list."""

SENTENCE_WORDS = 6
"""Least words of a value that may be an article's text."""

_INNER = ("name", "main", "rendered", "default", "value", "text", "#text", "title", "html")
_PLAIN = re.compile(r"[\W_]+")
_COUNTER = re.compile(r"\d{1,18}")


def article_from_fields(
    record: Mapping[str, object], source: str, options: ReadOptions
) -> Article | Rejected:
    """Make an article from one record, or reject it: because it was not published, or with its field names and how
    to map them."""
    # Only records of editorial systems have a slug, and there a page is one such as the imprint.
    if reason := reason_not_published(record, pages="slug" not in record):
        return Rejected(source, reason)
    fields = _Fields(record, options.fields)
    text = fields.text("text")
    if not text:
        return Rejected(source, no_text(list(record), fields.has("text"), prose_fields(record)))
    return build_article(
        Extracted(
            text=text,
            title=fields.text("title"),
            outlet=fields.text("outlet"),
            authors=fields.authors(),
            published=fields.date("published"),
            updated=fields.date("updated"),
            place=fields.text("place"),
            url=fields.text("url"),
            guid=fields.guid(),
            language=fields.text("language"),
            section=fields.section(),
            keywords=fields.keywords(),
        ),
        source,
        options,
    )


def known(target: str, name: str) -> bool:
    """Whether a field of this name is recognised as `target`."""
    return _plain(name) in _PLAIN_NAMES[target]


def has_field(target: str, names: list[str], options: ReadOptions) -> bool:
    """Whether records with these field names can provide `target`."""
    mapped = options.fields.get(target)
    return mapped in names if mapped is not None else any(known(target, name) for name in names)


def no_text(names: list[str], present: bool, candidates: list[str]) -> str:
    """Return the reason for a record without text: its fields, and how to map one if `candidates` may hold text."""
    shown = ", ".join(clean(str(name))[:40] for name in names[:12]) + (", …" if len(names) > 12 else "")
    if present:
        return "no text: the field for it is empty"
    if not names:
        return "no text: the record has no fields"
    reason = f"no text: none of its fields ({shown}) is known as text"
    if not candidates:
        return reason
    return f"{reason}; if it is in {candidates[0]}, map that with --field text={candidates[0]}"


def prose_fields(record: Mapping[str, object]) -> list[str]:
    """Return the fields of no known name that hold sentences, as `--field` names them, the longest first."""
    lengths = _prose_lengths(record)
    for name, value in record.items():
        if isinstance(value, dict):
            lengths |= {f"{name}.{inner}": length for inner, length in _prose_lengths(value).items()}
    return sorted(lengths, key=lengths.__getitem__, reverse=True)


def _prose_lengths(record: Mapping[str, object]) -> dict[str, int]:
    return {
        str(name): len(value)
        for name, value in record.items()
        if isinstance(value, str)
        and len(value.split()) >= SENTENCE_WORDS
        and not any(known(target, str(name)) for target in NAMES)
    }


class _Fields:
    """The fields of one record, looked up by the field names of an article."""

    def __init__(self, record: Mapping[str, object], mapping: Mapping[str, str]) -> None:
        self._record = record
        self._mapping = mapping
        # What holds a whole record is no outlet, though it is called `_source`.
        self._plain = {_plain(name): name for name in reversed(list(record)) if name != "_source"}

    def values(self, target: str) -> list[object]:
        """Return the record's values for `target`, most specific name first, without empty values."""
        if (mapped := self._mapping.get(target)) is not None:
            found = [_at(self._record, mapped)]
        else:
            names = [self._plain[name] for name in _PLAIN_NAMES[target] if name in self._plain]
            found = [self._record[name] for name in names]
        return [
            value
            for value in found
            if value not in (None, "", [], {}) and not (isinstance(value, str) and not is_value(value))
        ]

    def has(self, target: str) -> bool:
        """Whether there is a field for `target`, empty or not."""
        if (mapped := self._mapping.get(target)) is not None:
            return mapped in self._record or _at(self._record, mapped) is not None
        return any(name in self._plain for name in _PLAIN_NAMES[target])

    def date(self, target: str) -> PublicationDate:
        """Return the first date for `target`."""
        parsed = (dates.from_field(_inner(value), "metadata") for value in self.values(target))
        return next((found for found in parsed if found.iso), UNDATED)

    def text(self, target: str) -> str | None:
        """Return the first value for `target` that is text."""
        texts = (_text(value) for value in self.values(target))
        return next((text for text in texts if text.strip()), None)

    def authors(self) -> tuple[str, ...]:
        """Return the names in the first author field that contains any."""
        return next((names for value in self.values("authors") if (names := authors(value))), ())

    def section(self) -> str | None:
        """Return the section, the first of several."""
        text = self.text("section")
        return text.strip().partition("\n")[0] if text else None

    def keywords(self) -> tuple[str, ...]:
        """Return the keywords in the first keyword field that contains any."""
        return next((words for value in self.values("keywords") if (words := keywords(value))), ())

    def guid(self) -> str | None:
        """Return an identifier that is the same in every export; a row number is not."""
        guid = self.text("guid")
        return None if guid is None or _COUNTER.fullmatch(guid.strip()) else guid.strip()


def _at(record: Mapping[str, object], name: str) -> object:
    """Return the value under a name, or under a path into nested records such as `body.html`."""
    if name in record:
        return record[name]
    outer, dot, rest = name.partition(".")
    held = record.get(outer) if dot else None
    return _at(held, rest) if isinstance(held, dict) else None


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return _PLAIN.sub("", str(name)).casefold()


_PLAIN_NAMES = {target: tuple(_plain(name) for name in names) for target, names in NAMES.items()}


def _inner(value: object) -> object:
    """Return the value inside objects such as `{"rendered": "…"}` and `{"name": "…"}`; other values unchanged."""
    if isinstance(value, dict):
        return next((value[key] for key in _INNER if isinstance(value.get(key), str | int | float)), value)
    return value


def _text(value: object) -> str:
    value = _inner(value)
    if isinstance(value, list):
        return "\n\n".join(part for item in value if (part := _text(item)))
    if isinstance(value, str):
        return without_markup(value)
    return ""

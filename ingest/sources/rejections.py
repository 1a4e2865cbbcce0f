"""What a format parser yields besides articles: rejected records, and counts of records that are never articles."""

from dataclasses import dataclass

from ingest.sources.files import printable


@dataclass(frozen=True)
class Rejected:
    """A file or record that could not become an article.

    >>> Rejected("desk/export.jsonl#17", "no text in any of its fields").source
    'desk/export.jsonl#17'
    """

    source: str
    """Its place, written like `Article.source`; for a record, its number follows `#`."""
    reason: str
    """What is wrong with it, in words a reporter understands."""
    extra: str | None = None
    """The optional part of Backfile that could read it; the file is read again once that is installed."""

    def __post_init__(self) -> None:
        # The reason may quote the record, and control characters must not reach a terminal.
        object.__setattr__(self, "reason", printable(self.reason))


@dataclass(frozen=True)
class Skipped:
    """Records of one kind that a file contains beside its articles, such as the requests and images of a crawl."""

    source: str
    """The file's place."""
    kind: str
    """The name of the kind, in the plural."""
    count: int

"""What a reader yields besides articles: a record that was set aside, and a count of what was never to be one."""

from dataclasses import dataclass

from ingest.sources.files import printable


@dataclass(frozen=True)
class Rejected:
    """A file or record that did not become an article.

    >>> Rejected("desk/export.jsonl#17", "no text in any of its fields").source
    'desk/export.jsonl#17'
    """

    source: str
    """Its place, written like `Article.source`; a record carries its number after `#`."""
    reason: str
    """What is wrong with it, in words a reporter understands."""

    def __post_init__(self) -> None:
        # It may quote the record, whose words are shown, but do nothing to a terminal.
        object.__setattr__(self, "reason", printable(self.reason))


@dataclass(frozen=True)
class Skipped:
    """Records of one kind that a file has beside its articles by design, such as a crawl's requests and images."""

    source: str
    """The file's place."""
    kind: str
    """What they are, in the plural."""
    count: int

"""What a reader yields besides articles: a record that was set aside, with its place and its reason."""

from dataclasses import dataclass


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

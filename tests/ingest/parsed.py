"""Unpacks what a parser yielded, when it must be one article or one rejection."""

from collections.abc import Callable, Sequence

from assistant.article import Article
from ingest.sources.rejections import Rejected, Skipped

ParseBytes = Callable[..., list[Article | Rejected]]
"""The fixture `parse_bytes`."""

ParseWithCounts = Callable[..., list[Article | Rejected | Skipped]]
"""The fixture, for formats that also count what is never an article."""


def article(outcome: Sequence[Article | Rejected | Skipped]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def reason(outcome: Sequence[Article | Rejected | Skipped]) -> str:
    [rejected] = outcome
    assert isinstance(rejected, Rejected), rejected
    return rejected.reason

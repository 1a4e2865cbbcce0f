"""Unpacks what a parser yielded, when it must be one article or one rejection."""

from collections.abc import Callable

from assistant.article import Article
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]
"""The fixture `parse_bytes`."""


def article(outcome: list[Article | Rejected]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def reason(outcome: list[Article | Rejected]) -> str:
    [rejected] = outcome
    assert isinstance(rejected, Rejected), rejected
    return rejected.reason

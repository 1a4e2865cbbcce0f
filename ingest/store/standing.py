"""Decides by content which of two versions of an article stands in the archive, and says why the other does not.

A page that is fetched again may be an offer to subscribe, an error or the second page of the story. None of these
corrects what was printed.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Literal

from assistant.article import Article
from ingest.articles.notices import has_correction_notice, is_barrier, is_only_barrier
from ingest.parsing.sketch import containment, shingles, words

Standing = Literal[
    "barrier",
    "not_free",
    "excerpt",
    "page",
    "joined",
    "undated",
    "unnoted",
    "reread",
    "same_text",
    "by_hand",
]

REASONS: Mapping[Standing, str] = {
    "barrier": "mostly an offer, a consent form or an error page",
    "not_free": "the page says that it is not free to read, and it lacks text of another version",
    "excerpt": "lacks much of the text of another version",
    "page": "another page of the article, without a number by which the pages could be joined",
    "joined": "a page of the article; the pages are joined in another version",
    "undated": "has no date, and another version has one",
    "unnoted": "lacks the notice of a correction that another version has",
    "reread": "the same bytes, read by an older Backfile or with other options",
    "same_text": "has the same title and text as another version",
    "by_hand": "another version was made current by hand",
}
"""Why a version is not current. A version that a newer one corrects has no such reason."""

NO_ARTICLE = "no article: the page is only an offer, a consent form or an error"

MOSTLY = 0.5
"""Share of the text that makes it mostly a barrier, or that a version must keep of another one's text."""

KEPT_IF_NOT_FREE = 0.75
"""Share of another version's text that a page must have that says that it is not free to read. Many publishers say so
of pages that have the whole text."""

EXCERPTED = 0.9
"""Share of an excerpt that the whole text contains."""

OTHER_PAGE = 0.1
"""Share of the text that two pages of one article may have in common, such as a repeated headline."""


class Reading:
    """The text of a version, as versions are compared."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.is_dated = article.published.iso is not None
        self.dates = article.published.iso, article.updated.iso
        self.last = article.updated.iso or article.published.iso or ""

    @cached_property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the text without its furniture."""
        return [part for part in self.article.body.split("\n\n") if part.strip()]

    @cached_property
    def story(self) -> list[str]:
        """The words of the paragraphs that are no barrier."""
        return words("\n".join(part for part in self.paragraphs if not is_barrier(part)))

    @cached_property
    def shingles(self) -> set[str]:
        """The shingles of the story."""
        return shingles(self.story)

    @cached_property
    def is_barrier(self) -> bool:
        """Whether most of the text is a barrier."""
        letters = sum(map(len, self._printed))
        return sum(len(part) for part in self._printed if is_barrier(part)) > MOSTLY * letters

    @cached_property
    def is_only_barrier(self) -> bool:
        """Whether it tells no story at all."""
        return not self.has_notice and is_only_barrier(self.article.title, self._printed)

    @cached_property
    def _printed(self) -> list[str]:
        """The paragraphs below the title, with their furniture, which has the offers below an article."""
        return [part for part in self.article.text.split("\n\n") if part != self.article.title]

    @cached_property
    def has_notice(self) -> bool:
        """Whether it says that the article was corrected, retracted or withdrawn."""
        return has_correction_notice(self.article.title, self.paragraphs)


def without_article(batch: Sequence[Article], known: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the reasons for rejecting pages that are only barriers, by id and digest.

    A page whose article is in the batch, or whose id is known, is a version of that article.
    """
    barriers = [each for each in batch if each.id not in known and Reading(each).is_only_barrier]
    pages = {each.digest for each in barriers}
    told = {each.id for each in batch if each.digest not in pages} if barriers else ()
    return {(each.id, each.digest): NO_ARTICLE for each in barriers if each.id not in told}


def why_worse(version: Reading, other: Reading) -> Standing | None:
    """Return why a version must not replace another one; None if it may."""
    if version.has_notice and not other.has_notice:
        return None
    if blocked := _why_blocked(version, other):
        return blocked
    if _why_blocked(other, version):
        return None
    if other.has_notice and not version.has_notice and version.last <= other.last:
        return "unnoted"
    kept = containment(other.shingles, version.shingles)
    # Two states of a story have two dates. With the same dates, less text is a part of it.
    least = 1.0 if version.is_dated and version.dates == other.dates else MOSTLY
    if kept < MOSTLY and len(version.story) < least * len(other.story):
        return "page" if _are_pages(version, other) else "excerpt"
    if _are_pages(version, other):
        return "page"
    if other.is_dated and not version.is_dated:
        return "undated"
    return None


def why_replaced(older: Reading, newer: Reading) -> Standing | None:
    """Return why a version is replaced by a newer one, unless the newer one corrects it."""
    if blocked := _why_blocked(older, newer):
        return blocked
    if older.article.title == newer.article.title and older.article.wording == newer.article.wording:
        return "same_text"
    is_part = containment(older.shingles, newer.shingles) >= EXCERPTED
    if is_part and not newer.has_notice and len(older.story) < MOSTLY * len(newer.story):
        return "excerpt"
    return None


def _why_blocked(version: Reading, other: Reading) -> Standing | None:
    """Return why a version lacks the story that another one tells; None if it does not."""
    kept = containment(other.shingles, version.shingles)
    if version.article.free is False and other.article.free is not False and kept < KEPT_IF_NOT_FREE:
        return "not_free"
    return "barrier" if version.is_barrier and not other.is_barrier else None


def are_apart(one: Reading, other: Reading) -> bool:
    """Whether two versions have hardly any text in common."""
    return (
        max(containment(one.shingles, other.shingles), containment(other.shingles, one.shingles)) < OTHER_PAGE
    )


def _are_pages(one: Reading, other: Reading) -> bool:
    """Whether two versions are pages of one article: the same address, title and dates, and other text."""
    first, second = one.article, other.article
    return bool(first.guid or first.url) and (
        first.title == second.title and one.is_dated and one.dates == other.dates and are_apart(one, other)
    )

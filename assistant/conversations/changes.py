"""What became of an article since an answer cited it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.answer import Citation
from assistant.article import Article
from assistant.json_object import JsonObject
from assistant.text.retractions import says_retracted

Kind = Literal["corrected", "retracted", "removed"]


class Articles(Protocol):
    """An archive's articles, as `Assistant` and `Catalog` give them."""

    def article(self, id: str, version: int | None = None) -> Article | None:
        """Return a version of an article, by default the current one; None if there is no such article."""


@dataclass(frozen=True)
class Change:
    """A change of an article that an answer cites."""

    kind: Kind
    version: int | None = None
    """The version that is current now; None if the article was removed."""
    keeps_quote: bool = False
    """Whether the current version still has the quoted words."""

    @property
    def text(self) -> str:
        """The change as a sentence."""
        if self.kind == "removed":
            return "The article is no longer in the archive."
        still = "still has" if self.keeps_quote else "no longer has"
        return f"The article was {self.kind}: its version {self.version} {still} the quoted words."

    def to_json(self) -> JsonObject:
        """Return the change for an export."""
        return {**vars(self), "text": self.text}

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Change":
        """Return the change that `to_json` wrote."""
        return cls(stored["kind"], stored["version"], stored["keeps_quote"])


def changes(citations: Iterable[Citation], archive: Articles) -> dict[int, Change]:
    """Return what became of the articles that these citations of one answer cite, by the citations' numbers.

    An article that is as it was has no entry. Nor has one of which only details such as the author's name changed.
    """
    current: dict[str, Article | None] = {}
    found = {}
    for citation in citations:
        if citation.article not in current:
            current[citation.article] = archive.article(citation.article)
        change = _change(citation, current[citation.article], archive)
        if change:
            found[citation.n] = change
    return found


def _change(citation: Citation, now: Article | None, archive: Articles) -> Change | None:
    if now is None:
        return Change("removed")
    if now.version == citation.version:
        return None
    cited = archive.article(citation.article, citation.version)
    if cited is not None and (cited.title, cited.wording) == (now.title, now.wording):
        return None
    retracted = says_retracted(now.title, now.text)
    keeps = _words(citation.quote) in _words(now.text)
    return Change("retracted" if retracted else "corrected", now.version, keeps)


def _words(text: str) -> str:
    return f" {' '.join(text.split())} "

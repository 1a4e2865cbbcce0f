"""Whether the right spans are found and cited, and whether they bear the sentences that cite them."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from assistant.text.words import STOPWORDS, stems

T = TypeVar("T")


class Place(NamedTuple):
    """A span of an article version: what is cited, and what should be."""

    article: str
    version: int
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        """Whether the two share a character.

        >>> Place("a", 1, 0, 9).overlaps(Place("a", 1, 8, 20)), Place("a", 1, 0, 9).overlaps(Place("a", 1, 9, 20))
        (True, False)
        """
        same = (self.article, self.version) == (other.article, other.version)
        return same and self.start < other.end and other.start < self.end


Proofs = Sequence[Sequence[Place]]
"""What a full answer cites; each proof in any one of its places."""


def citation_precision(cited: Sequence[Place], proofs: Proofs) -> float:
    """Return the share of citations that overlap a place of a proof (after Gao et al., EMNLP 2023).

    ALCE, where it is from, lets a model judge whether a citation supports; here the spans are known.

    >>> proof = [Place("a", 1, 0, 50), Place("b", 1, 0, 50)]
    >>> citation_precision([Place("b", 1, 40, 60), Place("c", 1, 0, 9)], [proof])
    0.5

    Raises:
        ValueError: nothing is cited.
    """
    if not cited:
        raise ValueError("nothing is cited: precision has no value")
    places = [place for proof in proofs for place in proof]
    return sum(any(each.overlaps(place) for place in places) for each in cited) / len(cited)


def citation_recall(cited: Sequence[Place], proofs: Proofs) -> float:
    """Return the share of proofs of which a place is overlapped by a citation (after Gao et al., EMNLP 2023).

    >>> proofs = [[Place("a", 1, 0, 50), Place("b", 1, 0, 50)], [Place("c", 1, 0, 50)]]
    >>> citation_recall([Place("b", 1, 40, 60)], proofs)
    0.5

    Raises:
        ValueError: there are no proofs.
    """
    if not proofs:
        raise ValueError("there are no proofs: recall has no value")
    return sum(any(each.overlaps(place) for each in cited for place in proof) for proof in proofs) / len(
        proofs
    )


def proofs_in_order(found: Iterable[T], proofs: Proofs, proves: Callable[[T, Place], bool]) -> list[str]:
    """Return a ranking of proofs, for the ranking metrics: each result becomes the proofs it is the first to hold.

    A result that holds none, or none that was not held before, becomes a name that is no proof's; so the relevant
    are "0", "1" and so on. What counts as holding, a passage, an article or a family, `proves` says.

    >>> proofs = [[Place("a", 1, 0, 9)], [Place("a", 1, 5, 9), Place("b", 1, 0, 9)]]
    >>> proofs_in_order(["c", "b", "a"], proofs, lambda article, place: article == place.article)
    ['none 0', '1', '0']
    """
    left, ranked = dict(enumerate(proofs)), []
    for rank, result in enumerate(found):
        held = [number for number, places in left.items() if any(proves(result, place) for place in places)]
        ranked += [str(number) for number in held] or [f"none {rank}"]
        for number in held:
            del left[number]
    return ranked


def sentence_supported(sentence: str, cited: Sequence[str]) -> float:
    """Return 1 if every telling word of a sentence stands in what it cites, else 0 (after Rashkin et al., CL 2023).

    AIS, where it is from, asks a person whether the sources say it. Words are a stricter question: a quote passes
    it, a true paraphrase may not, an invention never does. Nothing cited supports nothing.

    >>> sentence_supported("Two died.", ["In all, two people died."]), sentence_supported("Three died.", ["Two died."])
    (1.0, 0.0)
    """
    held = {stem for text in cited for stem in stems(text)}
    return float(bool(cited) and all(stem in held or stem in STOPWORDS for stem in stems(sentence)))

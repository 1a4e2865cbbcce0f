"""Whether the right spans are found and cited, and whether they support the sentences that cite them."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from assistant.text.words import STOPWORDS, stems

T = TypeVar("T")


class Place(NamedTuple):
    """A span of an article version that is cited or should be."""

    article: str
    version: int
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        """Return whether two spans share a character.

        >>> Place("a", 1, 0, 9).overlaps(Place("a", 1, 8, 20)), Place("a", 1, 0, 9).overlaps(Place("a", 1, 9, 20))
        (True, False)
        """
        same = (self.article, self.version) == (other.article, other.version)
        return same and self.start < other.end and other.start < self.end


Proofs = Sequence[Sequence[Place]]
"""What a full answer cites: a list of proofs, each a list of spans of which any one will do."""


def citation_precision(cited: Sequence[Place], proofs: Proofs) -> float:
    """Return the share of citations that overlap a proof (after Gao et al., EMNLP 2023).

    In ALCE, the source of this metric, a model judges whether a citation supports; here the proving spans are known.

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
    """Return the share of proofs that a citation overlaps (after Gao et al., EMNLP 2023).

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
    """Turn a ranking of results into a ranking of proofs, for the ranking metrics.

    Each result becomes the proofs that it is the first to hold, named "0", "1" and so on. A result that adds no proof
    becomes a name that no proof has. `proves` decides what counts: a passage, an article or a family.

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
    """Return 1 if the cited texts contain every content word of a sentence, else 0 (after Rashkin et al., CL 2023).

    In AIS, the source of this metric, a person judges. Words are stricter: a quote passes, a true paraphrase may not,
    an invention never does. A sentence without citations is unsupported.

    >>> sentence_supported("Two died.", ["In all, two people died."]), sentence_supported("Three died.", ["Two died."])
    (1.0, 0.0)
    """
    held = {stem for text in cited for stem in stems(text)}
    return float(bool(cited) and all(stem in held or stem in STOPWORDS for stem in stems(sentence)))

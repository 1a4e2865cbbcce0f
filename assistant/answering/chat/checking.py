"""Decides what becomes of each sentence of a chat model: shown as it is, repaired, or not supported.

A sentence is repaired if another retrieved passage supports it, if a quotation in it can be replaced by the source's
words, or if it states as a fact what its source only claims. Then the sentence begins with who claims it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answer import Check
from assistant.evidence.support.checker import Objection, SourceText, SupportChecker
from assistant.evidence.support.quoted import is_verbatim, own_words, quotations
from assistant.evidence.support.spans import claim_weights, shared_stems
from assistant.evidence.support.speakers import sayings
from assistant.query import RetrievedPassage

TRIED = 3
"""Other passages that are tried for a sentence that its own do not support: those with most of its words."""


LEAST_WORDS = 0.4
"""Least share of a sentence's words in one sentence of a passage to which its citation may move."""

NEARLY_AS_MANY = 0.9
"""Words that such a passage must have, as a share of those in the passage that the sentence cites."""


@dataclass(frozen=True)
class CheckedSentence:
    """A sentence after its check."""

    text: str
    passages: tuple[int, ...]
    """Numbers of the passages that support it; if none do, of those that it cites."""
    check: Check
    objections: tuple[Objection, ...] = ()
    """Why nothing supports it."""
    dropped: int = 0
    """Number of its citations that do not support it, if others do."""


class SentenceChecker:
    """Checks the sentences of one answer against the passages that its prompt had."""

    def __init__(self, checker: SupportChecker, passages: Sequence[RetrievedPassage]) -> None:
        self._checker = checker
        self.sources = [SourceText(found) for found in passages]
        """The passages as evidence; the first has number 1."""
        self._dictating = {source.found.passage.article for source in self.sources if source.is_dictating}
        """Articles with text for a language model; what they say is only shown as said by their outlet."""

    def check(self, text: str, cited: tuple[int, ...]) -> CheckedSentence:
        """Return what becomes of a sentence that cites some passages."""
        first: tuple[Objection, ...] | None = None
        for passages in self._candidates(text, cited):
            sources = [self.sources[n - 1] for n in passages]
            worded = self._reworded(text, sources)
            objections = self._checker.objections(worded, sources)
            claimed = next((each for each in objections if each.kind == "claim"), None)
            if claimed is not None and len(objections) == 1:
                worded, objections = f"According to {self._claimant(claimed, sources)}: {worded}", []
            if first is None:
                first = tuple(objections)
            if objections:
                continue
            needed = self._needed(worded, passages) if len(passages) > 1 else passages
            worded = self._attributed(worded, needed)
            is_same = worded == text and needed == cited
            dropped = len(set(cited) - set(needed)) if set(needed) <= set(cited) else 0
            return CheckedSentence(worded, needed, "verified" if is_same else "repaired", dropped=dropped)
        return CheckedSentence(text, cited, "unsupported", first or (Objection("meaning", text),))

    def _candidates(self, text: str, cited: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield the passages that a sentence cites, then others that have nearly as many of its words.

        A passage with fewer words does not contradict a sentence only because it is about something else.
        """
        if cited:
            yield cited
        weights = claim_weights(text)
        shares = {
            n: max(
                (sum(weights[stem] for stem in shared) for shared in shared_stems(weights, source.sentences)),
                default=0.0,
            )
            for n, source in enumerate(self.sources, start=1)
        }
        least = max([LEAST_WORDS * sum(weights.values()), *(NEARLY_AS_MANY * shares[n] for n in cited)])
        others = sorted(
            (n for n in shares if (n,) != cited and shares[n] >= least > 0), key=lambda n: -shares[n]
        )
        yield from ((n,) for n in others[:TRIED])

    def _needed(self, text: str, passages: tuple[int, ...]) -> tuple[int, ...]:
        """Return the passages without those that support nothing of the sentence."""
        needed = passages
        for n in passages:
            rest = tuple(other for other in needed if other != n)
            if not rest or not self._checker.objections(text, [self.sources[n - 1]]):
                continue
            if not self._checker.objections(text, [self.sources[other - 1] for other in rest]):
                needed = rest
        return needed

    def _reworded(self, text: str, sources: Sequence[SourceText]) -> str:
        """Return the sentence with the sources' own words in place of quotations that differ from them."""
        everything = "\n".join(source.text for source in sources)
        for each in reversed(quotations(text)):
            if not is_verbatim(each.words, everything):
                own = next((own for source in sources if (own := own_words(each.words, source.text))), None)
                if own is not None:
                    start, end = each.span
                    text = text[:start] + own + text[end:]
        return text

    def _claimant(self, claimed: Objection, sources: Sequence[SourceText]) -> str:
        """Return who claims something, in the words of the source; its outlet where that does not say."""
        who = claimed.words
        if not who or who.split()[-1].lower() in {"he", "she", "they", "it", "source"}:
            return self._outlet(sources[0])
        return who[0].lower() + who[1:] if who.split()[0] in ("The", "A", "An", "Its", "Their") else who

    def _attributed(self, text: str, passages: tuple[int, ...]) -> str:
        """Return the sentence, as said by the outlet if each of its passages is of an article that has instructions."""
        sources = [self.sources[n - 1] for n in passages]
        if not all(source.found.passage.article in self._dictating for source in sources):
            return text
        outlet = self._outlet(sources[0])
        return text if any(outlet in each.who for each in sayings(text)) else f"According to {outlet}: {text}"

    def _outlet(self, source: SourceText) -> str:
        return source.found.source.outlet or "an article whose outlet is not known"

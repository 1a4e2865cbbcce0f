"""Checks a sentence against the passages that it cites: by code for its facts, and by a judge for its meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.article import Span
from assistant.evidence.support.days import NamedDay, named_days, source_days
from assistant.evidence.support.dictation import dictated_spans
from assistant.evidence.support.judges import Judge
from assistant.evidence.support.named import is_calendar, missing_names
from assistant.evidence.support.polarity import asserts_possible, negates, opposite
from assistant.evidence.support.quantities import CLOCK, Quantity, quantities
from assistant.evidence.support.quoted import is_verbatim, quotations
from assistant.evidence.support.slots import exchanged_names, exchanged_number
from assistant.evidence.support.spans import claim_weights, shared_stems, supporting_sentences
from assistant.evidence.support.speakers import only_claimed, sayings, wrong_speaker
from assistant.query import RetrievedPassage
from assistant.text.names import names
from assistant.text.sentences import quotable_spans
from assistant.text.words import stems

Kind = Literal[
    "number",
    "date",
    "name",
    "quotation",
    "speaker",
    "claim",
    "negation",
    "opposite",
    "possibility",
    "meaning",
]
"""What is wrong with a sentence: a fact that its source does not have, somebody else's words, a claim that became a
fact, a denial, an opposite, a possibility that became a fact, or a meaning that no sentence of the source has."""

NEARLY_BEST = 0.85
"""Share of the best sentence's words that another must have to be compared with the claim too."""

MOST_NEAREST = 3
"""Sentences that a claim is compared with."""


@dataclass(frozen=True)
class Objection:
    """A reason why a source does not support a sentence."""

    kind: Kind
    words: str
    """The words of the sentence that are not supported."""


class SourceText:
    """A retrieved passage as evidence: its sentences, without any that are written for a language model."""

    def __init__(self, found: RetrievedPassage) -> None:
        self.found = found
        text = found.passage.text
        dictated = dictated_spans(text)
        self.is_dictating = bool(dictated)
        """Whether the passage has text that is written for a language model."""
        self.spans: list[Span] = [
            (start, end)
            for start, end in quotable_spans(text)
            if not any(start < stop and begin < end for begin, stop in dictated)
        ]
        """Places of the sentences in the passage."""
        self.sentences = [text[start:end] for start, end in self.spans]
        source = found.source
        heading = [source.title, source.outlet, source.place, *(copy.outlet for copy in source.also)]
        self.heading = " | ".join(part for part in heading if part and not dictated_spans(part))

    @cached_property
    def text(self) -> str:
        """All that is evidence, one sentence a line."""
        return "\n".join([*self.sentences, self.heading])

    @cached_property
    def days(self) -> list[NamedDay]:
        """The dates that it gives."""
        return source_days("\n".join([*self.sentences, self.heading]), self.found.source.published)

    def span(self, claim: str) -> Span:
        """Return the place, in the article, of the sentences that have most of a claim's words."""
        passage = self.found.passage
        if not self.spans:
            return passage.start, passage.end
        best = supporting_sentences(claim, self.sentences)
        return passage.start + self.spans[best.start][0], passage.start + self.spans[best.stop - 1][1]


class SupportChecker:
    """Says what speaks against a sentence in the passages that it cites."""

    def __init__(self, judge: Judge | None = None) -> None:
        """Check by code, and the meaning with `judge` if there is one."""
        self._judge = judge

    def objections(self, claim: str, sources: Sequence[SourceText]) -> list[Objection]:
        """Return what some sources together do not support in a sentence; nothing if they support it."""
        sentences = [sentence for source in sources for sentence in source.sentences]
        if not sentences:
            return [Objection("meaning", claim)]
        text = "\n".join(source.text for source in sources)
        found = [
            Objection("quotation", each.words)
            for each in quotations(claim)
            if not is_verbatim(each.words, text)
        ]
        days = named_days(claim)
        given = [day for source in sources for day in source.days]
        found += [
            Objection("date", claim[slice(*day.span)])
            for day in days
            if (day.year or day.month or day.weekday is not None)
            and not any(day.fits(other) for other in given)
        ]
        found += [
            Objection("number", claim[slice(*each.span)])
            for each in quantities(claim, tuple(day.span for day in days))
            if not _is_counted(each, sentences, text) or exchanged_number(each, claim, sentences)
        ]
        found += [Objection("name", name) for name in missing_names(claim, text)]
        found += self._about_meaning(claim, sentences, sources)
        return list(dict.fromkeys(found))

    @staticmethod
    def nearest(claim: str, sources: Sequence[SourceText]) -> list[str]:
        """Return the sentences of some sources that a judge compares a claim with."""
        sentences = [sentence for source in sources for sentence in source.sentences]
        return [sentences[n] for n in nearest_sentences(claim, sentences)]

    def _about_meaning(
        self, claim: str, sentences: Sequence[str], sources: Sequence[SourceText]
    ) -> list[Objection]:
        """Return who or what is turned round, compared with the sentences that have most of the claim's words."""
        content = _without_speaker(claim)
        best = nearest_sentences(claim, sentences)
        nearest = [sentences[n] for n in best]
        found = []
        found += [
            Objection("name", name)
            for name in (*_other_names(claim, nearest), *exchanged_names(claim, sentences))
            if not is_calendar(name)
        ]
        speaker = wrong_speaker(claim, sentences, best, " ".join(source.heading for source in sources))
        if speaker:
            found.append(Objection("speaker", speaker))
        kinds: tuple[tuple[Kind, object], ...] = (
            ("claim", only_claimed),
            ("negation", negates),
            ("opposite", opposite),
            ("possibility", asserts_possible),
        )
        for kind, differs in kinds:
            # One sentence that has it as the claim does is enough.
            words = [differs(content if kind != "claim" else claim, sentence) for sentence in nearest]  # type: ignore[operator]
            if words and all(words):
                found.append(Objection(kind, words[0]))
        if self._judge is not None and self._judge(claim, nearest) < 0:
            found.append(Objection("meaning", claim))
        return found


def _other_names(claim: str, nearest: Sequence[str]) -> list[str]:
    """Return the names of a claim in whose place each of the nearest sentences has another name."""
    exchanged = []
    for name in names(claim):
        last = stems(name)[-1:]
        if last and all(
            not set(last) & set(stems(sentence))
            and any(not set(stems(other)) & set(stems(claim)) for other in names(sentence))
            for sentence in nearest
        ):
            exchanged.append(name)
    return exchanged if nearest else []


def nearest_sentences(claim: str, sentences: Sequence[str]) -> list[int]:
    """Return the numbers of the sentences that have most of a claim's words besides its speaker, best first."""
    weights = claim_weights(_without_speaker(claim)) or claim_weights(claim)
    shares = [sum(weights[stem] for stem in shared) for shared in shared_stems(weights, sentences)]
    most = max(shares, default=0.0)
    best = [n for n, share in enumerate(shares) if share >= NEARLY_BEST * most > 0]
    return sorted(best, key=lambda n: -shares[n])[:MOST_NEAREST]


def _without_speaker(claim: str) -> str:
    """Return a claim without who says it."""
    content = claim
    for each in sorted(sayings(claim), key=lambda each: -each.span[0]):
        start, end = each.span
        content = content[:start] + " " + content[end:]
    return content if len(stems(content)) >= 3 else claim


def _is_counted(claimed: Quantity, sentences: Sequence[str], text: str) -> bool:
    """Whether a source has a number, of the same thing if it names that thing anywhere."""
    same = [
        (each, sentence) for sentence in sentences for each in quantities(sentence) if claimed.equals(each)
    ]
    if not same:
        return claimed.value == 1 and not _other_count(claimed, sentences)
    if CLOCK in claimed.counted:
        return True
    known = claimed.counted & set(stems(text))
    return not known or any(known & (each.counted | set(stems(sentence))) for each, sentence in same)


def _other_count(claimed: Quantity, sentences: Sequence[str]) -> bool:
    """Whether a source gives another number of the same thing."""
    return any(
        claimed.counted & each.counted
        for sentence in sentences
        for each in quantities(sentence)
        if each.value != 1
    )

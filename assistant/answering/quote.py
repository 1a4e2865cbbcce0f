"""Quote mode: answers in the archive's own words, without a language model.

It turns the evidence of a finder into an answer. Articles that agree are cited for one sentence, different answers are
shown side by side, and events are in order of time. Only the archive's sentences are used, so nothing is invented.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answer import Citation, Mode, Sentence
from assistant.answering.answer_date import answer_date
from assistant.answering.difference import WHOLLY_NAME, contradicts
from assistant.answering.draft import Draft
from assistant.evidence.evidence import Evidence, EvidenceFinder
from assistant.question.kinds import Kind, Wanted
from assistant.question.plan import Inquiry
from assistant.text.normal_form import normal_form, same_answer
from assistant.text.words import stems

MOST_SENTENCES: Mapping[Kind, int] = {"reasons": 4, "several": 6, "course": 6, "latest": 4}
"""Most sentences of an answer, for the kinds of questions that one sentence seldom answers."""

MOST_ANSWERS = 3
"""Most different answers to one question that are shown side by side."""

MOST_CITATIONS = 3
"""Most articles that are cited for one sentence."""

ALTERNATIVE_SHARE = 0.6
"""Least confidence of a different answer that is shown, as a share of the best one's."""

FURTHER_SHARE = 0.25
"""Least confidence of a further sentence for the kinds in MOST_SENTENCES, as a share of the best one's.

It is low because the parts of such an answer share the confidence. With .6 and four sentences, .35 of the gold set's
lists are right; with these values, .40."""

RELATED_SHARE = 0.6
"""Least search score of an article about the same course of events, as a share of the best article's.

For eight such questions over the sample, related articles have at least .62, except one with .52; others up to .68."""

LEAD_START = 80
LEAD_WORDS = 6
"""The lead is a sentence of at least LEAD_WORDS words that begins in the first LEAD_START code points of its article.

A byline may come before it. A news report begins with what happened, so an answer about a course of events quotes
leads: .73 of the gold set's timelines are right, .40 with the best sentence of each article, and .20 without a limit
of one sentence per article."""

SAME_SENTENCE = 0.6
"""Jaccard similarity of stems above which two sentences count as the same."""

FULL_NAME_SHARE = 0.2
"""Least own confidence of evidence with the full name, as a share of the evidence that it replaces.

On RealTimeQA's questions of 2022 and 2023, exact match is .423 without replacement, .429 with .5, .433 with .3, .434
with .2, .435 with .1, and .430 with .05."""

MOST_FORENAMES = 3
"""Most words that a full name may add."""

NOTHING_FOUND = (
    "The archive does not seem to answer this: no passage matches the question well enough. "
    "The nearest articles are listed."
)
SOURCES_DIFFER = "Sources differ: each answer is shown with its outlet and date."

_LIST = re.compile(r",| and | & ")


@dataclass(frozen=True)
class Quotation:
    """A sentence to quote, with sentences of other articles that give the same answer."""

    quoted: Evidence
    supporting: tuple[Evidence, ...] = ()


class QuoteAnswerer:
    """Answers with sentences of the archive."""

    mode: Mode = "quote"
    model: str | None = None

    def __init__(self, finder: EvidenceFinder) -> None:
        """Quote the evidence of `finder`."""
        self._finder = finder

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield the sentences of the answer one by one, and return the draft; without an answer, yield nothing."""
        kind, wanted = inquiry.plan.kind, inquiry.plan.wanted
        ranked = self._finder.find(inquiry)
        confidence = ranked[0].confidence if ranked else None
        quotations = self._quotations(ranked, kind, wanted)
        if not quotations:
            return Draft(reason_code="not_in_archive", reason=NOTHING_FOUND, confidence=confidence)
        sentences: list[Sentence] = []
        citations: list[Citation] = []
        for quotation in quotations:
            cited = (quotation.quoted, *quotation.supporting)
            numbers = tuple(range(len(citations) + 1, len(citations) + 1 + len(cited)))
            citations += [_citation(n, each) for n, each in zip(numbers, cited, strict=True)]
            sentence = Sentence(" ".join(quotation.quoted.text.split()), numbers)
            yield sentence.text + "".join(f" [{n}]" for n in numbers) + " "
            sentences.append(sentence)
        short = _short_answer(quotations[0].quoted, kind)
        return Draft(
            sentences=tuple(sentences),
            citations=tuple(citations),
            short_answer=short,
            short_answer_date=_day(quotations[0].quoted, short) if wanted == "time" else None,
            confidence=confidence,
            notes=(_sources_differ(quotations),) if kind in ("one", "yes_no") and len(quotations) > 1 else (),
        )

    def _quotations(self, ranked: Sequence[Evidence], kind: Kind, wanted: Wanted | None) -> list[Quotation]:
        """Return what the answer quotes, in its order; nothing if the best evidence is below the threshold."""
        threshold = self._finder.thresholds[kind]
        if not ranked or ranked[0].confidence < threshold:
            return []
        best = ranked[0].confidence
        if kind in ("one", "yes_no"):
            least = max(threshold, ALTERNATIVE_SHARE * best)
            likely = [evidence for evidence in ranked if evidence.confidence >= least]
            return _grouped_by_answer([_with_full_name(ranked[0], ranked), *likely], wanted)
        if kind in ("course", "latest"):
            chosen = _distinct(_article_leads(ranked), MOST_SENTENCES["course"])
        else:
            likely = [evidence for evidence in ranked if evidence.confidence >= FURTHER_SHARE * best]
            chosen = _distinct(likely, MOST_SENTENCES[kind])
        if kind != "reasons":
            chosen.sort(key=_date_order)
        if kind == "latest":
            dated = [each for each in chosen if each.found.source.published]
            chosen = dated[: -MOST_SENTENCES[kind] - 1 : -1]
        return [Quotation(evidence) for evidence in chosen]


def _short_answer(evidence: Evidence, kind: Kind) -> str | None:
    """Return the exact words of an answer that is one thing, or a list of things such as "Sweden and Finland"."""
    if evidence.verdict:
        return evidence.verdict
    words = evidence.answer_text
    is_list = kind == "several" and words is not None and _LIST.search(words)
    return words if kind == "one" or is_list else None


def _day(evidence: Evidence, words: str | None) -> str | None:
    """Return the day that an answer's words mean, by the date of their article; None if that is not certain."""
    source = evidence.found.source
    return answer_date(words, evidence.text, source.published) if words else None


def _with_full_name(evidence: Evidence, ranked: Sequence[Evidence]) -> Evidence:
    """Return the evidence, or if its answer is a last name, the best with the full name: "Jamie Lee Curtis"."""
    name = normal_form(evidence.answer_text or "")
    if not name or not WHOLLY_NAME.fullmatch(evidence.answer_text or ""):
        return evidence
    full_names = [
        each
        for each in ranked
        if each.own_confidence >= FULL_NAME_SHARE * evidence.own_confidence
        and WHOLLY_NAME.fullmatch(each.answer_text or "")
        and (full := normal_form(each.answer_text or "")).endswith(f" {name}")
        and len(full.split()) <= len(name.split()) + MOST_FORENAMES
    ]
    best = max(full_names, key=lambda each: each.own_confidence, default=evidence)
    return replace(best, confidence=evidence.confidence, own_confidence=evidence.own_confidence)


def _grouped_by_answer(ranked: Sequence[Evidence], wanted: Wanted | None) -> list[Quotation]:
    """Return one quotation for each answer, best first, with other articles that give the same answer."""
    groups: list[list[Evidence]] = []
    for evidence in ranked:
        group = next((group for group in groups if _is_same_answer(group[0], evidence)), None)
        if group is not None:
            articles = {other.found.passage.article for other in group}
            # Its confidence may come from other articles. A cited sentence also needs confidence of its own.
            is_sure = evidence.own_confidence >= ALTERNATIVE_SHARE * group[0].own_confidence
            if is_sure and evidence.found.passage.article not in articles:
                group.append(evidence)
        elif all(_is_alternative(evidence, group[0], wanted) for group in groups):
            groups.append([evidence])
    surest_first = [sorted(group, key=lambda each: -each.own_confidence) for group in groups[:MOST_ANSWERS]]
    return [Quotation(group[0], tuple(group[1:MOST_CITATIONS])) for group in surest_first]


def _article_leads(ranked: Sequence[Evidence]) -> list[Evidence]:
    """Return the lead of each related article, or its best sentence if the lead is not evidence.

    The articles with the best search scores come first.
    """
    by_article: dict[str, Evidence] = {}
    scores: dict[str, float] = {}
    for evidence in ranked:
        article = evidence.found.passage.article
        scores[article] = max(evidence.found.score, scores.get(article, evidence.found.score))
        chosen = by_article.setdefault(article, evidence)
        if _is_lead(evidence) and (evidence.start < chosen.start or not _is_lead(chosen)):
            by_article[article] = evidence
    related = RELATED_SHARE * max(scores.values(), default=0.0)
    leads = [each for article, each in by_article.items() if scores[article] >= related]
    return sorted(leads, key=lambda each: -scores[each.found.passage.article])


def _is_lead(evidence: Evidence) -> bool:
    """Whether a sentence is the lead of its article: see LEAD_START."""
    return evidence.start < LEAD_START and len(evidence.text.split()) >= LEAD_WORDS


def _distinct(ranked: Sequence[Evidence], most: int) -> list[Evidence]:
    """Return the first `most` sentences that differ from each other."""
    chosen: list[Evidence] = []
    for evidence in ranked:
        if len(chosen) < most and not any(_is_same_sentence(evidence, other) for other in chosen):
            chosen.append(evidence)
    return chosen


def _is_same_answer(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence give the same answer, perhaps one in more words."""
    if one.verdict or other.verdict:
        return one.verdict == other.verdict
    if one.answer_text is None or other.answer_text is None:
        return _is_same_sentence(one, other)
    return same_answer(one.answer_text, other.answer_text)


def _is_alternative(evidence: Evidence, other: Evidence, wanted: Wanted | None) -> bool:
    """Whether evidence from another article contradicts other evidence, with similar confidence."""
    return (
        evidence.answer_text is not None
        and other.answer_text is not None
        and evidence.own_confidence >= ALTERNATIVE_SHARE * other.own_confidence
        and evidence.found.passage.article != other.found.passage.article
        and contradicts(evidence, other, wanted)
    )


def _is_same_sentence(one: Evidence, other: Evidence) -> bool:
    """Whether two sentences have nearly the same words."""
    first, second = set(stems(one.text)), set(stems(other.text))
    return len(first & second) > SAME_SENTENCE * len(first | second)


def _date_order(evidence: Evidence) -> tuple[str, str, int]:
    """Return the sort key for order of time: by date with undated articles last, then by place in the article."""
    return evidence.found.source.published or "9999", evidence.found.passage.article, evidence.start


def _sources_differ(quotations: Sequence[Quotation]) -> str:
    """Return the note that answers differ, with the date and outlet of the newest."""
    newest = max(quotations, key=lambda quotation: quotation.quoted.found.source.published or "")
    source = newest.quoted.found.source
    if not source.published:
        return SOURCES_DIFFER
    return (
        f"{SOURCES_DIFFER} The newest is of {source.published[:10]} ({source.outlet or 'outlet not named'})."
    )


def _citation(n: int, evidence: Evidence) -> Citation:
    """Return the citation of a quoted sentence."""
    found = evidence.found
    return Citation(
        n=n,
        article=found.passage.article,
        version=found.passage.version,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.text,
        source=found.source,
        verified=True,
    )

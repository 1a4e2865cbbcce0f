"""Quote mode: answers in the archive's own words, without a language model.

Evidence comes from a finder. Here it becomes an answer: what says the same stands together, what differs stands side
by side, and several things stand in the order of time. Nothing is worded here, so nothing can be invented.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answer import Citation, Mode, Sentence
from assistant.answering.draft import Draft
from assistant.evidence.evidence import Evidence, EvidenceFinder
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry
from assistant.text.normal_form import normal_form, same_answer
from assistant.text.words import NUMBER, stems

MOST: Mapping[Kind, int] = {"reasons": 4, "several": 6, "course": 6}
"""Sentences quoted at most where one seldom tells all: why and how; which ones; what happened."""

VALUES = 3
"""Different answers to one question that are shown side by side at most."""

WITNESSES = 3
"""Articles cited at most for one sentence that several of them bear out."""

BESIDE = 0.6
"""Confidence of another answer to the same question, as a share of the first one's."""

FURTHER = 0.25
"""The same of a further sentence where one seldom tells all: their parts share what one answer would have. With .6 and
four sentences, of the gold set's lists .35 are right; so .40."""

RELATED = 0.6
"""Score of an article, as a share of the nearest one's, from which it is about the same course of events. Of eight such
questions over the sample, related articles have .62 of it and more but for one of .52, others up to .68."""

LEAD = 80
LEAD_WORDS = 6
"""Code points from the beginning of an article within which its lead begins, and words that it has at least: a line
that names the reporter may stand before it. A news report tells first what happened, so for the course of events leads
are quoted: of the gold set's timelines .73 are right, .40 with an article's surest sentence, .20 without a limit of one
sentence for each article."""

SAME = 0.6
"""Jaccard similarity of stems above which a second sentence adds nothing."""

NOTHING_FOUND = (
    "The archive does not seem to answer this: no passage bears enough of the question. "
    "The nearest articles are listed."
)
DIFFERING = "Sources differ: each answer is shown with its outlet and date."

FULL = 0.2
"""Share of an answer's own share from which another that gives the same name in full is quoted in its stead. On
RealTimeQA's questions of 2022 and 2023, exact match is .423 without this, .429 with .5, .433 with .3, .434 with .2,
.435 with .1, .430 with .05."""

FORENAMES = 3
"""Words that a name in full has more at most."""

_NAME = re.compile(r"(?:(?:[A-Z][\w.'’-]*|of|the|and|de|von|for)(?:\s+|$))+")
_LIST = re.compile(r",| and | & ")


@dataclass(frozen=True)
class Statement:
    """A sentence to be quoted, with others that bear it out."""

    quoted: Evidence
    others: tuple[Evidence, ...] = ()


class QuoteAnswerer:
    """Answers with sentences of the archive."""

    mode: Mode = "quote"
    model: str | None = None

    def __init__(self, finder: EvidenceFinder) -> None:
        self._finder = finder

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield the sentences of the answer one by one and return the draft; without an answer, only return why."""
        asked = inquiry.plan.kind
        ranked = self._finder.find(inquiry)
        confidence = ranked[0].confidence if ranked else None
        statements = self._statements(ranked, asked)
        if not statements:
            return Draft(reason_code="not_in_archive", reason=NOTHING_FOUND, confidence=confidence)
        if asked in ("several", "course"):
            statements = sorted(statements, key=_in_time)
        sentences: list[Sentence] = []
        citations: list[Citation] = []
        for statement in statements:
            proofs = (statement.quoted, *statement.others)
            numbers = tuple(range(len(citations) + 1, len(citations) + 1 + len(proofs)))
            citations += [_citation(n, proof) for n, proof in zip(numbers, proofs, strict=True)]
            sentence = Sentence(" ".join(statement.quoted.text.split()), numbers)
            yield sentence.text + "".join(f" [{n}]" for n in numbers) + " "
            sentences.append(sentence)
        differing = asked == "one" and len(statements) > 1
        return Draft(
            sentences=tuple(sentences),
            citations=tuple(citations),
            short_answer=_short_answer(statements[0].quoted, asked),
            confidence=confidence,
            notes=(_differing(statements),) if differing else (),
        )

    def _statements(self, ranked: Sequence[Evidence], asked: Kind) -> list[Statement]:
        enough = self._finder.enough[asked]
        if not ranked or ranked[0].confidence < enough:
            return []
        best = ranked[0].confidence
        if asked in ("one", "yes_no"):
            close = [evidence for evidence in ranked if evidence.confidence >= max(enough, BESIDE * best)]
            return _one([_in_full(close[0], ranked), *close])
        if asked == "course":
            return _several(_reports(ranked), MOST[asked])
        return _several(
            [evidence for evidence in ranked if evidence.confidence >= FURTHER * best], MOST[asked]
        )


def _short_answer(evidence: Evidence, asked: Kind) -> str | None:
    """Return the very words of an answer that is one thing, or several in a row: "Sweden and Finland"."""
    wording = evidence.wording
    if asked == "one" or (asked == "several" and wording and _LIST.search(wording)):
        return wording
    return None


def _in_full(lead: Evidence, ranked: Sequence[Evidence]) -> Evidence:
    """Return in place of a last name evidence that has all of it, if there is any: "Jamie Lee Curtis" for "Curtis"."""
    name = normal_form(lead.wording or "")
    if not name or not _NAME.fullmatch(lead.wording or ""):
        return lead
    fuller = [
        each
        for each in ranked
        if each.alone >= FULL * lead.alone
        and _NAME.fullmatch(each.wording or "")
        and (full := normal_form(each.wording or "")).endswith(f" {name}")
        and len(full.split()) <= len(name.split()) + FORENAMES
    ]
    best = max(fuller, key=lambda each: each.alone, default=lead)
    return replace(best, confidence=lead.confidence, alone=lead.alone)


def _one(ranked: Sequence[Evidence]) -> list[Statement]:
    """Group evidence by what it answers; only other articles' answers stand beside the best."""
    groups: list[list[Evidence]] = []
    for evidence in ranked:
        group = next((group for group in groups if _agree(group[0], evidence)), None)
        if group is not None:
            articles = {other.found.passage.article for other in group}
            # Its confidence may be what others lent it: a proof must stand on its own.
            if evidence.alone >= BESIDE * group[0].alone and evidence.found.passage.article not in articles:
                group.append(evidence)
        elif not groups or _differs(evidence, [group[0] for group in groups]):
            groups.append([evidence])
    proven = [sorted(group, key=lambda each: -each.alone) for group in groups[:VALUES]]
    return [Statement(group[0], tuple(group[1:WITNESSES])) for group in proven]


def _reports(ranked: Sequence[Evidence]) -> list[Evidence]:
    """Return of each related article what it reports first, or, where that was not read, its surest sentence.

    The nearest articles come first.
    """
    told: dict[str, Evidence] = {}
    nearest: dict[str, float] = {}
    for evidence in ranked:
        article = evidence.found.passage.article
        nearest[article] = max(evidence.found.score, nearest.get(article, evidence.found.score))
        known = told.setdefault(article, evidence)
        if _leads(evidence) and (evidence.start < known.start or not _leads(known)):
            told[article] = evidence
    related = RELATED * max(nearest.values(), default=0.0)
    reports = [each for article, each in told.items() if nearest[article] >= related]
    return sorted(reports, key=lambda each: -nearest[each.found.passage.article])


def _leads(evidence: Evidence) -> bool:
    return evidence.start < LEAD and len(evidence.text.split()) >= LEAD_WORDS


def _several(ranked: Sequence[Evidence], most: int) -> list[Statement]:
    """Return sentences that each add something."""
    chosen: list[Evidence] = []
    for evidence in ranked:
        if len(chosen) < most and not any(_alike(evidence, other) for other in chosen):
            chosen.append(evidence)
    return [Statement(evidence) for evidence in chosen]


def _agree(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence give the same answer, be it at different length."""
    if one.wording is None or other.wording is None:
        return _alike(one, other)
    return same_answer(one.wording, other.wording)


def _differs(evidence: Evidence, leads: Sequence[Evidence]) -> bool:
    """Whether evidence of another article gives another answer of the same sort."""
    return evidence.wording is not None and all(
        lead.wording is not None
        and evidence.alone >= BESIDE * lead.alone
        and lead.found.passage.article != evidence.found.passage.article
        and _comparable(evidence.wording, lead.wording)
        for lead in leads
    )


def _comparable(one: str, other: str) -> bool:
    """Whether two answers are numbers of the same, or neither is a number.

    >>> _comparable("44 million", "36.4 million crowns"), _comparable("1.6 billion crowns", "36 turbines")
    (True, False)
    """
    numeric = [bool(NUMBER.search(each)) for each in (one, other)]
    if not all(numeric):
        return not any(numeric)
    counted, other_counted = (set(stems(NUMBER.sub(" ", each))) for each in (one, other))
    return not counted or not other_counted or bool(counted & other_counted)


def _alike(one: Evidence, other: Evidence) -> bool:
    """Whether two sentences say the same in nearly the same words."""
    first, second = set(stems(one.text)), set(stems(other.text))
    return len(first & second) > SAME * len(first | second)


def _in_time(statement: Statement) -> tuple[str, str, int]:
    """Order of time, undated last; within an article its own order."""
    evidence = statement.quoted
    return evidence.found.source.published or "9999", evidence.found.passage.article, evidence.start


def _differing(statements: Sequence[Statement]) -> str:
    newest = max(statements, key=lambda statement: statement.quoted.found.source.published or "")
    source = newest.quoted.found.source
    if not source.published:
        return DIFFERING
    return f"{DIFFERING} The newest is of {source.published[:10]} ({source.outlet or 'outlet not named'})."


def _citation(n: int, evidence: Evidence) -> Citation:
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

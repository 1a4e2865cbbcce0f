"""What one answer to a question of the gold set scores: the answer, its citations, what was found, its silence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.answer import Answer, Citation, ListedPassage
from eval.gold.questions import GoldQuestion
from eval.metrics import (
    Place,
    best,
    citation_precision,
    citation_recall,
    contains,
    hit,
    ndcg,
    proofs_in_order,
    recall,
    reciprocal_rank,
    same_date,
    sentence_supported,
    squad_exact_match,
    squad_f1,
    squad_normalised,
)
from eval.runs import CitedExcerpt

LISTED = 10
"""Results that count, of those listed with an answer."""

HITS = (1, 5)

LEVELS: Mapping[str, Callable[[ListedPassage, Place], bool]] = {
    "passage": lambda found, place: found_place(found).overlaps(place),
    "article": lambda found, place: found.article == place.article,
    "family": lambda found, place: (
        place.article in {found.article, *(copy.article for copy in found.source.also)}
    ),
}
"""What a listed result must share with a proof to hold it."""


@dataclass(frozen=True)
class Outcome:
    """What Backfile made of one question."""

    question: GoldQuestion
    answer: Answer
    sources: tuple[CitedExcerpt, ...] = ()
    """Its citations as they stand in the archive."""
    proofs: tuple[str, ...] = ()
    """The words of the first place of each proof."""

    @property
    def cited(self) -> list[Place]:
        """Where its citations lie."""
        return [cited_place(each) for each in self.answer.citations]

    @property
    def quoted(self) -> str:
        """The answer without its markers."""
        return " ".join(sentence.text for sentence in self.answer.sentences)


def scores(outcome: Outcome) -> dict[str, float]:
    """Return what one answer scores; what it says nothing about is left out.

    Of an answerable question: `em` and `f1` of the short answer, 0 where there is none; `answer holds`, whether an
    accepted answer's words stand in the sentences, yes and no not counted as words; `date right` and `attribution
    right`, see there; `citation precision` where something is cited, `citation recall` always; whether and where a
    listed passage, article or family holds the proofs; and whether it is `answered`. Of an unanswerable one:
    whether it is abstained, and then whether with the `right reason`. Of an abstention: whether there is no
    answer. Of an answer: the share of its sentences that what they cite supports. And whether it is `right`.
    """
    question, answer = outcome.question, outcome.answer
    found = {"right": right(outcome)}
    if answer.abstained:
        found["abstention precision"] = float(not question.answerable)
    elif answer.sentences and len(outcome.sources) == len(answer.citations):
        texts = {source.n: source.cited for source in outcome.sources}
        supported = [
            sentence_supported(each.text, [texts[n] for n in each.citations]) for each in answer.sentences
        ]
        found["sentences supported"] = sum(supported) / len(supported)
    if not question.answerable:
        found["abstention recall"] = float(answer.abstained)
        if answer.abstained:
            found["right reason"] = float(answer.reason_code == question.reason)
        return found
    short = answer.short_answer or ""
    if question.answers:
        found["em"] = best(squad_exact_match, short, question.answers)
        found["f1"] = best(squad_f1, short, question.answers)
    if words := _words(question):
        found["answer holds"] = best(_holds, outcome.quoted, words)
    if (dated := date_right(outcome)) is not None:
        found["date right"] = dated
    if question.kind == "attribution":
        found["attribution right"] = attribution_right(outcome)
    if outcome.cited:
        found["citation precision"] = citation_precision(outcome.cited, question.proofs)
    found["citation recall"] = citation_recall(outcome.cited, question.proofs)
    found["answered"] = float(not answer.abstained)
    return found | _ranking(outcome)


def _ranking(outcome: Outcome) -> dict[str, float]:
    listed, proofs = outcome.answer.passages[:LISTED], outcome.question.proofs
    relevant = {str(number) for number in range(len(proofs))}
    found: dict[str, float] = {}
    for level, proves in LEVELS.items():
        ranked = proofs_in_order(listed, proofs, proves)
        found |= {f"{level} hit@{k}": hit(ranked, relevant, k) for k in HITS}
        found[f"{level} recall@{LISTED}"] = recall(ranked, relevant, len(ranked))
        found[f"{level} mrr@{LISTED}"] = reciprocal_rank(ranked, relevant, LISTED)
        found[f"{level} ndcg@{LISTED}"] = ndcg(ranked, relevant, LISTED)
    return found


def right(outcome: Outcome) -> float:
    """Return 1 if an answer is right, else 0: the one figure that decides.

    An accepted answer's words stand in the sentences; or the short answer says yes or no as it should; or, where only
    spans say what is right, at least half of the proofs are cited. Of what has no answer, none is given.
    """
    question, answer = outcome.question, outcome.answer
    if not question.answerable:
        return float(answer.abstained)
    if words := _words(question):
        return best(_holds, outcome.quoted, words)
    if question.answers:
        return best(squad_exact_match, answer.short_answer or "", question.answers)
    return float(citation_recall(outcome.cited, question.proofs) >= 0.5)


def date_right(outcome: Outcome) -> float | None:
    """Return of a `when` question with a date whether the short answer names it; None of any other.

    A relative day counts as the date that it is resolved to.
    """
    if outcome.question.kind != "when":
        return None
    said = f"{outcome.answer.short_answer or ''} · {outcome.answer.short_answer_date or ''}"
    agreeing = [same_date(said, gold) for gold in outcome.question.answers]
    return max((each for each in agreeing if each is not None), default=None)


def attribution_right(outcome: Outcome) -> float:
    """Return 1 if a sentence names the speaker and cites a place that proves it (after Rashkin et al., CL 2023)."""
    places = [place for proof in outcome.question.proofs for place in proof]
    proving = {
        citation.n
        for citation, cited in zip(outcome.answer.citations, outcome.cited, strict=True)
        if any(cited.overlaps(place) for place in places)
    }
    return float(
        any(
            proving.intersection(sentence.citations) and best(_holds, sentence.text, outcome.question.answers)
            for sentence in outcome.answer.sentences
        )
    )


def cited_place(citation: Citation) -> Place:
    """Return where a citation lies."""
    return Place(citation.article, citation.version, citation.start, citation.end)


def found_place(found: ListedPassage) -> Place:
    """Return where a listed passage lies."""
    return Place(found.article, found.version, found.start, found.end)


def _holds(text: str, gold: str) -> float:
    return contains(text, gold, squad_normalised)


def _words(question: GoldQuestion) -> list[str]:
    """The accepted answers that can stand in an article; yes and no are said of it."""
    return [answer for answer in question.answers if answer not in ("yes", "no")]

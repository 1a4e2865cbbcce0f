"""Scores of one answer to a gold question: the answer, its citations, the passages found, and abstention."""

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
"""Number of passages listed with an answer that are scored."""

HITS = (1, 5)

LEVELS: Mapping[str, Callable[[ListedPassage, Place], bool]] = {
    "passage": lambda found, place: found_place(found).overlaps(place),
    "article": lambda found, place: found.article == place.article,
    "family": lambda found, place: (
        place.article in {found.article, *(copy.article for copy in found.source.also)}
    ),
}
"""By level, whether a listed passage holds a proof: the same span, article, or family of copies."""


@dataclass(frozen=True)
class Outcome:
    """A question and the answer that Backfile gave."""

    question: GoldQuestion
    answer: Answer
    sources: tuple[CitedExcerpt, ...] = ()
    """The answer's citations with the archive's text around them."""
    proofs: tuple[str, ...] = ()
    """The text of the first place of each proof."""

    @property
    def cited(self) -> list[Place]:
        """The places of the answer's citations."""
        return [cited_place(each) for each in self.answer.citations]

    @property
    def quoted(self) -> str:
        """The answer's sentences without citation markers."""
        return " ".join(sentence.text for sentence in self.answer.sentences)


def scores(outcome: Outcome) -> dict[str, float]:
    """Return the scores of one answer by name; a score that does not apply is left out.

    Every question has `right`. The other scores depend on the question and the answer:

    - An answerable question has `citation recall`, `answered`, and the ranks of its proofs among the listed passages.
      With accepted answers it has `em` and `f1` of the short answer, which are 0 without one. With accepted answers
      other than yes and no it has `answer holds`: whether the sentences contain one of them.
      `date_right` and `attribution_right` score two types.
    - An answer has `sentences supported`: the share of its sentences that their citations support.
      An answer with citations has `citation precision` if the question is answerable.
    - An unanswerable question has `abstention recall`; if the answer abstains, also `right reason`.
    - An abstention has `abstention precision`: whether the question is unanswerable.
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
    """Return hit, recall, reciprocal rank and nDCG of the proofs among the listed passages, at each level."""
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
    """Return 1 if an answer is right, else 0. This is the main score.

    An answer is right if its sentences contain an accepted answer. A yes-or-no question needs the right short
    answer. Without accepted answers, at least half of the proofs must be cited. An unanswerable question needs an
    abstention.
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
    """Return 1 if the short answer to a `when` question names an accepted date, else 0.

    A relative day counts as the date that it resolves to. Returns None for other types, and where no accepted
    answer is a date.
    """
    if outcome.question.kind != "when":
        return None
    given = f"{outcome.answer.short_answer or ''} · {outcome.answer.short_answer_date or ''}"
    agreeing = [same_date(given, gold) for gold in outcome.question.answers]
    return max((each for each in agreeing if each is not None), default=None)


def attribution_right(outcome: Outcome) -> float:
    """Return 1 if a sentence names the speaker and cites a proof, else 0 (after Rashkin et al., CL 2023)."""
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
    """Return the place of a citation."""
    return Place(citation.article, citation.version, citation.start, citation.end)


def found_place(found: ListedPassage) -> Place:
    """Return the place of a listed passage."""
    return Place(found.article, found.version, found.start, found.end)


def _holds(text: str, gold: str) -> float:
    """Return 1 if a text contains an accepted answer, both normalised as SQuAD does, else 0."""
    return contains(text, gold, squad_normalised)


def _words(question: GoldQuestion) -> list[str]:
    """Return the accepted answers that an article can contain: all but yes and no."""
    return [answer for answer in question.answers if answer not in ("yes", "no")]

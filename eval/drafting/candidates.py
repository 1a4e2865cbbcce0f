"""Draft questions made by rule, chosen so that outlets, dates and rules vary."""

import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from assistant.archive.catalog import Catalog
from assistant.article import MONTHS, Article
from assistant.question.periods import periods
from assistant.text.sentences import quotable_spans
from assistant.text.words import STOPWORDS, stems
from eval.drafting.person_names import SentenceContext, Vocabulary, person_names
from eval.drafting.question_checks import vagueness
from eval.drafting.rules import Proposal, proposals

ASKED_AFTER = timedelta(days=3)
"""Time from the article to the question: short enough that "on Friday" still means the same Friday."""

READ = 30
"""Articles read for each question wanted, so that there is a choice."""

LEAD = 4
"""The first sentences of an article, which mostly name its people and subjects."""

_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")


@dataclass(frozen=True)
class DraftQuestion:
    """A draft question about an article."""

    article: Article
    family: str
    proposal: Proposal
    place: int
    """Index of the sentence in its article."""
    note: str = ""
    """For a question without an answer: how it was made."""

    def row(self) -> dict[str, object]:
        """Return the line for a gold file: first the fields a person judges, then those to check."""
        made = self.proposal
        answer: dict[str, object] = {
            "answers": list(made.answers),
            "support": [{"quote": made.sentence, "article": self.article.source}],
        }
        if made.kind == "unanswerable":
            answer = {"note": self.note, "reason_code": "not_in_archive"}
        row = {"question": made.question, **answer, "accepted": False, "type": made.kind}
        if day := self.article.published.last_day:
            row["as_of"] = str(day + ASKED_AFTER)
        return {**row, "id": f"draft-{hashlib.sha256(made.question.encode()).hexdigest()[:8]}"}


def sample_articles(catalog: Catalog, number: int, seed: int) -> list[tuple[Article, str]]:
    """Return a random sample of articles, each with its family.

    The sample is the same for the same archive and seed.
    """

    some = heapq.nsmallest(
        number * READ, catalog.articles(), key=lambda article: _chance(f"{seed} {article.id}")
    )
    sources = Counter(article.source for article in some)
    families = catalog.family_by_article()
    return [(article, families[article.id]) for article in some if sources[article.source] == 1]


def candidates(some: Sequence[tuple[Article, str]]) -> Iterator[DraftQuestion]:
    """Yield the questions that the rules make from every sentence of some articles."""
    words = Vocabulary(article.text for article, _ in some)
    for article, family in some:
        context = SentenceContext.of(article.text, words)
        for place, (start, end) in enumerate(quotable_spans(article.text)):
            sentence = article.text[start:end]
            if any(start < close and begin < end for begin, close in article.furniture):
                continue
            if article.text.count(sentence) == 1:
                for made in proposals(sentence, context):
                    if (dated := _dated(made, article)) is not None:
                        yield DraftQuestion(article, family, dated, place)


def _dated(made: Proposal, article: Article) -> Proposal | None:
    """Return a question with the date that its weekday means; None if that is unknown."""
    published = article.published
    if not any(_WEEKDAY.search(text) for text in (made.question, *made.answers)):
        return made
    day = published.first_day
    if day is None or published.precision != "day":
        return None
    if made.kind != "when" or re.match(r"When (?:will|is|are|would)\b", made.question):
        return made
    meant = next(iter(periods(made.answers[-1], day)), None)
    if meant is None or meant.first != meant.last:
        return made
    date = f"{meant.first.day} {MONTHS[meant.first.month - 1]} {meant.first.year}"
    return replace(made, answers=tuple(dict.fromkeys((*made.answers, date))))


def choose_varied(found: Iterable[DraftQuestion], number: int) -> list[DraftQuestion]:
    """Choose questions so that rules, outlets and months vary.

    Each family gives one question at most. Questions from an article's lead come first.
    """
    left = list(found)
    taken, used = set[str](), Counter[str]()
    chosen: list[DraftQuestion] = []
    while len(chosen) < number and (left := [each for each in left if each.family not in taken]):

        def cost(each: DraftQuestion) -> tuple[float, int, bytes]:
            rule = used[f"rule {each.proposal.rule}"] + 2 * (each.proposal.rule == "cloze")
            outlet = used[f"outlet {each.article.outlet}"]
            month = used[f"month {(each.article.published.iso or '')[:7]}"]
            weight = (
                rule + 0.5 * outlet + 0.5 * month + (each.place >= LEAD) + vagueness(each.proposal.question)
            )
            return weight, each.place, _by_chance(each)

        best = min(left, key=cost)
        chosen.append(best)
        taken.add(best.family)
        used.update(
            (
                f"rule {best.proposal.rule}",
                f"outlet {best.article.outlet}",
                f"month {(best.article.published.iso or '')[:7]}",
            )
        )
    return chosen


def swap_names(
    found: Iterable[DraftQuestion], some: Sequence[tuple[Article, str]], number: int
) -> list[DraftQuestion]:
    """Return questions whose person is replaced by one of another story, so that nothing should answer them.

    Each family and each name is used once. A question is skipped where the new person's article may answer it.
    """
    names = [(name, article) for article, _ in some for name in person_names(article.text)]
    made: dict[str, DraftQuestion] = {}
    for each in sorted(found, key=_by_chance):
        question = each.proposal.question
        old = next(
            (n for n in person_names(each.article.text) if n in re.sub(r"“[^”]*”", "", question)), None
        )
        plain = each.proposal.rule != "cloze" and vagueness(question) < 1
        if old is None or old in made or not plain or any(each.family == m.family for m in made.values()):
            continue
        asked = set(stems(question.replace(old, ""))) - STOPWORDS
        new = next(
            (
                name
                for name, article in sorted(names, key=lambda pair: _chance(f"{question} {pair[0]}"))
                if name not in each.article.text and len(asked & set(stems(article.text))) < len(asked) / 2
            ),
            None,
        )
        if new is not None:
            note = (
                f"{new} replaces {old}: make sure that nothing in the archive answers this. "
                f"It was made from: {each.proposal.sentence}"
            )
            proposal = replace(
                each.proposal,
                question=question.replace(old, new),
                kind="unanswerable",
                answers=(),
                rule="altered",
            )
            made[old] = replace(each, proposal=proposal, note=note)
    return list(made.values())[:number]


def _by_chance(each: DraftQuestion) -> bytes:
    return _chance(each.proposal.question)


def _chance(text: str) -> bytes:
    """Return a pseudo-random sort key that is always the same for a text."""
    return hashlib.sha256(text.encode()).digest()

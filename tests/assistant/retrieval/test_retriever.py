import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.question.timeframe import TimeFrame
from assistant.retrieval import retriever as retrieval
from assistant.retrieval.retriever import DENSE, FUSED, LEXICAL, Retriever
from tests.fakes import WordEncoder, ingest

FILLER = " ".join(f"Nothing more was said that day, number {number}." for number in range(12))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator["Desk"]:
    opened = Desk(tmp_path)
    yield opened
    opened.close()


class Desk:
    """Makes an archive of invented articles, and its retriever."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._open: list[Catalog | DenseIndex] = []

    def archive(self, *rows: dict[str, str]) -> Retriever:
        """Return the retriever of an archive with these articles. `published` is optional."""
        (self._place / "desk.json").write_text(json.dumps(rows))
        ingest(self._place / "archive", self._place / "desk.json")
        folder = ArchiveFolder(self._place / "archive")
        self.catalog = Catalog.open(folder.catalog)
        dense = DenseIndex(folder, self.catalog, WordEncoder.dimension)
        self._open += [dense, self.catalog]
        return Retriever(self.catalog, dense, WordEncoder())

    def close(self) -> None:
        for part in self._open:
            part.close()


def scores(retriever: Retriever, question: str, **more: object) -> dict[str, float]:
    """Return the score of the best passage of each article, by title."""
    best: dict[str, float] = {}
    for found in retriever.retrieve(question, **more).passages:  # type: ignore[arg-type]
        best.setdefault(found.source.title, found.score)
    return best


def test_a_word_counts_for_all_passages_of_its_article(desk: Desk) -> None:
    retriever = desk.archive(
        {"title": "Bridge", "text": f"The Quillon gave way. {FILLER} Inspector Vane was told."},
        {"title": "Vane", "text": f"A garden show. {FILLER}"},
    )
    keys = [key for key, _ in desk.catalog.lexical("quillon vane", limit=9)]
    both = desk.catalog.locate(keys)
    holding = desk.catalog.holding(["quillon", "vane", "absent"], keys)
    assert {both[key].title for key in holding["vane"]} == {"Bridge", "Vane"}
    assert {key for key in keys if both[key].title == "Bridge"} == set(holding["quillon"])
    assert len(holding["quillon"]) == 2
    assert holding["absent"] == []
    assert desk.catalog.holding(["quillon"], []) == {"quillon": []}
    assert retriever.retrieve("quillon vane", fusion=LEXICAL).passages[0].source.title == "Bridge"


def test_words_in_an_article_are_weighted_by_rarity(desk: Desk) -> None:
    # Each word is in half of the passages, where BM25 in SQLite is nearly 0.
    retriever = desk.archive(
        {"title": "One", "text": "The quillon gave way."},
        {"title": "Two", "text": "The garden show began."},
    )
    found = scores(retriever, "quillon garden absent", fusion=LEXICAL)
    # Of 2 passages and 1,000 imagined ones, 1 contains each of the two words and none contains the third.
    present, missing = math.log(1 + 1001.5 / 1.5), math.log(1 + 1002.5 / 0.5)
    share = present / (2 * present + missing)
    assert found == pytest.approx(dict.fromkeys(("One", "Two"), FUSED.covered * share), abs=1e-3)


def test_a_dense_score_is_the_weighted_cosine(desk: Desk) -> None:
    retriever = desk.archive({"title": "One", "text": "The quillon gave way."})
    [found] = retriever.retrieve("quillon", fusion=DENSE).passages
    assert found.score == pytest.approx(DENSE.dense * found.similarity)
    assert 0.3 < found.similarity < 1


def test_candidates_of_one_search_get_the_signals_of_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "CANDIDATES", 1)
    retriever = desk.archive(
        {"title": "Quillon", "text": f"Only the quillon. {FILLER}"},
        {"title": "Garden", "text": "A garden."},
        {"title": "Harbour", "text": "A harbour."},
    )
    fused = {found.source.title: found for found in retriever.retrieve("quillon quillon garden").passages}
    by_words = scores(retriever, "quillon quillon garden", fusion=LEXICAL)
    by_meaning = scores(retriever, "quillon quillon garden", fusion=DENSE)
    assert set(by_words) | set(by_meaning) == set(fused)
    for title, found in fused.items():
        assert found.similarity > 0
        alone = by_words.get(title, found.score - FUSED.dense * found.similarity)
        assert found.score == pytest.approx(alone + FUSED.dense * found.similarity)


def test_a_common_word_proposes_no_candidates_if_a_rarer_word_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = desk.archive(
        {"title": "One", "text": "The quillon gave way on a bridge."},
        *({"title": f"Bridge {n}", "text": f"The bridge, number {n}."} for n in range(3)),
    )
    assert len(scores(retriever, "quillon bridge", fusion=LEXICAL)) == 4
    # Of 4 passages and 1,000 imagined ones, "bridge" is in 4 and has a rarity of 5.4; "quillon" has 6.5.
    monkeypatch.setattr(retrieval, "COMMON_RARITY", 6.0)
    assert list(scores(retriever, "quillon bridge", fusion=LEXICAL)) == ["One"]
    assert len(scores(retriever, "bridge", fusion=LEXICAL)) == 4


def test_rare_words_propose_candidates_until_there_are_enough(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = desk.archive(
        {"title": "One", "text": "The quillon gave way."},
        *({"title": f"Bridge {n}", "text": f"The bridge, number {n}."} for n in range(2)),
        *({"title": f"Garden {n}", "text": f"The garden, number {n}."} for n in range(3)),
    )
    asked = "garden bridge quillon"
    assert len(scores(retriever, asked, fusion=LEXICAL)) == 6
    # "quillon" proposes one passage and "bridge" two more, which is enough.
    monkeypatch.setattr(retrieval, "ENOUGH_MATCHES", 2)
    assert set(scores(retriever, asked, fusion=LEXICAL)) == {"One", "Bridge 0", "Bridge 1"}
    monkeypatch.setattr(retrieval, "ENOUGH_MATCHES", 1)
    assert set(scores(retriever, asked, fusion=LEXICAL)) == {"One"}
    # A frequent word that is alone still proposes candidates.
    assert len(scores(retriever, "garden", fusion=LEXICAL)) == 3


DATED = (
    ("2024-03-07", 2.4),  # within the week before the question
    ("2024-02-27", 2.4 / math.e),  # 5 days before that week
    ("2024-03", 2.4 / math.exp(4)),  # until the 31st, 20 days after that week, but not after the question
    ("2024-03-16", 2.4 / math.exp(1) - 2.4),  # 5 days after that week, and after the question
    ("", 0.0),
)


@pytest.mark.parametrize(("published", "gain"), DATED)
def test_a_question_without_a_time_is_about_the_week_before_it(
    desk: Desk, published: str, gain: float
) -> None:
    retriever = desk.archive({"title": "One", "text": "The quillon gave way.", "published": published})
    as_it_is = scores(retriever, "quillon")
    asked = scores(retriever, "quillon", as_of=date(2024, 3, 10))
    assert asked["One"] - as_it_is["One"] == pytest.approx(gain)
    then = TimeFrame(date(2030, 1, 1), date(2030, 12, 31), (0, 0), hard=False)
    to_come = scores(retriever, "quillon", as_of=date(2024, 3, 10), frame=then)
    assert to_come == pytest.approx(asked)


def test_nearness_counts_from_the_time_frame(desk: Desk) -> None:
    retriever = desk.archive({"title": "One", "text": "The quillon gave way.", "published": "2024-02-10"})
    january = TimeFrame(date(2024, 1, 1), date(2024, 1, 31), (0, 0), hard=False)
    without = scores(retriever, "quillon")["One"]
    for as_of in (None, date(2024, 6, 1)):
        gained = scores(retriever, "quillon", as_of=as_of, frame=january)["One"] - without
        assert gained == pytest.approx(2.4 / math.exp(2))


def test_the_scores_of_several_wordings_are_added_up(desk: Desk) -> None:
    retriever = desk.archive(
        {"title": "Quillon", "text": "The quillon gave way."},
        {"title": "Garden", "text": "A garden show."},
        {"title": "Harbour", "text": "A harbour and a garden."},
    )
    full, alone = "quillon bridge garden", "garden"
    both = scores(retriever, full, wordings={full: 0.75, alone: 0.25})
    parts = [(0.75, scores(retriever, full)), (0.25, scores(retriever, alone))]
    for title in ("Quillon", "Garden", "Harbour"):
        expected = sum(weight * found.get(title, 0.0) for weight, found in parts)
        assert both[title] == pytest.approx(expected, abs=1e-3)

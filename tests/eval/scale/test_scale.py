from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveError
from assistant.query import Filters
from eval.scale.__main__ import main
from eval.scale.growing import DAYS, Noise, grow
from eval.scale.searching import CUTS, SearchBenchmark, exact, measure
from eval.suites.realtimeqa import QuizQuestion
from ingest.store.check import check
from tests.fakes import WordEncoder, article

PASSAGES = 40


@pytest.fixture(scope="module")
def grown(shared_archive: ArchiveFolder, tmp_path_factory: pytest.TempPathFactory) -> ArchiveFolder:
    """The small archive grown to at least `PASSAGES`; tests only read it."""
    target = ArchiveFolder(tmp_path_factory.mktemp("large") / "grown")
    grow(shared_archive, target, WordEncoder(), passages=PASSAGES)
    return target


@pytest.fixture
def catalog(grown: ArchiveFolder) -> Iterator[Catalog]:
    with closing(Catalog.open(grown.catalog)) as opened:
        yield opened


def _question(text: str) -> QuizQuestion:
    return QuizQuestion("1", date(2024, 3, 5), text, "40", frozenset())


def test_a_grown_archive_passes_the_check(grown: ArchiveFolder, catalog: Catalog) -> None:
    covered = catalog.coverage(ingesting=False)
    assert PASSAGES <= covered.passages < PASSAGES + 3
    assert catalog.vector_state()[0] == covered.passages
    assert check(grown).differences == []
    with closing(DenseIndex(grown, catalog, WordEncoder.dimension)) as dense:
        assert dense.search(WordEncoder().encode_queries(["ferry"])[0], limit=1)
        assert dense.note is None


def test_copies_are_separate_articles_near_the_original(
    shared_archive: ArchiveFolder, catalog: Catalog
) -> None:
    with closing(Catalog.open(shared_archive.catalog)) as original:
        ferry = next(each for each in original.articles() if "Ferry" in each.title)
    copies = [each for each in catalog.articles() if each.source.startswith(f"{ferry.source}#")]
    assert copies
    for copy in copies:
        assert copy.id != ferry.id and copy.text != ferry.text and copy.outlet == ferry.outlet
        assert [len(word) for word in copy.text.split()] == [len(word) for word in ferry.text.split()]
        moved, day = copy.published.first_day, ferry.published.first_day
        assert moved and day and abs((moved - day).days) <= DAYS
        assert catalog.copies({copy.id: copy.id}) == {copy.id: ()}


def test_noise_moves_a_vector_to_its_cosine() -> None:
    originals = np.eye(4, 512, dtype=np.float16)
    moved = Noise(1, iter([article("Some words.")])).vectors(originals)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(1)
    assert (moved * originals).sum(axis=1) == pytest.approx(0.9, abs=0.03)


def test_an_existing_folder_is_refused_as_target(shared_archive: ArchiveFolder) -> None:
    with pytest.raises(ArchiveError, match="new folder"):
        grow(shared_archive, shared_archive, WordEncoder(), passages=PASSAGES)


def test_exact_search_considers_only_the_allowed_passages(catalog: Catalog) -> None:
    vector = WordEncoder().encode_queries(["ferry strike"])
    [everything] = exact(catalog, vector, [None])
    keys, _ = catalog.selected(Filters(outlets=("Tidewater Wire",)))
    [some] = exact(catalog, vector, [keys])
    assert len(everything) == catalog.vector_state()[0] and len(some) == len(keys)
    assert list(everything) == sorted(everything, reverse=True)
    assert set(some) < set(everything)


def test_recall_is_the_share_of_the_nearest_passages_found(grown: ArchiveFolder, catalog: Catalog) -> None:
    class NearestOnly(DenseIndex):
        """Finds the nearest passage and no other."""

        def search(self, vector, *, limit, among=None):  # type: ignore[no-untyped-def]
            [best, *others] = super().search(vector, limit=limit, among=among)
            return [best, *((key, -1.0) for key, _ in others)]

    questions = [_question("Who leads the union?")]
    for kind, found in ((DenseIndex, 1.0), (NearestOnly, 1 / CUTS[0])):
        with closing(kind(grown, catalog, WordEncoder.dimension)) as dense:
            benchmark = SearchBenchmark(catalog, dense, WordEncoder())
            assert benchmark.recall(questions, [None]) == {CUTS[0]: pytest.approx(found)}


def test_the_times_of_the_steps_add_up(grown: ArchiveFolder, catalog: Catalog) -> None:
    with closing(DenseIndex(grown, catalog, WordEncoder.dimension)) as dense:
        times = SearchBenchmark(catalog, dense, WordEncoder()).ask(
            [_question("Who leads the union?")] * 3, lambda question: Filters()
        )
    parts = [took.passed for name, took in times.items() if name != "all"]
    assert {"embedding", "dense", "words", "catalog", "rest"} < set(times)
    assert np.sum(parts, axis=0) == pytest.approx(times["all"].passed)
    assert len(times["all"].passed) == 3


def test_the_results_name_every_filter(grown: ArchiveFolder) -> None:
    lines = "\n".join(measure(grown, WordEncoder(), [_question("Who leads the union?")]))
    assert "everything" in lines and "the month before" in lines and "Tidewater Wire" in lines
    assert "peak memory" in lines


def test_the_command_reports_a_missing_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", str(tmp_path / "none"), str(tmp_path / "questions.jsonl")]) == 2
    assert "there is no archive" in capsys.readouterr().err

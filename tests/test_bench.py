import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant.errors import SourceError
from assistant.identity import PROBE
from eval import bench
from tests.fakes import WordEncoder


class WordEmbeddings(Embeddings):
    """WordEncoder as the tutorial's pipeline takes it."""

    def __init__(self, encoder: WordEncoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._encoder.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve articles of two passages each, and two lines that ingest would set aside."""
    lines = ["{broken", json.dumps({"title": "Nothing but a title"})]
    for number in range(12):
        sentences = " ".join(
            f"Sentence {place} of story {number} is about the sea wall." for place in range(8)
        )
        url = f"https://a.example/{number}"
        row = {"url": url, "title": f"Story {number}", "text": sentences, "publish_date": "2023/11/05"}
        lines.append(json.dumps(row))
    (tmp_path / "stories.jsonl").write_text("\n".join(lines))
    return tmp_path / "stories.jsonl"


def test_a_seed_draws_the_same_articles_again(data: Path, tmp_path: Path) -> None:
    def drawn(passages: int, seed: int) -> list[str]:
        return bench.draw(data, tmp_path, passages, seed, WordEncoder).read_text().splitlines()

    first = drawn(8, seed=1)
    assert len(first) == len(set(first)) == 4
    assert set(first) < set(data.read_text().splitlines())
    assert drawn(8, seed=1) == first
    assert drawn(8, seed=2) != first
    assert len(drawn(1_000, seed=1)) == 12


def test_all_parts_see_the_same_passages(data: Path) -> None:
    _, ours, bare, plain = encoders = [WordEncoder() for _ in range(4)]
    given = iter(encoders)
    found = bench.compare(
        data,
        passages=8,
        encoder=lambda: next(given),
        embeddings=lambda: WordEmbeddings(next(given)),
        worker=ThreadPoolExecutor,
    )
    assert [text for text in ours.encoded if text != PROBE] == bare.encoded == plain.encoded
    assert [each.passages for each in found] == [8, 8, 8] == 3 * [len(set(bare.encoded))]
    assert all(text.startswith("Story ") and "5 November 2023." in text for text in bare.encoded)


def test_the_table_ends_with_the_ratios() -> None:
    bare, ours, plain = (
        bench.Measured(name, "float32", 1_000, seconds, 10**9, reading)
        for name, seconds, reading in (("bare", 10.0, 0.0), ("ours", 12.5, 2.5), ("plain", 25.0, 0.0))
    )
    lines = bench.table(bare, ours, plain).splitlines()
    assert [cell.strip() for cell in lines[3].split("|")[1:-1]] == [
        "ours", "float32", "1,000", "12.5", "80.0", "0.80", "1.00 GB"
    ]  # fmt: skip
    assert "reading and cutting took 20.0%" in "\n".join(lines)
    assert lines[-1] == "ours/bare 0.80, ours/plain 2.00"


def test_a_file_that_cannot_be_measured_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([str(tmp_path / "missing.jsonl")]) == 2
    assert "missing.jsonl is not a file" in capsys.readouterr().err
    for name, content in (("poem.jsonl", b"Shall I compare thee"), ("torn.jsonl.gz", b"\x1f\x8b\x08\x00")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=name):
            bench.draw(tmp_path / name, tmp_path, 8, 1, WordEncoder)

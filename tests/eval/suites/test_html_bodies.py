"""The article extraction benchmark on pages whose figures can be computed by hand."""

import gzip
import json
import math
import zipfile
from pathlib import Path

import pytest

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.suites import html_bodies
from eval.suites.protocol import SuiteOptions

BODY = (
    "The sea wall at Sandhaven gave way a little before midnight on Friday, and within an hour the water stood in "
    "four streets behind the parade, the city's engineer said. Some 60 people were taken to the Methodist hall."
)


def packed(data: Path, *, truth: dict[str, dict[str, str]], pages: dict[str, str]) -> Path:
    path = data / html_bodies.FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name, page in pages.items():
            file.writestr(f"html/{name}.html.gz", gzip.compress(page.encode()))
        file.writestr(html_bodies.TRUTH, json.dumps(truth))
    return path


def request(data: Path) -> SuiteOptions:
    return SuiteOptions(settings=Settings(archive=data / "none"), data=data)


def test_shares_count_shingles_of_four_words() -> None:
    assert html_bodies.shares("a b c d e", "a b c d e") == (1, 1)
    # The true shingles are abcd, bcde, cdef; of the two that were read, abcd and bcdx, one is right.
    assert html_bodies.shares("a b c d e f", "a b c d x") == (1 / 2, 1 / 3)
    # A shingle that occurs twice but was read once counts once.
    assert html_bodies.shares("a b c d a b c d", "a b c d")[1] == 1 / 5
    assert html_bodies.shares("a b", "A b") == (0, 0)
    precision, recall = html_bodies.shares("a b c d", "")
    assert math.isnan(precision)
    assert recall == 0


def test_f1_is_of_the_means_and_an_unread_page_has_no_precision() -> None:
    found = html_bodies.metrics([(1.0, 0.5), (0.5, 1.0), (math.nan, 0.0)])
    assert found["precision"].value == 0.75
    assert found["recall"].value == 0.5
    assert found["f1"].value == pytest.approx(2 * 0.75 * 0.5 / 1.25)


def test_pages_are_read_and_compared_without_their_headline(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Wall breached</title></head><body><article><h1>Wall breached</h1><p>{}</p></article>"
        "</body></html>"
    )
    truth = {name: {"url": f"https://a.example/{name}", "articleBody": BODY} for name in ("one", "two")}
    packed(tmp_path, truth=truth, pages={"one": page.format(BODY), "two": page.format("Log in.")})
    measured = html_bodies.measure(request(tmp_path))
    values = {name: found.value for name, found in measured.overall.metrics.items()}
    assert values == {"f1": pytest.approx(2 / 3), "precision": 1, "recall": 0.5}
    assert measured.notes == ("1 of the pages gave no article",)
    assert [(record.id, record.scores["f1"], record.abstained) for record in measured.records] == [
        ("one", 1, False),
        ("two", 0, True),
    ]


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, truth={"one": {"url": "https://a.example/"}}, pages={})
    with pytest.raises(BackfileError, match="does not hold the pages"):
        html_bodies.measure(request(tmp_path))
    path.write_bytes(b"no zip")
    with pytest.raises(BackfileError, match="get it again"):
        html_bodies.measure(request(tmp_path))

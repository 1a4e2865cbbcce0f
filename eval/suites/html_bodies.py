"""Scrapinghub's article extraction benchmark (2019): how much of an article is read from its page, and what else.

The benchmark's own metric: precision and recall of four-word shingles per page; F1 is of their means over all pages.
The prediction is an article's text without furniture, because the true bodies have no headlines. No archive is made.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.article import Article
from assistant.errors import BackfileError
from eval.metrics import Estimate
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import DataNotFound
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    require_data_folder,
)
from ingest.formats import registry
from ingest.sources.files import ReadOptions, walk

NEEDS_DATA = True
HEADLINES = ("f1", "precision", "recall")

SHINGLE = 4
"""Words in a shingle, as in the benchmark."""

FILE = Path("formats") / "news-html-181.zip"
TRUTH = "ground-truth.json"

PUBLISHED: SystemFigures = {
    "trafilatura": {"f1": 0.958},
    "readability-lxml": {"f1": 0.922, "precision": 0.913, "recall": 0.931},
    "newspaper3k": {"f1": 0.912, "precision": 0.917, "recall": 0.906},
}

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """A page with its true body and the article read from it."""

    id: str
    url: str
    body: str
    """The true body."""
    article: Article | None


def measure(options: SuiteOptions) -> SuiteResult:
    """Read every page, and compare its article with the true body.

    Raises:
        BackfileError: the pages or their bodies cannot be read.
    """
    pages = list(load(require_data_folder(options, "html_bodies") / FILE))[:: options.every]
    body = metrics([shares(page.body, page.article.body if page.article else "") for page in pages])
    whole = metrics([shares(page.body, page.article.text if page.article else "") for page in pages])
    refused = sum(page.article is None for page in pages)
    ours = {
        name: {metric: found.value for metric, found in some.items()}
        for name, some in (("Backfile", body), ("Backfile, with headlines and other furniture", whole))
    }
    return SuiteResult(
        MetricSummary(len(pages), body),
        notes=(f"{refused:,} of the pages gave no article",),
        published=(
            PublishedComparison(
                title="bodies of news pages",
                ours=ours,
                others=PUBLISHED,
                source="github.com/scrapinghub/article-extraction-benchmark",
            ),
        ),
        records=tuple(map(_record, pages)),
    )


def load(path: Path) -> Iterator[Page]:
    """Yield the pages of the benchmark's .zip file, in the order of their bodies.

    Raises:
        DataNotFound: there is no such file.
        BackfileError: it is another file.
    """
    if not path.is_file():
        raise DataNotFound(f"cannot read {path}: give --data the folder that holds it")
    try:
        with zipfile.ZipFile(path) as packed:
            truth: Mapping[str, Mapping[str, str]] = json.loads(packed.read(TRUTH))
        given = [(id, row["url"], row["articleBody"]) for id, row in truth.items()]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BackfileError(f"{path} does not hold the pages and {TRUTH} ({error}): get it again") from error
    [file] = walk([path])
    found = {
        record.source.rpartition("/")[2].partition(".")[0]: record
        for record in tqdm(registry.parse(file, ReadOptions()), total=len(given), disable=None)
        if isinstance(record, Article)
    }
    for id, url, body in given:
        yield Page(id, url, body, found.get(id))


def shares(body: str, read: str) -> tuple[float, float]:
    """Return precision and recall of the shingles that were read; precision is NaN if nothing was read.

    >>> shares("the sea wall gave way", "the sea wall gave")
    (1.0, 0.5)
    """
    true, given = shingles(body), shingles(read)
    common = (true & given).total()
    return common / given.total() if given else np.nan, common / true.total()


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return all shingles of a text; a shorter text is one shingle."""
    words = _WORD.findall(text)
    runs = (tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return Counter(run for run in runs if run)


def metrics(found: Sequence[tuple[float, float]]) -> dict[str, Estimate]:
    """Return the benchmark's metrics over many pages."""
    precision, recall = zip(*found, strict=True)
    return {
        "f1": Estimate.over(_f1, precision, recall),
        "precision": Estimate.over(_mean_of_read, precision),
        "recall": Estimate.of(recall),
    }


def _mean_of_read(precision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the pages from which something was read."""
    read = np.maximum(np.sum(~np.isnan(precision), axis=-1), 1)
    return np.asarray(np.nansum(precision, axis=-1) / read)


def _f1(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, found = _mean_of_read(precision), np.mean(recall, axis=-1)
    either = mean + found
    return np.asarray(2 * mean * found / np.where(either > 0, either, 1))


def _record(page: Page) -> QuestionRecord:
    precision, recall = shares(page.body, page.article.body if page.article else "")
    both = 0.0 if np.isnan(precision) else precision
    return QuestionRecord(
        id=page.id,
        kind="page",
        question=page.url,
        scores={
            "f1": 2 * both * recall / (both + recall) if both + recall else 0.0,
            "precision": both,
            "recall": recall,
        },
        abstained=page.article is None,
    )

"""The article extraction benchmark of Scrapinghub (2019): how much of a page's article is read from it, and what else.

Its own measure: of each page, precision and recall of runs of four words; F1 is of the means of both over all pages.
Our prediction is an article's text without furniture, for the true bodies have no headline either. No archive is made.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from assistant.article import Article
from assistant.errors import BackfileError
from eval.metrics import Estimate
from eval.runs import Record
from eval.suites.suite import Figures, Measured, NoData, Part, Published, Request, data_of
from ingest.formats import registry
from ingest.sources.files import ReadOptions, walk

NEEDS_DATA = True
HEADLINES = ("f1", "precision", "recall")

SHINGLE = 4
"""Words of a run, as in the benchmark."""

FILE = Path("formats") / "news-html-181.zip"
TRUTH = "ground-truth.json"

PUBLISHED: Figures = {
    "trafilatura": {"f1": 0.958},
    "readability-lxml": {"f1": 0.922, "precision": 0.913, "recall": 0.931},
    "newspaper3k": {"f1": 0.912, "precision": 0.917, "recall": 0.906},
}

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """A page, and what was read of it."""

    id: str
    url: str
    body: str
    """The true one."""
    article: Article | None


def measure(request: Request) -> Measured:
    """Read every page, and compare its article with the true body.

    Raises:
        BackfileError: the pages or their bodies cannot be read.
    """
    pages = list(load(data_of(request, "html_bodies") / FILE))[:: request.every]
    body = metrics([shares(page.body, page.article.body if page.article else "") for page in pages])
    whole = metrics([shares(page.body, page.article.text if page.article else "") for page in pages])
    refused = sum(page.article is None for page in pages)
    ours = {
        name: {metric: found.value for metric, found in some.items()}
        for name, some in (("Backfile", body), ("Backfile, with headlines and other furniture", whole))
    }
    return Measured(
        Part(len(pages), body),
        notes=(f"{refused:,} of the pages gave no article",),
        published=(
            Published(
                title="bodies of news pages",
                ours=ours,
                others=PUBLISHED,
                source="github.com/scrapinghub/article-extraction-benchmark",
            ),
        ),
        records=tuple(map(_record, pages)),
    )


def load(path: Path) -> Iterator[Page]:
    """Yield the pages of the benchmark, packed as one .zip, in the order of their bodies.

    Raises:
        NoData: there is no such file.
        BackfileError: it is another file.
    """
    if not path.is_file():
        raise NoData(f"cannot read {path}: give --data the folder that holds it")
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
    """Return precision and recall of the runs of words that were read; no precision (NaN) where nothing was.

    >>> shares("the sea wall gave way", "the sea wall gave")
    (1.0, 0.5)
    """
    true, given = shingles(body), shingles(read)
    common = (true & given).total()
    return common / given.total() if given else np.nan, common / true.total()


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return all runs of SHINGLE words; of a shorter text the one that it is."""
    words = _WORD.findall(text)
    runs = (tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return Counter(run for run in runs if run)


def metrics(found: Sequence[tuple[float, float]]) -> dict[str, Estimate]:
    """Return the benchmark's measures of many pages."""
    precision, recall = zip(*found, strict=True)
    return {
        "f1": Estimate.over(_f1, precision, recall),
        "precision": Estimate.over(_mean_of_read, precision),
        "recall": Estimate.of(recall),
    }


def _mean_of_read(precision: Any) -> Any:
    """The mean over the pages of which something was read."""
    return np.nansum(precision, axis=-1) / np.maximum(np.sum(~np.isnan(precision), axis=-1), 1)


def _f1(precision: Any, recall: Any) -> Any:
    mean, found = _mean_of_read(precision), np.mean(recall, axis=-1)
    either = mean + found
    return 2 * mean * found / np.where(either > 0, either, 1)


def _record(page: Page) -> Record:
    precision, recall = shares(page.body, page.article.body if page.article else "")
    both = 0.0 if np.isnan(precision) else precision
    return Record(
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

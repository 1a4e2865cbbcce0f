"""Measures whether text is lost or invented between a file and its articles.

A visible word is stored if a run of three words around it is stored. A stored run of five words that the file lacks is
invented: it was spliced from two places, or letters were read wrongly. Words that were cut at the end of a line and
joined again are found in both forms.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from assistant.article import Article
from ingest.formats import registry
from ingest.formats.entry import Entry, Unreadable, buffered
from ingest.formats.registry import Format, ParseResult
from ingest.parsing.visible import visible
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected, Skipped

STORED_RUN = 3
INVENTED_RUN = 5
"""Words of the runs that are compared."""

EXAMPLES = 20
"""Invented runs of a format that are kept."""

LEFT_OUT = 0.5
"""A record counts as left out if more than this share of its words is not stored. Its file must report as many records
as rejected or as no articles."""

_WORD = re.compile(r"\w+")
_NOT_PRINTED = re.compile("[\u00ad\u200b\u2060\ufeff]")
_HYPHENATED = re.compile(r"(?<=\w)[-\u2010\u00ad]\s*\n\s*(?=\w)")

Hashes = NDArray[np.uint64]


@dataclass
class Conservation:
    """What became of the visible words of one format."""

    files: int = 0
    words: int = 0
    stored: int = 0
    left_out: int = 0
    """Words of records that the parser reports as rejected or as no articles."""
    invented: int = 0
    """Stored runs of five words that the file lacks."""
    examples: list[str] = field(default_factory=list)
    """Some of them, each with its article's place."""

    @property
    def lost(self) -> int:
        """Words that are neither stored nor reported, such as the menus of a page."""
        return self.words - self.stored - self.left_out

    def to_json(self) -> dict[str, object]:
        """Return the counts as `python -m ingest --dry-run --conservation --json` prints them."""
        return {**vars(self), "lost": self.lost}


def measure(files: Sequence[SourceFile], options: ReadOptions) -> dict[str, Conservation]:
    """Read files and return what became of their words, by format."""
    found: dict[str, Conservation] = {}

    def read(form: Format, entry: Entry, options: ReadOptions) -> Iterator[ParseResult]:
        data = entry.stream.read()
        results: list[ParseResult] = []
        with TemporaryFile(buffering=0) as copy, buffered(copy) as stream:
            copy.write(data)
            copy.seek(0)
            try:
                results += form.parse(replace(entry, stream=stream, length=len(data)), options)
            except Unreadable as error:
                results.append(Rejected(entry.source, str(error)))
        _compare(form.name, data, results, found.setdefault(form.name, Conservation()))
        yield from results

    for file in files:
        for _ in registry.parse(file, options, read):
            pass
    return found


def _compare(form: str, data: bytes, results: Sequence[ParseResult], counts: Conservation) -> None:
    stored = [result for result in results if isinstance(result, Article)]
    reported = sum(
        result.count if isinstance(result, Skipped) else isinstance(result, Rejected) for result in results
    )
    records = visible(form, data)
    pieces = [piece for article in stored for piece in _pieces(article)]
    runs = {length: _all_runs(pieces, length) for length in (1, 2, STORED_RUN)}
    missing = Counter(dict.fromkeys(range(len(records)), 0))
    sizes = [0] * len(records)
    for n, record in enumerate(records):
        sizes[n], missing[n] = _uncovered(record, runs)
    dropped = [n for n, number in missing.most_common() if number > LEFT_OUT * sizes[n]][:reported]
    left_out = sum(missing[n] for n in dropped)
    counts.files += 1
    counts.words += sum(sizes)
    counts.left_out += left_out
    counts.stored += sum(sizes) - missing.total()
    printed = ["\n".join(record) for record in records]
    _find_invented(stored, [*printed, *(_HYPHENATED.sub("", text) for text in printed)], counts)


def _pieces(article: Article) -> Iterator[str]:
    """Yield what is stored of an article."""
    yield from (article.title, *article.text.split("\n\n"), *article.authors, *article.keywords)
    yield from filter(
        None,
        (
            article.outlet,
            article.place,
            article.section,
            article.published.iso,
            article.updated.iso,
            article.language,
            article.url,
        ),
    )


def _uncovered(record: Sequence[str], runs: dict[int, Hashes]) -> tuple[int, int]:
    """Return the number of a record's words, and of those that are not stored."""
    words = missing = 0
    for piece in record:
        hashes = _hashes(_words(piece))
        length = min(len(hashes), STORED_RUN)
        if not length:
            continue
        covered = np.zeros(len(hashes), bool)
        found = _are_among(_runs(hashes, length), runs[length])
        for shift in range(length):
            covered[shift : shift + len(found)] |= found
        words += len(hashes)
        missing += int((~covered).sum())
    return words, missing


def _find_invented(stored: Sequence[Article], printed: Sequence[str], counts: Conservation) -> None:
    """Count the runs of stored words that no printed text has."""
    source = _all_runs(printed, INVENTED_RUN)
    for article in stored:
        for paragraph in article.text.split("\n\n"):
            words = _words(paragraph)
            lacking = np.flatnonzero(~_are_among(_runs(_hashes(words), INVENTED_RUN), source))
            counts.invented += len(lacking)
            for first in lacking[:1] if len(counts.examples) < EXAMPLES else ():
                counts.examples.append(f"{article.source}: {' '.join(words[first : first + INVENTED_RUN])}")


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", _NOT_PRINTED.sub("", text)).casefold())


def _hashes(words: Sequence[str]) -> Hashes:
    return np.fromiter((hash(word) & 0xFFFFFFFFFFFFFFFF for word in words), np.uint64, len(words))


def _runs(hashes: Hashes, length: int) -> Hashes:
    """Return a number for each run of `length` words; equal runs have equal numbers."""
    count = max(len(hashes) - length + 1, 0)
    found = np.zeros(count, np.uint64)
    for shift in range(length):
        found = found * np.uint64(0x9E3779B97F4A7C15) + hashes[shift : shift + count]
    return found


def _are_among(some: Hashes, ordered: Hashes) -> NDArray[np.bool_]:
    """Return for each number whether it is among `ordered` ones. `np.isin` would sort these again for each piece."""
    if not len(ordered):
        return np.zeros(len(some), bool)
    found: NDArray[np.bool_] = ordered[np.searchsorted(ordered, some).clip(max=len(ordered) - 1)] == some
    return found


def _all_runs(texts: Sequence[str], length: int) -> Hashes:
    """Return the numbers of all runs within each of the texts, ascending."""
    found = [_runs(_hashes(_words(text)), length) for text in texts]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)

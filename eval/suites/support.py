"""Support: does the check of a chat model's sentences tell supported from unsupported ones?

The pairs of a sentence and a passage are made from the sample's articles and, with `--data`, from NewsQA's stories: see
`support_pairs`. Also with `--data`, there are three sets that people judged: QAGS (Wang et al., ACL 2020), sentences of
news summaries beside their article; WiCE (Kamoi et al., EMNLP 2023), Wikipedia's claims beside sentences of their
sources, where partial support counts as none; and AttributionBench (Li et al., ACL Findings 2024), claims beside
references. The files are those of `support` below `--data`.

Each metric is the share of sentences that are flagged: by `code` alone, and by code or a judge, which is the encoder,
the reader, or the cross-encoder of BACKFILE_CHECKER. A part for "true" or "supported" sentences should have 0, the
others 1. `right` is the share of sentences that are rightly flagged or rightly not. For the sets that people judged,
`balanced accuracy` is the mean of the share of supported sentences that pass and of the others that are flagged.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.archive.catalog import Catalog
from assistant.archive.folder import archive_folder
from assistant.article import Article, Passage, Source
from assistant.evidence.reader.reader import Reader
from assistant.evidence.support.checker import SourceText, SupportChecker
from assistant.evidence.support.judges import Judge, cross_encoder_judge, encoder_judge
from assistant.json_object import JsonObject
from assistant.models.configured_encoder import open_encoder
from assistant.query import RetrievedPassage
from eval.gold.sample import with_sample
from eval.metrics import Estimate
from eval.runs import QuestionRecord
from eval.suites import squad
from eval.suites.benchmark_files import read_jsonl
from eval.suites.protocol import MetricSummary, SuiteOptions, SuiteResult
from eval.suites.support_pairs import TRUE, retrieved, support_pairs
from ingest.parsing.passages import PassageBuilder

NEEDS_DATA = False
HEADLINES = ("code", "encoder", "reader", "checker")

EACH = 40
"""Pairs of each kind, from the sample and from NewsQA each."""
SUPPORTED, UNSUPPORTED = "supported", "not supported"

LEAST_READING = -4.5
"""Least score, in nats, of the reader's best answer to a claim."""


@dataclass(frozen=True)
class JudgedSentence:
    """A sentence, the passages beside it, and whether they support it."""

    part: str
    """The set and the kind of the sentence."""
    sentence: str
    found: tuple[RetrievedPassage, ...]
    supported: bool


def measure(options: SuiteOptions) -> SuiteResult:
    """Check every sentence.

    Raises:
        BackfileError: the sample cannot be read, or a file of the data is broken.
    """
    encoder = open_encoder(options.settings)
    builder = PassageBuilder(encoder)
    sentences = list(_made("sample", _sample_passages(options, builder)))
    if options.data is not None:
        sentences += _made("newsqa", _newsqa_passages(options.data, builder))
        sentences += _judged(options.data / "support")
    reader = Reader.open()
    judges: dict[str, Judge] = {"encoder": encoder_judge(encoder)}
    if reader is not None:
        judges["reader"] = reader_judge(reader)
    if options.settings.checker:
        judges["checker"] = cross_encoder_judge(options.settings.checker)
    records = [
        _record(n, each, judges)
        for n, each in enumerate(tqdm(sentences[:: options.every], disable=None), start=1)
    ]
    by_kind: dict[str, list[QuestionRecord]] = defaultdict(list)
    for record in records:
        by_kind[record.kind].append(record)
    overall = {
        f"right, {name}": Estimate.of([record.scores[f"right, {name}"] for record in records])
        for name in ("code", *judges)
    }
    parts = {kind: _flagged(some, ("code", *judges)) for kind, some in by_kind.items()}
    for kind in list(by_kind):
        name, _, supported = kind.partition(": ")
        both = [*by_kind[kind], *by_kind.get(f"{name}: {UNSUPPORTED}", [])]
        if supported == SUPPORTED and len(both) > len(by_kind[kind]):
            parts[f"{name}: balanced accuracy"] = _balanced(both, ("code", *judges))
    return SuiteResult(MetricSummary(len(records), overall), parts, records=tuple(records))


def reader_judge(reader: Reader) -> Judge:
    """Return a judge that asks the reader the claim as if it were a question, for which it is not trained."""

    def judge(claim: str, sentences: Sequence[str]) -> float:
        readings = reader.read(claim, [("", " ".join(sentences))]) if sentences else []
        return max((reading.score for reading in readings), default=LEAST_READING - 1) - LEAST_READING

    return judge


def _flagged(records: Sequence[QuestionRecord], names: Sequence[str]) -> MetricSummary:
    return MetricSummary(
        len(records), {name: Estimate.of([record.scores[name] for record in records]) for name in names}
    )


def _balanced(records: Sequence[QuestionRecord], names: Sequence[str]) -> MetricSummary:
    supported = [float(record.expected == (SUPPORTED,)) for record in records]
    return MetricSummary(
        len(records),
        {
            name: Estimate.over(balanced_accuracy, [record.scores[name] for record in records], supported)
            for name in names
        },
    )


def balanced_accuracy(flagged: NDArray[np.float64], supported: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of two shares: of supported sentences that pass, and of the others that are flagged.

    Arrays have the shape (samples, sentences).

    >>> balanced_accuracy(np.array([[0.0, 1.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 0.0, 0.0]]))
    array([0.75])
    """
    unsupported = 1 - supported
    passed = ((1 - flagged) * supported).sum(axis=-1) / supported.sum(axis=-1).clip(1)
    caught = (flagged * unsupported).sum(axis=-1) / unsupported.sum(axis=-1).clip(1)
    return np.asarray((passed + caught) / 2)


def _record(number: int, each: JudgedSentence, judges: Mapping[str, Judge]) -> QuestionRecord:
    """Return what code and the judges find in a sentence."""
    sources = [SourceText(found) for found in each.found]
    objections = SupportChecker().objections(each.sentence, sources)
    scores = {"code": float(bool(objections))}
    nearest = SupportChecker.nearest(each.sentence, sources)
    for name, judge in judges.items():
        scores[name] = float(bool(objections) or judge(each.sentence, nearest) < 0)
    right = {f"right, {name}": 1 - flagged if each.supported else flagged for name, flagged in scores.items()}
    return QuestionRecord(
        id=f"support {number}",
        kind=each.part,
        question=each.sentence,
        scores={**scores, **right},
        answer="; ".join(f"{objection.kind}: {objection.words}" for objection in objections),
        expected=(SUPPORTED if each.supported else UNSUPPORTED,),
    )


def _made(name: str, passages: Sequence[RetrievedPassage]) -> Iterator[JudgedSentence]:
    for pair in support_pairs(passages, each=EACH):
        yield JudgedSentence(f"{name}: {pair.kind}", pair.sentence, (pair.found,), pair.kind.startswith(TRUE))


def _sample_passages(options: SuiteOptions, builder: PassageBuilder) -> list[RetrievedPassage]:
    settings = with_sample(options.settings)
    with closing(Catalog.open(archive_folder(settings).catalog)) as catalog:
        articles = list(catalog.articles())
    return [retrieved(article, passage) for article in articles for passage in builder.build(article)]


def _newsqa_passages(data: Path, builder: PassageBuilder) -> list[RetrievedPassage]:
    stories = dict.fromkeys(question.context for question in squad.load(data / "newsqa" / "stories.json"))
    found = []
    for number, story in enumerate(stories):
        text = re.sub(r"^.{0,80}?\(CNN\) -- ", "", re.sub(r"\n\n+", "\n\n", story))
        article = Article(title="", text=text, source=f"newsqa {number}")
        found += [retrieved(article, passage) for passage in builder.build(article)]
    return found


def _judged(folder: Path) -> Iterator[JudgedSentence]:
    """Yield the sentences that people judged."""
    for name in ("qags-cnndm", "qags-xsum"):
        for rows in read_jsonl(folder / f"{name}.jsonl", partial(_qags, name), "a QAGS summary"):
            yield from rows
    yield from read_jsonl(folder / "wice-claim-dev.jsonl.gz", _wice, "a WiCE claim")
    yield from read_jsonl(
        folder / "attributionbench-dev.jsonl.gz", _attributionbench, "an AttributionBench claim"
    )


def _qags(name: str, row: JsonObject) -> list[JudgedSentence]:
    found = []
    for each in row["summary_sentences"]:
        votes = [response["response"] == "yes" for response in each["responses"]]
        found.append(_sentence(name, each["sentence"], [row["article"]], 2 * sum(votes) > len(votes)))
    return found


def _wice(row: JsonObject) -> JudgedSentence:
    return _sentence("wice", row["claim"], [" ".join(row["evidence"])], row["label"] == "supported")


def _attributionbench(row: JsonObject) -> JudgedSentence:
    supported = row["attribution_label"] == "attributable"
    return _sentence("attributionbench", row["claim"], row["references"], supported)


def _sentence(name: str, sentence: str, texts: Sequence[str], supported: bool) -> JudgedSentence:
    found = tuple(
        RetrievedPassage(
            passage=Passage(f"{name} {n}", 1, 0, len(text), text),
            source=Source(title="", outlet=None, published=None, url=None),
            score=0.0,
            similarity=0.0,
        )
        for n, text in enumerate(texts)
    )
    return JudgedSentence(f"{name}: {SUPPORTED if supported else UNSUPPORTED}", sentence, found, supported)

"""Data sets in SQuAD's format, 1.1 and 2.0 (Rajpurkar et al., EMNLP 2016 and ACL 2018): the reader in one paragraph.

`--data` is a file (`.json` or `.json.gz`), a folder of such files, or a folder with one named `squad`; each file is a
part. If a file has unanswerable questions, the reader abstains below a score of 0, and `em` and `f1` are those of
SQuAD 2.0. `auroc` shows how well the score separates the two kinds, at any threshold.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.errors import BackfileError
from assistant.evidence.reader.reader import Reader
from assistant.json_object import JsonObject
from eval.metrics import Estimate, best, squad_exact_match, squad_f1
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import DataNotFound, describe_error, read_data
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    require_data_folder,
    require_reader,
)

NEEDS_DATA = True
HEADLINES = ("em", "f1", "em, answerable", "f1, answerable", "auroc")

TRAINED_ON = (
    "dev-v1.1",
    "dev-v2.0",
    "new_wiki_v1.0",
    "reddit_v1.0",
    "amazon_reviews_v1.0",
    "oodomain",
)
"""Prefixes of the names of files that the reader was mostly trained on; docs/reader.md lists them."""

PUBLISHED: Mapping[str, SystemFigures] = {
    "dev-v1.1": {"deepset/tinyroberta-squad2": {"em": 0.8386, "f1": 0.9075}},
    "dev-v2.0": {
        "deepset/minilm-uncased-squad2": {"em": 0.7619, "f1": 0.7955},
        "deepset/tinyroberta-squad2": {"em": 0.7886, "f1": 0.8204},
        "deepset/roberta-base-squad2-distilled": {"em": 0.8086, "f1": 0.8401},
    },
    "new_wiki_v1.0": {
        "SpanBERT": {"em": 0.835, "f1": 0.923},
        "BERT-base": {"em": 0.793, "f1": 0.887},
        "BiDAF": {"em": 0.647, "f1": 0.765},
    },
    "nyt_v1.0": {
        "SpanBERT": {"em": 0.853, "f1": 0.924},
        "BERT-base": {"em": 0.805, "f1": 0.883},
        "BiDAF": {"em": 0.633, "f1": 0.738},
    },
    "reddit_v1.0": {
        "SpanBERT": {"em": 0.733, "f1": 0.854},
        "BERT-base": {"em": 0.654, "f1": 0.781},
        "BiDAF": {"em": 0.444, "f1": 0.596},
    },
    "amazon_reviews_v1.0": {
        "SpanBERT": {"em": 0.706, "f1": 0.848},
        "BERT-base": {"em": 0.623, "f1": 0.771},
        "BiDAF": {"em": 0.398, "f1": 0.562},
    },
}
"""By file name without endings: for SQuAD the models' cards, for the others SQuADShifts' own results."""


@dataclass(frozen=True)
class GoldAnswer:
    """An accepted answer."""

    start: int
    """Its offset in the text, in code points."""
    text: str


@dataclass(frozen=True)
class SquadQuestion:
    """A question about a text."""

    id: str
    text: str
    title: str
    """The article's title; empty if it is only the beginning of the text."""
    context: str
    answers: tuple[GoldAnswer, ...]
    """Empty for an unanswerable question, and for one whose answers are not published."""
    impossible: bool
    """Whether the set marks the question as unanswerable from the text."""

    @property
    def judged(self) -> bool:
        """Whether the right answer is known: the test parts of some sets do not publish it."""
        return self.impossible or bool(self.answers)


@dataclass(frozen=True)
class ReaderAnswer:
    """The reader's answer to a question."""

    question: SquadQuestion
    answer: str
    """The best span, even if its score is below 0."""
    score: float
    """Score of the span in nats; 0 means "no answer"."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Answer every question from its own paragraph.

    Raises:
        BackfileError: a file is missing or not in SQuAD's format, or the reader's weights are not installed.
    """
    by_file = {part_name(path): load(path) for path in files(require_data_folder(options, "squad"))}
    every = [(file, question) for file, some in by_file.items() for question in some]
    asked = [(file, question) for file, question in every if question.judged][:: options.every]
    if not asked:
        raise BackfileError(
            f"no question in {', '.join(by_file)} has a published answer: give a part with answers"
        )
    kept_back = Counter(file for file, question in every if not question.judged)
    reader = require_reader()
    answers = [(file, read(reader, question)) for file, question in tqdm(asked, disable=None)]
    parts = {file: summarize([o for at, o in answers if at == file]) for file in dict(answers)}
    return SuiteResult(
        overall=summarize([answer for _, answer in answers]),
        parts=parts,
        notes=(
            *(f"{file}: {count:,} questions have no published answer" for file, count in kept_back.items()),
            *(
                f"{file}: the reader was mostly trained on this file, so its figures show how well it remembers"
                for file in parts
                if file.startswith(TRAINED_ON)
            ),
        ),
        records=tuple(
            record(file, each, may_abstain="auroc" in parts[file].metrics) for file, each in answers
        ),
        published=tuple(_published(file, some) for file, some in parts.items() if file in PUBLISHED),
    )


def files(data: Path) -> list[Path]:
    """Return the given file, or all files of a folder.

    Raises:
        DataNotFound: there is none.
    """
    if data.is_file():
        return [data]
    folder = data / "squad" if (data / "squad").is_dir() else data
    found = sorted(path for path in folder.glob("*.json*") if path.name.endswith((".json", ".json.gz")))
    if not found:
        raise DataNotFound(
            f"{folder} holds no .json or .json.gz: give --data a file in SQuAD's format, or a folder of them"
        )
    return found


def part_name(path: Path) -> str:
    """Return the name of a file's part: the file name without endings.

    >>> part_name(Path("squad/dev-v2.0.json.gz"))
    'dev-v2.0'
    """
    return path.name.removesuffix(".gz").removesuffix(".json")


def load(path: Path) -> list[SquadQuestion]:
    """Read a file in SQuAD's format.

    Raises:
        BackfileError: it is missing or something else; names the file, the line or place, and the remedy.
    """
    try:
        content = json.loads(read_data(path))
    except json.JSONDecodeError as error:
        raise BackfileError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}): get the file again"
        ) from error
    found = list(_questions(path, content))
    if not found:
        raise BackfileError(f"{path} holds no question: get the file again")
    return found


def _questions(path: Path, content: Any) -> Iterator[SquadQuestion]:
    at = ""
    try:
        for a, article in enumerate(content["data"]):
            for p, paragraph in enumerate(article["paragraphs"]):
                for q, asked in enumerate(paragraph["qas"]):
                    at = f", data[{a}].paragraphs[{p}].qas[{q}]"
                    yield _question(article.get("title"), paragraph["context"], asked)
                at = f", data[{a}].paragraphs[{p}]"
            at = f", data[{a}]"
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BackfileError(
            f"{path}{at or ', at its beginning'}, is not in SQuAD's format ({describe_error(error)}): "
            "give a file of data → paragraphs → context and qas → id, question and answers, or get it again"
        ) from error


def _question(title: Any, context: str, asked: JsonObject) -> SquadQuestion:
    impossible = bool(asked.get("is_impossible"))
    answers = () if impossible else asked["answers"]
    golds = tuple(GoldAnswer(int(answer["answer_start"]), str(answer["text"])) for answer in answers)
    if not isinstance(context, str) or not isinstance(asked["question"], str):
        raise TypeError("context and question must be text")
    heading = str(title or "").replace("_", " ").strip()
    telling = any(letter.isalpha() for letter in heading) and not context.strip().startswith(heading)
    title = heading if telling else ""
    return SquadQuestion(str(asked["id"]), asked["question"].strip(), title, context, golds, impossible)


def read(reader: Reader, question: SquadQuestion) -> ReaderAnswer:
    """Let the reader answer a question from its text."""
    heading = f"{question.title}." if question.title else ""
    readings = reader.read(question.text, [(heading, question.context)])
    if not readings:
        return ReaderAnswer(question, "", float("-inf"))
    top = max(readings, key=lambda reading: reading.score)
    return ReaderAnswer(question, question.context[slice(*top.answer)], top.score)


def summarize(answers: Sequence[ReaderAnswer]) -> MetricSummary:
    """Return the metrics of some answers; those that do not apply are left out."""
    answerable = [answer for answer in answers if answer.question.answers]
    mixed = len(answerable) < len(answers)
    found = {
        "em": Estimate.of([_scored(squad_exact_match, each, may_abstain=mixed) for each in answers]),
        "f1": Estimate.of([_scored(squad_f1, each, may_abstain=mixed) for each in answers]),
    }
    if mixed and answerable:
        found["em, answerable"] = Estimate.of(
            [_scored(squad_exact_match, each, may_abstain=False) for each in answerable]
        )
        found["f1, answerable"] = Estimate.of(
            [_scored(squad_f1, each, may_abstain=False) for each in answerable]
        )
        found["auroc"] = Estimate.over(
            auroc,
            [answer.score for answer in answers],
            [float(bool(answer.question.answers)) for answer in answers],
        )
    return MetricSummary(len(answers), found)


def record(file: str, answer: ReaderAnswer, *, may_abstain: bool) -> QuestionRecord:
    """Return the record of an answer; `may_abstain` says whether its file has unanswerable questions."""
    question = answer.question
    return QuestionRecord(
        id=f"{file} {question.id}",
        kind=file,
        question=question.text,
        scores={
            "em": _scored(squad_exact_match, answer, may_abstain=may_abstain),
            "f1": _scored(squad_f1, answer, may_abstain=may_abstain),
        },
        abstained=may_abstain and answer.score < 0,
        answer=answer.answer,
        short=answer.answer,
        expected=tuple(dict.fromkeys(gold.text for gold in question.answers)),
    )


def auroc(scores: NDArray[np.float64], answerable: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance that an answerable question scores above an unanswerable one; ties count half.

    Both arrays have the shape (samples, questions). A sample of only one kind gives .5 (Fawcett, PRL 2006).

    >>> auroc(np.array([[3.0, 1.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 0.0, 0.0]]))
    array([0.875])
    """
    found = np.full(len(scores), 0.5)
    for sample, (score, kind) in enumerate(zip(scores, answerable > 0, strict=True)):
        with_answer, without = score[kind], np.sort(score[~kind])
        if with_answer.size and without.size:
            below = np.searchsorted(without, with_answer, "left") + np.searchsorted(
                without, with_answer, "right"
            )
            found[sample] = below.mean() / 2 / without.size
    return found


def _scored(metric: Callable[[str, str], float], answer: ReaderAnswer, *, may_abstain: bool) -> float:
    """Return a score as SQuAD 2.0's script does: no answer is right where there is none."""
    text = "" if may_abstain and answer.score < 0 else answer.answer
    return best(metric, text, [gold.text for gold in answer.question.answers] or [""])


def _published(file: str, found: MetricSummary) -> PublishedComparison:
    return PublishedComparison(
        title=file,
        ours={"Backfile's reader": {metric: found.metrics[metric].value for metric in ("em", "f1")}},
        others=PUBLISHED[file],
        source="the models' cards" if file.startswith("dev") else "SQuADShifts (Miller et al., ICML 2020)",
    )

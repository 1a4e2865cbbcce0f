"""Follow-ups of CANARD (Elgohary et al., EMNLP 2019) and TREC CAsT 2019 and 2020 (Dalton et al.), searched.

These sets are for rewriting a follow-up into a question that stands alone. Backfile rewrites nothing, so what counts is
what each wording finds: the bare follow-up, what Backfile searches for given the conversation (`history`), and the
rewrite by a person (`human`); CAsT 2020 has one by a model, too (`model`). "gap closed" is the share of the way from
bare to human that history goes, by MRR@10, where there is a way to go.

The texts that answer, Wikipedia and MS MARCO, are not part of the sets, so pools are made of what is:

* `canard`: the answers in the histories, each an article headed by its page and section. Right is the answer given in
  this turn; "I don't know." is no text. The answers before it, which the questions before it draw in, are distractors.
  `what was answered_before left out` takes them out of what every way found, as CAsT's pools are without the turns before.
* `cast 2019`, `cast 2020`: the human rewrites themselves, without those of turns before. Right is the turn's own, so
  `human` finds it by construction, and most bare follow-ups share enough words with theirs to find it, too: these sets
  say whether history leads astray, and hardly what it gains.

`topic hit@1` asks only for a text of the same conversation. Files are those of the sets' repositories, in `follow_ups`
below `--data`, their names prefixed or not: `canard*.jsonl.gz`, `*evaluation_topics_v1.0.json` with
`*evaluation_topics_annotated_resolved_v1.0.tsv`, and `*2020_manual_evaluation_topics_v1.0.json`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.answer import Exchange
from assistant.errors import BackfileError
from assistant.question.followups import Readings, readings
from eval.metrics import Estimate, hit, reciprocal_rank
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import DataNotFound, describe_error, read_data, read_jsonl, read_lines
from eval.suites.corpus import Corpus, Text, article_id, articles
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    mean_scores,
    require_data_folder,
)

NEEDS_DATA = True
HEADLINES = (
    "bare MRR@10",
    "history MRR@10",
    "human MRR@10",
    "gap closed",
    "bare topic hit@1",
    "history topic hit@1",
    "human topic hit@1",
)
CUT = 10
UNANSWERED = "I don't know."

SMALLEST_GAP = 0.05
"""Difference of human and bare, in MRR, below which there is none to close: a share of less would be chance."""

MTRAG = {
    "MTRAG (R@5), BM25": {"bare hit@5": 0.20, "human hit@5": 0.25},
    "MTRAG (R@5), BGE-base": {"bare hit@5": 0.30, "human hit@5": 0.37},
    "MTRAG (R@5), Elser": {"bare hit@5": 0.49, "human hit@5": 0.52},
}


@dataclass(frozen=True)
class Turn:
    """A follow-up."""

    question: str
    history: tuple[Exchange, ...]
    rewrites: Mapping[str, str]
    """Questions that stand alone, by who wrote them."""
    wanted: str
    """Id of the text that answers it."""
    topic: frozenset[str]
    """Ids of all texts of its conversation."""
    excluded: frozenset[str] = frozenset()
    """Ids of texts that are left out of what was found."""
    answered_before: frozenset[str] = frozenset()
    """Ids of the texts that answered the turns before."""

    def ways(self) -> dict[str, Readings]:
        """What is searched for, by the name of the way."""
        rewritten = {way: {text: 1.0} for way, text in self.rewrites.items()}
        history = readings(self.question, self.history)
        return {"bare": {self.question: 1.0}, "history": history, **rewritten}


@dataclass(frozen=True)
class ConversationSet:
    """A set: its follow-ups, and the texts that are searched for them."""

    name: str
    turns: Sequence[Turn]
    pool: Sequence[Text]
    about: str
    """What the pool is."""


@dataclass(frozen=True)
class TurnResult:
    """What each way of asking a follow-up found."""

    turn: Turn
    ranked: Mapping[str, Sequence[str]]
    """Articles, best first."""


def measure(request: SuiteOptions) -> SuiteResult:
    """Search for every follow-up of the sets that are there.

    Raises:
        BackfileError: none is there, or a file is broken.
    """
    by_set: dict[str, list[TurnResult]] = {}
    notes, records = [], []
    for found in load(require_data_folder(request, "follow_ups")):
        with Corpus.opened(
            f"follow-ups-{found.name.replace(' ', '-')}", found.pool, request.settings
        ) as pool:
            # Turns have no name that all sets give them.
            turns = list(enumerate(found.turns, start=1))[:: request.every]
            numbered = [(n, run(pool, turn)) for n, turn in tqdm(turns, desc=found.name, disable=None)]
            by_set[found.name] = [result for _, result in numbered]
            records += [record(found.name, n, result) for n, result in numbered]
            notes.append(f"{found.name}: pool of {pool}: {found.about}")
    parts = {name: summarize(results) for name, results in by_set.items()}
    for name, results in by_set.items():
        if any(result.turn.answered_before for result in results):
            parts[f"{name}, what was answered_before left out"] = summarize(
                list(map(without_earlier_answers, results))
            )
    overall = summarize([result for results in by_set.values() for result in results])
    return SuiteResult(
        overall, parts, notes=tuple(notes), records=tuple(records), published=(published_comparison(parts),)
    )


def run(pool: Corpus, turn: Turn) -> TurnResult:
    """Search for one follow-up in every way."""
    ways = turn.ways().items()
    found = {way: articles(pool.search(next(iter(read)), readings=read)) for way, read in ways}
    return TurnResult(turn, _without(turn.excluded, found))


def without_earlier_answers(result: TurnResult) -> TurnResult:
    """Return an result as if nobody looked at what answered the turns before."""
    return replace(result, ranked=_without(result.turn.answered_before, result.ranked))


def _without(texts: Iterable[str], ranked: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    left_out = set(map(article_id, texts))
    return {way: [id for id in ids if id not in left_out] for way, ids in ranked.items()}


def summarize(results: Sequence[TurnResult]) -> MetricSummary:
    """Measure some results; a way that not all of them have is left out."""
    every = list(map(scores, results))
    shared = [name for name in every[0] if all(name in some for some in every)]
    found = mean_scores({name: some[name] for name in shared} for some in every)
    ways = [way for way in results[0].ranked if f"{way} MRR@{CUT}" in found]
    ranks = {way: [some[f"{way} MRR@{CUT}"] for some in every] for way in ways}
    for way in ("history", "model"):
        if way in ranks and np.mean(ranks["human"]) - np.mean(ranks["bare"]) >= SMALLEST_GAP:
            name = "gap closed" if way == "history" else f"gap closed, {way}"
            found[name] = Estimate.over(gap_closed, ranks["bare"], ranks[way], ranks["human"])
    return MetricSummary(len(results), found)


def scores(result: TurnResult) -> dict[str, float]:
    """Return what each way of asking one follow-up scores."""
    found = {}
    wanted, topic = {article_id(result.turn.wanted)}, set(map(article_id, result.turn.topic))
    for way, ranked in result.ranked.items():
        found[f"{way} hit@1"] = hit(ranked, wanted, 1)
        found[f"{way} hit@5"] = hit(ranked, wanted, 5)
        found[f"{way} MRR@{CUT}"] = reciprocal_rank(ranked, wanted, CUT)
        found[f"{way} topic hit@1"] = hit(ranked, topic, 1)
    return found


def record(name: str, number: int, result: TurnResult) -> QuestionRecord:
    """Return what is kept of an result."""
    turn = result.turn
    return QuestionRecord(
        id=f"{name} {number}",
        kind=name,
        question=turn.question,
        scores=scores(result),
        asked=tuple(f"after: {each.question}" for each in turn.history),
        expected=tuple(f"{way}: {text}" for way, text in turn.rewrites.items()),
    )


def gap_closed(
    bare: NDArray[np.float64], way: NDArray[np.float64], human: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of the way from bare to human that a way goes, of arrays of shape (samples, questions).

    >>> gap_closed(np.array([[0.0, 0.5]]), np.array([[0.5, 0.5]]), np.array([[1.0, 0.5]]))
    array([0.5])
    """
    gap = human.mean(axis=-1) - bare.mean(axis=-1)
    # A sample without a gap has none to close.
    gone = way.mean(axis=-1) - bare.mean(axis=-1)
    return np.asarray(np.divide(gone, gap, out=np.zeros(len(gap)), where=gap > 0))


def load(data: Path) -> list[ConversationSet]:
    """Read the sets that are in `follow_ups` below `data`.

    Raises:
        DataNotFound: there is none.
        BackfileError: a file is broken; names the place and the remedy.
    """
    folder = data / "follow_ups"
    found = [_canard(path) for path in sorted(folder.glob("canard*.jsonl*"))]
    for path in sorted(folder.glob("*evaluation_topics_v1.0.json")):
        of_2020 = "2020_manual" in path.name
        found.append(_cast_2020(path) if of_2020 else _cast_2019(path))
    if not found:
        raise DataNotFound(
            f"{folder} holds neither CANARD (canard*.jsonl.gz) nor CAsT (*evaluation_topics_v1.0.json): "
            "give --data the folder above one that does"
        )
    return found


def _canard(path: Path) -> ConversationSet:
    def made(row: dict[str, Any]) -> dict[str, Any]:
        if len(row["History"]) < 2 or not isinstance(row["Question_no"], int):
            raise ValueError("History must begin with page and section, and Question_no be a number")
        if not all(isinstance(text, str) for text in (*row["History"], row["Question"], row["Rewrite"])):
            raise TypeError("History, Question and Rewrite must be text")
        return {**row, "id": str(row["QuAC_dialog_id"])}

    form = '{"QuAC_dialog_id": …, "Question_no": …, "History": […], "Question": …, "Rewrite": …}'
    dialogues: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_jsonl(path, made, form):
        dialogues[row["id"]].append(row)
    turns: list[Turn] = []
    pool: list[Text] = []
    for id, rows in dialogues.items():
        # What a turn was answered stands in the histories of those after it.
        page, section, *said = max((row["History"] for row in rows), key=len)
        answers = {
            f"{id} {number}": answer
            for number, answer in enumerate(said[1::2], start=1)
            if answer.strip() != UNANSWERED
        }
        pool += [Text(key, answer, f"{page}: {section}") for key, answer in answers.items()]
        for row in sorted(rows, key=lambda row: row["Question_no"]):
            wanted = f"{id} {row['Question_no']}"
            before = row["History"][2:]
            if before and wanted in answers:
                history = tuple(map(Exchange, before[::2], before[1::2]))
                rewrites = {"human": row["Rewrite"]}
                answered_before = {f"{id} {number}" for number in range(1, row["Question_no"])} & set(answers)
                turns.append(
                    Turn(
                        row["Question"],
                        history,
                        rewrites,
                        wanted,
                        frozenset(answers),
                        answered_before=frozenset(answered_before),
                    )
                )
    if not turns:
        raise BackfileError(f"{path} holds no follow-up with its answer: get the file again")
    return ConversationSet("canard", turns, pool, "the answers in the histories, headed by page and section")


def _cast_2019(path: Path) -> ConversationSet:
    published_comparison = path.name.replace("topics_v1.0.json", "topics_annotated_resolved_v1.0.tsv")
    resolved = {}
    for number, line in enumerate(read_lines(path.with_name(published_comparison)), start=1):
        id, tab, text = line.partition("\t")
        if line.strip() and not (tab and text.strip()):
            raise BackfileError(
                f"{path.with_name(published_comparison)}, line {number}: there is no tab with a question after it; each line must "
                "be the turn's number, as 31_1, a tab and the question: mend it, or get the file again"
            )
        resolved[id] = text.strip()

    def rewrites(topic: Any, turn: Mapping[str, Any]) -> dict[str, str]:
        return {"human": resolved[f"{topic}_{turn['number']}"]}

    return _cast("cast 2019", path, rewrites)


def _cast_2020(path: Path) -> ConversationSet:
    def rewrites(_topic: Any, turn: Mapping[str, Any]) -> dict[str, str]:
        return {
            "human": turn["manual_rewritten_utterance"].strip(),
            "model": turn["automatic_rewritten_utterance"].strip(),
        }

    return _cast("cast 2020", path, rewrites)


def _cast(
    name: str, path: Path, rewrites: Callable[[Any, Mapping[str, Any]], dict[str, str]]
) -> ConversationSet:
    try:
        topics = json.loads(read_data(path))
    except json.JSONDecodeError as error:
        raise BackfileError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}): get the file again"
        ) from error
    turns: list[Turn] = []
    pool: dict[str, Text] = {}
    at = ""
    try:
        for topic in topics:
            history: list[Exchange] = []
            asked = []
            for turn in topic["turn"]:
                at = f", topic {topic['number']}, turn {turn.get('number')}"
                question = turn["raw_utterance"].strip()
                found = rewrites(topic["number"], turn)
                # Texts that are the same but for their case are copies to an archive: one stands for all.
                id = found["human"].casefold()
                pool.setdefault(id, Text(id, found["human"]))
                asked.append((question, tuple(history), found, id))
                history.append(Exchange(question, ""))
            ids = frozenset(id for *_, id in asked)
            turns += [
                Turn(*each, ids, frozenset(id for *_, id in asked[:number]) - {each[-1]})
                for number, each in enumerate(asked)
                if number
            ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BackfileError(
            f"{path}{at or ', at its beginning'}, is not as CAsT has it ({describe_error(error)}): get the file again"
        ) from error
    if not turns:
        raise BackfileError(f"{path} holds no follow-up: get the file again")
    return ConversationSet(name, turns, list(pool.values()), "the human rewrites of all turns")


def published_comparison(parts: Mapping[str, MetricSummary]) -> PublishedComparison:
    """Return the figures of the sets published_comparison MTRAG's."""
    metrics = ("bare hit@5", "history hit@5", "human hit@5")
    ours = {
        f"Backfile, {name}": {metric: found.metrics[metric].value for metric in metrics}
        for name, found in parts.items()
    }
    return PublishedComparison(
        title="first five, bare follow-up and human rewrite",
        ours=ours,
        others=MTRAG,
        source="MTRAG (Katsis et al., TACL 2025)",
        differs="other conversations and passages: only the distance between the columns compares",
    )

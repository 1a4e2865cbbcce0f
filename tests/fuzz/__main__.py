"""`python -m tests.fuzz`: run the targets one after another, and stop at the first finding."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import gather
from tests.fuzz.soundness import LONGEST
from tests.fuzz.targets import CACHE, FINDINGS, ROOT, SEEDS, TARGETS, XML, seconds

MEMORY = 1_024
"""Maximum MB of a process. The parsers take 200, and unpacking an .xz may take 256."""

HANGING = 120
"""Seconds after which a file is aborted, however busy the machine is; soundness.py limits processor time."""


def main() -> int:
    """Return 0, or 1 if a target found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, help="for each; default: 120, and 600 for some")
    parser.add_argument("--seeds", type=Path, action="append", default=[], help="a folder of further seeds")
    args = parser.parse_args()
    if unknown := set(args.targets).difference(TARGETS):
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    gather(args.seeds)
    return 0 if all(run(target, args.seconds or seconds(target)) for target in args.targets or TARGETS) else 1


def run(target: str, limit: int) -> bool:
    """Run a target, and return whether it found nothing."""
    print(f"{target}: {limit} seconds", flush=True)
    kept = CACHE / target
    corpus = kept / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    known = set(kept.iterdir())
    seeds = [SEEDS / name for name in (target, *(XML if target == "xml" else ()))]
    flags = [
        f"-max_total_time={limit}",
        f"-max_len={LONGEST}",
        f"-rss_limit_mb={MEMORY}",
        f"-timeout={HANGING}",
        f"-artifact_prefix={kept}/",
        "-print_final_stats=1",
    ]
    with tempfile.TemporaryDirectory() as folder:
        program = [sys.executable, "-m", "tests.fuzz.target", f"{folder}/input.{target}"]
        corpora = map(str, (corpus, *filter(Path.is_dir, seeds)))
        done = subprocess.run([*program, *corpora, *flags], cwd=ROOT)
    if done.returncode == 0:
        return True
    for finding in sorted(set(kept.iterdir()) - known):
        print(f"{target}: found something. Fix the parser, and keep the input for the tests:")
        print(f"  mv {finding.relative_to(ROOT)} {FINDINGS.relative_to(ROOT)}/WHAT-IT-IS.{target}")
    return False


if __name__ == "__main__":
    sys.exit(main())

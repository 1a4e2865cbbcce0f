"""The command `python -m eval.rivals`: measures Backfile and other frameworks' pipelines, and writes the results
page.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.errors import BackfileError
from assistant.models.encoder import packaged_model
from eval.metrics import SEED
from eval.rivals.benchmark_page import page, results_section, versions
from eval.rivals.running import Entrant, Result, run
from eval.rivals.selection import draw

ARTICLES = 1_500
QUESTIONS = 150
RIVALS = Path(".venv-bench/bin/python")


def entrants(rivals: Path) -> list[Entrant]:
    """Return the systems to measure, in order; `rivals` is the Python of the other frameworks' environment."""
    ours, theirs = [sys.executable, "-m"], [str(rivals.absolute()), "-m"]
    return [
        Entrant("Backfile", [*ours, "eval.rivals.backfile"], "ours"),
        # Runs after Backfile, because it embeds Backfile's passages.
        Entrant("bare encoder", [*ours, "eval.rivals.bare_encoder"], "bare", searches=False),
        Entrant("LangChain", [*theirs, "eval.rivals.frameworks.langchain"], "langchain"),
        Entrant("LlamaIndex", [*theirs, "eval.rivals.frameworks.llamaindex"], "llamaindex"),
        Entrant("Haystack", [*theirs, "eval.rivals.frameworks.haystack"], "haystack"),
    ]


def main(
    arguments: Sequence[str] | None = None,
    *,
    competing: Callable[[Path], list[Entrant]] = entrants,
) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.rivals",
        description="Measure Backfile, LangChain, LlamaIndex and Haystack on the same articles and questions.",
        epilog="Exit status: 0 measured, 1 Backfile could not be measured, 2 could not run.",
    )
    parser.add_argument(
        "data",
        type=Path,
        metavar="DATA",
        help="folder of articles.jsonl.gz and questions.jsonl; with a file of articles, search is not measured",
    )
    parser.add_argument(
        "--articles", type=int, default=ARTICLES, metavar="N", help="number of articles to draw"
    )
    parser.add_argument(
        "--questions", type=int, default=QUESTIONS, metavar="N", help="number of questions to ask"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="another seed draws a different sample"
    )
    parser.add_argument(
        "--rivals",
        type=Path,
        default=RIVALS,
        metavar="PYTHON",
        help=f"Python of the other frameworks' environment (default: {RIVALS})",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results page to a Markdown file")
    options = parser.parse_args(arguments)
    if options.articles < 1 or options.questions < 1:
        parser.error("--articles and --questions must be 1 or more")
    load = os.getloadavg()
    try:
        with TemporaryDirectory(prefix="backfile-bench-") as name:
            work = Path(name)
            sample = draw(
                options.data,
                work,
                articles=options.articles,
                questions=options.questions,
                seed=options.seed,
            )
            results: list[Result] = []
            for entrant in competing(options.rivals):
                print(f"measuring {entrant.name} …", file=sys.stderr)
                result = run(entrant, sample, packaged_model(), work)
                print(f"  {result.error or 'done'}", file=sys.stderr)
                results.append(result)
        print(results_section(results, sample), versions(results), sep="\n\n")
        if options.out:
            drawn = f"--articles {options.articles} --questions {options.questions} --seed {options.seed}"
            command = f"python -m eval.rivals FOLDER {drawn} --out docs/benchmarks.md"
            options.out.write_text(page(results, sample, command=command, load=load), encoding="utf-8")
    except (BackfileError, OSError) as error:
        print(f"eval.rivals: {error}", file=sys.stderr)
        return 2
    return int(results[0].measurement is None)


if __name__ == "__main__":
    sys.exit(main())

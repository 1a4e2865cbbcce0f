"""The command `backfile`, also `python -m backfile`: passes its arguments on to the command that is named first."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple


class Command(NamedTuple):
    """A command, and where its `main(arguments, prog=...) -> exit status` is found."""

    module: str
    passed: tuple[str, ...]
    """Arguments that go before those the user gave."""
    help: str


COMMANDS = {
    "ask": Command("assistant.__main__", ("ask",), "ask an archive one question, or a file of them"),
    "article": Command("assistant.__main__", ("article",), "show an article"),
    "articles": Command("assistant.__main__", ("articles",), "list the articles"),
    "chat": Command("assistant.__main__", ("chat",), "have a conversation in the terminal"),
    "conversations": Command(
        "assistant.__main__", ("conversations",), "list, search and delete conversations"
    ),
    "export": Command("assistant.__main__", ("export",), "write conversations to a file"),
    "replay": Command(
        "assistant.__main__", ("replay",), "ask the questions of an export again, and tell what changed"
    ),
    "ingest": Command("ingest.__main__", (), "put files into an archive"),
    "serve": Command("backfile.serve", (), "serve the page"),
    "eval": Command("eval.__main__", (), "measure answers on the gold set and on public benchmarks"),
    "training": Command("training.__main__", (), "train the reader's weights"),
}
"""Modules are imported only when their command runs: PyTorch and Chroma take seconds to load."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the first argument; the named command parses the others."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:{width}}{command.help}" for name, command in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="backfile",
        usage="backfile COMMAND ...",
        description="Question answering over news archives.",
        epilog="\n".join(["commands:", *lines, "", "`backfile COMMAND --help` describes a command."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"backfile {_version()}")
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=argparse.SUPPRESS)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Only the first argument is parsed here: `backfile ask --help` is the help of `ask`.
    name = build_parser().parse_args(given[:1]).command
    command = COMMANDS[name]
    # A command that passes its name on has a parser of its own for it.
    prog = "backfile" if command.passed else f"backfile {name}"
    status: int = importlib.import_module(command.module).main([*command.passed, *given[1:]], prog=prog)
    return status


def _version() -> str:
    try:
        return version("backfile")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())

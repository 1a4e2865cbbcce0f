"""The command `backfile serve`: serves the page, over the sample where there is no archive yet."""

import argparse
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.command import run_command
from assistant.settings import ARCHIVE, PREFIX, SAMPLE_ARCHIVE
from ingest.demonstration import SAMPLE

APP = Path(__file__).with_name("app.py")

PACKAGED = Path(__file__).with_name("config")
"""Where an installed package has the files of `.streamlit/`; a checkout has nothing here."""

CONFIG = (
    PACKAGED if PACKAGED.is_dir() else Path(__file__).resolve().parents[1] / ".streamlit"
) / "config.toml"
"""Streamlit reads this file by itself only in its working directory, which may be any folder."""

PORT = 8501


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Serve the page, for the people at this machine only. Ctrl-C stops it.",
        epilog="Exit status: 0 stopped, 2 could not run.",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="the archive's folder (default: archive; if there is none, the sample is ingested into "
        "archive-sample and served as a demonstration)",
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"(default: {PORT})")
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "backfile serve") -> int:
    """Run the command and return its exit status. `prog` is what the user typed before the arguments."""
    options = build_parser(prog).parse_args(arguments)
    return run_command("serve", lambda: _run(options), interrupted="stopped")


def _run(options: argparse.Namespace) -> int:
    if options.archive:
        os.environ[PREFIX + "ARCHIVE"] = str(options.archive)
    if not os.environ.get(PREFIX + "ARCHIVE", "").strip() and not ARCHIVE.exists():
        status = make_sample_archive()
        if status:
            return status
    # Imported here because it takes a second, which a wrong argument should not.
    from streamlit.web import cli

    flags = streamlit_flags(tomllib.loads(CONFIG.read_text("utf-8")))
    cli.main(
        ["run", str(APP), *flags, f"--server.port={options.port}"],
        prog_name="streamlit",
        standalone_mode=False,
    )
    return 0


def make_sample_archive() -> int:
    """Ingest the sample into the demonstration archive, if there is none yet; return the exit status of ingest."""
    if (SAMPLE_ARCHIVE / "catalog.sqlite").exists():
        return 0
    from ingest.__main__ import main as ingest

    print("No archive yet: making one of the sample articles")
    return ingest([str(SAMPLE), "--archive", str(SAMPLE_ARCHIVE)])


def streamlit_flags(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the entries of a Streamlit configuration file as options of its command line."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from streamlit_flags(value, f"{prefix}{name}.")
        else:
            yield f"--{prefix}{name}={value}"

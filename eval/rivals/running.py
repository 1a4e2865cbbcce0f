"""Run a system in its own process and record its memory. A failure is reported, and the other systems still run."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from eval.rivals.measuring import Measurement
from eval.rivals.selection import Sample

ROOT = Path(__file__).resolve().parents[2]
INTERVAL = 0.5
"""Seconds between two memory readings."""

LIMIT = 4 * 3600.0
"""Seconds after which a system counts as hanging and is stopped."""

QUIET = {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "HAYSTACK_TELEMETRY_ENABLED": "False"}
"""Keeps systems from using the network while they are timed."""


@dataclass(frozen=True)
class Entrant:
    """A system and the command of its process."""

    name: str
    command: Sequence[str]
    """The arguments of `measuring.run` are appended to it."""
    folder: str
    """The name of the folder that it writes to."""
    searches: bool = True
    """Whether it can search, and does not only embed."""


@dataclass(frozen=True)
class Result:
    """The result of running a system."""

    entrant: Entrant
    measurement: Measurement | None
    memory: int = 0
    """Peak memory in bytes, including child processes."""
    error: str = ""
    """Why there is no measurement."""


def run(entrant: Entrant, sample: Sample, model: str, work: Path, *, limit: float = LIMIT) -> Result:
    """Let a system ingest the sample and answer its questions."""
    folder, out, log = (work / f"{entrant.folder}{end}" for end in ("", ".json", ".log"))
    folder.mkdir()
    files = {"articles": sample.articles, "questions": sample.asked, "folder": folder, "out": out}
    options = [f"--{name}={value}" for name, value in {**files, "model": model}.items()]
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [*entrant.command, *options],
                cwd=ROOT,
                env={**os.environ, **QUIET},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            return Result(entrant, None, error=f"{entrant.command[0]}: {error.strerror}")
        with process:
            try:
                memory = _watched(process, limit)
            except subprocess.TimeoutExpired:
                return Result(entrant, None, error=f"not done after {limit / 60:,.0f} minutes")
            finally:
                process.kill()
    if process.returncode > 0:
        return Result(entrant, None, error=_last_line(log) or f"exit status {process.returncode}")
    if process.returncode < 0:
        return Result(entrant, None, error=f"ended by {signal.Signals(-process.returncode).name}")
    try:
        return Result(entrant, Measurement.from_json(out.read_text(encoding="utf-8")), memory)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        return Result(entrant, None, error=f"wrote no readable measurement ({error})")


def _watched(process: "subprocess.Popen[bytes]", limit: float) -> int:
    """Wait until a process ends, and return its peak memory in bytes.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    peak, until = 0, time.monotonic() + limit
    while True:
        with suppress(psutil.Error):
            peak = max(peak, _memory(psutil.Process(process.pid)))
        try:
            process.wait(INTERVAL)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise
        else:
            return peak


def _memory(process: psutil.Process) -> int:
    """Return the bytes held now, children included; shared memory such as libraries counts once."""
    held: int = process.memory_info().rss
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            info = child.memory_info()
            held += info.rss - getattr(info, "shared", 0)
    return held


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")

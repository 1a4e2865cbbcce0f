"""The results page: what was measured, on what machine, how to repeat it, and what is unfair to whom."""

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eval.rivals.measuring import PASSAGES, WARM_UP
from eval.rivals.running import Result
from eval.rivals.selection import Sample
from eval.rivals.tables import ingest_table, search_table
from eval.suites.realtimeqa import TUNED

TEMPLATE = Path(__file__).with_name("page.md")


def page(results: Sequence[Result], sample: Sample, *, command: str, load: tuple[float, float, float]) -> str:
    """Return the page in Markdown; `load` is the machine's load average before measuring."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        measured=results_section(results, sample),
        machine=f"{processor()}, {os.cpu_count()} cores, {platform.system()}. Load averages of the last 1, 5 and 15 "
        f"minutes, before anything was measured: {', '.join(f'{each:.1f}' for each in load)}.",
        passages=PASSAGES,
        warm_up=WARM_UP,
        tuned=TUNED,
        versions=versions(results),
        command=command,
    )


def results_section(results: Sequence[Result], sample: Sample) -> str:
    """Return the tables and the reasons of failures."""
    parts = [f"## Ingesting {sample.count:,} articles", ingest_table(results, sample.count)]
    if sample.questions:
        parts += [
            f"## Finding the articles of {len(sample.questions):,} questions",
            search_table(results, sample.questions),
        ]
    failed = [
        f"{each.entrant.name} was not measured: {each.error}." for each in results if not each.measurement
    ]
    return "\n\n".join(parts + failed)


def versions(results: Sequence[Result]) -> str:
    """Return the package versions of each system."""
    return "\n".join(
        f"- {each.entrant.name}: {', '.join(f'{name} {number}' for name, number in found.items())}"
        for each in results
        if each.measurement and (found := each.measurement.versions) and each.entrant.searches
    )


def processor() -> str:
    """Return the name of the processor, if the system gives it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

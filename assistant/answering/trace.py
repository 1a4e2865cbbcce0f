"""Records what happens to a question, and writes it as one line of JSON a question: BACKFILE_TRACE.

A line has no text of questions, articles or answers unless it is asked for, and never a key.
"""

import json
import logging
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from assistant.answer import Answer
from assistant.errors import SettingsError
from assistant.json_object import JsonObject

Outcome = Literal["answered", "not_found", "stopped", "failed"]


@dataclass
class Trace:
    """The steps of one question, with their times."""

    started: float = field(default_factory=time.perf_counter)
    asked: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    steps: list[JsonObject] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, **details: object) -> Iterator[JsonObject]:
        """Time a step; the block may add details to the record that it gets."""
        record: JsonObject = {"step": name, **details}
        self.steps.append(record)
        began = time.perf_counter()
        try:
            yield record
        finally:
            record["ms"] = _milliseconds(time.perf_counter() - began)

    def timings_ms(self) -> dict[str, float]:
        """Return the milliseconds of all searches, of the rest, and in total."""
        total = _milliseconds(time.perf_counter() - self.started)
        retrieving = round(sum(step["ms"] for step in self.steps if step["step"] == "search"), 1)
        return {"retrieve": retrieving, "read": round(total - retrieving, 1), "total": total}


class TraceFile:
    """A file that gets one line a question."""

    def __init__(self, path: Path, *, with_text: bool = False) -> None:
        """Append to the file `path`; with question, answer and notes only if `with_text`.

        Raises:
            SettingsError: the file cannot be written.
        """
        self._path = path
        self._with_text = with_text
        self._lock = threading.Lock()
        try:
            self._append("")
        except OSError as error:
            raise SettingsError(
                f"BACKFILE_TRACE is {str(path)!r}, which cannot be written ({error.strerror}): name a file in a folder "
                "that exists"
            ) from error

    def recorded(self, trace: Trace, steps: Generator[str, None, Answer]) -> Generator[str, None, Answer]:
        """Pass on the steps of an answer and write the line at their end, also if they are stopped or fail."""
        outcome: Outcome = "stopped"
        answer: Answer | None = None
        error: str | None = None
        try:
            answer = yield from steps
            outcome = "not_found" if answer.abstained else "answered"
            return answer
        except Exception as failure:
            outcome, error = "failed", type(failure).__name__
            raise
        finally:
            self._write(self._record(trace, outcome, error, answer))

    def _record(self, trace: Trace, outcome: Outcome, error: str | None, answer: Answer | None) -> JsonObject:
        record: JsonObject = {
            "asked": trace.asked,
            "outcome": outcome,
            "error": error,
            "timings_ms": dict(answer.timings_ms) if answer else trace.timings_ms(),
            "steps": trace.steps,
        }
        if answer is None:
            return record
        record |= {
            "mode": answer.mode,
            "model": answer.model,
            "reason_code": answer.reason_code,
            "confidence": answer.confidence,
            "sentences": len(answer.sentences),
            "withheld": answer.withheld,
            "dropped_citations": answer.dropped_citations,
            "cited": [[each.article, each.version, each.start, each.end] for each in answer.citations],
            "made_with": answer.made_with and answer.made_with.to_json(),
        }
        if self._with_text:
            record |= {
                "question": answer.question,
                "standalone": answer.standalone,
                "answer": answer.text,
                "notes": list(answer.notes),
            }
        return record

    def _write(self, record: JsonObject) -> None:
        """Append a record. A full disk costs the record and not the answer."""
        try:
            self._append(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            logging.getLogger(__name__).warning(
                "the trace of a question was not written to %s: %s", self._path, error.strerror
            )

    def _append(self, text: str) -> None:
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)

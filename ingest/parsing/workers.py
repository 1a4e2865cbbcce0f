"""Worker processes on this machine that parse files while the main process stores and embeds them.

Each worker is a separate program that receives its orders on standard input. (A multiprocessing process would
import the caller's main module, and torch and Chroma with it.) A worker writes one batch and waits until it is
read. When the process that started it ends for any reason, its standard input closes and the worker exits.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, BinaryIO

from assistant.models.tokenizer import TextTokenizer
from ingest.parsing.parser import Batch, Known, Parser, ParserDied, shares
from ingest.sources.files import ReadOptions, SourceFile

MOST_WORKERS = 8
"""Maximum number of workers. One worker parses 200 articles of JSON Lines a second, and the main process stores
about 340. More workers help only with slower formats such as HTML and PDF."""

ONE_CORE = {"TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Environment of a worker, which has one core to itself."""


class WorkerPool:
    """A `ParserPool` of worker processes, which start at once and end with the `with` block."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._parser: Parser | None = None
        self._all: list[_Worker] = []
        self._idle: list[_Worker] = []

    def __enter__(self) -> "WorkerPool":
        try:
            self._idle = [self._start_worker() for _ in range(self.count)]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.end()

    @classmethod
    def for_files(cls, files: Sequence[SourceFile]) -> "WorkerPool":
        """Return a pool with one worker less than this machine has cores, and no more workers than shares."""
        shared = sum(1 for _ in shares(files))
        return cls(max(1, min(cores() - 1, shared, MOST_WORKERS)))

    def prepare(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        """See ParserPool. The tokenizer comes with the encoder; while that loads, the workers import their
        modules."""
        self._parser = Parser(options, tokenizer, known)
        for worker in self._idle:
            worker.send(self._parser)

    def start(self, share: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """See ParserPool."""
        if self._idle:
            worker = self._idle.pop()
        else:
            worker = self._start_worker()
            worker.send(self._parser)
        worker.send((share, skip))
        return self._batches(worker)

    def _batches(self, worker: "_Worker") -> Iterator[Batch]:
        while (batch := worker.result()) is not None:
            yield batch
        self._idle.append(worker)

    def _start_worker(self) -> "_Worker":
        worker = _Worker()
        self._all.append(worker)
        return worker


class _Worker:
    """The parent's side of a worker process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # -P: the worker gets exactly the path of this process, with nothing before it.
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ONE_CORE, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            # Only the parent process handles Ctrl-C.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._results = self._process.stdin, self._process.stdout

    def send(self, order: object) -> None:
        """Send an order. If the worker has exited, `result` reports it."""
        try:
            pickle.dump(order, self._orders)
            self._orders.flush()
        except OSError:
            self._process.kill()

    def result(self) -> Batch | None:
        """Return the worker's next batch; None at the end of a share."""
        try:
            found = pickle.load(self._results)
        except (EOFError, pickle.UnpicklingError):
            self.end()
            raise ParserDied(_describe_exit(self._process.wait())) from None
        if isinstance(found, Exception):
            raise found
        batch: Batch | None = found
        return batch

    def end(self) -> None:
        """Kill the worker."""
        self._process.kill()
        self._process.wait()
        self._results.close()
        with suppress(OSError):  # unsent orders no longer matter
            self._orders.close()


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_worker() -> None:
    """Run as a worker: receive a parser, then parse shares."""
    results = os.fdopen(os.dup(1), "wb")
    # Output printed by libraries must not mix with the results.
    os.dup2(2, 1)
    orders: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    parser: Parser = orders.get()
    while True:
        share, skip = orders.get()
        try:
            for batch in parser.parse(share, skip=skip):
                _send(batch, results)
            _send(None, results)
        except (BrokenPipeError, MemoryError):
            os._exit(1)
        except Exception as error:
            error.add_note(f"in a worker:\n{traceback.format_exc()}")
            _send(error, results)


def _listen(stream: BinaryIO, orders: "SimpleQueue[Any]") -> None:
    """Put incoming orders into the queue, and exit at the end of the stream, whatever the process is doing."""
    try:
        while True:
            orders.put(pickle.load(stream))
    finally:
        os._exit(0)


def _send(result: object, results: BinaryIO) -> None:
    pickle.dump(result, results, protocol=pickle.HIGHEST_PROTOCOL)
    results.flush()


def _describe_exit(status: int) -> str:
    """Describe how a process ended.

    >>> _describe_exit(-9), _describe_exit(1)
    ('SIGKILL', 'status 1')
    """
    return signal.Signals(-status).name if status < 0 else f"status {status}"


if __name__ == "__main__":
    run_worker()

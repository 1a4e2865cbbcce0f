"""Parses and embeds on a Ray cluster instead of this machine's processes; only this process writes the archive.

Every machine of the cluster needs Backfile, the encoder's model, and the files under the same paths.
"""

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import Any

import numpy as np

from assistant.article import Span
from assistant.errors import SettingsError
from assistant.models.encoder import PassageEncoder, Vectors
from assistant.models.tokenizer import TextTokenizer
from ingest.parsing.parser import Batch, Known, Parser, ParserDied
from ingest.sources.files import ReadOptions, SourceFile

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
    from ray.util import ActorPool
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

PROCESSORS_PER_PARSER = 8
"""One of this many processors parses, while the others embed. On one processor, an article of JSON Lines takes 5 ms
to parse. Embedding its seven passages takes 130 ms at 110 a second on two. PDFs take longer to parse."""

SLICE_TEXTS = 128
"""Texts given to an encoder of the cluster at once: four of its batches, so that none waits long for the last
one."""


CONNECT_SECONDS = 5.0
"""Seconds to wait for a connection to the head of a cluster."""

TASK: Mapping[str, object] = {
    "num_returns": "streaming",
    # A task makes its next batch only after the previous one was taken.
    "_generator_backpressure_num_objects": 1,
    # Backfile limits the number of tasks itself, so no task waits for a processor that an encoder occupies.
    "num_cpus": 0,
    "scheduling_strategy": "SPREAD",
    "max_retries": 0,
}
"""Ray's options for a parsing task."""


class Cluster:
    """The Ray cluster that RAY_ADDRESS names, or else one on this machine. It connects at first use."""

    def __init__(self, open_encoder: Callable[[], PassageEncoder], *, name: str) -> None:
        """Take the function that opens the encoder `name` in a process of the cluster.

        Raises:
            SettingsError: Ray is not installed.
        """
        if not INSTALLED:
            raise SettingsError("--ray needs Ray, which is not installed: pip install 'backfile[ray]'")
        self.encoder = ClusterEncoder(self, open_encoder, name=name)
        self._joined = False

    def parsers(self, files: Sequence[SourceFile]) -> "ClusterParserPool":
        """Return a pool with as many parsing tasks as the cluster has room for."""
        return ClusterParserPool(self.capacity()[0])

    def capacity(self) -> tuple[int, int, bool]:
        """Return the number of parsing tasks, the number of encoders, and whether each encoder has a GPU.

        Raises:
            SettingsError: no cluster answers at that address.
        """
        self._connect()
        resources = ray.cluster_resources()
        processors, gpus = int(resources.get("CPU", 1)), int(resources.get("GPU", 0))
        parsing = max(1, processors // PROCESSORS_PER_PARSER)
        return parsing, gpus or max(1, processors - parsing), gpus > 0

    def close(self) -> None:
        """Disconnect, unless the caller was connected before."""
        if self._joined:
            ray.shutdown()

    def _connect(self) -> None:
        if ray.is_initialized():
            return
        # Ray sends usage statistics to its makers unless this is set.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = os.environ.get("RAY_ADDRESS")
        # A local cluster ends with this process, so its dashboard is not needed.
        local: dict[str, object] = {} if address else {"address": "local", "include_dashboard": False}
        try:
            if address:
                _check_reachable(address)
            ray.init(log_to_driver=False, logging_level="error", **local)
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingsError(
                f"no Ray cluster answers at {address or 'this machine'} ({error}): check RAY_ADDRESS, and that the "
                "cluster is running (`ray status`)"
            ) from error
        self._joined = True


def _check_reachable(address: str) -> None:
    """Raise OSError if nothing listens at HOST:PORT, because Ray would retry for minutes. Other forms of address
    are not checked."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()


class ClusterParserPool:
    """A `ParserPool` of tasks on a cluster."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._parser: Any = None

    def __enter__(self) -> "ClusterParserPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: tasks end when their results are no longer referenced."""

    def prepare(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        """See ParserPool. Only this machine has the catalog, so articles that the archive already has are prepared
        too."""
        self._parser = ray.put(Parser(options, tokenizer, _nothing_known))

    def start(self, share: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """See ParserPool."""
        task = ray.remote(**TASK)(_parse)
        return _batches(task.remote(self._parser, share, skip))


def _nothing_known(ids: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset()


def _batches(references: Any) -> Iterator[Batch]:
    with _translated_errors(ParserDied):
        for reference in references:
            batch: Batch = ray.get(reference)
            yield batch


def _parse(parser: Parser, share: Sequence[SourceFile], skip: int) -> Iterator[Batch]:
    yield from parser.parse(share, skip=skip)


class ClusterEncoder:
    """A `PassageEncoder` that runs in many processes of a cluster at once."""

    def __init__(self, cluster: Cluster, open_encoder: Callable[[], PassageEncoder], *, name: str) -> None:
        self.name = name
        self._cluster = cluster
        self._open = open_encoder

    @cached_property
    def tokenizer(self) -> TextTokenizer:
        """See PassageEncoder."""
        tokenizer: TextTokenizer = self._attribute("tokenizer")
        return tokenizer

    @cached_property
    def dimension(self) -> int:
        """See PassageEncoder."""
        dimension: int = self._attribute("dimension")
        return dimension

    @cached_property
    def passage_prefix(self) -> str:
        """See PassageEncoder."""
        prefix: str = self._attribute("passage_prefix")
        return prefix

    @property
    def limit(self) -> int:
        """See TextTokenizer."""
        return self.tokenizer.limit

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See PassageEncoder."""
        # Sorted by length, because the texts of a batch are padded to its longest.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        slices = [order[first : first + SLICE_TEXTS] for first in range(0, len(order), SLICE_TEXTS)]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with _translated_errors(_encoders_lost):
            found = ActorPool(self._actors).map(
                lambda actor, places: actor.encode_passages.remote([texts[place] for place in places]), slices
            )
            for places, rows in zip(slices, found, strict=True):
                vectors[places] = rows
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self.tokenizer.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self.tokenizer.token_spans(text)

    @cached_property
    def _actors(self) -> list[Any]:
        _, count, on_gpus = self._cluster.capacity()
        needs = {"num_cpus": 0, "num_gpus": 1} if on_gpus else {"num_cpus": 1}
        # If the machine of an encoder fails, Ray restarts the encoder on another and repeats the call.
        actor = ray.remote(max_restarts=-1, max_task_retries=-1, **needs)(_EncoderActor)
        return [actor.remote(self._open) for _ in range(count)]

    def _attribute(self, name: str) -> Any:
        with _translated_errors(_encoders_lost):
            return ray.get(self._actors[0].attribute.remote(name))


class _EncoderActor:
    """An encoder in a process of the cluster."""

    def __init__(self, open_encoder: Callable[[], PassageEncoder]) -> None:
        self._encoder = open_encoder()

    def attribute(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_passages(texts)


@contextmanager
def _translated_errors(lost: Callable[[str], Exception]) -> Iterator[None]:
    """Re-raise an error of the cluster's code; if a process was lost, raise what `lost` makes of the reason."""
    try:
        yield
    except RayTaskError as error:
        raise error.cause from error
    except RayError as error:
        raise lost(str(error).strip().splitlines()[0]) from error


def _encoders_lost(reason: str) -> SettingsError:
    return SettingsError(
        f"the encoders of the Ray cluster failed ({reason}): check that it is running (`ray status`), and run the same "
        "command again; everything committed so far is safe"
    )

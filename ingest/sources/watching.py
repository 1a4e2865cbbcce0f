"""Watching: keeps an archive in step with folders that files are put into.

A file is read once it has rested: while it is written, its size or its time changes between two looks. What leaves
the folders is said and stays in the archive.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import watchfiles

from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveBusy, SourceError
from ingest.sources.files import SourceFile, walk

REST = 2.0
"""Seconds without a change after which a file is taken for complete: writers pause for less."""


class Watcher:
    """Looks at folders now and then, and ingests what is new in them and at rest."""

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        ingest: Callable[[Sequence[SourceFile]], None],
        gone: Callable[[Sequence[str]], None],
        busy: Callable[[ArchiveBusy], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ingest` takes files in, `gone` and `busy` say what left the folders and that another ingest is writing."""
        self._paths = paths
        self._ingest = ingest
        self._gone = gone
        self._busy = busy
        self._clock = clock
        self._since: dict[str, tuple[SourceFile, float]] = {}
        """Files as they were seen last, and when they were first seen so."""
        self._taken: dict[str, SourceFile] = {}
        """Files as they were when they were ingested."""

    def look(self) -> bool:
        """Ingest the files at rest that were not ingested as they are; returns whether others are still to come.

        Raises:
            SourceError: one of the folders is not there any more.
        """
        now = self._clock()
        seen = {file.source: file for file in walk(self._paths)}
        before = self._since
        self._since = {
            source: before[source] if source in before and before[source][0] == file else (file, now)
            for source, file in seen.items()
        }
        if missing := sorted(before.keys() - seen.keys()):
            self._gone(missing)
            for source in missing:
                self._taken.pop(source, None)
        fresh = [file for source, file in seen.items() if self._taken.get(source) != file]
        resting = [file for file in fresh if now - self._since[file.source][1] >= REST]
        if resting:
            try:
                self._ingest(resting)
            except ArchiveBusy as error:
                self._busy(error)
                return True
            self._taken.update((file.source, file) for file in resting)
        return len(resting) < len(fresh)


def watch_folders(watcher: Watcher, paths: Sequence[Path], folder: ArchiveFolder) -> None:
    """Look whenever something changes below `paths`, until it is interrupted.

    Raises:
        SourceError: a folder cannot be watched, is gone, or has the archive in it.
    """
    inside = folder.path.resolve()
    for path in paths:
        if path.resolve() in (inside, *inside.parents):
            raise SourceError(
                f"the archive {folder.path} lies in {path}, which is to be watched: each ingest would look like news; "
                "give --archive a folder elsewhere"
            )
    waiting = True
    for changed in _changes(paths):
        if changed or waiting:
            waiting = watcher.look()


def _changes(paths: Sequence[Path]) -> Iterator[bool]:
    """Yield whether something changed, at least every `REST` seconds."""
    try:
        for changes in watchfiles.watch(
            *paths, watch_filter=None, rust_timeout=int(REST * 1000), yield_on_timeout=True
        ):
            yield bool(changes)
    except (OSError, RuntimeError) as error:
        raise SourceError(
            f"cannot watch {', '.join(map(str, paths))} ({error}): check the paths; where the system gives no word of "
            "changes, set WATCHFILES_FORCE_POLLING=1"
        ) from error

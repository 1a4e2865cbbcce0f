"""Watches folders, and ingests the files that are put into them.

A file is read once its size and time have not changed for a while, because it may still be written. Files that
disappear are reported and stay in the archive.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import watchfiles

from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveBusy, SourceError
from ingest.sources.files import SourceFile, walk

REST = 2.0
"""Seconds without a change after which a file counts as complete. Programs that write files pause for less."""


class Watcher:
    """Looks at folders from time to time, and ingests the new files that are complete."""

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        ingest: Callable[[Sequence[SourceFile]], None],
        gone: Callable[[Sequence[str]], None],
        busy: Callable[[ArchiveBusy], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ingest` reads files; `gone` reports files that disappeared; `busy` reports that another ingest is
        writing."""
        self._paths = paths
        self._ingest = ingest
        self._gone = gone
        self._busy = busy
        self._clock = clock
        self._since: dict[str, tuple[SourceFile, float]] = {}
        """The state of each file at the last look, and when it was first seen in this state."""
        self._taken: dict[str, SourceFile] = {}
        """The state of each file when it was ingested."""

    def look(self) -> bool:
        """Ingest the complete files that are new or changed, and return whether others are still being written.

        Raises:
            SourceError: a watched folder no longer exists.
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
    """Look whenever something changes below `paths`, until interrupted.

    Raises:
        SourceError: a folder cannot be watched, no longer exists, or contains the archive.
    """
    inside = folder.path.resolve()
    for path in paths:
        if path.resolve() in (inside, *inside.parents):
            raise SourceError(
                f"the archive {folder.path} is inside the watched folder {path}, so each ingest would trigger another; "
                "choose another folder with --archive"
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
            f"cannot watch {', '.join(map(str, paths))} ({error}): check the paths; if the file system does not report "
            "changes, set WATCHFILES_FORCE_POLLING=1"
        ) from error

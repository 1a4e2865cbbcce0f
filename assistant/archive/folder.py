"""The archive folder: the files in it, whether a folder is an archive, and the lock for writing."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from assistant.errors import ArchiveBusy, ArchiveError, NoArchive, NotAnArchive, SettingsError
from assistant.settings import Settings

LOCK_SECONDS = 5.0
"""How long a writer waits for the lock. A reader that opens Chroma holds it for about a second."""


@dataclass(frozen=True)
class ChromaServer:
    """A Chroma server that stores the vectors of archives, each in its own collection.

    Raises:
        SettingsError: `url` is not the address of a server.
    """

    url: str
    token: str = field(default="", repr=False)
    """Sent with every request, for a proxy in front of the server that checks it."""

    def __post_init__(self) -> None:
        """Check the address."""
        try:
            parts = urlsplit(self.url)
            named = parts.hostname and parts.port != 0
        except ValueError:
            named = None
        if not named or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise SettingsError(
                f"{self.url} is not the address of a Chroma server: give http://HOST:PORT or https://HOST:PORT, and "
                "its path if it has one, with --chroma or BACKFILE_CHROMA_URL"
            )
        if "@" in parts.netloc:
            raise SettingsError(
                f"the address of the Chroma server on {parts.hostname} contains a user name or password: remove it, "
                "and set BACKFILE_CHROMA_TOKEN if the server needs a token"
            )


@dataclass(frozen=True)
class ArchiveFolder:
    """The folder of an archive."""

    path: Path
    server: ChromaServer | None = None
    """Where the vectors are; None if they are in the folder."""

    @property
    def catalog(self) -> Path:
        """The SQL database, the only file that cannot be rebuilt."""
        return self.path / "catalog.sqlite"

    @property
    def chroma(self) -> Path:
        """Folder of the Chroma collection."""
        return self.path / "chroma"

    @property
    def matrix(self) -> Path:
        """Folder of the memory-mapped vectors."""
        return self.path / "matrix"

    @property
    def conversations(self) -> Path:
        """Database of the conversations, which ingest never changes."""
        return self.path / "conversations.sqlite"

    @property
    def _lock(self) -> Path:
        return self.path / "ingest.lock"

    @property
    def _writer(self) -> Path:
        return self.path / "ingest.json"

    def require(self) -> None:
        """Check that there is an archive in the folder.

        Raises:
            NoArchive: the folder is empty or does not exist.
            NotAnArchive: the path is a file, or the folder holds other files.
            ArchiveError: the folder cannot be read.
        """
        if self._is_archive():
            return
        if self._is_something_else():
            raise NotAnArchive(
                f"{self.path} is not an archive: give the folder that `python -m ingest` made with --archive"
            )
        raise NoArchive(
            f"there is no archive in {self.path} yet: make one with "
            f"`python -m ingest PATH --archive {self.path}`, where PATH is a file or folder of articles"
        )

    def prepare(self) -> None:
        """Make the folder for a new archive. An existing archive is left as it is.

        Raises:
            NotAnArchive: the path is a file, or the folder holds other files.
            ArchiveError: the folder cannot be made or read.
        """
        if self._is_archive():
            return
        if self._is_something_else():
            raise NotAnArchive(
                f"{self.path} holds other files and is not an archive: give --archive an empty or a new folder"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"cannot make the folder {self.path} ({error.strerror}): give --archive another folder"
            ) from error

    def _is_archive(self) -> bool:
        with self._as_archive_errors():
            return self.catalog.is_file()

    def _is_something_else(self) -> bool:
        with self._as_archive_errors():
            return self.path.is_file() or (self.path.is_dir() and bool(self._other_files()))

    @contextmanager
    def _as_archive_errors(self) -> Iterator[None]:
        """Raise the system's errors about an unreadable folder as ArchiveErrors."""
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"cannot look into the archive {self.path} ({error.strerror}): check the path and its permissions"
            ) from error

    def _other_files(self) -> list[str]:
        """Return the names of files that no Backfile command writes into a folder before its catalog."""
        ours = {
            entry.name
            for entry in (self.conversations, self._lock, self._writer, self.catalog.with_suffix(".new"))
        }
        names = (entry.name for entry in self.path.iterdir())
        return [name for name in names if not name.startswith(".") and name.partition("-")[0] not in ours]

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the archive's write lock for the block. The system releases it even if the process is killed.

        Raises:
            ArchiveBusy: another process holds the lock.
            ArchiveError: the folder cannot be written to.
        """
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise ArchiveBusy(
                f"another ingest is writing to {self.path}{self._describe_writer()}: wait until it has ended, or stop "
                "it"
            ) from None
        except OSError as error:
            raise ArchiveError(
                f"cannot write to {self.path} ({error.strerror}): check its permissions, and that its disk is not full"
            ) from error
        try:
            self._record_writer()
            yield
        finally:
            with suppress(OSError):
                self._writer.unlink(missing_ok=True)
            lock.release()

    def _record_writer(self) -> None:
        """Write down which process holds the lock."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._writer.write_text(json.dumps({"process": os.getpid(), "started": started}))
        except OSError as error:
            raise ArchiveError(
                f"cannot write to {self.path} ({error.strerror}): free some disk space, and check its permissions"
            ) from error

    @contextmanager
    def excluding_writers(self) -> Iterator[bool]:
        """Keep writers out for a short block; yields False if one is at work and cannot be kept out.

        If the lock file cannot be opened, as in a read-only folder, no process can write, and this yields True.
        """
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        except OSError:
            yield True
            return
        try:
            yield True
        finally:
            lock.release()

    @property
    def ingesting(self) -> bool:
        """Whether an ingest is running."""
        if not self._writer.exists():
            return False
        with self.excluding_writers() as excluded:
            return not excluded

    def _describe_writer(self) -> str:
        try:
            writer = json.loads(self._writer.read_text())
        except (OSError, ValueError):
            return ""
        return f" (process {writer['process']}, since {writer['started']})"


def archive_folder(settings: Settings) -> ArchiveFolder:
    """Return the archive that the settings name, with the Chroma server that stores its vectors, if any.

    Raises:
        SettingsError: BACKFILE_CHROMA_URL is not the address of a server.
    """
    server = ChromaServer(settings.chroma_url, settings.chroma_token) if settings.chroma_url else None
    return ArchiveFolder(settings.archive, server)

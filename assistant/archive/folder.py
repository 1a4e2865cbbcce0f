"""The archive folder: what lies where in it, whether it is one at all, and who may write to it."""

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

READER_SECONDS = 5.0
"""How long a writer waits for the lock: a reader that opens Chroma holds it for about a second."""


@dataclass(frozen=True)
class ChromaServer:
    """A server that keeps the vectors of archives, each in a collection of its own.

    Raises:
        SettingsError: `url` is not the address of one.
    """

    url: str
    token: str = field(default="", repr=False)
    """Sent with every request, for a proxy before the server that asks who comes."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            named = parts.hostname and parts.port != 0
        except ValueError:
            named = None
        if not named or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise SettingsError(
                f"{self.url} is not the address of a Chroma server: give http://HOST:PORT or https://HOST:PORT, with "
                "a path if it has one, with --chroma or as BACKFILE_CHROMA_URL"
            )
        if "@" in parts.netloc:
            raise SettingsError(
                f"the address of the Chroma server on {parts.hostname} has a name or password in it: leave them "
                "out, and set BACKFILE_CHROMA_TOKEN where the server asks for a token"
            )


@dataclass(frozen=True)
class ArchiveFolder:
    """The folder of an archive."""

    path: Path
    server: ChromaServer | None = None
    """Where the vectors lie in place of the folder."""

    @property
    def catalog(self) -> Path:
        """The SQL database, the only file that cannot be made again."""
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
        """Database of the conversations, which no ingest touches."""
        return self.path / "conversations.sqlite"

    @property
    def _lock(self) -> Path:
        return self.path / "ingest.lock"

    @property
    def _holder(self) -> Path:
        return self.path / "ingest.json"

    def require(self) -> None:
        """Raise NoArchive or NotAnArchive where there is no archive to ask, ArchiveError where nobody can see."""
        if self._is_one():
            return
        if self._is_other():
            raise NotAnArchive(
                f"{self.path} is not an archive: give the folder that `python -m ingest` made with --archive"
            )
        raise NoArchive(
            f"there is no archive in {self.path} yet: make one with "
            f"`python -m ingest PATH --archive {self.path}`, PATH being your articles"
        )

    def prepare(self) -> None:
        """Make the folder for a new archive, or accept the one there is.

        Raises:
            NotAnArchive: there is a file of this name, or a folder with other things in it.
            ArchiveError: the folder cannot be made.
        """
        if self._is_one():
            return
        if self._is_other():
            raise NotAnArchive(
                f"{self.path} holds other files and is not an archive: give --archive an empty or a new folder"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"cannot make the folder {self.path} ({error.strerror}): give --archive another place"
            ) from error

    def _is_one(self) -> bool:
        with self._seen():
            return self.catalog.is_file()

    def _is_other(self) -> bool:
        with self._seen():
            return self.path.is_file() or (self.path.is_dir() and bool(self._strangers()))

    @contextmanager
    def _seen(self) -> Iterator[None]:
        """Turn what the system answers for a folder it will not show into an ArchiveError."""
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"cannot look into the archive {self.path} ({error.strerror}): check the path and its permissions"
            ) from error

    def _strangers(self) -> list[str]:
        ours = {
            entry.name
            for entry in (self.conversations, self._lock, self._holder, self.catalog.with_suffix(".new"))
        }
        names = (entry.name for entry in self.path.iterdir())
        return [name for name in names if not name.startswith(".") and name.partition("-")[0] not in ours]

    @contextmanager
    def written(self) -> Iterator[None]:
        """Hold the archive's write lock for the block; the system lets go of it even if the process is killed.

        Raises:
            ArchiveBusy: another process holds it.
            ArchiveError: the folder cannot be written to.
        """
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=READER_SECONDS)
        except Timeout:
            raise ArchiveBusy(
                f"another ingest is writing to {self.path}{self._who()}: wait until it has ended, or stop it"
            ) from None
        except OSError as error:
            raise ArchiveError(
                f"cannot write to {self.path} ({error.strerror}): check its permissions, and that its disk is not full"
            ) from error
        try:
            self._sign()
            yield
        finally:
            with suppress(OSError):
                self._holder.unlink(missing_ok=True)
            lock.release()

    def _sign(self) -> None:
        """Leave word of who is writing."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self._holder.write_text(json.dumps({"process": os.getpid(), "started": started}))
        except OSError as error:
            raise ArchiveError(
                f"cannot write to {self.path} ({error.strerror}): free some disk space, and check its permissions"
            ) from error

    @contextmanager
    def quiet(self) -> Iterator[bool]:
        """Keep writers out for a short block if none is at work; tells whether that is so.

        Where the lock cannot be had at all, as in a folder that may only be read, nobody here can write.
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
        if not self._holder.exists():
            return False
        with self.quiet() as quiet:
            return not quiet

    def _who(self) -> str:
        try:
            holder = json.loads(self._holder.read_text())
        except (OSError, ValueError):
            return ""
        return f" (process {holder['process']}, since {holder['started']})"


def archive_folder(settings: Settings) -> ArchiveFolder:
    """Return the archive that the settings name, with the server that keeps its vectors if there is one.

    Raises:
        SettingsError: BACKFILE_CHROMA_URL is not the address of a server.
    """
    server = ChromaServer(settings.chroma_url, settings.chroma_token) if settings.chroma_url else None
    return ArchiveFolder(settings.archive, server)

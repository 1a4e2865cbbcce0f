"""Finds the files to ingest, and gives each a place that does not depend on the machine."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath

from assistant.errors import SourceError

FIELDS = (
    "title",
    "text",
    "outlet",
    "authors",
    "published",
    "updated",
    "place",
    "url",
    "guid",
    "language",
    "section",
    "keywords",
)
"""Fields of an article to which a record's field names can be mapped."""

# Control characters, line ends, and marks that change how a name is displayed.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_README = re.compile(r"readme(?:[._-].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class SourceFile:
    """One file to ingest."""

    source: str
    """`folder/sub/file.txt`: the name of the folder given, then the path inside it; POSIX slashes."""
    path: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class FileRule:
    """Options for some of the files."""

    pattern: str
    """Matches the end of a file's place: `exports/*.csv`."""
    outlet: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading records that do not describe themselves."""

    outlet: str | None = None
    """Outlet of articles that name none."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Maps a field of an article to the record's field name; `a.b` means field b of the record in field a. Takes
    precedence over the known names."""
    rules: tuple[FileRule, ...] = ()
    """Rules for some files, which take precedence over `outlet` and `fields`; the last matching rule wins."""
    today: date = field(default_factory=date.today)
    """Publication dates more than a day after this date are set to unknown. No date is ever derived from it."""

    def of(self, source: str) -> "ReadOptions":
        """Return the options for the file at this place."""
        found = self
        for rule in self.rules:
            if PurePosixPath(source).match(rule.pattern):
                outlet, fields = rule.outlet or found.outlet, {**found.fields, **rule.fields}
                found = replace(found, outlet=outlet, fields=fields)
        return found


def parse_fields(mappings: Sequence[str]) -> dict[str, str]:
    """Read `["title=headline", …]` into `{"title": "headline", …}`.

    Raises:
        SourceError: a mapping has no `=`, or articles have no such field.

    >>> parse_fields(["title=Headline EN", "text=copy"])
    {'title': 'Headline EN', 'text': 'copy'}
    """
    fields: dict[str, str] = {}
    for mapping in mappings:
        target, equals, name = (part.strip() for part in mapping.partition("="))
        if not equals or not name:
            raise SourceError(f"cannot read the field mapping {mapping!r}: write it as title=COLUMN")
        if target not in FIELDS:
            raise SourceError(f"articles have no field {target!r}: map one of {', '.join(FIELDS)}")
        fields[target] = name
    return fields


def walk(paths: Sequence[Path]) -> Iterator[SourceFile]:
    """Yield the files at and below `paths`, in the order given, folders sorted by name.

    Hidden files, devices, pipes and sockets are skipped. Each folder is entered once, however many links lead to
    it. A path inside another given path is read as part of that one. A folder or link that cannot be followed is
    yielded like a file, so that reading it reports the problem.

    Raises:
        SourceError: a path does not exist or is neither a file nor a folder, or two paths have the same place.
    """
    given = [Path(os.path.abspath(path)) for path in paths]
    for path in given:
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise SourceError(f"{path} does not exist: check the path") from None
        except OSError as error:
            raise SourceError(f"{path} cannot be opened ({error.strerror}): check the path") from error
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise SourceError(f"{path} is neither a file nor a folder and cannot be read")
    folders = {path for path in given if path.is_dir()}
    entered: set[tuple[int, int]] = set()
    roots: dict[str, Path] = {}
    for path in dict.fromkeys(given):
        if not folders.isdisjoint(path.parents):
            continue
        place = place_of(path)
        if (other := roots.setdefault(place, path)) != path:
            raise SourceError(
                f"{other} and {path} would both have the place {place}, so articles of one would replace "
                "those of the other: give the folder that contains both"
            )
        if path in folders:
            yield from _below(path, place, entered)
        else:
            yield _file(path, place)


def place_of(path: Path) -> str:
    """Return the place of a path given to ingest; it does not depend on where the folder is on this machine.

    >>> place_of(Path("/data/desk"))
    'data/desk'
    """
    path = Path(os.path.abspath(path))
    return _place_text(path.name if path.is_dir() else f"{path.parent.name}/{path.name}".lstrip("/"))


def printable(place: str) -> str:
    """Return a place on one line: letters composed, and invisible characters as escape sequences.

    >>> printable("desk/a\\nb\\u202etxt.exe")
    'desk/a\\\\nb\\\\u202etxt.exe'
    """
    composed = unicodedata.normalize("NFC", place.encode("utf-8", "backslashreplace").decode())
    return _INVISIBLE.sub(lambda unseen: unseen[0].encode("unicode_escape").decode(), composed)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is skipped silently: `.DS_Store`, `__MACOSX`."""
    return name.startswith(".") or name == "__MACOSX"


def is_readme(name: str) -> bool:
    """Whether a file of this name describes the archive instead of belonging to it."""
    return _README.fullmatch(name) is not None


def _below(folder: Path, source: str, entered: set[tuple[int, int]]) -> Iterator[SourceFile]:
    # Uses a stack instead of recursion, because folders may be nested deeper than Python's stack.
    waiting = [(folder, source)]
    while waiting:
        path, place = waiting.pop()
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                # File systems without inodes report inode 0, so it does not identify a folder.
                identity = (status.st_dev, status.st_ino)
                if status.st_ino and identity in entered:
                    continue
                entered.add(identity)
                names = sorted((name for name in os.listdir(path) if not is_hidden(name)), reverse=True)
                waiting.extend((path / name, f"{place}/{name}".lstrip("/")) for name in names)
            elif stat.S_ISREG(status.st_mode):
                yield _file(path, place)
        except OSError:
            yield SourceFile(_place_text(place), path, 0, 0)


def _file(path: Path, source: str) -> SourceFile:
    try:
        status = path.stat()
    except OSError:
        return SourceFile(_place_text(source), path, 0, 0)
    return SourceFile(_place_text(source), path, status.st_size, status.st_mtime_ns)


def _place_text(source: str) -> str:
    """Return the place as text; undecodable bytes become escape sequences."""
    return printable(os.fsencode(source).decode("utf-8", "backslashreplace"))


def digest(file: SourceFile) -> str | None:
    """Return the SHA-256 digest of a file's bytes; None if it cannot be read."""
    try:
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None

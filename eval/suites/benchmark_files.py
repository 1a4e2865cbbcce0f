"""Read files of benchmark data; an error names the file, the line and the remedy."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from assistant.errors import BackfileError
from assistant.json_object import JsonObject

T = TypeVar("T")


class DataNotFound(BackfileError):
    """The --data folder does not hold the files that a suite reads."""


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a benchmark file, gzipped or not, without line ends.

    Raises:
        DataNotFound: there is no such file.
        BackfileError: the file cannot be read; the message says what to do.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            for line in stream:
                yield line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BackfileError(
            f"{path} is not UTF-8 ({error}): get the file again, or save it as UTF-8"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackfileError(f"{path} is damaged ({error}): get the file again") from error
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise (DataNotFound if missing else BackfileError)(
            f"cannot read {path} ({error.strerror}): give --data the folder that holds it"
        ) from error


def read_data(path: Path) -> str:
    """Return the text of a benchmark file, gzipped or not.

    Raises:
        BackfileError: the file cannot be read; the message says what to do.
    """
    return "\n".join(read_lines(path))


def read_jsonl(path: Path, parse: Callable[[JsonObject], T], form: str) -> Iterator[T]:
    """Yield the result of `parse` for the JSON object on each line that is not blank.

    `form` describes a valid line, for the error message. `parse` may raise KeyError, TypeError, ValueError or
    AttributeError for an invalid line.

    Raises:
        BackfileError: the file cannot be read, or a line is invalid; names the line and the remedy.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(f"it is {type(row).__name__}, not an object")
            parsed = parse(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackfileError(
                f"{path}, line {number}: {describe_error(error)}; each line must be {form}: "
                "correct it, or get the file again"
            ) from error
        yield parsed


def describe_error(error: Exception) -> str:
    """Return a readable reason for an error raised while a record was parsed.

    >>> describe_error(KeyError("answer")), describe_error(ValueError("Expecting value"))
    ("it lacks 'answer'", 'Expecting value')
    """
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)

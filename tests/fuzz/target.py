"""Runs one target in its own process: libFuzzer generates files, and the results of parsing them are
checked."""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

GUIDES = ["ingest", "assistant", "trafilatura", "htmldate", "email", "zipfile", "csv"]
"""Packages whose branch coverage guides the generation of files."""

FORBIDDEN = (
    "socket.",
    "subprocess.",
    "shutil.",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.symlink",
    "os.system",
)
BOMB = 100_000
"""Size from which a bomb is recognised here, a hundredth of the real one, so that more files are tried."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Records forbidden system calls while a file is parsed. Raising would look like damage of the file."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.on = False
        self._unnamed = tempfile.gettempdir()
        """Temporary files without a name are opened through this folder."""
        sys.addaudithook(self._look)

    def _look(self, event: str, args: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event.startswith(FORBIDDEN) or (event == "open" and self._writes(*args)):
            self.seen.append(f"{event} {args}")

    def _writes(self, path: object, mode: object, flags: object) -> bool:
        return isinstance(flags, int) and flags & WRITING != 0 and path != self._unnamed


def fuzz(path: Path, arguments: Sequence[str]) -> None:
    """Check the parsing of generated files, each written to `path`, until libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=GUIDES):
        from ingest.formats import containers, ocr, pdf_pages
        from ingest.formats.columns import Reading
        from tests.fuzz.soundness import check

    warnings.simplefilter("error")
    watch = Watch()

    def pages(command: Sequence[str], *, stdin: int, **_: object) -> "subprocess.CompletedProcess[bytes]":
        # In production this is a separate process, which starts slowly and would hide faults.
        with open(stdin, "rb", closefd=False) as file:
            if command[-2] == "--page":
                return subprocess.CompletedProcess([], 0, pdf_pages.drawn(file, int(command[-1])))
            written = "".join(json.dumps(value) + "\n" for value in pdf_pages.values(file))
        return subprocess.CompletedProcess([], 0, written.encode())

    def recognise(picture: object) -> ocr.Page:
        # Recognition takes seconds for each picture, and no file can change what it does.
        return ocr.Page((), Reading([]))

    def once(data: bytes) -> None:
        path.write_bytes(data)
        watch.on = True
        check(path)
        watch.on = False
        assert not watch.seen, watch.seen

    with (
        patch.object(containers, "RATIO_FREE", BOMB),
        patch.object(subprocess, "run", pages),
        patch.object(ocr, "recognise", recognise),
        patch.object(ocr, "is_installed", lambda: True),
    ):
        atheris.Setup([path.name, *arguments], once)
        atheris.Fuzz()


if __name__ == "__main__":
    fuzz(Path(sys.argv[1]), sys.argv[2:])

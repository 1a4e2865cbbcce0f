"""Extracts the lines of a PDF and their positions on its pages, with PDFium in its own process.

Run as a program, its standard input is the PDF, a file. It writes one JSON value per line: first `{"pages": 3,
"title": …, "author": …, "keywords": …}` or `{"failure": "password"}`, then for each page `{"drawn": true, "lines":
[[text, left, right, bottom, top], …]}`. It imports nothing of Backfile, so that it starts fast.
"""

import ctypes
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

MAX_MEMORY = 2**30
"""Maximum bytes of memory; a normal page takes about ten million."""

MAX_SECONDS = 60
"""Maximum seconds of processor time; a normal document of 1,000 pages takes ten."""

MAX_PAGES = 5_000

MAX_CHARACTERS = 20_000_000

HYPHEN = "\xad"
"""Replaces a hyphen that only the line break caused."""

_LINE_ENDS = (10, 13)
_HYPHENS = (2, 0xFFFE)
"""Codes that PDFium uses for such a hyphen."""


def main() -> None:
    """Read the PDF and write its content."""
    _limit()
    with open(0, "rb") as file:
        file.seek(0)
        for value in values(file):
            sys.stdout.write(json.dumps(value) + "\n")
            sys.stdout.flush()


def values(file: BinaryIO) -> Iterator[dict[str, object]]:
    """Yield the JSON values to write."""
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        yield {"failure": "password" if locked else "damaged"}
        return
    count = len(document)
    if count > MAX_PAGES:
        yield {"failure": "pages"}
        return
    stated = document.get_metadata_dict()
    names = ("Title", "Author", "Keywords")
    yield {"pages": count, **{name.lower(): stated.get(name) for name in names}}
    characters = 0
    for index in range(count):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            yield {"drawn": True, "lines": []}
            continue
        text = page.get_textpage()
        lines = list(_lines(text.raw))
        drawn = pdfium.FPDFPage_CountObjects(page.raw) > 0
        text.close()
        page.close()
        characters += sum(len(str(line[0])) for line in lines)
        if characters > MAX_CHARACTERS:
            yield {"failure": "text"}
            return
        yield {"drawn": drawn, "lines": lines}


def _limit() -> None:
    """Let the system end this process if it takes too much memory or time."""
    try:
        import resource
    except ImportError:
        return  # this system has no limits; the parent limits the time
    for what, limit in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CPU, MAX_SECONDS)):
        try:
            resource.setrlimit(what, (limit, limit))
        except (OSError, ValueError):
            continue


def _lines(text: object) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield the lines of a page in the order in which it draws them."""
    letters: list[int] = []
    places: list[int] = []
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _HYPHENS:
            letters.append(ord(HYPHEN))
        elif code not in _LINE_ENDS:
            letters.append(code)
            if code > 32:
                places.append(index)
            continue
        if places:
            yield _line(text, letters, places)
        letters, places = [], []
    if places:
        yield _line(text, letters, places)


def _line(text: object, letters: list[int], places: list[int]) -> tuple[str, float, float, float, float]:
    # Characters above 65,535 come in two halves.
    joined = "".join(map(chr, letters)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    box = pdfium.FS_RECTF()
    edges = []
    for place in (places[0], places[-1]):
        pdfium.FPDFText_GetLooseCharBox(text, place, ctypes.byref(box))
        edges.append((box.left, box.right, box.bottom, box.top))
    first, last = edges
    return (
        joined.strip(" "),
        round(min(first[0], last[0]), 1),
        round(max(first[1], last[1]), 1),
        round(first[2], 1),
        round(first[3], 1),
    )


if __name__ == "__main__":
    main()

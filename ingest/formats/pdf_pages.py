"""Extracts the lines of a PDF and their positions on its pages, with PDFium in its own process.

Run as a program, its standard input is the PDF, a file. It writes one JSON value per line: first `{"pages": 3,
"title": …, "author": …, "keywords": …}` or `{"failure": "password"}`, then for each page `{"drawn": true, "lines":
[[text, left, right, bottom, top], …]}`. A line with a wide space in it comes in parts. With `--page 3`,
it writes that page as a picture in grey (PGM) instead. The program imports nothing of Backfile, so that it starts fast.
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

DOTS = 200 / 72
"""Dots per point of a page that is drawn as a picture: 200 per inch."""

LONGEST_SIDE = 3_000
"""Maximum pixels of the longer side of that picture."""

SPACE = 0.6
"""Minimum width of a space that separates columns, in letter heights."""

_LINE_ENDS = (10, 13)
_HYPHENS = (2, 0xFFFE)
"""Codes that PDFium uses for such a hyphen."""


def main() -> None:
    """Read the PDF and write its content."""
    _limit()
    with open(0, "rb") as file:
        file.seek(0)
        if sys.argv[1:2] == ["--page"]:
            sys.stdout.buffer.write(drawn(file, int(sys.argv[2])))
            return
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


def drawn(file: BinaryIO, number: int) -> bytes:
    """Return a page as a picture."""
    page = pypdfium2.PdfDocument(file)[number - 1]
    scale = min(DOTS, LONGEST_SIDE / max(page.get_size()))
    grey = page.render(scale=scale, grayscale=True).to_numpy()
    height, width = grey.shape[:2]
    return b"P5 %d %d 255\n" % (width, height) + bytes(grey)


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
    """Yield the lines of a page, or their parts, in the order in which it draws them."""
    letters: list[int] = []
    first = last = -1
    """The first and last visible letter."""
    is_after_space = False
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _HYPHENS:
            letters.append(ord(HYPHEN))
        is_end = code in _LINE_ENDS or code in _HYPHENS
        if is_end or (code > 32 and is_after_space and last >= 0 and _is_wide(text, last, index)):
            if last >= 0:
                yield _line(text, letters, first, last)
            letters, first, last = [], -1, -1
        if not is_end:
            letters.append(code)
            if code > 32:
                first, last = index if first < 0 else first, index
        is_after_space = code <= 32
    if last >= 0:
        yield _line(text, letters, first, last)


def _is_wide(text: object, before: int, after: int) -> bool:
    """Whether the space between two letters of a line separates columns."""
    _, right, bottom, top = _box(text, before)
    left, _, _, _ = _box(text, after)
    return left - right > SPACE * (top - bottom)


def _line(text: object, letters: list[int], first: int, last: int) -> tuple[str, float, float, float, float]:
    # Characters above 65,535 come in two halves.
    joined = "".join(map(chr, letters)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    one, other = _box(text, first), _box(text, last)
    edges = (min(one[0], other[0]), max(one[1], other[1]), one[2], one[3])
    left, right, bottom, top = (round(edge, 1) for edge in edges)
    return joined.strip(" "), left, right, bottom, top


def _box(text: object, index: int) -> tuple[float, float, float, float]:
    """Return the left, right, lower and upper edge of a letter."""
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box))
    return box.left, box.right, box.bottom, box.top


if __name__ == "__main__":
    main()

"""Recognises the text of pictures with RapidOCR, which the extra `backfile[ocr]` installs together with its models."""

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import IO, Any

import numpy as np
from PIL import Image, ImageSequence

from ingest.formats.columns import Reading, in_reading_order
from ingest.formats.entry import Unreadable
from ingest.formats.layout import Line

EXTRA = "ocr"

MISSING = "a picture of text, which RapidOCR reads: run pip install 'backfile[ocr]', and ingest it again"

FORMATS = ("PNG", "JPEG", "TIFF", "JPEG2000", "PPM")

MOST_PIXELS = 100_000_000
"""Maximum pixels of a picture; the page of a newspaper at 300 dots per inch has 35 million."""

MOST_PAGES = 500
"""Maximum pages of one TIFF file."""

LONGEST_SIDE = 3_000
"""Pixels to which the longer side of a larger picture is reduced, which bounds the memory that recognition takes."""

PAGE_WIDTH = 600
"""Width that a page is given, in points, in which `layout` measures."""

SAME_LETTERS = 1.4
"""Maximum ratio of a line's height to the median at which it has the letters of most text. The box of a line is up to a
third higher if it has letters with ascenders and descenders, and headlines are larger."""

WIDE = 8
"""Minimum width of a line, in heights, by which the slope of a page is measured."""


@dataclass(frozen=True)
class Word:
    """A recognised word, its position on the page as in `Line`, and how surely it was recognised, from 0 to 1."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    confidence: float


@dataclass(frozen=True)
class Page:
    """The words of a page, and its lines in the order in which they are read."""

    words: Sequence[Word]
    reading: Reading


def is_installed() -> bool:
    """Whether text can be recognised here."""
    return find_spec("rapidocr") is not None


def pictures(stream: IO[bytes]) -> Iterator[Image.Image]:
    """Yield the pages of a picture file. Raises Unreadable if it is damaged or too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream, formats=FORMATS) as picture:
                for number, frame in enumerate(ImageSequence.Iterator(picture)):
                    if frame.width * frame.height > MOST_PIXELS:
                        raise Unreadable(f"a picture of more than {MOST_PIXELS // 1_000_000} million pixels")
                    if number == MOST_PAGES:
                        raise Unreadable(f"a picture of more than {MOST_PAGES} pages: split it")
                    yield _reduced(frame)
        except Unreadable:
            raise
        except Exception as error:
            # The library fails in many ways on damaged pictures.
            raise Unreadable(f"a damaged picture: {str(error)[:200]}") from error


def recognise(picture: Image.Image) -> Page:
    """Return what is printed on a page. Lines that slope, because the page was laid askew, are straightened."""
    result = _engine()(np.asarray(_reduced(picture)))
    if result.boxes is None or not len(result.boxes):
        return Page((), Reading([]))
    scale = PAGE_WIDTH / picture.width
    turned = _turned(result.boxes, -_slope(result.boxes)) * scale
    page_height = picture.height * scale
    lines = [Line(text, *_edges(box, page_height)) for text, box in zip(result.txts, turned, strict=True)]
    words = [
        Word(text, *_edges(np.array(box) * scale, page_height), confidence)
        for line in result.word_results
        for text, confidence, box in line
        if box is not None
    ]
    return Page(words, in_reading_order(_with_even_heights(lines)))


@cache
def _engine() -> Any:
    """Return the recogniser. It is made at first use, because that takes seconds."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Global.max_side_len": LONGEST_SIDE,
            # Pages of an archive stand upright; whether a line stands on its head need not be asked.
            "Global.use_cls": False,
            # Several processes read files; two threads would take 11 s of processor time for a page instead of 7.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        }
    )


def _reduced(picture: Image.Image) -> Image.Image:
    """Return a picture in colours, on white, at most LONGEST_SIDE long."""
    if "A" in picture.getbands() or "transparency" in picture.info:
        shown = picture.convert("RGBA")
        picture = Image.new("RGB", shown.size, "white")
        picture.paste(shown, mask=shown.getchannel("A"))
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    picture = picture.convert("RGB")
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture


def _slope(boxes: Any) -> float:
    """Return the angle at which most wide lines slope."""
    angles = [
        math.atan2(right[1] - left[1], right[0] - left[0])
        for left, right, _, lower in boxes
        if right[0] - left[0] > WIDE * abs(lower[1] - left[1])
    ]
    return median(angles) if angles else 0.0


def _turned(boxes: Any, angle: float) -> Any:
    """Return boxes turned around the origin."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return np.asarray(boxes, float) @ np.array([[cosine, sine], [-sine, cosine]])


def _edges(box: Any, page_height: float) -> tuple[float, float, float, float]:
    """Return the left, right, lower and upper edge of a box; `Line` counts heights from the bottom of the page."""
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    return float(left), float(right), float(page_height - bottom), float(page_height - top)


def _with_even_heights(lines: Sequence[Line]) -> list[Line]:
    """Give the lines of most text one height, because that of their boxes depends on the letters in them."""
    usual = median(line.size for line in lines)
    return [
        replace(line, bottom=middle - usual / 2, top=middle + usual / 2)
        if usual / SAME_LETTERS < line.size < usual * SAME_LETTERS
        else line
        for line in lines
        for middle in ((line.bottom + line.top) / 2,)
    ]

"""Charts as inline SVG; they load nothing and take their colours from the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.metrics import Bin, Estimate

WIDTH = 360
HEIGHT = 260
LEFT, TOP, RIGHT, BOTTOM = 44, 12, 12, 40
"""Margins of a square chart, which hold the names of its axes."""

ROW = 24
NAMES = 168
"""Width for a row's name and its number of questions."""

TICKS = (0, 0.25, 0.5, 0.75, 1)


@dataclass(frozen=True)
class Row:
    """A bar from 0 to 1 with its interval, and its value in an earlier run."""

    name: str
    now: Estimate
    before: float | None = None


def bars(rows: Sequence[Row], label: str) -> str:
    """Draw one bar per row."""
    width, height = 640, len(rows) * ROW + 26
    room = width - NAMES - 56

    def x(share: float) -> float:
        return NAMES + share * room

    drawn = [
        f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="0" y2="{height - 22}"/>'
        f'<text class="tick" x="{x(tick):.1f}" y="{height - 6}" text-anchor="middle">{tick:g}</text>'
        for tick in TICKS
    ]
    for number, row in enumerate(rows):
        y, now = number * ROW + 4, row.now
        drawn.append(
            f"<g><title>{escape(row.name)}: {now.value:.3f} [{now.low:.3f}, {now.high:.3f}], n = {now.n}</title>"
            f'<text x="0" y="{y + 13}">{escape(row.name)}</text>'
            f'<text class="tick" x="{NAMES - 10}" y="{y + 13}" text-anchor="end">{now.n}</text>'
            f'<rect class="bar" x="{NAMES}" y="{y}" width="{now.value * room:.1f}" height="{ROW - 8}" rx="2"/>'
            f'<line class="whisker" x1="{x(now.low):.1f}" x2="{x(now.high):.1f}" y1="{y + 8}" y2="{y + 8}"/>'
        )
        if row.before is not None:
            then, ends = x(row.before), (y - 3, y + ROW - 5)
            drawn.append(
                f'<line class="before" x1="{then:.1f}" x2="{then:.1f}" y1="{ends[0]}" y2="{ends[1]}"/>'
            )
        drawn.append(f'<text x="{width - 44}" y="{y + 13}">{now.value:.3f}</text></g>')
    return _svg(width, height, label, drawn)


def reliability(now: Sequence[Bin], before: Sequence[Bin], label: str) -> str:
    """Draw the share right by confidence; a dot's area is its number of answers."""
    drawn = [*_axes("confidence", "share right"), _line([(0, 0), (1, 1)], "ideal")]
    most = max((each.n for each in (*now, *before)), default=1)
    for bins, style in ((before, "before"), (now, "now")):
        drawn.append(_line([(each.confidence, each.right) for each in bins], style))
        for each in bins:
            x, y = _at(each.confidence, each.right)
            drawn.append(
                f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 6 * (each.n / most) ** 0.5:.1f}">'
                f"<title>{each.n} answers: confidence {each.confidence:.2f}, right {each.right:.2f}</title></circle>"
            )
    return _svg(WIDTH, HEIGHT, label, drawn)


def risk(now: Sequence[tuple[float, float]], before: Sequence[tuple[float, float]], label: str) -> str:
    """Draw the share wrong if only the most confident questions are answered."""
    drawn = [*_axes("coverage", "share wrong"), _line(before, "before"), _line(now, "now")]
    return _svg(WIDTH, HEIGHT, label, drawn)


def histogram(values: Sequence[float], marks: Sequence[tuple[str, float]], label: str) -> str:
    """Draw the distribution of values with some marks; the slowest hundredth is in the last bar."""
    ordered = sorted(values)
    end = max(ordered[int(0.99 * (len(ordered) - 1))], *(value for _, value in marks), 1.0) * 1.05
    counts = [0] * 24
    for value in values:
        counts[min(int(value / end * len(counts)), len(counts) - 1)] += 1
    drawn = list(_axes("milliseconds", "questions", ends=(f"{end:.0f}", str(max(counts)))))
    for number, count in enumerate(counts):
        (x, y), (right, bottom) = (
            _at(number / len(counts), count / max(counts)),
            _at((number + 1) / len(counts), 0),
        )
        drawn.append(
            f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{right - x - 1:.1f}" height="{bottom - y:.1f}">'
            f"<title>{count} questions</title></rect>"
        )
    for number, (name, value) in enumerate(marks):
        x, top = _at(value / end, 1)
        # Put the label on the side with room.
        aside, anchor = (-4, "end") if value > end / 2 else (4, "start")
        drawn.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{_at(0, 0)[1]:.1f}"/>'
            f'<text class="tick" x="{x + aside:.1f}" y="{top + 12 + 14 * number:.1f}" text-anchor="{anchor}">'
            f"{escape(name)} {value:.0f}</text>"
        )
    return _svg(WIDTH, HEIGHT, label, drawn)


def _axes(across: str, up: str, ends: tuple[str, str] | None = None) -> list[str]:
    """Return the grid and axis names; the axes run from 0 to 1 unless `ends` names their ends."""
    (left, bottom), (right, top) = _at(0, 0), _at(1, 1)
    drawn = []
    for tick in TICKS:
        x, y = _at(tick, tick)
        drawn.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        across_tick, up_tick = (f"{tick:g}", f"{tick:g}") if ends is None else _ends(tick, ends)
        drawn.append(
            f'<text class="tick" x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{across_tick}</text>'
        )
        drawn.append(f'<text class="tick" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{up_tick}</text>')
    drawn.append(
        f'<text class="tick" x="{(left + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>'
        f'<text class="tick" transform="translate(11 {(top + bottom) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>"
    )
    return drawn


def _ends(tick: float, ends: tuple[str, str]) -> tuple[str, str]:
    return ends if tick == 1 else ("", "") if tick else ("0", "0")


def _at(across: float, up: float) -> tuple[float, float]:
    return LEFT + across * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)


def _line(points: Sequence[tuple[float, float]], style: str) -> str:
    if not points:
        return ""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(*point) for point in points))
    return f'<polyline class="{style}" points="{places}"/>'


def _svg(width: int, height: int, label: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(drawn)}</svg>'
    )

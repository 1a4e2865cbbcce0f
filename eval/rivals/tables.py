"""The results as two Markdown tables: ingest and search."""

from collections.abc import Sequence

from eval.metrics import Estimate, hit, reciprocal_rank
from eval.rivals.measuring import ARTICLES, Measurement, SearchResults
from eval.rivals.running import Result
from eval.suites.realtimeqa import CUTS, QuizQuestion

INGEST = (
    "vectors in",
    "model in",
    "passages",
    "seconds",
    "articles/s",
    "passages/s",
    "peak memory",
    "on disk",
)
SEARCH = (
    *(f"hit@{cut}" for cut in CUTS),
    f"MRR@{ARTICLES}",
    f"MRR@{ARTICLES} minus the first line's",
    "ms, p50",
    "ms, p95",
)


def ingest_table(results: Sequence[Result], articles: int) -> str:
    """Return the table of each system's ingest."""
    return _table(
        INGEST,
        [
            (
                result.entrant.name,
                _ingest_cells(result, result.measurement, articles) if result.measurement else None,
            )
            for result in results
        ],
    )


def search_table(results: Sequence[Result], questions: Sequence[QuizQuestion]) -> str:
    """Return the table of each system's search, with MRR compared to the first system's."""
    lines: list[tuple[str, list[str] | None]] = []
    first: list[float] = []
    for result in results:
        name = result.entrant.name
        if result.measurement:
            for search, asked in result.measurement.asked.items():
                lines.append(
                    (f"{name}, {search}" if search else name, _search_cells(asked, questions, first))
                )
                first = first or _ranks(asked, questions)
        elif result.entrant.searches:
            lines.append((name, None))
    return _table(SEARCH, lines)


def _ingest_cells(result: Result, found: Measurement, articles: int) -> list[str]:
    return [
        found.store,
        found.precision,
        f"{found.passages:,}",
        f"{found.seconds:,.1f}",
        f"{articles / found.seconds:.1f}" if result.entrant.searches else "–",
        f"{found.passages / found.seconds:.1f}",
        f"{result.memory / 1e9:.2f} GB",
        f"{found.disk / 1e6:,.1f} MB" if found.disk else "–",
    ]


def _search_cells(
    asked: SearchResults, questions: Sequence[QuizQuestion], first: Sequence[float]
) -> list[str]:
    ranks = _ranks(asked, questions)
    hits = [
        [hit(ranked, each.relevant, cut) for ranked, each in zip(asked.ranked, questions, strict=True)]
        for cut in CUTS
    ]
    # Paired by question: easy and hard ones are the same for both, so the interval is narrower than either's.
    differences = [own - other for own, other in zip(ranks, first, strict=True)] if first else []
    times = [Estimate.of(asked.seconds, percentile=percentile) for percentile in (50, 95)]
    return [
        *(_shown(Estimate.of(values)) for values in (*hits, ranks)),
        _shown(Estimate.of(differences), "+") if differences else "–",
        *(f"{1000 * each.value:.0f}" for each in times),
    ]


def _ranks(asked: SearchResults, questions: Sequence[QuizQuestion]) -> list[float]:
    both = zip(asked.ranked, questions, strict=True)
    return [reciprocal_rank(ranked, each.relevant, ARTICLES) for ranked, each in both]


def _shown(found: Estimate, sign: str = "") -> str:
    return f"{found.value:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"


def _table(heads: Sequence[str], lines: Sequence[tuple[str, list[str] | None]]) -> str:
    """Lay out a Markdown table; a system without cells was not measured."""
    rows = [["system", *heads], *([name, *(cells or ["not measured"])] for name, cells in lines)]
    rows = [row + [""] * (len(rows[0]) - len(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])

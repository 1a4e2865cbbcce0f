"""The questions of the gold set, each with accepted answers and the exact spans that prove them.

A file holds one question per line, as JSON. A span is written as the source of its article and its exact words;
loading turns it into article, version, start and end. Loading refuses every mistake that it can find.
"""

import difflib
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from assistant.answer import Reason
from assistant.archive.catalog import Catalog
from assistant.article import Article
from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from assistant.query import Exchange, Filters
from assistant.text.counting import counted
from eval.gold.halves import Half, half_of
from eval.metrics import Place

GOLD = Path(__file__).parent
"""Folder of the set that comes with the project, one file per theme."""

Kind = Literal[
    "who",
    "what",
    "when",
    "where",
    "how_many",
    "why",
    "list",
    "yes_no",
    "comparison",
    "timeline",
    "attribution",
    "follow_up",
    "conflict",
    "corrected",
    "date_filtered",
    "unanswerable",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

OPEN: frozenset[Kind] = frozenset({"why", "list", "timeline", "comparison", "conflict", "follow_up"})
"""Types that may have no short answer: then the spans alone decide whether an answer is right."""

REASONS: tuple[Reason, ...] = ("not_in_archive", "outside_dates", "hidden_by_filter")
"""Reason codes of unanswerable questions. Other reasons do not occur in an archive that holds articles."""

_REQUIRED = {"id", "type", "question"}
_ALWAYS = {*_REQUIRED, "event", "as_of", "history", "filters", "accepted", "note"}
_ANSWERABLE = {*_ALWAYS, "answers", "support", "also_support"}
_UNANSWERABLE = {*_ALWAYS, "reason_code"}

Row = JsonObject
"""One question as its line of JSON holds it."""


@dataclass(frozen=True, kw_only=True)
class GoldQuestion:
    """One question of the set."""

    id: str
    kind: Kind
    text: str
    event: str | None = None
    """Key of the event that the question asks about. It decides the half; a user's own set may lack it."""
    answers: tuple[str, ...] = ()
    """Variants of the short answer; any one is right. A conflict has the variants of all sides."""
    proofs: tuple[tuple[Place, ...], ...] = ()
    """What a full answer cites. Citing any one place of a proof cites the proof."""
    reason: Reason | None = None
    """Why an unanswerable question has no answer; None for an answerable one."""
    as_of: date | None = None
    history: tuple[Exchange, ...] = ()
    filters: Filters = field(default_factory=Filters)

    @property
    def answerable(self) -> bool:
        """Whether the articles that pass the filters hold the answer."""
        return self.reason is None

    @property
    def half(self) -> Half | None:
        """Half of the set that the question belongs to; None without an event."""
        return half_of(self.event) if self.event else None


def load(path: Path, catalog: Catalog) -> list[GoldQuestion]:
    """Read the questions of a JSONL file, or of all JSONL files in a folder, and find their spans in an archive.

    Leaves out drafts that are not accepted yet.

    Raises:
        BackfileError: a question is wrong or does not fit the archive; the message names file, line and remedy.
    """
    files = _files(path)
    texts = _Texts(catalog.articles(), catalog)
    questions: list[GoldQuestion] = []
    places: dict[str, str] = {}
    left_out = 0
    for file in files:
        found = 0
        for number, row in rows(file):
            where = f"{file}, line {number}"
            found += 1
            try:
                if not _accepted(row):
                    left_out += 1
                    continue
                question = _question(row, texts)
            except _WrongError as wrong:
                raise BackfileError(f"{where}: {wrong}") from wrong
            if question.id in places:
                raise BackfileError(
                    f"{where}: the id {question.id!r} is taken by {places[question.id]}: give one of them another"
                )
            places[question.id] = where
            questions.append(question)
        if not found:
            raise BackfileError(
                f"{file}, line 1: there is no question in this file: write some, or remove it"
            )
    if not questions:
        raise BackfileError(
            f"none of the {counted(left_out, 'draft')} in {path} is accepted: look at them with "
            '`python -m eval review FILE`, or write "accepted": true into those that are right'
        )
    return questions


def drafts(path: Path) -> int:
    """Return how many questions of a file, or of all files in a folder, are not accepted yet.

    Raises:
        BackfileError: a file cannot be read, or a line is not a JSON object.
    """
    return sum(row.get("accepted") is False for file in _files(path) for _, row in rows(file))


def rows(file: Path) -> Iterator[tuple[int, JsonObject]]:
    """Yield the line number and the JSON object of each question in a file.

    Raises:
        BackfileError: the file cannot be read, or a line is not a JSON object; the message names the remedy.
    """
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BackfileError(
                f"{file}, line {number}: this is not JSON ({error}): write one object per line"
            ) from error
        if not isinstance(row, dict):
            raise BackfileError(
                f"{file}, line {number}: this is not a question: write one JSON object per line"
            )
        yield number, row


def digest(*places: Path) -> str:
    """Return 16 hexadecimal digits that change with any name or content of these files and folders.

    Leaves out hidden files, and Python code beside the data.
    """
    made = hashlib.sha256()
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and not path.name.startswith(".") and path.suffix not in (".py", ".pyc"):
                content = path.read_bytes()
                made.update(
                    repr((path.relative_to(place.parent).as_posix(), len(content))).encode() + content
                )
    return made.hexdigest()[:16]


class _WrongError(Exception):
    """A line is not a valid question; the message says why and what to do."""


class _Texts:
    """The archive's articles by their source; finds the places of quotes in them."""

    def __init__(self, articles: Iterable[Article], catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_source: dict[str, Article] = {}
        self._families: dict[str, list[Article]] = defaultdict(list)
        for article in articles:
            self._by_source[article.source] = article
            self._families[article.wording].append(article)

    def places(self, row: Row, quote: str) -> tuple[Place, ...]:
        """Return the place of a quote in the article that a row names, then in the copies of that article.

        Raises:
            _WrongError: the archive lacks the article or version, or the quote does not occur exactly once.
        """
        source = _text(row, "article")
        article = self._by_source.get(source)
        if article is None:
            near = difflib.get_close_matches(source, self._by_source, n=1)
            raise _WrongError(
                f"the archive has no article {source!r}{f'; did you mean {near[0]!r}?' if near else ''}: write the "
                "`source` that `python -m assistant articles --json` prints, or name the archive with --archive"
            )
        if "version" not in row:
            # An answer may cite any copy of the current version. Older versions have no copies.
            copies = [copy for copy in self._families[article.wording] if copy.id != article.id]
            return self._place(article, quote), *(
                self._place(copy, quote) for copy in copies if copy.text.count(quote) == 1
            )
        version = row["version"]
        older = self._catalog.article(article.id, version) if type(version) is int else None
        if older is None:
            known = ", ".join(map(str, self._catalog.versions(article.id)))
            raise _WrongError(f"{source!r} has no version {version!r}: it has {known}")
        return (self._place(older, quote),)

    def _place(self, article: Article, quote: str) -> Place:
        """Return the only place of a quote in an article."""
        count = article.text.count(quote)
        if count != 1:
            often = "does not occur" if not count else f"occurs {count} times"
            raise _WrongError(
                f"the quote {quote!r} {often} in {article.source!r}: copy the exact words of the canonical text, "
                "enough of them to be found once"
            )
        start = article.text.index(quote)
        return Place(article.id, article.version, start, start + len(quote))


def _files(path: Path) -> list[Path]:
    """Return a file, or the JSONL files of a folder in the order of their names."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise BackfileError(f"{path} holds no .jsonl file: give --gold a file of questions, or their folder")
    return files


def _lines(file: Path) -> list[str]:
    """Return the lines of a UTF-8 file."""
    try:
        # `splitlines` would also split at Unicode line separators, which a quote may hold.
        return file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise BackfileError(
            f"cannot read {file} ({error.strerror}): give --gold a file of questions, or their folder"
        ) from error
    except UnicodeDecodeError as error:
        raise BackfileError(f"{file} is not UTF-8 ({error}): save it as UTF-8") from error


def _question(row: Row, texts: _Texts) -> GoldQuestion:
    """Check a row and return its question."""
    kind = row.get("type")
    if kind not in KINDS:
        raise _WrongError(f"{kind!r} is not a type of question: use one of {', '.join(KINDS)}")
    answerable = kind != "unanswerable"
    _check_keys(
        row, allowed=_ANSWERABLE if answerable else _UNANSWERABLE, required=_REQUIRED, what="question"
    )
    reason: Reason | None = row.get("reason_code")
    if not answerable and reason not in REASONS:
        raise _WrongError(f"{reason!r} is not a reason_code: use one of {', '.join(REASONS)}")
    return GoldQuestion(
        id=_text(row, "id"),
        kind=kind,
        text=_text(row, "question"),
        event=_text(row, "event") if "event" in row else None,
        answers=_answers(row, kind) if answerable else (),
        proofs=_proofs(row, texts) if answerable else (),
        reason=reason,
        as_of=_day(row, "as_of"),
        history=tuple(
            Exchange(_text(each, "question"), _text(each, "answer"))
            for each in _rows(row, "history", allowed={"question", "answer"}, required={"question", "answer"})
        ),
        filters=_filters(row),
    )


def _accepted(row: Row) -> bool:
    """Return whether a row is to be asked: it is not a draft, or a person has accepted it."""
    accepted = row.get("accepted", True)
    if not isinstance(accepted, bool):
        raise _WrongError(f"`accepted` is {accepted!r}, but must be true or false: write one of them")
    return accepted


def _answers(row: Row, kind: Kind) -> tuple[str, ...]:
    """Return the accepted short answers of a row."""
    answers = _strings(row, "answers")
    if not answers and kind not in OPEN:
        raise _WrongError(
            f"a question of type {kind} needs a short answer: write its variants into `answers`, "
            f"or use one of the types {', '.join(sorted(OPEN))}"
        )
    if kind == "yes_no" and not set(answers) <= {"yes", "no"}:
        raise _WrongError(
            f"the answer to a yes_no question is yes or no, not {', '.join(answers)}: change it"
        )
    return answers


def _proofs(row: Row, texts: _Texts) -> tuple[tuple[Place, ...], ...]:
    """Return the places of each support, with those of its alternatives."""
    required = {"article", "quote"}
    supports = _rows(row, "support", allowed=required | {"version"}, required=required)
    if not supports:
        raise _WrongError("nothing proves the answer: quote an article in `support`, or make it unanswerable")
    proofs = [list(texts.places(support, _text(support, "quote"))) for support in supports]
    for other in _rows(row, "also_support", allowed=required | {"version", "instead_of"}, required=required):
        number = other.get("instead_of", 1 if len(proofs) == 1 else None)
        if type(number) is not int or not 1 <= number <= len(proofs):
            raise _WrongError(
                f"an also_support has the instead_of {number!r}: write the number of the support it can replace, "
                f"from 1 to {len(proofs)}"
            )
        proofs[number - 1] += texts.places(other, _text(other, "quote"))
    return tuple(tuple(places) for places in proofs)


def _filters(row: Row) -> Filters:
    """Return the filters that a row is asked with."""
    given = row.get("filters", {})
    if not isinstance(given, dict) or ("filters" in row and not given):
        raise _WrongError(
            "`filters` must be an object with since, until or outlets: fill it, or leave it out"
        )
    _check_keys(given, allowed={"since", "until", "outlets"}, required=set(), what="filter")
    return Filters(_day(given, "since"), _day(given, "until"), _strings(given, "outlets"))


def _check_keys(row: Row, *, allowed: set[str], required: set[str], what: str) -> None:
    """Refuse unknown and missing keys."""
    unknown, missing = sorted(set(row) - allowed), sorted(required - set(row))
    if unknown:
        raise _WrongError(
            f"a {what} of this type has no key {', '.join(unknown)}: use {', '.join(sorted(allowed))}"
        )
    if missing:
        raise _WrongError(f"the {what} lacks {', '.join(missing)}: add it")


def _rows(row: Row, key: str, *, allowed: set[str], required: set[str]) -> Sequence[Row]:
    """Return the list of objects under a key; an empty one if the key is missing."""
    given = row.get(key, [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise _WrongError(f"`{key}` must be a list of objects: write one")
    for each in given:
        _check_keys(each, allowed=allowed, required=required, what=key)
    return given


def _text(row: Row, key: str) -> str:
    """Return the text under a key."""
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise _WrongError(f"`{key}` must be a text that is not empty, not {value!r}: write one")
    return value


def _strings(row: Row, key: str) -> tuple[str, ...]:
    """Return the list of texts under a key; an empty one if the key is missing."""
    given = row.get(key, [])
    if not isinstance(given, list) or not all(isinstance(each, str) and each.strip() for each in given):
        raise _WrongError(f"`{key}` must be a list of texts that are not empty: write one")
    return tuple(given)


def _day(row: Row, key: str) -> date | None:
    """Return the day under a key; None if the key is missing."""
    value = row.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise _WrongError(f"`{key}` is {value!r}, but must be a day: write it like 2024-03-04") from error

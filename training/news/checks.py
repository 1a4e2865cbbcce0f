"""Checks of the written news: what is wrong in its articles and questions, each fault named by file and id.

A setting is one invented place with its articles, `SETTING.articles.jsonl`, and its questions,
`SETTING.questions.jsonl`. Each check yields faults and changes nothing; `check_folder` runs them all.
From a shell: `python -m training.news.checks FOLDER TEXT...`, where each TEXT is a file or folder that nothing may be
shared with.
"""

import csv
import gzip
import html
import io
import json
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

FORMS = frozenset("wire local live_blog interview chronology brief correction opinion feature".split())
ASKERS = frozenset("plain terse lower chatty typo".split())
VERDICTS = ("yes", "no", "not_told")
SPAN_TYPES = frozenset("who what when where number attribution quotation list corrected conflict".split())
"""What is answered by words of an article, whatever else it has."""
TYPES = SPAN_TYPES | {"why", "how", "yes_no", "follow_up", "unanswerable"}

RUN = 8
"""So many words in a row are no chance: a text that shares them was copied."""
PATTERN_LIMIT = 20
"""So many questions may be worded alike, all settings together."""
VERDICT_SHARES = {"yes": (0.2, 0.5), "no": (0.2, 0.56), "not_told": (0.15, 0.4)}
"""The least and the greatest part of a setting's yes-or-no questions that may have each verdict."""

COMMON_NAMES = frozenset({"detective inspector", "european union", "north america", "red cross"})
"""Pairs of capitalised words that name something real or usual, so that sharing them says nothing."""

NOT_NAMES = frozenset(
    "a an and at by for from he her his in it its on she that the their they this to we with you "
    "monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december".split()
)
"""Words that are part of no name when they stand beside another capitalised word."""

Row = Mapping[str, Any]

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)[‘'].*?[’'](?!\w)")


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    file: str
    id: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.id}: {self.text}"


@dataclass(frozen=True)
class Setting:
    """The articles and questions of one invented place, as they are written."""

    name: str
    articles: Sequence[Row]
    questions: Sequence[Row]
    unread: Sequence[Fault] = field(default=())
    """Lines that are no JSON objects with an id."""

    @property
    def articles_file(self) -> str:
        """The name of the file the articles stand in."""
        return f"{self.name}.articles.jsonl"

    @property
    def questions_file(self) -> str:
        """The name of the file the questions stand in."""
        return f"{self.name}.questions.jsonl"


def read_setting(folder: Path, name: str) -> Setting:
    """Read a setting from its two files in a folder; lines that cannot be read are kept as faults."""
    unread: list[Fault] = []
    articles = _rows(folder / f"{name}.articles.jsonl", unread)
    questions = _rows(folder / f"{name}.questions.jsonl", unread)
    return Setting(name, articles, questions, tuple(unread))


def read_folder(folder: Path) -> list[Setting]:
    """Read all settings of a folder, in the order of the alphabet."""
    ending = ".articles.jsonl"
    return [
        read_setting(folder, path.name.removesuffix(ending)) for path in sorted(folder.glob(f"*{ending}"))
    ]


def check_forms(setting: Setting) -> Iterator[Fault]:
    """Find articles without a title, date, known form or text, ids used twice, and forms never used."""
    seen: set[str] = set()
    for row in setting.articles:
        name = row["id"]
        if name in seen:
            yield Fault(setting.articles_file, name, "the id is used twice")
        seen.add(name)
        for key in ("outlet", "title", "text"):
            if not isinstance(row.get(key), str) or not row[key].strip():
                yield Fault(setting.articles_file, name, f"{key} is missing or empty")
        if row.get("form") not in FORMS:
            yield Fault(setting.articles_file, name, f"{row.get('form')!r} is no known form")
        try:
            date.fromisoformat(str(row.get("published")))
        except ValueError:
            yield Fault(setting.articles_file, name, f"published {row.get('published')!r} is no date")
    for form in sorted(FORMS - {row.get("form") for row in setting.articles}):
        yield Fault(setting.articles_file, setting.name, f"no article has the form {form}")


def check_questions(setting: Setting) -> Iterator[Fault]:
    """Find questions that lack what their type needs, name an unknown article or twin, or use an id twice."""
    articles = {row["id"] for row in setting.articles}
    types = {row["id"]: row.get("type") for row in setting.questions}
    seen: set[str] = set()
    for row in setting.questions:
        name = row["id"]
        if name in seen:
            yield Fault(setting.questions_file, name, "the id is used twice")
        seen.add(name)
        for text in _lacks(row, articles, types):
            yield Fault(setting.questions_file, name, text)


def check_spans(setting: Setting) -> Iterator[Fault]:
    """Find answers, proofs and traps that do not stand in their article word for word, in one place only."""
    texts = {row["id"]: str(row.get("text", "")) for row in setting.articles}
    for row in setting.questions:
        for key in ("answers", "outdated", "sentences"):
            places = row.get(key) or []
            if any(place in places[:index] for index, place in enumerate(places)):
                yield Fault(setting.questions_file, row["id"], f"{key}: one place is named twice")
        for key, place in _places(row):
            text = texts.get(str(place.get("article")))
            sentence, words = place.get("sentence"), place.get("text")
            if text is None:
                yield Fault(setting.questions_file, row["id"], f"{key}: no article {place.get('article')!r}")
                continue
            if not isinstance(sentence, str) or not sentence:
                yield Fault(setting.questions_file, row["id"], f"{key}: there is no sentence")
                continue
            if (times := text.count(sentence)) != 1:
                yield Fault(
                    setting.questions_file,
                    row["id"],
                    f"{key}: the sentence stands in {place['article']} {times} times: {sentence[:60]!r}",
                )
            if key == "sentences":
                continue
            if not isinstance(words, str) or not words or words != words.strip() or words not in sentence:
                yield Fault(setting.questions_file, row["id"], f"{key}: {words!r} is not in its sentence")
            elif not _whole(words, sentence):
                yield Fault(setting.questions_file, row["id"], f"{key}: {words!r} cuts a word in two")


def check_verdicts(setting: Setting) -> Iterator[Fault]:
    """Find a setting whose yes-or-no questions lean too far to one verdict, so that guessing would pay."""
    counts = Counter(row.get("verdict") for row in setting.questions if row.get("type") == "yes_no")
    total = counts.total()
    if not total:
        return
    for verdict, (least, most) in VERDICT_SHARES.items():
        share = counts[verdict] / total
        if not least <= share <= most:
            yield Fault(
                setting.questions_file,
                setting.name,
                f"{counts[verdict]} of {total} verdicts are {verdict}, not {least:.0%} to {most:.0%}",
            )


def check_duplicates(settings: Iterable[Setting]) -> Iterator[Fault]:
    """Find questions asked twice, and articles with the same title or text, in all settings together.

    A question asked after a history is told apart from others by its rewrite. Corrections may share a title,
    as newspapers give them all the same.
    """
    asked: dict[str, str] = {}
    written: dict[str, str] = {}
    for setting in settings:
        for row in setting.articles:
            for key in ("text",) if row.get("form") == "correction" else ("text", "title"):
                text = f"{key} {' '.join(_words(str(row.get(key, ''))))}"
                if text in written:
                    yield Fault(setting.articles_file, row["id"], f"its {key} is that of {written[text]}")
                written.setdefault(text, row["id"])
        for row in setting.questions:
            text = " ".join(_words(f"{row.get('question', '')} {row.get('rewrite', '')}"))
            if text in asked:
                yield Fault(setting.questions_file, row["id"], f"it asks the same as {asked[text]}")
            asked.setdefault(text, row["id"])


def check_patterns(settings: Iterable[Setting], limit: int = PATTERN_LIMIT) -> Iterator[Fault]:
    """Find more questions worded alike than may be, once names, numbers and quoted words are left open."""
    alike: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for setting in settings:
        names = name_words(setting.articles)
        for row in setting.questions:
            alike[pattern(str(row.get("question", "")), names)].append((setting.questions_file, row["id"]))
    for words, places in sorted(alike.items()):
        for file, name in places[limit:]:
            yield Fault(file, name, f"{len(places)} questions are worded like {words!r}, {limit} may be")


def check_leaks(setting: Setting, runs: Mapping[str, str]) -> Iterator[Fault]:
    """Find articles and questions that share a run of words with a text that measures.

    Args:
        setting: what is looked through.
        runs: the runs of words of the texts, each with where it stands, as `runs_of` makes them.
    """
    for file, row, texts in _written(setting):
        found = next((run for text in texts for run in _runs(text) if run in runs), None)
        if found:
            yield Fault(file, row["id"], f"{found!r} stands in {runs[found]} too")


def check_names(setting: Setting, pairs: Mapping[str, str]) -> Iterator[Fault]:
    """Find invented names of two words or more that stand in a text that measures.

    Args:
        setting: what is looked through.
        pairs: the pairs of capitalised words of the texts, each with where it stands, as `pairs_of` makes
            them.
    """
    lower = {word for row in setting.articles for word in _lower_words(str(row.get("text", "")))} | NOT_NAMES
    for file, row, texts in _written(setting):
        for pair in sorted({pair for text in texts for pair in _pairs(text)}):
            words = pair.split()
            usual = pair in COMMON_NAMES or words[0] in NOT_NAMES or all(word in lower for word in words)
            if pair not in pairs or usual:
                continue
            yield Fault(file, row["id"], f"the name {pair!r} stands in {pairs[pair]} too")


def check_folder(folder: Path, texts: Sequence[Path] = (), names: Sequence[Path] = ()) -> list[Fault]:
    """Run all checks over the settings of a folder.

    Args:
        folder: where the settings are.
        texts: files and folders no run of words may be shared with.
        names: files and folders no invented name may be shared with.
    """
    settings = read_folder(folder)
    runs = runs_of(texts)
    pairs = pairs_of(names)
    faults: list[Fault] = []
    for setting in settings:
        faults += setting.unread
        for check in (check_forms, check_questions, check_spans, check_verdicts):
            faults += check(setting)
        faults += check_leaks(setting, runs)
        faults += check_names(setting, pairs)
    faults += check_duplicates(settings)
    faults += check_patterns(settings)
    return faults


def name_words(articles: Iterable[Row]) -> frozenset[str]:
    """Return, in lower case, the words that articles write with a capital inside sentences, never without."""
    inside: set[str] = set()
    lower: set[str] = set()
    for row in articles:
        text = str(row.get("text", ""))
        lower.update(_lower_words(text))
        inside.update(word.lower() for word in re.findall(r"(?<=[a-zà-ž,;] )[A-ZÀ-Ž][\w’'-]*", text))
    return frozenset(inside - lower)


def pattern(question: str, names: frozenset[str] = frozenset()) -> str:
    """Return a question with its names, numbers and quoted words left open, without punctuation and capitals.

    >>> pattern('Who said "I will not go"?')
    'who said _'

    >>> pattern("Who sued Ann Lee in 2019?", frozenset())
    'who sued _ in _'
    >>> pattern("who sued ann lee", frozenset({"ann", "lee"}))
    'who sued _'
    """
    kept: list[str] = []
    for index, word in enumerate(re.findall(r"[\w’'-]+", _QUOTED.sub(" 0 ", question))):
        bare = word.strip("’'-").removesuffix("'s").removesuffix("’s")
        named = bare.lower() in names or (index > 0 and bare[:1].isupper() and bare != "I")
        if named or any(letter.isdigit() for letter in bare):
            if kept[-1:] != ["_"]:
                kept.append("_")
        elif bare:
            kept.append(bare.lower())
    return " ".join(kept)


def runs_of(paths: Iterable[Path]) -> dict[str, str]:
    """Return every run of words of the texts in files and folders, with the file it stands in."""
    return {run: file for file, text in texts_of(paths) for run in _runs(text)}


def pairs_of(paths: Iterable[Path]) -> dict[str, str]:
    """Return, in lower case, every pair of capitalised words in files and folders, each with its file.

    A longer name that is shared shares a pair.
    """
    return {pair: file for file, text in texts_of(paths) for pair in _pairs(text)}


def texts_of(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield the texts in files and folders, each with the name of its file.

    Web pages are stripped of their tags, JSON and CSV give each string, compressed files are opened.
    """
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix not in {".py", ".pyc", ".md"}:
                yield from _texts(file.name, file.read_bytes())


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts of one file, opened as its ending says."""
    if name.endswith(".gz"):
        yield from _texts(name.removesuffix(".gz"), gzip.decompress(data))
        return
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for inner in packed.namelist():
                yield from _texts(f"{name}/{inner}", packed.read(inner))
        return
    text = data.decode("utf-8", errors="replace")
    if name.endswith(".jsonl"):
        for line in text.splitlines():
            if line.strip():
                yield from ((name, string) for string in _strings(json.loads(line)))
    elif name.endswith(".json"):
        yield from ((name, string) for string in _strings(json.loads(text)))
    elif name.endswith(".csv"):
        yield from ((name, cell) for row in csv.reader(io.StringIO(text)) for cell in row)
    elif name.endswith((".html", ".htm")):
        for script in re.findall(r"<script[^>]*json[^>]*>(.*?)</script>", text, re.S | re.I):
            yield name, script
        bare = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S | re.I)
        yield name, html.unescape(re.sub(r"<[^>]+>", " ", bare))
    else:
        yield name, text


def _strings(value: object) -> Iterator[str]:
    """Yield all strings in what JSON gave, except the addresses of pages."""
    if isinstance(value, str):
        if not value.startswith(("http://", "https://")):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _rows(path: Path, unread: list[Fault]) -> list[Row]:
    """Read the lines of a file; those that are no JSON objects with an id are added to the faults."""
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as wrong:
            unread.append(Fault(path.name, f"line {number}", f"it is no JSON: {wrong}"))
            continue
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            unread.append(Fault(path.name, f"line {number}", "it is no object with an id"))
            continue
        rows.append(row)
    return rows


def _lacks(row: Row, articles: set[str], types: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a question lacks or has wrongly, apart from its spans."""
    kind, answers = row.get("type"), row.get("answers") or []
    if kind not in TYPES:
        yield f"{kind!r} is no known type"
    if not str(row.get("question", "")).strip():
        yield "there is no question"
    if row.get("asker") not in ASKERS:
        yield f"{row.get('asker')!r} is no known asker"
    if not row.get("articles"):
        yield "no article is named"
    yield from (f"there is no article {name!r}" for name in row.get("articles") or [] if name not in articles)
    if kind in SPAN_TYPES and not answers:
        yield "there is no answer"
    if kind == "list" and not (len(answers) > 1 and row.get("sentences")):
        yield "a list needs two answers or more, and sentences"
    if kind in {"why", "how"} and not row.get("sentences"):
        yield "there are no sentences"
    if kind == "yes_no" and not (row.get("verdict") in VERDICTS and row.get("sentences")):
        yield "a yes-or-no question needs a verdict and sentences"
    if kind == "corrected" and not row.get("outdated"):
        yield "there is no outdated answer"
    if kind == "conflict" and len({str(answer.get("article")) for answer in answers}) < 2:
        yield "a conflict needs answers from two articles"
    if kind == "follow_up":
        if not row.get("history") or not row.get("rewrite"):
            yield "a follow-up needs a history and a rewrite"
        if not answers and row.get("verdict") not in VERDICTS:
            yield "there is neither answer nor verdict"
    if kind == "unanswerable":
        if answers:
            yield "it has answers"
        if not row.get("trap") or not row.get("why"):
            yield "an unanswerable question needs a trap and a reason"
        twin = row.get("twin")
        if twin and types.get(str(twin)) in {None, "unanswerable"}:
            yield f"its twin {twin!r} is no answerable question"


def _places(row: Row) -> Iterator[tuple[str, Row]]:
    """Yield the places in articles that a question points to, each with the key it stands under."""
    for key in ("answers", "outdated", "sentences"):
        yield from ((key, place) for place in row.get(key) or [])
    if row.get("trap"):
        yield "trap", row["trap"]


def _whole(words: str, sentence: str) -> bool:
    """Return whether words stand somewhere in a sentence without letters or digits hanging on at an end."""
    start = r"(?<!\w)" if words[0].isalnum() else ""
    end = r"(?!\w)" if words[-1].isalnum() else ""
    return re.search(start + re.escape(words) + end, sentence) is not None


def _written(setting: Setting) -> Iterator[tuple[str, Row, list[str]]]:
    """Yield the articles and questions of a setting, each with its file and all that was written for it."""
    for row in setting.articles:
        yield setting.articles_file, row, [str(row.get("title", "")), str(row.get("text", ""))]
    for row in setting.questions:
        turns = [
            str(turn.get(key, "")) for turn in row.get("history") or [] for key in ("question", "answer")
        ]
        yield setting.questions_file, row, [str(row.get("question", "")), str(row.get("rewrite", "")), *turns]


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"\w+", text.lower().replace("’", "").replace("'", ""))


def _lower_words(text: str) -> list[str]:
    """Return the words of a text that are written without a capital."""
    return re.findall(r"(?<![\w’'-])[a-zà-ž][\w’'-]*", text)


def _runs(text: str) -> Iterator[str]:
    """Yield the runs of words of a text."""
    words = _words(text)
    return (" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1))


def _pairs(text: str) -> Iterator[str]:
    """Yield the pairs of capitalised words that stand side by side in a text, in lower case."""
    for found in re.finditer(r"\b(?=([A-ZÀ-Ž][\w’-]+) ([A-ZÀ-Ž][\w’-]+))", text):
        first, second = found.groups()
        yield f"{_bare(first)} {_bare(second)}".lower()


def _bare(word: str) -> str:
    """Return a word without the ending of its genitive."""
    return word.removesuffix("’s").rstrip("-’")


def main(arguments: Sequence[str]) -> int:
    """Check a folder against texts, say what is wrong, and return how the program should end."""
    if not arguments:
        sys.stderr.write("say which folder to check, and the files and folders nothing may be shared with\n")
        return 2
    folder, *texts = (Path(argument) for argument in arguments)
    names = [path for path in texts if path.is_dir()]
    faults = check_folder(folder, texts, names)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"faults: {len(faults)}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

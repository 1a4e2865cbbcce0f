"""Questions with their passages, read from files in SQuAD's format, and split so that no text is on both sides."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.article import Span
from assistant.errors import BackfileError

HELD_BACK = 0.06
"""Share of titles that train nothing; abstention is measured on them."""

WIKIPEDIA = ("dev-v1.1", "dev-v2.0", "new_wiki_v1.0")


@dataclass(frozen=True)
class Example:
    """A question about a text."""

    id: str
    question: str
    title: str
    text: str
    answers: tuple[Span, ...]
    """Where the text answers it, most agreed upon first; nowhere if it does not."""
    source: str
    """The file it comes from, without its endings."""

    @property
    def wordings(self) -> frozenset[str]:
        """The answers in lower case."""
        return frozenset(self.text[start:end].lower() for start, end in self.answers)


def read(folder: Path) -> list[Example]:
    """Read every `*.json.gz` of a folder; a question that stands in several files counts once, the first time.

    Raises:
        BackfileError: there is no such file, or one is not in SQuAD's format; names it.
    """
    paths = sorted(folder.glob("*.json.gz"))
    if not paths:
        raise BackfileError(f"{folder} holds no *.json.gz: give the folder of the SQuAD-format files")
    found: dict[tuple[str, str], Example] = {}
    for path in paths:
        try:
            articles = json.loads(gzip.decompress(path.read_bytes()))["data"]
            for example in _examples(articles, path.name.removesuffix(".json.gz")):
                found.setdefault((example.question, example.text), example)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackfileError(f"{path} is not in SQuAD's format: {error!r}") from error
    return list(found.values())


def _examples(articles: Iterable[dict[str, object]], source: str) -> Iterator[Example]:
    for article in articles:
        # Elsewhere than in Wikipedia a title is a number or the text's first words.
        title = str(article.get("title") or "").replace("_", " ").strip() if source in WIKIPEDIA else ""
        for paragraph in article["paragraphs"]:  # type: ignore[attr-defined]
            text = paragraph["context"]
            for asked in paragraph["qas"]:
                spans = [
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in ([] if asked.get("is_impossible") else asked["answers"])
                    if text[answer["answer_start"] :].startswith(answer["text"]) and answer["text"].strip()
                ]
                if spans or asked.get("is_impossible"):
                    agreed = tuple(span for span, _ in Counter(spans).most_common())
                    yield Example(asked["id"], asked["question"].strip(), title, text, agreed, source)


def held_back(example: Example) -> bool:
    """Whether an example trains nothing: by its title, or by its text where it has none.

    SQuAD 1.1 and 2.0 share titles: both sides of the split are the same in all files.
    """
    key = example.title.casefold() or example.text
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 < HELD_BACK

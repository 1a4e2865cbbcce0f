"""Finds the outlets of an archive by the names that people use: "CNN" for cnn.com, "the Guardian" for The Guardian.

In a question, a name counts only if it is written as a name: "the week" is not The Week.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from assistant.article import Span
from assistant.text.letters import fold

Names = tuple[str, ...]
"""The names of one outlet in an archive."""


class Mention(NamedTuple):
    """An outlet named in a question."""

    names: Names
    span: Span


class OutletNames:
    """The outlets of an archive, found by the names that people use."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index the outlets by their `names` in the archive."""
        self._by_own_name = _group_names(names)
        by_name: dict[str, dict[str, None]] = defaultdict(dict)
        heads: dict[str, list[_Word]] = {}
        for key, same in self._by_own_name.items():
            for name in same:
                head = _words(_SECTION.split(name)[0])
                heads.setdefault(_key(head), head)
                by_name[key].update(dict.fromkeys(same))
                by_name[_key(head)].update(dict.fromkeys(same))
        short: dict[str, set[str]] = defaultdict(set)
        for key, head in heads.items():
            for each in _abbreviations(head):
                short[each].add(key)
        self._by_name = {key: tuple(sorted(named)) for key, named in by_name.items() if key}
        self._by_abbreviation = {
            each: self._by_name[min(keys)]
            for each, keys in short.items()
            if len(keys) == 1 and each not in self._by_name
        }
        longest = max((len(_words(name)) for same in self._by_own_name.values() for name in same), default=0)
        self._longest = longest + 1
        """Most words of a name, including "the"."""

    def groups(self) -> list[Names]:
        """Return the names of each outlet in the archive.

        >>> OutletNames(["The Ledger", "ledger.example", "Fox News", "Fox News - Health"]).groups()
        [('Fox News',), ('Fox News - Health',), ('The Ledger', 'ledger.example')]
        """
        return list(dict.fromkeys(self._by_own_name.values()))

    def named(self, name: str) -> Names:
        """Return the outlet that `name` means, by its names in the archive; empty if there is none.

        >>> names = OutletNames(["theguardian.com", "The Guardian", "Fox News", "Fox News - Health"])
        >>> names.named("guardian"), names.named("Fox News"), names.named("The Age")
        (('The Guardian', 'theguardian.com'), ('Fox News',), ())
        """
        key = _key(_words(name))
        return self._by_own_name.get(key) or self._by_name.get(key) or self._by_abbreviation.get(key, ())

    def mentions(self, question: str) -> Iterator[Mention]:
        """Yield the outlets that a question names. Where several names match, the longest wins.

        >>> names = OutletNames(["The Week", "cnn.com"])
        >>> [mention.names for mention in names.mentions("What did CNN and the Week say of the week?")]
        [('cnn.com',), ('The Week',)]
        """
        words = _words(question)
        is_name = _is_written_as_name if question[1:].lower() != question[1:] else _is_name_without_capitals
        at = 0
        while at < len(words):
            for end in range(min(at + self._longest, len(words)), at, -1):
                some = words[at:end]
                names = self._lookup(some)
                if names and is_name(some, question) and not _OTHER_ENTITY.match(question, some[-1].span[1]):
                    yield Mention(names, _span(some, names))
                    at = end
                    break
            else:
                at += 1

    def _lookup(self, words: Sequence["_Word"]) -> Names:
        key = _key(words)
        if key in self._by_name:
            return self._by_name[key]
        return self._by_abbreviation.get(key, ()) if all(word.text.isupper() for word in words) else ()


class _Word(NamedTuple):
    text: str
    """The word; of a site's address, only the part that names the site."""
    folded: str
    span: Span


_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_SECTION = re.compile(r"\s+[|–—-]\s+|:\s+|\s+\(")
"""Separates the name of an outlet from its section or motto."""

_GENERIC = frozenset({"agency", "news", "newswire", "online", "wire"})
"""Last words of a name that people leave out if the rest is in capitals: "BBC", "TIDEWATER"."""

_FEWEST_INITIALS = 3
"""Letters that an abbreviation has at least. Shorter ones mean too many things."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})


def _words(text: str) -> list[_Word]:
    named = ((_site(match[0]), match.span()) for match in _WORD.finditer(text))
    return [_Word(word, fold(word), span) for word, span in named]


def _site(word: str) -> str:
    """Return the part of a site's address that names it; any other word unchanged.

    >>> _site("www.cnn.com"), _site("news.bbc.co.uk"), _site("U.S"), _site("Wired")
    ('cnn', 'bbc', 'U.S', 'Wired')
    """
    labels = word.split(".")
    if len(labels) == 1 or len(labels[-1]) < 2 or not labels[-1].isalpha():
        return word
    labels.pop()
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return labels[-1]


def _key(words: Sequence[_Word]) -> str:
    """Return the key that all spellings of a name share: "The Guardian", "theguardian.com", "GUARDIAN"."""
    return "".join(word.folded for word in words).removeprefix("the")


def _group_names(names: Iterable[str]) -> dict[str, Names]:
    """Return the names of each outlet by their keys.

    >>> _group_names(["Tidewater Wire", "TIDEWATER", "The Ledger", "ledger.example"])["tidewater"]
    ('TIDEWATER', 'Tidewater Wire')
    """
    spellings: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        spellings[_key(_words(name))].append(name)
    grouped = {key: tuple(each) for key, each in spellings.items()}
    for key, (first, *_) in spellings.items():
        words = _words(first)
        short = _key(words[:-1])
        if (
            len(words) > 1
            and words[-1].folded in _GENERIC
            and short in spellings
            and all(map(str.isupper, spellings[short]))
        ):
            grouped[key] = grouped[short] = tuple(sorted({*grouped[short], *grouped[key]}))
    return grouped


def _abbreviations(head: Sequence[_Word]) -> Iterator[str]:
    """Yield the keys of a name's abbreviations in capitals: "NYT", "BBC" for BBC News."""
    if len(head) > 1 and head[0].text.isupper() and head[-1].folded in _GENERIC:
        yield _key(head[:-1])
    initials = "".join(word.text[0] for word in head if word.folded != "the")
    if len(initials) >= _FEWEST_INITIALS and initials.isupper():
        yield initials.lower()


def _span(words: Sequence[_Word], names: Names) -> Span:
    """Return the span of a name. It includes "the" only if the name in the archive does."""
    extra = words[0].folded == "the" and not any(fold(name).startswith("the") for name in names)
    return words[extra].span[0], words[-1].span[1]


def _is_written_as_name(words: Sequence[_Word], question: str) -> bool:
    """Whether words that spell a name have its capitals. A capital at the beginning of a sentence does not count."""
    significant = [word for word in words if word.folded not in _FUNCTION_WORDS]
    if not all(word.text[0].isupper() or word.text[0].isdigit() or _is_site(word) for word in significant):
        return False
    first = words[0]
    at_start = len(words) == 1 and _SENTENCE_START.search(question[: first.span[0]])
    return not at_start or not first.text[1:].islower() or _is_site(first)


def _is_name_without_capitals(words: Sequence[_Word], question: str) -> bool:
    """Whether words that spell a name are one, in a question typed without capitals."""
    significant = [word for word in words if word.folded not in _FUNCTION_WORDS]
    return (
        len(significant) > 1
        or _is_site(significant[0])
        or bool(_ATTRIBUTED.search(question[: words[0].span[0]]))
    )


def _is_site(word: _Word) -> bool:
    return len(word.text) < word.span[1] - word.span[0]


_FUNCTION_WORDS = frozenset({"the", "of", "and", "for", "in", "on", "s"})
_ATTRIBUTED = re.compile(r"\b(?:according\s+to|reported\s+by|as\s+per)\s+(?:the\s+)?$", re.I)
_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s)\W*$")

_OTHER_ENTITY = re.compile(
    r"-\w|\s+(?:institute|foundation|group|university|company|corp\w*|inc|polls?|survey|\d+)\b", re.I
)
"""Words after a name that make it the name of something else."""

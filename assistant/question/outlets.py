"""The outlets of an archive by the names that people give them: "CNN" is cnn.com, "the Guardian" is The Guardian.

A name found in a question counts where it is written as a name: "the week" is not The Week.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from assistant.article import Span
from assistant.text.words import fold

Names = tuple[str, ...]
"""The names under which an archive holds the articles of one outlet."""


class Mention(NamedTuple):
    """An outlet named in a question."""

    names: Names
    span: Span


class OutletNames:
    """The outlets of an archive, and the names that people give them."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names as the archive has them."""
        self._own = _united(names)
        meant: dict[str, dict[str, None]] = defaultdict(dict)
        heads: dict[str, list[_Word]] = {}
        for key, same in self._own.items():
            for name in same:
                head = _words(_SECTION.split(name)[0])
                heads.setdefault(_key(head), head)
                meant[key].update(dict.fromkeys(same))
                meant[_key(head)].update(dict.fromkeys(same))
        short: dict[str, set[str]] = defaultdict(set)
        for key, head in heads.items():
            for each in _in_capitals(head):
                short[each].add(key)
        self._meant = {key: tuple(sorted(named)) for key, named in meant.items() if key}
        self._in_capitals = {
            each: self._meant[min(keys)]
            for each, keys in short.items()
            if len(keys) == 1 and each not in self._meant
        }
        longest = max((len(_words(name)) for same in self._own.values() for name in same), default=0)
        self._longest = longest + 1
        """Words of a name at most, with a "the"."""

    def named(self, name: str) -> Names:
        """Return what a name that stands alone means, as the archive names it; nothing if there is no such outlet.

        >>> names = OutletNames(["theguardian.com", "The Guardian", "Fox News", "Fox News - Health"])
        >>> names.named("guardian"), names.named("Fox News"), names.named("The Age")
        (('The Guardian', 'theguardian.com'), ('Fox News',), ())
        """
        key = _key(_words(name))
        return self._own.get(key) or self._meant.get(key) or self._in_capitals.get(key, ())

    def mentions(self, question: str) -> Iterator[Mention]:
        """Yield the outlets that a question names, the longest name at each place.

        >>> names = OutletNames(["The Week", "cnn.com"])
        >>> [mention.names for mention in names.mentions("What did CNN and the Week say of the week?")]
        [('cnn.com',), ('The Week',)]
        """
        words = _words(question)
        written = _is_name if question[1:].lower() != question[1:] else _is_surely
        at = 0
        while at < len(words):
            for end in range(min(at + self._longest, len(words)), at, -1):
                some = words[at:end]
                names = self._spelt(some)
                if names and written(some, question) and not _OTHER.match(question, some[-1].span[1]):
                    yield Mention(names, _place(some, names))
                    at = end
                    break
            else:
                at += 1

    def _spelt(self, words: Sequence["_Word"]) -> Names:
        key = _key(words)
        if key in self._meant:
            return self._meant[key]
        return self._in_capitals.get(key, ()) if all(word.text.isupper() for word in words) else ()


class _Word(NamedTuple):
    text: str
    """Of the address of a site, what names it."""
    folded: str
    span: Span


_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_SECTION = re.compile(r"\s+[|–—-]\s+|:\s+|\s+\(")
"""What parts the name of an outlet from that of a section or from a motto."""

_GENERIC = frozenset({"agency", "news", "newswire", "online", "wire"})
"""Last words of a name that are left out where the rest is written in capitals: "BBC", "TIDEWATER"."""

_INITIALS = 3
"""Letters that an abbreviation has at least: those of two words mean too many things."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})


def _words(text: str) -> list[_Word]:
    named = ((_site(match[0]), match.span()) for match in _WORD.finditer(text))
    return [_Word(word, fold(word), span) for word, span in named]


def _site(word: str) -> str:
    """Return of the address of a site what names it, any other word as it is.

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
    """Return what all spellings of a name have in common: "The Guardian", "theguardian.com", "GUARDIAN"."""
    return "".join(word.folded for word in words).removeprefix("the")


def _united(names: Iterable[str]) -> dict[str, Names]:
    """Return the names of each outlet by what all spellings of one of them have in common.

    >>> _united(["Tidewater Wire", "TIDEWATER", "The Ledger", "ledger.example"])["tidewater"]
    ('TIDEWATER', 'Tidewater Wire')
    """
    same: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        same[_key(_words(name))].append(name)
    united = {key: tuple(spelt) for key, spelt in same.items()}
    for key, spelt in same.items():
        words = _words(spelt[0])
        slug = _key(words[:-1])
        if (
            len(words) > 1
            and words[-1].folded in _GENERIC
            and slug in same
            and all(map(str.isupper, same[slug]))
        ):
            united[key] = united[slug] = tuple(sorted({*united[slug], *united[key]}))
    return united


def _in_capitals(head: Sequence[_Word]) -> Iterator[str]:
    """Yield the keys of what a name is shortened to in capitals: "NYT", "BBC" for BBC News."""
    if len(head) > 1 and head[0].text.isupper() and head[-1].folded in _GENERIC:
        yield _key(head[:-1])
    initials = "".join(word.text[0] for word in head if word.folded != "the")
    if len(initials) >= _INITIALS and initials.isupper():
        yield initials.lower()


def _place(words: Sequence[_Word], names: Names) -> Span:
    """Return where a name stands, with a "the" only where the archive has it too."""
    extra = words[0].folded == "the" and not any(fold(name).startswith("the") for name in names)
    return words[extra].span[0], words[-1].span[1]


def _is_name(words: Sequence[_Word], question: str) -> bool:
    """Whether words that spell a name are written as one: an ordinary word has no capital but after a full stop."""
    telling = [word for word in words if word.folded not in _SMALL]
    if not all(word.text[0].isupper() or word.text[0].isdigit() or _is_site(word) for word in telling):
        return False
    first = words[0]
    begins = len(words) == 1 and _BEGINS.search(question[: first.span[0]])
    return not begins or not first.text[1:].islower() or _is_site(first)


def _is_surely(words: Sequence[_Word], question: str) -> bool:
    """The same of a question that is typed without capitals."""
    telling = [word for word in words if word.folded not in _SMALL]
    return len(telling) > 1 or _is_site(telling[0]) or bool(_SAID_BY.search(question[: words[0].span[0]]))


def _is_site(word: _Word) -> bool:
    return len(word.text) < word.span[1] - word.span[0]


_SMALL = frozenset({"the", "of", "and", "for", "in", "on", "s"})
_SAID_BY = re.compile(r"\b(?:according\s+to|reported\s+by|as\s+per)\s+(?:the\s+)?$", re.I)
_BEGINS = re.compile(r"(?:^|[.?!:]\s)\W*$")

_OTHER = re.compile(
    r"-\w|\s+(?:institute|foundation|group|university|company|corp\w*|inc|polls?|survey|\d+)\b", re.I
)
"""What makes a name that of something else."""

"""Finds who says what in a text, and whether a claim gives words to somebody else than its source does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from assistant.article import Span
from assistant.text.letters import fold
from assistant.text.names import names
from assistant.text.words import STOPWORDS, stems

SAYING = (
    r"(?:said|says|told|tells|claimed|claims|stated|states|added|adds|warned|warns|announced|announces|argued|argues|"
    r"insisted|insists|denied|denies|admitted|admits|confirmed|confirms|explained|explains|wrote|writes|called|calls|"
    r"described|describes|promised|promises|accused|accuses|alleged|alleges|estimated|estimates|reported|reports|"
    r"declared|declares|complained|complains|replied|replies|noted|notes|predicted|predicts|suggested|suggests|"
    r"acknowledged|reiterated|testified|tweeted|recalled|urged|urges|criticized|criticised|maintained|asserted|cautioned|concluded)"
)
"""Verbs with which news gives words to a speaker."""

CLAIMING = re.compile(
    r"\b(?:claim(?:s|ed)?|alleg(?:es|ed|edly)|accus(?:es|ed)|reportedly|insist(?:s|ed)?)\b", re.I
)
"""Words that keep a distance to what is said."""

_PRONOUNS = frozenset("he she they it i we who".split())
_VERB = re.compile(rf"(?P<comma>,?)\s+(?:(?:has|have|had|also|later|then|once)\s+)*(?P<verb>{SAYING})\b")
_STOP = re.compile(r"[.;:!?“”\"]")
_LOOKED_BACK = 120
"""Characters before a verb of saying that are searched for its subject."""

_AFTER = re.compile(
    rf"(?:[,?!]['’”\"]*|['’”\"])\s+(?P<verb>{SAYING})\s+(?P<who>(?!that\b|it\b|in\b|on\b|at\b|to\b)(?:[A-Z]|the\s|a\s|an\s|its\s|his\s|her\s|their\s)[^.;:!?“”\"]{{1,100}})"
)
_ACCORDING = re.compile(r"\b[Aa]ccording to\s+(?P<who>[^.;:!?“”\"]{2,100})")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_CLAUSE = re.compile(
    r",|\s(?:and|but|while|because|after|before|when|that|although|as|where|which)\s|\s[—–-]\s"
)
_ENDS = re.compile(
    r",|\s(?:who|which|in|on|at|after|before|when|as|during|while|and|but|by|for|from|said|told|about)\s"
)
_LONGEST = 9
"""Most words of a speaker."""


@dataclass(frozen=True)
class Saying:
    """Words for a speaker, and where they are in the text with the verb of saying."""

    who: str
    span: Span
    verb: str

    @property
    def is_pronoun(self) -> bool:
        """Whether the text names the speaker elsewhere."""
        words = [fold(word) for word in re.findall(r"\w+", self.who)]
        return bool(words) and words[-1] in _PRONOUNS

    @cached_property
    def key(self) -> frozenset[str]:
        """Stems of the words for the speaker."""
        return frozenset(stem for stem in stems(re.sub(r"['’]s\b", "", self.who)) if stem not in STOPWORDS)


@lru_cache(maxsize=2_000)
def sayings(sentence: str) -> tuple[Saying, ...]:
    """Return who says something in a sentence.

    >>> [each.who for each in sayings("“It is a blow,” said Ida Brandt, the mayor. According to the union, it is not.")]
    ['Ida Brandt, the mayor', 'the union']
    """
    found: list[Saying] = []
    for match in _AFTER.finditer(sentence):
        found.append(Saying(_shortened(match["who"], keep_role=True), match.span(), match["verb"]))
    for match in _ACCORDING.finditer(sentence):
        found.append(Saying(_shortened(match["who"], keep_role=True), match.span(), "according"))
    taken = [each.span for each in found]
    outside = _QUOTED.sub(lambda match: "“" + "_" * (len(match[0]) - 2) + "”", sentence)
    for match in _VERB.finditer(outside):
        if any(match.start("verb") < end and start < match.end("verb") for start, end in taken):
            continue
        before = _STOP.split(outside[max(0, match.start() - _LOOKED_BACK) : match.start()])[-1]
        who = _subject(before, has_comma=bool(match["comma"]))
        if who:
            found.append(Saying(who, (match.start("verb") - len(who), match.end()), match["verb"]))
    return tuple(found)


def _subject(before: str, *, has_comma: bool) -> str:
    """Return the subject of a verb from the text before it, with an apposition between commas."""
    text = before.strip().strip('“”"_ ')
    parts = [part.strip() for part in _CLAUSE.split(text)]
    last = parts[-1]
    if (has_comma and len(parts) > 1 and parts[-2]) or (
        len(parts) >= 2 and _is_apposition(parts[-1]) and names(parts[-2] + " x")
    ):
        last = ", ".join(parts[-2:])
    words = last.split()
    return " ".join(words[-_LONGEST:]) if words else ""


def _is_apposition(part: str) -> bool:
    return bool(re.match(r"(?:the|a|an|its|his|her|their|\d+)\b", part))


def _shortened(after: str, *, keep_role: bool) -> str:
    """Return the speaker at the beginning of a text, with an apposition after a comma."""
    parts = _ENDS.split(after)
    who = parts[0].strip()
    if (
        keep_role
        and len(parts) > 1
        and after[len(parts[0]) : len(parts[0]) + 1] == ","
        and _is_apposition(parts[1].strip())
    ):
        who += ", " + parts[1].strip()
    return " ".join(who.split()[: _LONGEST + 4])


def wrong_speaker(claim: str, sentences: Sequence[str], best: Sequence[int], title: str = "") -> str | None:
    """Return the speaker of a claim to whom none of the best sentences of its source gives these words, or None.

    `sentences` are all of the source, and `best` the numbers of those whose content the claim has. Where the source
    does not say who speaks, or only "he", the persons named shortly before count.
    """
    said = [each for each in sayings(claim) if each.key and not each.is_pronoun]
    if not said or not best:
        return None
    by_sentence = [sayings(sentence) for sentence in sentences]
    for each in said:
        candidates: list[frozenset[str]] = []
        for number in best:
            candidates += _speakers_of(number, sentences, by_sentence)
        if candidates and not any(_may_be(each, key, sentences, title) for key in candidates):
            return each.who
    return None


def _speakers_of(
    number: int, sentences: Sequence[str], by_sentence: Sequence[Sequence[Saying]]
) -> list[frozenset[str]]:
    """Return who may say a sentence: its own speakers, or those that it refers to."""
    found: list[frozenset[str]] = []
    own = by_sentence[number]
    for each in own:
        if each.is_pronoun or not each.key:
            for earlier in range(max(0, number - 3), number + 1):
                found += [
                    saying.key for saying in by_sentence[earlier] if saying.key and not saying.is_pronoun
                ]
                found += [frozenset(stems(name)) for name in names(sentences[earlier])]
        else:
            found.append(each.key)
    if own:
        return found
    # A quotation without a speaker goes on with, or is followed by, the one of its neighbour.
    if re.search(r"[“\"”]", sentences[number]):
        for near in (number - 1, number + 1, number - 2):
            if 0 <= near < len(sentences) and by_sentence[near]:
                found += _speakers_of(near, sentences, by_sentence) if near != number - 2 or not found else []
    return found


def _may_be(said: Saying, key: frozenset[str], sentences: Sequence[str], title: str) -> bool:
    """Whether two speakers may be one: they share a word, or the source describes one as the other."""
    mine = said.key
    if mine & key and not (_names_differ(said.who, key)):
        return True
    if mine & key and not names(said.who + " x"):
        return True
    if _names_differ(said.who, key):
        # Two persons with other names, unless one word is of both.
        return _described_as(mine, key, [*sentences, title], both=True)
    return _described_as(mine, key, [*sentences, title], both=False)


def _names_differ(who: str, key: frozenset[str]) -> bool:
    """Whether the claim's speaker has a name, none of whose last words is among those of the source's speaker."""
    found = names(f"So {who} x")
    return bool(found) and not any(stems(name)[-1] in key for name in found if stems(name))


def _described_as(
    one: frozenset[str], other: frozenset[str], sentences: Sequence[str], *, both: bool
) -> bool:
    """Whether words of both stand within a few words of each other, as a name and its description do."""
    near = 2 if both else NEAR
    for sentence in sentences:
        found = stems(sentence)
        mine = [n for n, stem in enumerate(found) if stem in one]
        theirs = [n for n, stem in enumerate(found) if stem in other]
        if len({found[n] for n in mine}) >= min(2, len(one)) and any(
            0 < abs(a - b) <= near for a in mine for b in theirs
        ):
            return True
    return False


NEAR = 6
"""Most words between a name and its description."""


def only_claimed(claim: str, sentence: str) -> str | None:
    """Return who claims what a sentence reports with a distance and the claim states as a fact; None if nobody."""
    if not CLAIMING.search(sentence) or CLAIMING.search(claim) or sayings(claim):
        return None
    found = [each for each in sayings(sentence) if CLAIMING.fullmatch(each.verb)]
    return found[0].who if found else "its source"

"""Rules that turn one sentence into a question: who, how many, when, where, who said; or a gap to fill in.

A rule changes as few words as it can, so a plain sentence gives a grammatical and true question. A person decides
whether the question is worth asking.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assistant.article import Span
from assistant.text.words import STOPWORDS, terms
from eval.drafting.clauses import AUXILIARIES, IRREGULAR, NAME, Clause, base, clause
from eval.drafting.person_names import HONORIFICS, MONTHS, SentenceContext, is_person
from eval.drafting.question_checks import WEEKDAY, gives_answer_away, stands_alone
from eval.gold.questions import Kind


@dataclass(frozen=True)
class Proposal:
    """A question that a sentence answers."""

    question: str
    kind: Kind
    answers: tuple[str, ...]
    sentence: str
    rule: str
    """The rule that made it, used to vary the rules."""


_DATE = rf"(?:\d{{1,2}} (?:{MONTHS})(?: \d{{4}})?|(?:{MONTHS}) \d{{1,2}}(?:, \d{{4}})?)"
_WHEN = re.compile(
    rf"(?: |^)(on (?:{WEEKDAY},? )?{_DATE}|on {WEEKDAY}|in (?:{MONTHS})(?: \d{{4}})?|in (?:19|20)\d\d)"
    r"(?![\w-])(?! (?:and|or|morning|afternoon|evening|night|fortnight)\b)"
)

_DATE_OPENING = re.compile(rf"((?:On|In) (?:{WEEKDAY}|{_DATE}|(?:{MONTHS})(?: \d{{4}})?|(?:19|20)\d\d)),? ")
_ABOUT = (
    r"(?:about|around|some|nearly|almost|more than|at least|up to|over|an estimated|fewer than|less than|just over|"
    r"just under|as many as|roughly|approximately|only|just)"
)
_FIGURE = (
    r"(?!(?:1[5-9]|20)\d\d\b)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?: (?:million|billion|thousand|hundred))?"
)
"""A number in digits, but not a year."""
_WORDED = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_PLURAL = (
    r"(?:people|men|women|children|(?!this\b|was\b|has\b|does\b|its\b|his\b|lives\b|stays\b|stands\b|says\b|goes\b|"
    r"plus\b|always\b)[a-z][a-z-]*[a-rtv-z]s)"
)
_COUNT = re.compile(
    rf"(?:^|(?<=[a-z,] ))(?P<about>(?i:{_ABOUT}) )?(?P<number>{_FIGURE}|(?i:{_WORDED})) "
    r"(?P<noun>(?:(?!of |and |in |to |per |more |other |further )[a-z][\w’'-]* ){0,2}?"
    rf"{_PLURAL}(?: {_PLURAL})?)(?= |$)"
)
_MONEY = re.compile(
    rf"(?:^|(?<= ))(?P<about>(?i:{_ABOUT}) )?"
    r"(?P<number>(?:US|A)?[$£€]\d+(?:,\d{3})*(?:\.\d+)?(?:bn|m| million| billion)?|"
    rf"{_FIGURE} (?:crowns|dollars|pounds|euros))(?= |$)"
)
_UNCOUNTED = re.compile(r"\b(?:times|others|hundredths|thousandths|tenths|points|halves|thirds|parts)\b")
_TIME = re.compile(r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|seasons?)\b")
_NOT_BEFORE_NUMBER = re.compile(
    r"\b(?:than|from|of|the|every|each|first|last|next|past|between|and|or|its|their|his|her|a|an)$|\d|\bthat\b",
    re.IGNORECASE,
)
"""Text before a number that cannot be asked for."""
_NOT_AFTER_NUMBER = re.compile(
    r"(?:and|or|to (?:\d+|none|nil|two|three|four|five)|old|long|high|tall|wide|ago|later|earlier|before|after|"
    r"away|worth|in a row|more)\b|[–-]"
)
"""Text after a number that cannot be asked for."""

_SPEAKING = frozenset(
    """said says claimed warned announced argued insisted admitted predicted denied stressed explained told added
    suggested believed thought knew hoped reported asked""".split()
)
_NO_CLAUSE = frozenset(
    "on in at to of for with during after before last yesterday by only as when if there".split()
)
_REPORT = re.compile(
    rf"(?P<speaker>[A-Z][^,“”\"]{{3,60}}?)(?:, [^,]{{3,90}},)? "
    r"(?P<verb>said|says|claimed|warned|announced|argued|insisted|admitted|predicted|denied|stressed|explained|"
    r"told [^,]{3,40}?(?= that))"
    rf"(?P<day> on {WEEKDAY})?(?P<that> that)? (?P<said>.+)"
)
_SAID_AFTER = re.compile(
    rf"(?P<said>[^“”\"]{{30,}}), (?P<speaker>[^,“”\"]{{3,60}}) (?:said|says)(?P<day> on {WEEKDAY})?"
)
_QUOTED = re.compile(
    r"^[“\"](?P<said>[^“”\"]+?)[,.!?]?[”\"],? (?:(?:said|says) (?P<after>[^,.:;]+?)|(?P<before>[^,.:;]+) (?:said|says))"
    r"(?=[,.:;]|$| (?:on|in|after|at|of|when|during)\b)"
)
_INTRODUCED = re.compile(
    r"^(?P<before>[^“”\",:]+)(?:, [^“”\",:]+,)? (?:said|says)(?: [^“”\":,]{0,30})?[:,] "
    r"[“\"](?P<said>[^“”\"]+?)[.!?]?[”\"]\.?$"
)
_OFFICE = re.compile(
    r"(?:the |its |their )?((?:[a-z-]+ ){0,3}[a-z-]+ (?:of|for|at) (?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
)
_PARTICIPLE = re.compile(
    rf"(?:\w+ly |also )?(?:\w+ed|been|{'|'.join(IRREGULAR)}|gone|taken|given|grown|risen|fallen|become|come|run|"
    r"chosen|known|stolen|written|thrown|broken|driven|seen|begun|drawn|beaten)\b"
)

_NO_CLOZE = re.compile(r"(?:The|All|Both|Some|Its|A) (?:[a-z’'-]+ ){3}|Before|After|[-—]")
"""Starts of sentences that need the one before them, or are not sentences."""

_OPENING = frozenset("but and or so yet however meanwhile also instead still then if when while as".split())

_ATTRIBUTION = re.compile(
    r", (?:[^,]* (?:said|says|announced|reported)\b[^,]*|according to .*|[^,]+, (?:said|says) .*)$"
)
"""The source of a statement, at the end of its sentence."""
_LAST = re.compile(
    r"(?<![\w’'-])(?P<first>(?:[A-Z][\w.’'-]* )+)?(?P<last>[A-Z][\w-]+)(?P<of>[’']s|)(?![\w’'-])(?! [A-Z])"
)
"""The last word of a name, with the words before it."""
_PLURAL_AFTER = re.compile(r"\band (?:have|are|were|go|their)\b|\band [A-Z]\w+(?: [A-Z]\w+)? [\d£$]")
"""Shows that a subject is plural, or that a second one follows."""
_ACTS = frozenset(
    """won beat bought sold agreed announced launched signed lost apologised apologized rejected accused promised
    refused accepted unveiled confirmed offered appointed hired sued scored resigned defeated""".split()
)
"""Verbs for both persons and organisations, so that `who` can ask for either."""


def proposals(sentence: str, context: SentenceContext) -> Iterator[Proposal]:
    """Yield the questions that the rules make from a sentence of an article, at most one per rule."""
    words = sentence.split()
    if not 6 <= len(words) <= 40 or "\n" in sentence or words[0].strip("“\"'").lower() in _OPENING:
        return
    if not re.search(r"[.!?][”\"’)]*$", sentence):
        return
    opening = _DATE_OPENING.match(sentence)
    found = clause(sentence[opening.end() :] if opening else sentence)
    if found and opening:
        found = replace(found, rest=f"{found.rest} {opening[1][0].lower()}{opening[1][1:]}")
    made = [_quotation(sentence, context), _report(sentence, context)]
    if found and found.verb not in _SPEAKING:
        made += [rule(found, context) for rule in (_who, _role, _how_many, _when, _where)]
    asked = [each for wordings in made if (each := _first(wordings, sentence, context))]
    yield from asked or filter(None, [_first(_cloze(sentence), sentence, context)])


def _first(wordings: Iterable["Wording"], sentence: str, context: SentenceContext) -> Proposal | None:
    """Return the first wording that can be asked."""
    for question, kind, answers, rule in wordings:
        asked = _expanded(question, context, answers)
        if stands_alone(asked) and not gives_answer_away(asked, answers):
            return Proposal(asked, kind, tuple(dict.fromkeys(answers)), sentence, rule)
    return None


Wording = tuple[str, Kind, tuple[str, ...], str]
"""Question, type, answers and the name of the rule."""


def _quotation(sentence: str, context: SentenceContext) -> Iterator[Wording]:
    match = _QUOTED.search(sentence) or _INTRODUCED.search(sentence)
    if match:
        said = match["said"].strip()
        names = _names((match.groupdict().get("after") or match["before"]).strip(" ,"), context)
        if names and 7 <= len(said.split()) <= 30:
            yield f"Who said “{said}”?", "attribution", names, "quotation"


def _report(sentence: str, context: SentenceContext) -> Iterator[Wording]:
    """Ask who said what, where the sentence reports a statement."""
    text = _without_full_stop(sentence)
    if (match := _SAID_AFTER.fullmatch(text)) and (names := _names(match["speaker"], context)):
        if said := context.words.mid_sentence(match["said"]):
            yield f"Who said{match['day'] or ''} that {said}?", "attribution", names, "report"
        return
    match = _REPORT.fullmatch(text)
    if match and not re.search(r"[“”\"]", match["said"]):
        said, verb = match["said"], match["verb"]
        names = _names(match["speaker"], context)
        plain = verb in ("said", "says") and said.split()[0].lower() not in _NO_CLAUSE
        if names and (match["that"] or plain):
            yield (
                f"Who {verb}{match['day'] or ''}{match['that'] or ' that'} {said}?",
                "attribution",
                names,
                "report",
            )


def _who(found: Clause, context: SentenceContext) -> Iterator[Wording]:
    names = _names(found.subject, context)
    if not names or found.verb in ("are", "were", "have", "could", "may", "might", "would"):
        return
    if is_person(names[0], context.text) or found.verb in _ACTS or found.rest.split()[0] in _ACTS:
        for rest in _rests(found):
            if not _PLURAL_AFTER.search(rest) and not re.search(r"\b(?:not|no|never)\b", rest):
                yield f"Who {found.verb} {rest}?", "who", names, "who"


def _role(found: Clause, context: SentenceContext) -> Iterator[Wording]:
    """Ask who holds the office written beside a name."""
    names = _names(found.subject, context)
    office = _OFFICE.fullmatch(found.aside)
    if office and names and is_person(names[0], context.text):
        yield f"Who is the {office[1]}?", "who", names, "role"
    held = re.fullmatch(r"(?:The )?[A-Z][\w’'-]*(?: [\w’'-]+){1,5}", found.subject)
    if held and re.fullmatch(NAME, found.aside) and is_person(found.aside, context.text):
        yield (
            f"Who is {context.words.mid_sentence(held.group())}?",
            "who",
            (context.words.without_titles(found.aside),),
            "role",
        )


def _how_many(found: Clause, context: SentenceContext) -> Iterator[Wording]:
    counted = _COUNT.fullmatch(found.subject)
    if counted and not _UNCOUNTED.search(counted["noun"]):
        for rest in _rests(found):
            yield (
                f"How many {counted['noun']} {found.verb} {rest}?",
                "how_many",
                _numbers(counted),
                "how many",
            )
    inverted = _inverted(found, context)
    if not inverted:
        return
    verb, subject, main = inverted
    for match in filter(None, (_MONEY.search(found.rest), _COUNT.search(found.rest))):
        before, after = found.rest[: match.start()].strip(), found.rest[match.end() :].strip()
        if (
            len(before.split()) > 8
            or len(after.split()) > 8
            or _NOT_BEFORE_NUMBER.search(before)
            or _NOT_AFTER_NUMBER.match(after)
        ):
            continue
        if not (before or main or verb in ("has", "have", "had")):
            continue
        ask, front = "How much", ""
        if "noun" in match.groupdict():
            noun = match["noun"]
            if _UNCOUNTED.search(noun) or (_TIME.search(noun) and not re.search(r"\bfor$|^$", before)):
                continue
            ask = f"How many {match['noun']}"
            if fronted := re.search(r"(?:^| )(for|by|with)$", before):
                front, before = fronted[1], before[: fronted.start()]
                ask = f"{front.capitalize()} how many {match['noun']}"
        if after.startswith("of "):
            # "of …" belongs to what is counted.
            ask, after = f"{ask} {after}", ""
        yield f"{ask} {verb} {subject} {main} {before} {after}?", "how_many", _numbers(match), "how many"


def _when(found: Clause, context: SentenceContext) -> Iterator[Wording]:
    match = _WHEN.search(found.rest)
    inverted = _inverted(found, context)
    if not match or not inverted or re.search(r"\bnot\b", found.rest):
        return
    verb, subject, main = inverted
    left = f"{found.rest[: match.start()]} {found.rest[match.end() :]}".strip()
    if not _WHEN.search(left) and len(left.split()) >= 2:
        day = match[1]
        answers = (re.sub(r"^(?:on|in) ", "", day), day)
        yield f"When {verb} {subject} {main} {left}?", "when", answers, "when"


def _where(found: Clause, context: SentenceContext) -> Iterator[Wording]:
    match = re.search(
        rf" (?P<place>(?P<at>in|at) (?P<name>{NAME}))(?P<day> on {WEEKDAY}| on {_DATE})?$", found.rest
    )
    inverted = _inverted(found, context)
    if match and inverted and match["name"] in context.words.places and not re.search(r"\bnot\b", found.rest):
        verb, subject, main = inverted
        left = found.rest[: match.start()]
        if len(left.split()) >= 2 - bool(main):
            yield (
                f"Where {verb} {subject} {main} {left}{match['day'] or ''}?",
                "where",
                (match["name"], match["place"]),
                "where",
            )


def _cloze(sentence: str) -> Iterator[Wording]:
    """Ask for a number or a day that is left out of the sentence."""
    text = _without_full_stop(sentence)
    if _NO_CLOZE.match(text) or re.search(r"[“”\"]", text):
        return
    for (start, end), kind, answers in _gaps(text):
        left = f"{text[:start]}____{text[end:]}"
        names = re.findall(NAME, re.sub(rf"^\S+|{WEEKDAY}|{MONTHS}", "", left))
        if start and len(names) > 1:
            yield f"Fill in: {left}.", kind, answers, "cloze"


def _gaps(text: str) -> Iterator[tuple[Span, Kind, tuple[str, ...]]]:
    """Yield the spans that can be left out of a sentence, with the answers that fill the gap."""
    for match in (*_MONEY.finditer(text), *_COUNT.finditer(text)):
        if not _UNCOUNTED.search(match.groupdict().get("noun") or ""):
            yield match.span("number"), "how_many", _numbers(match)
    for match in _WHEN.finditer(text):
        start, end = match.span(1)
        # The day of a statement is not what the sentence is about.
        if not re.search(r"\b(?:said|says|told|announced)\b[^,]{0,40}$", text[:start]):
            yield (start + len("on "), end), "when", (match[1][len("on ") :], match[1])


def _without_full_stop(sentence: str) -> str:
    """Return a sentence without its full stop, unless the stop belongs to its last word."""
    text = sentence.strip()
    return text if text.endswith((" a.m.", " p.m.", "U.S.")) else text.removesuffix(".")


def _rests(found: Clause) -> Iterator[str]:
    """Yield what is said about the subject: everything if it is short, without its source, else the beginning."""
    more = _ATTRIBUTION.sub("", found.more)
    if len(more.split()) <= 14:
        yield found.rest + more
    if len(terms(found.rest)) >= 3 and not _TIME.search(found.rest.split()[-1]):
        yield found.rest


def _inverted(found: Clause, context: SentenceContext) -> tuple[str, str, str] | None:
    """Return the helping verb, the subject, and the main verb if `did` is the helping verb."""
    subject = context.words.mid_sentence(found.subject)
    definite = found.subject.startswith(("The ", "Both ", "All ", "No "))
    if subject is None or (definite and not re.search(r"[A-Z]", subject)):
        return None
    if found.verb in AUXILIARIES:
        if found.verb in ("has", "have", "had") and not _PARTICIPLE.match(found.rest):
            return None
        return found.verb, subject, ""
    plain = base(found.verb, context.words.small)
    return ("did", subject, plain) if plain else None


def _numbers(match: re.Match[str]) -> tuple[str, ...]:
    """Return the ways to give the number: with and without the noun and the word before the number."""
    counted = match["number"], f"{match['number']} {match.groupdict().get('noun') or ''}".strip()
    return (*counted, *(f"{match['about']}{each}" for each in counted)) if match["about"] else counted


def _names(text: str, context: SentenceContext) -> tuple[str, ...]:
    """Return the name that the text is or ends with, first in full where the article has that; empty if none."""
    match = re.search(rf"(?:^|(?<=\s)){NAME}$", text)
    if not match or len(text.split()) > 7:
        return ()
    before = text[: match.start()].split()
    articles = ("the", "a", "an")
    if any(word.lower() in STOPWORDS.difference(articles) for word in before):
        return ()
    if before and before[-1].lower() in articles:
        return ()
    name = context.words.without_titles(match.group())
    words = name.split()
    if words[0].lower() in STOPWORDS or (
        not before and len(words) == 1 and name not in context.words.capital
    ):
        return ()
    if words[0] in HONORIFICS:
        return tuple(dict.fromkeys((context.full.get(words[-1], name), name, words[-1])))
    return tuple(dict.fromkeys((context.full.get(name, name), name)))


def _expanded(question: str, context: SentenceContext, answers: tuple[str, ...]) -> str:
    """Return the question with last names replaced by full names; quotations stay unchanged."""
    answered = {word for answer in answers for word in answer.split()}

    def replace_name(match: re.Match[str]) -> str:
        first, last = match["first"], match["last"]
        known = last in context.full and last not in answered
        alone = not first or first.strip() in HONORIFICS
        return f"{context.full[last]}{match['of']}" if known and alone else match.group()

    parts = [
        part if part.startswith("“") else _LAST.sub(replace_name, part)
        for part in re.split(r"(“[^”]*”)", question)
    ]
    return re.sub(r"\s+", " ", "".join(parts)).replace(" ?", "?")

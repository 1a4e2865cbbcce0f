"""Questions by rule: who, how many, when and who said, made of one sentence; where none fits, words left out of it.

A rule changes as few words as it can, so what it makes is grammatical and true where the sentence is plain. Whether
it is worth asking a person decides.
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
    """Which made it, so that not all are alike."""


_DATE = rf"(?:\d{{1,2}} (?:{MONTHS})(?: \d{{4}})?|(?:{MONTHS}) \d{{1,2}}(?:, \d{{4}})?)"
_WHEN = re.compile(
    rf"(?: |^)(on (?:{WEEKDAY},? )?{_DATE}|on {WEEKDAY}|in (?:{MONTHS})(?: \d{{4}})?|in (?:19|20)\d\d)"
    r"(?![\w-])(?! (?:and|or|morning|afternoon|evening|night|fortnight)\b)"
)

_OPENER = re.compile(rf"((?:On|In) (?:{WEEKDAY}|{_DATE}|(?:{MONTHS})(?: \d{{4}})?|(?:19|20)\d\d)),? ")
_ABOUT = (
    r"(?:about|around|some|nearly|almost|more than|at least|up to|over|an estimated|fewer than|less than|just over|"
    r"just under|as many as|roughly|approximately|only|just)"
)
_FIGURE = (
    r"(?!(?:1[5-9]|20)\d\d\b)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?: (?:million|billion|thousand|hundred))?"
)
"""A number in figures, but no year."""
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
_NO_GAP = re.compile(
    r"\b(?:than|from|of|the|every|each|first|last|next|past|between|and|or|its|their|his|her|a|an)$|\d|\bthat\b",
    re.IGNORECASE,
)
"""Before a number that cannot be asked for."""
_NO_TAIL = re.compile(
    r"(?:and|or|to (?:\d+|none|nil|two|three|four|five)|old|long|high|tall|wide|ago|later|earlier|before|after|"
    r"away|worth|in a row|more)\b|[–-]"
)
"""After a number that cannot be asked for."""

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
"""How sentences begin that need the one before them, or are no sentences."""

_OPENING = frozenset("but and or so yet however meanwhile also instead still then if when while as".split())

_TOLD_BY = re.compile(
    r", (?:[^,]* (?:said|says|announced|reported)\b[^,]*|according to .*|[^,]+, (?:said|says) .*)$"
)
"""Who says what a sentence tells, at its end."""
_LAST = re.compile(
    r"(?<![\w’'-])(?P<first>(?:[A-Z][\w.’'-]* )+)?(?P<last>[A-Z][\w-]+)(?P<of>[’']s|)(?![\w’'-])(?! [A-Z])"
)
"""The last word of a name, with those before it."""
_PLURAL_AFTER = re.compile(r"\band (?:have|are|were|go|their)\b|\band [A-Z]\w+(?: [A-Z]\w+)? [\d£$]")
"""What shows that a subject is many, or that a second one follows."""
_ACTS = frozenset(
    """won beat bought sold agreed announced launched signed lost apologised apologized rejected accused promised
    refused accepted unveiled confirmed offered appointed hired sued scored resigned defeated""".split()
)
"""What persons do, and bodies of persons, so that `who` asks for either."""


def proposals(sentence: str, setting: SentenceContext) -> Iterator[Proposal]:
    """Yield the questions that rules make of a sentence of an article, of each rule one at most."""
    words = sentence.split()
    if not 6 <= len(words) <= 40 or "\n" in sentence or words[0].strip("“\"'").lower() in _OPENING:
        return
    if not re.search(r"[.!?][”\"’)]*$", sentence):
        return
    opening = _OPENER.match(sentence)
    found = clause(sentence[opening.end() :] if opening else sentence)
    if found and opening:
        found = replace(found, rest=f"{found.rest} {opening[1][0].lower()}{opening[1][1:]}")
    made = [_quotation(sentence, setting), _report(sentence, setting)]
    if found and found.verb not in _SPEAKING:
        made += [rule(found, setting) for rule in (_who, _role, _how_many, _when, _where)]
    asked = [each for wordings in made if (each := _first(wordings, sentence, setting))]
    yield from asked or filter(None, [_first(_cloze(sentence), sentence, setting)])


def _first(wordings: Iterable["Wording"], sentence: str, setting: SentenceContext) -> Proposal | None:
    """The first of some wordings that can be asked."""
    for question, kind, answers, rule in wordings:
        asked = _expanded(question, setting, answers)
        if stands_alone(asked) and not gives_answer_away(asked, answers):
            return Proposal(asked, kind, tuple(dict.fromkeys(answers)), sentence, rule)
    return None


Wording = tuple[str, Kind, tuple[str, ...], str]
"""Question, kind, answers and the name of the rule."""


def _quotation(sentence: str, setting: SentenceContext) -> Iterator[Wording]:
    match = _QUOTED.search(sentence) or _INTRODUCED.search(sentence)
    if match:
        said = match["said"].strip()
        names = _names((match.groupdict().get("after") or match["before"]).strip(" ,"), setting)
        if names and 7 <= len(said.split()) <= 30:
            yield f"Who said “{said}”?", "attribution", names, "quotation"


def _report(sentence: str, setting: SentenceContext) -> Iterator[Wording]:
    """Who said what, where a sentence is a report of it."""
    text = _ended(sentence)
    if (match := _SAID_AFTER.fullmatch(text)) and (names := _names(match["speaker"], setting)):
        if said := setting.words.within(match["said"]):
            yield f"Who said{match['day'] or ''} that {said}?", "attribution", names, "report"
        return
    match = _REPORT.fullmatch(text)
    if match and not re.search(r"[“”\"]", match["said"]):
        said, verb = match["said"], match["verb"]
        names = _names(match["speaker"], setting)
        plain = verb in ("said", "says") and said.split()[0].lower() not in _NO_CLAUSE
        if names and (match["that"] or plain):
            yield (
                f"Who {verb}{match['day'] or ''}{match['that'] or ' that'} {said}?",
                "attribution",
                names,
                "report",
            )


def _who(found: Clause, setting: SentenceContext) -> Iterator[Wording]:
    names = _names(found.subject, setting)
    if not names or found.verb in ("are", "were", "have", "could", "may", "might", "would"):
        return
    if is_person(names[0], setting.text) or found.verb in _ACTS or found.rest.split()[0] in _ACTS:
        for rest in _rests(found):
            if not _PLURAL_AFTER.search(rest) and not re.search(r"\b(?:not|no|never)\b", rest):
                yield f"Who {found.verb} {rest}?", "who", names, "who"


def _role(found: Clause, setting: SentenceContext) -> Iterator[Wording]:
    """Who holds the office that stands beside a name."""
    names = _names(found.subject, setting)
    office = _OFFICE.fullmatch(found.aside)
    if office and names and is_person(names[0], setting.text):
        yield f"Who is the {office[1]}?", "who", names, "role"
    held = re.fullmatch(r"(?:The )?[A-Z][\w’'-]*(?: [\w’'-]+){1,5}", found.subject)
    if held and re.fullmatch(NAME, found.aside) and is_person(found.aside, setting.text):
        yield (
            f"Who is {setting.words.within(held.group())}?",
            "who",
            (setting.words.bare(found.aside),),
            "role",
        )


def _how_many(found: Clause, setting: SentenceContext) -> Iterator[Wording]:
    counted = _COUNT.fullmatch(found.subject)
    if counted and not _UNCOUNTED.search(counted["noun"]):
        for rest in _rests(found):
            yield (
                f"How many {counted['noun']} {found.verb} {rest}?",
                "how_many",
                _numbers(counted),
                "how many",
            )
    turned = _turned(found, setting)
    if not turned:
        return
    verb, subject, main = turned
    for match in filter(None, (_MONEY.search(found.rest), _COUNT.search(found.rest))):
        before, after = found.rest[: match.start()].strip(), found.rest[match.end() :].strip()
        if (
            len(before.split()) > 8
            or len(after.split()) > 8
            or _NO_GAP.search(before)
            or _NO_TAIL.match(after)
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
            # It belongs to what is counted.
            ask, after = f"{ask} {after}", ""
        yield f"{ask} {verb} {subject} {main} {before} {after}?", "how_many", _numbers(match), "how many"


def _when(found: Clause, setting: SentenceContext) -> Iterator[Wording]:
    match = _WHEN.search(found.rest)
    turned = _turned(found, setting)
    if not match or not turned or re.search(r"\bnot\b", found.rest):
        return
    verb, subject, main = turned
    left = f"{found.rest[: match.start()]} {found.rest[match.end() :]}".strip()
    if not _WHEN.search(left) and len(left.split()) >= 2:
        day = match[1]
        answers = (re.sub(r"^(?:on|in) ", "", day), day)
        yield f"When {verb} {subject} {main} {left}?", "when", answers, "when"


def _where(found: Clause, setting: SentenceContext) -> Iterator[Wording]:
    match = re.search(
        rf" (?P<place>(?P<at>in|at) (?P<name>{NAME}))(?P<day> on {WEEKDAY}| on {_DATE})?$", found.rest
    )
    turned = _turned(found, setting)
    if match and turned and match["name"] in setting.words.places and not re.search(r"\bnot\b", found.rest):
        verb, subject, main = turned
        left = found.rest[: match.start()]
        if len(left.split()) >= 2 - bool(main):
            yield (
                f"Where {verb} {subject} {main} {left}{match['day'] or ''}?",
                "where",
                (match["name"], match["place"]),
                "where",
            )


def _cloze(sentence: str) -> Iterator[Wording]:
    """The sentence with a number or a day left out."""
    text = _ended(sentence)
    if _NO_CLOZE.match(text) or re.search(r"[“”\"]", text):
        return
    for (start, end), kind, answers in _gaps(text):
        left = f"{text[:start]}____{text[end:]}"
        names = re.findall(NAME, re.sub(rf"^\S+|{WEEKDAY}|{MONTHS}", "", left))
        if start and len(names) > 1:
            yield f"Fill in: {left}.", kind, answers, "cloze"


def _gaps(text: str) -> Iterator[tuple[Span, Kind, tuple[str, ...]]]:
    """What can be left out of a sentence, and the answers that fill the gap."""
    for match in (*_MONEY.finditer(text), *_COUNT.finditer(text)):
        if not _UNCOUNTED.search(match.groupdict().get("noun") or ""):
            yield match.span("number"), "how_many", _numbers(match)
    for match in _WHEN.finditer(text):
        start, end = match.span(1)
        # When it was said is not what a sentence tells.
        if not re.search(r"\b(?:said|says|told|announced)\b[^,]{0,40}$", text[:start]):
            yield (start + len("on "), end), "when", (match[1][len("on ") :], match[1])


def _ended(sentence: str) -> str:
    """A sentence without its full stop, if that is not part of its last word."""
    text = sentence.strip()
    return text if text.endswith((" a.m.", " p.m.", "U.S.")) else text.removesuffix(".")


def _rests(found: Clause) -> Iterator[str]:
    """What is said of the subject: all of it where it is short, without who says so, else its beginning."""
    more = _TOLD_BY.sub("", found.more)
    if len(more.split()) <= 14:
        yield found.rest + more
    if len(terms(found.rest)) >= 3 and not _TIME.search(found.rest.split()[-1]):
        yield found.rest


def _turned(found: Clause, setting: SentenceContext) -> tuple[str, str, str] | None:
    """What a question goes on with: the helping verb, the subject, and the main verb where `did` helps it."""
    subject = setting.words.within(found.subject)
    definite = found.subject.startswith(("The ", "Both ", "All ", "No "))
    if subject is None or (definite and not re.search(r"[A-Z]", subject)):
        return None
    if found.verb in AUXILIARIES:
        if found.verb in ("has", "have", "had") and not _PARTICIPLE.match(found.rest):
            return None
        return found.verb, subject, ""
    plain = base(found.verb, setting.words.small)
    return ("did", subject, plain) if plain else None


def _numbers(match: re.Match[str]) -> tuple[str, ...]:
    """The ways to say how many: with and without what is counted, and what stands before the number."""
    counted = match["number"], f"{match['number']} {match.groupdict().get('noun') or ''}".strip()
    return (*counted, *(f"{match['about']}{each}" for each in counted)) if match["about"] else counted


def _names(text: str, setting: SentenceContext) -> tuple[str, ...]:
    """The name that words are or end with, in full where the article has it, then as it stands; nothing if none."""
    match = re.search(rf"(?:^|(?<=\s)){NAME}$", text)
    if not match or len(text.split()) > 7:
        return ()
    before = text[: match.start()].split()
    articles = ("the", "a", "an")
    if any(word.lower() in STOPWORDS.difference(articles) for word in before):
        return ()
    if before and before[-1].lower() in articles:
        return ()
    name = setting.words.bare(match.group())
    words = name.split()
    if words[0].lower() in STOPWORDS or (
        not before and len(words) == 1 and name not in setting.words.capital
    ):
        return ()
    if words[0] in HONORIFICS:
        return tuple(dict.fromkeys((setting.full.get(words[-1], name), name, words[-1])))
    return tuple(dict.fromkeys((setting.full.get(name, name), name)))


def _expanded(question: str, setting: SentenceContext, answers: tuple[str, ...]) -> str:
    """The question with full names where a last name stands alone; quotations stay as they are."""
    answered = {word for answer in answers for word in answer.split()}

    def whole(match: re.Match[str]) -> str:
        first, last = match["first"], match["last"]
        known = last in setting.full and last not in answered
        alone = not first or first.strip() in HONORIFICS
        return f"{setting.full[last]}{match['of']}" if known and alone else match.group()

    parts = [
        part if part.startswith("“") else _LAST.sub(whole, part) for part in re.split(r"(“[^”]*”)", question)
    ]
    return re.sub(r"\s+", " ", "".join(parts)).replace(" ?", "?")

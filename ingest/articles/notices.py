"""Recognises what pages print in place of an article or beside it: offers, consent forms, errors, correction notices.

Each table holds phrases that hardly occur in the text of a story.
"""

import re
from collections.abc import Sequence

SHORTEST_STORY = 80
"""Minimum letters of paragraphs that tell something; other lines beside a barrier are menus and headings."""

SHORTEST_SENTENCE = 30
"""The same for paragraphs that end like a sentence, unless the title is a barrier's."""

MOSTLY = 1 / 3
"""Minimum share of the letters of a page that barriers have if it has no story. Consent forms and errors also show
lists of purposes, menus and headlines."""

MOSTLY_IF_TITLE = 0.1
"""The same for a page whose title is a barrier."""

NOTICE_START = 600
"""Characters of a text, and of its last paragraphs, that are searched for a correction notice."""

_BARRIERS = (
    # Subscriptions and registration.
    r"(?:for|to) (?:our )?(?:paying )?(?:subscribers|members) only",
    r"(?:subscriber|member)s?[- ](?:only|exclusive)",
    r"already (?:a |an )?(?:subscriber|subscribed|member|registered)",
    r"(?:sign|log) ?in to (?:continue|read|view|access|unlock)",
    r"(?:subscribe|register|join|sign up)(?: \w+){0,3} (?:to|for) (?:\w+ ){0,3}"
    r"(?:read|continue|unlock|access|keep reading|full access|unlimited|\S*\d)",
    r"(?:to|and) (?:continue|keep) reading",
    r"unlimited (?:digital )?access",
    r"you can cancel (?:at )?any ?time|cancel any ?time",
    r"(?:first|after the first) months?\b.{0,40}\b(?:price|pay|free)",
    r"(?:free articles?|article limit|articles? left|articles? remaining) (?:this|per|a) month",
    r"you(?:'ve|’ve| have) (?:reached|read|used)(?: \w+){0,5} (?:limit|free articles?)",
    r"(?:subscription|digital) (?:offer|plan|package)s?|choose (?:a|your) (?:plan|subscription)",
    r"(?:jetzt|hier) (?:\w+ )?(?:abonnieren|weiterlesen)|bereits abonnent|nur für abonnenten",
    r"réservé (?:aux|à nos) abonnés|déjà abonné|abonnez-vous|s['’]abonner pour",
    r"solo para suscriptores|suscr[ií]bete|ya (?:eres|soy) suscriptor",
    r"riservato agli abbonati|già abbonato|abbonati (?:ora|per)",
    r"exclusivo para assinantes|já é assinante|assine (?:já|agora|para)",
    r"alleen voor abonnees|al abonnee|word abonnee",
    # Consent.
    r"we (?:value|respect|care about) your privacy",
    r"(?:we|our partners?)\b.{0,60}\b(?:use|store|access|set|process)\b.{0,80}\b(?:cookies|personal data|device)",
    r"(?:accept|reject|manage|allow|refuse)(?: \w+){0,3} (?:cookies|consent|preferences|tracking)",
    r"(?:consent|agree) to (?:our|the) (?:processing|use of|terms|privacy)",
    r"personali[sz]ed (?:advertising|ads|content)",
    r"precise geolocation",
    r"cookie[- ](?:policy|settings|preferences|consent|einstellungen)|datenschutzeinstellungen",
    r"wir (?:schätzen|achten|respektieren) ihre privatsphäre|nous respectons votre vie privée",
    r"tu privacidad nos importa|rispettiamo la tua privacy|valorizamos a sua privacidade|wij respecteren uw privacy",
    # Missing pages and refusals.
    r"(?:page|article|story|url|document)\b.{0,60}\b"
    r"(?:not (?:be )?found|does(?: not|n['’]t) exist|no longer (?:exists|available)|"
    r"(?:was|has been|been) (?:moved|deleted|removed, had its name))",
    r"(?:404|403|410|500|502|503)(?: error|:| -| –)|error (?:404|403|410|500|502|503)",
    r"temporarily unavailable|service unavailable|access (?:denied|to this page)",
    r"check (?:that )?the (?:address|url|spelling|link)",
    r"(?:try|use) (?:our|the) search|(?:go|return|back) to (?:the|our) (?:home|front) ?page",
    r"seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada|pagina non trovata|"
    r"página não encontrada|pagina niet gevonden",
    r"enable (?:javascript|cookies)|javascript (?:is )?(?:disabled|required)",
    r"(?:are|you're|you’re) (?:not )?a (?:robot|human)|unusual traffic|checking your browser|captcha",
    r"(?:turn off|disable|using an?) (?:your )?ad ?-?blocker",
)
_BARRIER = re.compile("|".join(f"(?:{phrase})" for phrase in _BARRIERS), re.IGNORECASE)
_SIGNS = (
    "subscri|suscr|abonn|abbona|assina|assine|member|already reg|sign in|signin|log in|login|sign up|register|join|"
    "reading|weiterlesen|unlimited|cancel|month|limit|free article|digital|choose a|choose your|cookie|privacy|privaci|"
    "personal data|device|consent|preferences|tracking|agree to|personali|geolocation|datenschutz|privatsph|vie privée|"
    "not found|not be found|exist|no longer|moved|deleted|removed|404|403|410|500|502|503|unavailable|access denied|"
    "access to|check th|search|home page|homepage|front page|frontpage|gefunden|introuvable|trouvée|encontrada|trovata|"
    "gevonden|javascript|robot|a human|unusual|browser|captcha|blocker|had its name"
).split("|")
"""Each phrase has one of these. They are looked for first, because the phrases take a hundred times longer."""

_QUOTED = re.compile(
    r"[\"“„«][^\"“”„«»\n]{0,500}[\"”“»]|[‘‚][^‘’\n]{0,300}’(?!\w)|(?<!\w)'[^' \n]{1,50} [^'\n]{0,300}'(?!\w)"
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»]*\s*$")
_ADDRESS = re.compile(
    r"\b(?:you|your|yours|we|our|us|please|sorry|oops|"
    r"sie|ihre?[nmrs]?|ihnen|wir|uns|unsere?[nmrs]?|dein\w*|vous|votre|vos|nous|nos|notre|"
    r"usted|tus?|nuestr\w+|tuo|tua|tuoi|vostr\w+|nostr\w+|você|nosso\w*|nossa\w*|uw|jouw|onze|je)\b|"
    r"(?:^|[.!?…]\s)\W*(?:accept|already|change|check|choose|continue|create|enable|go|join|log ?in|manage|"
    r"register|reject|return|sign|start|subscribe|this (?:page|article|story|content)|try|turn|jetzt|bereits|"
    r"abonne[zn]|suscr[ií]bete|abbonati|assine|word)\b",
    re.IGNORECASE,
)
"""Words by which a page speaks to its reader. Outside of quotations, news hardly ever does."""

_PIECE = r"(?:this|the|our|that|an?)(?: \w+){0,2} (?:article|story|report|piece|item|column|interview|post|version)"
_CORRECTIONS = (
    # `Correction: …`, `RETRACTED – …`, `Editor's note: …` at the beginning of a paragraph.
    r"^\W*(?:correction|corrections|corrigendum|erratum|errata|retraction|retracted|withdrawn|withdrawal|clarification)\b\s*"
    r"(?:\([^)\n]{1,40}\)|,\s[\w ,]{1,30})?\s*(?:[:–—|.]|-\s|$)",
    # An editor's note may also be about the author.
    r"^\W*(?:(?:editor|editors|publisher)['’]?s?['’]? note|editorial note)\b.{0,300}\b"
    r"(?:correct(?:ed|ion|s)|retract\w*|withdr\w+|erron\w+|errors?|mistakes?|amended|clarif\w+|removed|inaccura\w+)\b",
    rf"\b{_PIECE}\b(?! (?:that )?you).{{0,60}}\b(?:has been|was|is|have been|were|being)\b.{{0,20}}\b"
    r"(?:corrected|retracted|withdrawn|amended|clarified|removed|taken down|unpublished)\b",
    r"\b(?:we|have|has) (?:\w+ )?(?:corrected|retracted|withdrawn|withdraw|retract|amended|removed|unpublished) "
    rf"{_PIECE}\b",
    r"\ban? (?:earlier|previous|original) version of (?:this|the|our) (?:\w+ )?"
    r"(?:article|story|report|piece|headline|post|caption)\b",
    rf"\b{_PIECE} (?:incorrectly|wrongly|mistakenly|erroneously)\b",
    r"\bin (?:our|an?|the) (?:\w+ ){0,3}(?:report|article|story|issue|edition)\b.{0,120}\b"
    r"(?:we (?:wrote|said|reported|stated)|(?:incorrectly|wrongly|mistakenly))\b",
    r"\b(?:we|the \w+) (?:regret|apologi[sz]e for) (?:the|this|any) (?:error|mistake|confusion)",
    r"^\W*(?:berichtigung|korrektur|richtigstellung|gegendarstellung|rectificatif|rectification|rectificación|"
    r"fe de errores|rettifica|errata corrige|retificação|correção|rectificatie|correctie)\b\s*[:–—.-]",
)
_CORRECTION = re.compile("|".join(f"(?:{phrase})" for phrase in _CORRECTIONS), re.IGNORECASE | re.MULTILINE)
_TITLE_LABEL = re.compile(
    r"^\W*(?:correction|corrections|corrigendum|erratum|retraction|clarification|berichtigung|korrektur|rectificatif|"
    r"rectificación|rettifica|retificação|rectificatie)\b\s*(?:to |of |[:–—|-]\s*)",
    re.IGNORECASE,
)


def is_barrier(paragraph: str) -> bool:
    """Whether a paragraph belongs to an offer, a consent form or an error page.

    >>> is_barrier("Already a subscriber? Sign in to continue reading.")
    True
    >>> is_barrier("The council voted on Tuesday to replace the bridge.")
    False
    """
    lower = paragraph.lower()
    return any(sign in lower for sign in _SIGNS) and _BARRIER.search(paragraph) is not None


def _speaks_as_barrier(paragraph: str) -> bool:
    """Whether a paragraph speaks to its reader as a barrier does.

    News about offers, consent and errors does not speak to its reader, except in what it quotes.
    """
    if not is_barrier(paragraph):
        return False
    plain = _QUOTED.sub("", paragraph)
    return is_barrier(plain) and _ADDRESS.search(plain) is not None


def closing_barriers(paragraphs: Sequence[str]) -> set[int]:
    """Return the indexes of the paragraphs below a text in which a page offers the rest of it, and of lines between.

    >>> sorted(closing_barriers(["The wall broke on Tuesday.", "Already a subscriber?", "Log in to continue reading."]))
    [1, 2]
    """
    first = len(paragraphs)
    for index in range(len(paragraphs) - 1, -1, -1):
        if _speaks_as_barrier(paragraphs[index]):
            first = index
        elif len(paragraphs[index]) >= SHORTEST_STORY:
            break
    return set(range(first, len(paragraphs)))


def is_only_barrier(title: str, paragraphs: Sequence[str]) -> bool:
    """Whether a page shows an offer, a consent form or an error instead of an article, not beside it.

    >>> is_only_barrier("Sea wall", ["Already a subscriber? Sign in to continue reading."])
    True
    >>> is_only_barrier("Sea wall", ["The wall broke at three on Tuesday.", "Log in to read the whole story."])
    False
    """
    is_titled = is_barrier(title)
    is_one = is_barrier if is_titled else _speaks_as_barrier
    others = [paragraph for paragraph in paragraphs if not is_one(paragraph)]
    if len(others) == len(paragraphs):
        return False
    if any(_is_story(each, SHORTEST_STORY if is_titled else SHORTEST_SENTENCE) for each in others):
        return False
    letters = sum(map(len, paragraphs))
    return letters - sum(map(len, others)) >= (MOSTLY_IF_TITLE if is_titled else MOSTLY) * letters


def _is_story(paragraph: str, shortest: int) -> bool:
    is_sentence = _SENTENCE_END.search(paragraph[-4:]) is not None
    is_long = len(paragraph) >= (shortest if is_sentence else SHORTEST_STORY)
    return is_long and not _ADDRESS.search(_QUOTED.sub("", paragraph))


def has_correction_notice(title: str, paragraphs: Sequence[str]) -> bool:
    """Whether a title or text says that an article was corrected, retracted or withdrawn.

    >>> has_correction_notice("Sea wall", ["It broke.", "An earlier version of this article named the wrong pier."])
    True
    >>> has_correction_notice("Sea wall", ["The minister corrected himself and withdrew the bill."])
    False
    """
    opening = "\n".join(paragraphs)[:NOTICE_START]
    closing = "\n".join(paragraphs[-2:])[-NOTICE_START:]
    return any(_CORRECTION.search(each) for each in (title, opening, closing))


def corrected_subject(title: str) -> str | None:
    """Return what the title of a correction names; None if it is no title of a correction.

    >>> corrected_subject("Correction: sea wall at Port Ellery")
    'sea wall at Port Ellery'
    """
    match = _TITLE_LABEL.match(title)
    return title[match.end() :].strip() if match else None

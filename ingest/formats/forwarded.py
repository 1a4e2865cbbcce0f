"""Finds the mail that another mail forwards: its own sender, day and subject."""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from ingest.articles.canonical import clean

LOOKED_AT = 3_000
"""Maximum characters above a forwarded mail: a note of the person who forwards it."""

MOST_LINES = 14
"""Maximum lines of the headers that a mail program repeats above the mail."""

_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|doorst|i)\s*:\s*", re.IGNORECASE)
_MARK = re.compile(
    r"^[>\s]*(?:[-_ ]*(?:forwarded message|original message|weitergeleitete nachricht|urspr\w+ nachricht|"
    r"message (?:transféré|d'origine)|mensaje (?:reenviado|original)|messaggio (?:inoltrato|originale)"
    r"|doorgestuurd bericht|oorspronkelijk bericht)[-_ ]*|begin forwarded message:"
    r"|anfang der weitergeleiteten nachricht:|début du message (?:transféré|réexpédié)\s?:)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = {
    "From": ("from", "von", "de", "da", "van"),
    "Date": (
        "date",
        "sent",
        "datum",
        "gesendet",
        "envoyé",
        "fecha",
        "enviado",
        "data",
        "inviato",
        "verzonden",
    ),
    "Subject": ("subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp"),
    "To": ("to", "an", "à", "para", "a", "aan", "cc", "reply-to"),
}
_HEADER = re.compile(r"[>\s]*\*?([\w-]{1,12})\s?:\*?\s*(.*)")
_QUOTED = re.compile(r"^> ?", re.MULTILINE)


@dataclass(frozen=True)
class Forwarded:
    """A forwarded mail."""

    headers: EmailMessage
    text: str


def is_forwarded(subject: str) -> bool:
    """Whether a subject says that a mail is forwarded: `Fwd: Storm`.

    >>> is_forwarded("WG: Der Deich hält"), is_forwarded("Forward march")
    (True, False)
    """
    return _SUBJECT.match(subject) is not None


def forwarded(subject: str, text: str) -> Forwarded | None:
    """Return the mail that a mail with this subject and text forwards; None if it forwards none.

    Mail programs repeat the headers after a line such as `Forwarded message`. Outlook writes no such line, so its
    headers count only if the subject says that the mail is forwarded.
    """
    mark = _MARK.search(text, 0, LOOKED_AT)
    if mark is not None:
        return _after(text[mark.end() :])
    if is_forwarded(subject):
        for line in re.finditer(r"^[>\s]*\*?(?:From|Von|De|Da|Van)\s?:", text[:LOOKED_AT], re.MULTILINE):
            if found := _after(text[line.start() :]):
                return found
    return None


def _after(text: str) -> Forwarded | None:
    """Return the mail whose headers a text begins with; it needs a sender and a day."""
    headers = EmailMessage(policy=policy.default)
    lines = text.lstrip("\n").split("\n")
    end = 0
    for number, line in enumerate(lines[:MOST_LINES]):
        match = _HEADER.fullmatch(line)
        name = next((name for name, names in _NAMES.items() if match and match[1].lower() in names), None)
        if match is not None and name is not None:
            end = number + 1
            if name not in headers and name != "To":
                headers[name] = " ".join(match[2].split())
        elif line.strip(" >") and number > end + 1:
            break
    if "From" not in headers or "Date" not in headers:
        return None
    body = "\n".join(lines[end:]).strip("\n")
    if all(line.startswith(">") for line in body.split("\n") if line.strip()):
        body = _QUOTED.sub("", body)
    return Forwarded(headers, clean(body))

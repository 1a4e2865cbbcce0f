"""Parses mail such as newsletters: one mail per file, or many in an mbox. One mail is one article."""

import base64
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr

import lxml.html

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors, byline
from ingest.articles.canonical import clean
from ingest.articles.markup import parse_html, without_markup
from ingest.formats.encodings import decode
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, Unreadable, too_large
from ingest.formats.forwarded import forwarded, is_forwarded
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".eml",)
MBOX_SUFFIXES = (".mbox", ".mbx")

MAX_HEADER_BYTES = 262_144
"""Maximum bytes of a mail's headers. Signatures and delivery traces take a few thousand; servers refuse more than
this."""

LONGEST_HEADER = 4_096
"""Maximum characters of a header that is read. Longer ones contain lists of recipients, or are hostile."""

DEEPEST = 20
"""Maximum nesting of parts; a forwarded newsletter has four levels."""

MOST_PARTS = 500
"""Maximum parts of one mail; digests have a few dozen."""

_HEADER = re.compile(rb"([!-9;-~]{1,100}):[ \t]?")
_TELLING = (
    b"from",
    b"subject",
    b"date",
    b"message-id",
    b"received",
    b"return-path",
    b"mime-version",
    b"delivered-to",
)
_POSTMARK = re.compile(rb"From \S.*\d{1,2}:\d{2}.*\d{4}")
_QUOTED_POSTMARK = re.compile(rb">+From ")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FLOWED = re.compile(r" \r?\n")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_AT_OUTLET = re.compile(r"(.{3,100}?)(?:,| at) (.+)")
_NEWSLETTER = re.compile(r"\b(?:news\w*|no-?reply|briefing|daily|weekly|alerts?|digest)@", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(
    r"\bunsubscribe\b|\bview (?:this (?:e-?mail|message) )?in (?:your|a) browser\b|newsletter abbestellen|désabonner",
    re.IGNORECASE,
)
"""What newsletters say at their end; a forwarded one has lost the headers that mark bulk mail."""

_BULK = ("List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID")


@dataclass(frozen=True)
class Part:
    """A part of a mail: its headers, and its body as sent."""

    headers: EmailMessage
    body: bytes
    is_cut: bool = False
    """Whether its end is missing."""


@dataclass
class _Texts:
    """The texts of a mail, and whether it has encrypted parts."""

    html: str = ""
    plain: str = ""
    is_encrypted: bool = False


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with the headers of a mail."""
    names: set[bytes] = set()
    for line in head[:MAX_HEADER_BYTES].splitlines()[:200]:
        if not line.strip():
            break
        if line[:1] in b" \t" and names:
            continue
        if not (header := _HEADER.match(line)):
            return False
        names.add(header[1].lower())
    return b"from" in names and sum(name in names for name in _TELLING) >= 3


def recognises_mbox(head: bytes, suffix: str) -> bool:
    """Whether a file begins with the postmark line and headers of a mail."""
    postmark, _, rest = head.partition(b"\n")
    return _POSTMARK.match(postmark) is not None and _HEADER.match(rest) is not None


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a mail. If the mail exceeds the limit, only the part below it is read."""
    data = entry.stream.read(MAX_ARTICLE_BYTES + 1)
    yield _article(data, len(data) > MAX_ARTICLE_BYTES, entry.source, options)


def parse_mbox(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each mail. Mails are numbered from 1."""
    for number, (data, is_cut) in enumerate(_mails(entry), 1):
        yield _article(data, is_cut, f"{entry.source}#{number}", options)


def _mails(entry: Entry) -> Iterator[tuple[bytes, bool]]:
    """Yield the mails of an mbox, and whether each was cut off at the limit.

    A line that begins with `From ` opens a mail if it follows a blank line and contains a time. Inside a mail,
    programs put `>` before such a line.
    """
    lines: list[bytes] = []
    size = 0
    is_cut = False
    begun = False
    after_blank = True
    for line in entry.lines():
        if line is not None and after_blank and _POSTMARK.match(line):
            if begun:
                yield b"".join(lines), is_cut
            lines, size, is_cut, begun = [], 0, False, True
            continue
        begun = True
        after_blank = line is not None and not line.strip()
        if line is None or size + len(line) > MAX_ARTICLE_BYTES:
            is_cut = True
        if is_cut or line is None:
            continue
        if _QUOTED_POSTMARK.match(line):
            line = line[1:]
        lines.append(line)
        size += len(line)
    if begun:
        yield b"".join(lines), is_cut


def _article(data: bytes, is_cut: bool, source: str, options: ReadOptions) -> Article | Rejected:
    try:
        mail = _attached(part_of(data, is_cut))
        texts = _texts(mail)
    except Unreadable as error:
        return Rejected(source, str(error))
    text = _better(texts)
    if not text:
        if texts.is_encrypted:
            return Rejected(source, "encrypted: save the mail without encryption from your mail program")
        return Rejected(source, too_large(None) if is_cut else "no text in the mail")
    sent = mail.headers
    is_bulk = any(sent.get(name) is not None for name in _BULK)
    if passed_on := forwarded(header(sent, "Subject"), text):
        sent, text = passed_on.headers, passed_on.text
        is_bulk = (
            _NEWSLETTER.search(header(sent, "From")) is not None or _UNSUBSCRIBE.search(text) is not None
        )
    outlet, names = _sender(sent, is_bulk=is_bulk)
    return build_article(
        Extracted(
            text=text,
            title=header(sent, "Subject"),
            outlet=outlet,
            authors=names,
            published=dates.parse(header(sent, "Date"), "metadata"),
            guid=header(mail.headers, "Message-ID").strip("<> ") or None,
            language=header(mail.headers, "Content-Language") or None,
            keywords=header(mail.headers, "Keywords"),
        ),
        source,
        options,
    )


def part_of(data: bytes, is_cut: bool) -> Part:
    """Parse the headers of a mail or part, which end with a blank line."""
    if data.startswith((b"\n", b"\r\n")):
        return Part(EmailMessage(policy=policy.default), data.lstrip(b"\r\n"), is_cut)
    end = _HEADERS_END.search(data, 0, MAX_HEADER_BYTES)
    if end is None and len(data) > MAX_HEADER_BYTES:
        raise Unreadable(f"its headers do not end within {MAX_HEADER_BYTES // 1024} kB")
    head, body = (data, b"") if end is None else (data[: end.start()], data[end.end() :])
    # Only headers: the library parses parts recursively, and reads a line once for every level of nesting.
    headers = BytesParser(policy=policy.default).parsebytes(_bounded(head) + b"\n\n", headersonly=True)
    assert isinstance(headers, EmailMessage)  # the class that this policy creates
    return Part(headers, body, is_cut)


def _attached(mail: Part) -> Part:
    """Return the mail that a mail forwards as its only attachment, else the mail itself."""
    if not is_forwarded(header(mail.headers, "Subject")) or not media_type(mail.headers).startswith(
        "multipart/"
    ):
        return mail
    attached = [part for part in inner_parts(mail) if media_type(part.headers) == "message/rfc822"]
    return part_of(attached[0].body.lstrip(b"\r\n"), attached[0].is_cut) if len(attached) == 1 else mail


def _bounded(head: bytes) -> bytes:
    """Return headers without overlong ones, for which the library's time grows with the square of the length."""
    headers = re.split(rb"\r?\n(?![ \t])", head)
    return b"\n".join(header.replace(b"\0", b"") for header in headers if len(header) <= LONGEST_HEADER)


def _texts(mail: Part) -> _Texts:
    """Return the texts of a mail's parts, without attachments. Raises Unreadable if there are too many parts."""
    texts = _Texts()
    waiting = [(mail, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST_PARTS:
            raise Unreadable(f"more than {DEEPEST} nested parts, or more than {MOST_PARTS} in all")
        kind = media_type(part.headers)
        if kind.startswith("multipart/"):
            texts.is_encrypted |= kind == "multipart/encrypted"
            waiting.extend((inner, depth + 1) for inner in reversed(inner_parts(part)))
        elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            texts.is_encrypted = True
        elif not part.is_cut and not header(part.headers, "Content-Disposition").lower().startswith("attach"):
            if kind == "text/html":
                texts.html += _shown(decoded(part)) + "\n\n"
            elif kind == "text/plain":
                texts.plain += _unwrapped(decoded(part), part.headers) + "\n\n"
    return texts


def inner_parts(part: Part) -> list[Part]:
    """Return the parts of a part, which boundary lines separate."""
    boundary = (part.headers.get_boundary() or "").encode("utf-8", "surrogateescape").rstrip()
    if not boundary:
        return []
    pieces = re.split(
        rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?=--|[ \t]*\r?\n|\Z)", part.body, maxsplit=MOST_PARTS
    )
    inner = []
    for index, piece in enumerate(pieces[1:], 2):
        if piece.startswith(b"--"):
            break
        inner.append(
            part_of(re.sub(rb"\A[ \t]*\r?\n", b"", piece, count=1), part.is_cut and index == len(pieces))
        )
    return inner


def decoded(part: Part) -> str:
    """Return the text of a part."""
    encoding = header(part.headers, "Content-Transfer-Encoding").lower()
    data = part.body
    if encoding == "base64":
        data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        data = base64.b64decode(data[: len(data) - (len(data) % 4 == 1)] + b"==")
    elif encoding == "quoted-printable":
        data = quopri.decodestring(data)
    return decode(data, part.headers.get_content_charset()).replace("\0", "")


def _unwrapped(text: str, headers: EmailMessage) -> str:
    """Join the lines of text that a mail program wrapped, which end with a space."""
    flowed = str(headers.get_param("format", "")).lower() == "flowed"
    return _FLOWED.sub(" ", text) if flowed else text


def _shown(page: str) -> str:
    """Return the visible text of an HTML mail in paragraphs. Newsletters hide lines that only mail previews
    show."""
    tree = parse_html(page)
    if tree is None:
        return without_markup(page)
    for element in list(tree.iter()):
        if _HIDDEN.search(element.get("style") or "") and element.getparent() is not None:
            element.drop_tree()
    shown: str = lxml.html.tostring(tree, encoding="unicode")
    return without_markup(shown)


def _better(texts: _Texts) -> str:
    """Return the text of a mail: the HTML, which has paragraphs, unless it only says where the text is."""
    html, plain = clean(texts.html), clean(texts.plain)
    return html if len(html) > len(plain) / 2 else plain


def _sender(headers: EmailMessage, *, is_bulk: bool) -> tuple[str | None, tuple[str, ...]]:
    """Return outlet and authors from the sender. The name on bulk mail is an outlet's, on other mail a person's.

    `Petra Lunn at The Ledger` gives both.
    """
    name, address = parseaddr(header(headers, "From"))
    host = address.rpartition("@")[2] or None
    if (both := _AT_OUTLET.fullmatch(name)) and (person := byline(f"By {both[1]}")):
        return both[2], person
    if not name or is_bulk:
        return name or host, ()
    return host, authors(name)


def media_type(headers: EmailMessage) -> str:
    """Return the media type of a part; without one it is plain text."""
    try:
        return headers.get_content_type()
    except Exception:
        # Like other broken headers; an unknown type is not text.
        return "application/octet-stream"


def header(headers: EmailMessage, name: str) -> str:
    """Return a header's text with encoded words decoded; empty if there is none."""
    try:
        return " ".join(str(headers.get(name, "")).split())
    except Exception:
        # The library fails in many ways on broken headers; such a header counts as empty.
        return ""

"""Single mails and mboxes, as mail programs write them, and hostile ones."""

import base64
import time
import tracemalloc
from email.message import EmailMessage

import pytest

from assistant.article import Article, PublicationDate
from ingest.formats.entry import Entry, buffered
from ingest.formats.mail import parse as parse_mail
from ingest.formats.mail import parse_mbox
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article, reason
from tests.ingest.streams import RepeatingStream

HTML = """<html><head><style>p {}</style></head><body>
<div style="display:none; max-height:0">Preview of today's news</div>
<table><tr><td><p>The sea came over the wall at Sandhaven on Friday, and four streets were
flooded by midnight.</p></td></tr><tr><td><p>Read <a href="https://ledger.example/w">what the engineer said</a>.</p>
</td></tr></table></body></html>"""
PLAIN = "The sea came over the wall at Sandhaven on Friday.\n\nRead what the engineer said."


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    stated = {
        "From": "The Harbour Ledger <news@ledger.example>",
        "To": "reader@desk.example",
        "Subject": "Wall breached – what we know",
        "Date": "Sat, 25 Nov 2023 06:10:00 +0100",
        "Message-ID": "<42@ledger.example>",
        "List-Unsubscribe": "<https://ledger.example/u>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in stated.items():
        if value:
            message[name] = value
    return message


def newsletter(**headers: str) -> bytes:
    message = mail(**headers)
    message.set_content(PLAIN)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"%PDF-1.4 attached", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("Attached text.", filename="notes.txt")
    return message.as_bytes()


@pytest.mark.parametrize("name", ["issue.eml", "issue", "issue.txt"])
def test_a_newsletter(parse_bytes: ParseBytes, name: str) -> None:
    found = article(parse_bytes(name, newsletter()))
    assert found.title == "Wall breached – what we know"
    assert found.outlet == "The Harbour Ledger"
    assert found.authors == ()
    assert found.published == PublicationDate("2023-11-25T06:10:00+01:00", "metadata")
    assert found.guid == "42@ledger.example"
    assert found.text == (
        "The sea came over the wall at Sandhaven on Friday, and four streets were flooded by midnight.\n\n"
        "Read what the engineer said."
    )


@pytest.mark.parametrize(
    ("sender", "bulk", "outlet", "authors"),
    [
        ("The Harbour Ledger <news@ledger.example>", True, "The Harbour Ledger", ()),
        ("Petra Lunn at The Ledger <petra@ledger.example>", True, "The Ledger", ("Petra Lunn",)),
        ('"Petra Lunn, The Ledger" <petra@ledger.example>', True, "The Ledger", ("Petra Lunn",)),
        ("News of the World <news@world.example>", True, "News of the World", ()),
        ("Petra Lunn <petra@ledger.example>", False, "ledger.example", ("Petra Lunn",)),
        ("news@ledger.example", True, "ledger.example", ()),
        ("=?utf-8?q?Gazette_caf=C3=A9?= <news@ledger.example>", True, "Gazette café", ()),
    ],
)
def test_senders(
    parse_bytes: ParseBytes, sender: str, bulk: bool, outlet: str, authors: tuple[str, ...]
) -> None:
    data = newsletter(From="", List_Unsubscribe="<https://ledger.example/u>" if bulk else "")
    found = article(parse_bytes("issue.eml", f"From: {sender}\n".encode() + data))
    assert (found.outlet, found.authors) == (outlet, authors)


def test_plain_text_where_the_page_only_points_to_it(parse_bytes: ParseBytes) -> None:
    message = mail()
    message.set_content(PLAIN)
    message.add_alternative("<p>Open in a browser.</p>", subtype="html")
    assert article(parse_bytes("issue.eml", message.as_bytes())).text == PLAIN


def test_plain_text_alone_with_its_lines_joined_again(parse_bytes: ParseBytes) -> None:
    head = b"From: a@b.example\nDate: 2 Feb 2023 09:48 GMT\nSubject: Gales\nContent-Type: text/plain; format=flowed"
    found = article(parse_bytes("issue.eml", head + b"\n\nAll sailings were \ncancelled.\n\nGales neared."))
    assert found.text == "All sailings were cancelled.\n\nGales neared."
    assert found.published.iso == "2023-02-02T09:48:00+00:00"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_encodings_of_text(parse_bytes: ParseBytes, encoding: str) -> None:
    message = mail()
    message.set_content("Café closes after £9m loss.", charset="iso-8859-15", cte=encoding)
    assert article(parse_bytes("issue.eml", message.as_bytes())).text == "Café closes after £9m loss."


def test_an_mbox_is_read_mail_by_mail(parse_bytes: ParseBytes) -> None:
    second = newsletter(Subject="Ferry strike", Message_ID="<43@ledger.example>").replace(
        b"The sea came over the wall at Sandhaven on Friday.\n\n", b"A\n\n>From the quay they came.\n\n"
    )
    postmark = b"From news@ledger.example Sat Nov 25 06:10:00 2023\n"
    outcome = parse_bytes(
        "news.mbox", b"\n".join(postmark + data for data in (newsletter(), second, newsletter()))
    )
    assert [(item.source, item.title) for item in outcome if isinstance(item, Article)] == [
        ("desk/news.mbox#1", "Wall breached – what we know"),
        ("desk/news.mbox#2", "Ferry strike"),
        ("desk/news.mbox#3", "Wall breached – what we know"),
    ]
    assert len({item.id for item in outcome if isinstance(item, Article)}) == 2


def test_lines_that_begin_like_a_postmark_open_no_mail(parse_bytes: ParseBytes) -> None:
    message = mail()
    message.set_content(
        "First.\n\n>From here it went on.\nFrom Monday at 10:00 on 1 May 2023\n\nFrom now on."
    )
    data = b"From a@b.example Sat Nov 25 06:10:00 2023\n" + message.as_bytes()
    found = article(parse_bytes("a", data))
    assert "From here it went on." in found.text and found.text.endswith("From now on.")


def test_mails_that_hold_no_text(parse_bytes: ParseBytes) -> None:
    message = mail()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    assert reason(parse_bytes("a.eml", message.as_bytes())) == "no text in the mail"
    sealed = (
        b"\nContent-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n"
    )
    assert "encrypted" in reason(parse_bytes("a.eml", mail().as_bytes().rstrip() + sealed))


def test_a_large_attachment_does_not_keep_a_mail_out(parse_bytes: ParseBytes) -> None:
    message = mail()
    message.set_content(PLAIN)
    message.add_attachment(bytes(18_000_000), maintype="video", subtype="mp4", filename="a.mp4")
    data = message.as_bytes()
    assert article(parse_bytes("a.eml", data)).text == PLAIN
    postmark = b"From news@ledger.example Sat Nov 25 06:10:00 2023\n"
    large = postmark + data + b"\n"
    assert [item.source for item in parse_bytes("a.mbox", large + postmark + newsletter())] == [
        "desk/a.mbox#1",
        "desk/a.mbox#2",
    ]


def test_text_beyond_the_limit_is_not_an_article(parse_bytes: ParseBytes) -> None:
    data = mail().as_bytes().rstrip() + b"\n\n" + b"Endless text.\n" * 1_500_000
    assert "too large" in reason(parse_bytes("a.eml", data))


def nested(depth: int) -> bytes:
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth)
    )
    return mail().as_bytes().rstrip() + b"\n" + opening + b"Content-Type: text/plain\n\nText.\n"


SECONDS = 60
"""Far above the time of a linear parser on a slow processor, and far below that of a quadratic one."""


def test_parts_nested_without_end_are_refused(parse_bytes: ParseBytes) -> None:
    assert article(parse_bytes("a.eml", nested(10))).text == "Text."
    for depth in (1_000, 100_000):
        began = time.process_time()
        assert "more than 20 nested parts" in reason(parse_bytes("a.eml", nested(depth)))
        assert time.process_time() - began < SECONDS


def test_parts_without_number_are_refused(parse_bytes: ParseBytes) -> None:
    data = (
        mail().as_bytes().rstrip()
        + b'\nContent-Type: multipart/mixed; boundary="b"\n\n'
        + b"--b\n\nx\n" * 500_000
    )
    began = time.process_time()
    assert "500 in all" in reason(parse_bytes("a.eml", data))
    assert time.process_time() - began < SECONDS


def test_a_boundary_that_is_never_closed_still_gives_its_text(parse_bytes: ParseBytes) -> None:
    data = newsletter()
    assert (
        "Sandhaven"
        in article(parse_bytes("a.eml", data[: data.index(b"Content-Type: application/pdf")])).text
    )


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: " + b"=?utf-8?q?" * 20_000,
        b"To: " + b"(" * 100_000,
        b"To: " + b"a@b.example, " * 20_000,
        b"Content-Type: text/plain; " + b"a*0=b;" * 15_000,
        b"From: " + b'"' * 3_000,
        b"Date: " + b"9" * 4_000,
        b"Message-ID: <" + b"[" * 3_000,
        b'Content-Type: multipart/mixed; boundary=""',
        b"Content-Type: " + b"\xff/" * 100,
    ],
    ids=["words", "brackets", "recipients", "parameters", "quotes", "date", "id", "boundary", "type"],
)
def test_hostile_headers_take_bounded_time(parse_bytes: ParseBytes, header: bytes) -> None:
    began = time.process_time()
    parse_bytes("a.eml", header + b"\n" + mail(Subject="").as_bytes().rstrip() + b"\n\nText.")
    assert time.process_time() - began < SECONDS


@pytest.mark.large
def test_a_header_line_of_a_gigabyte_takes_bounded_memory() -> None:
    postmark = b"From news@ledger.example Sat Nov 25 06:10:00 2023\n"
    for reading, beginning, ending, count in (
        (parse_mail, b"From: a@b.example\nSubject: ", b"\n\nText.", 1),
        (
            parse_mbox,
            postmark + b"From: a@b.example\nSubject: ",
            b"\n\nText.\n\n" + postmark + newsletter(),
            2,
        ),
    ):
        stream = buffered(RepeatingStream(beginning, b"x" * 65_536, 2**30, ending))
        tracemalloc.start()
        outcome = list(reading(Entry("a.mbox", stream), ReadOptions()))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(outcome) == count
        assert isinstance(outcome[0], Rejected)
        assert peak < 70_000_000


def test_nul_bytes_are_left_out(parse_bytes: ParseBytes) -> None:
    data = newsletter().replace(b"Wall", b"Wa\0ll").replace(b"Sandhaven", b"Sand\0haven")
    found = article(parse_bytes("a.eml", data))
    assert "\0" not in found.title + found.text and "Sandhaven" in found.text


def test_damaged_base64_is_read_as_far_as_it_goes(parse_bytes: ParseBytes) -> None:
    body = base64.b64encode(PLAIN.encode())
    head = mail().as_bytes().rstrip() + b"\nContent-Transfer-Encoding: base64\nContent-Type: text/plain\n\n"
    assert article(parse_bytes("a.eml", head + body[:40] + b"!\n" + body[40:-3])).text.startswith(
        "The sea came over"
    )


NEWSLETTER = "The sea came over the wall of Merrow.\n\nForty cellars were flooded.\n\nUnsubscribe"


def passed_on(subject: str, above: str, text: str = NEWSLETTER) -> bytes:
    head = f"From: Jo Reader <jo@home.example>\nSubject: {subject}\nDate: Fri, 1 Mar 2024 09:00:00 +0000\n"
    head += "Message-ID: <9@home.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    return f"{head}{above}{text}\n".encode()


GMAIL = """For the archive!

---------- Forwarded message ---------
From: The Merrow Post <news@post.example>
Date: Mon, Nov 4, 2019 at 9:12 AM
Subject: Wall breached
To: <jo@home.example>


"""
OUTLOOK = """From: The Merrow Post [mailto:news@post.example]
Sent: Monday, November 4, 2019 9:12 AM
To: Jo Reader
Subject: Wall breached

"""
APPLE = """Begin forwarded message:

> From: The Merrow Post <news@post.example>
> Subject: Wall breached
> Date: 4 November 2019 at 09:12:00 GMT
> To: jo@home.example
>
"""
GERMAN = """-------- Weitergeleitete Nachricht --------
Betreff: Wall breached
Datum: Mon, 4 Nov 2019 09:12:00 +0100
Von: The Merrow Post <news@post.example>
An: jo@home.example

"""


@pytest.mark.parametrize(
    ("subject", "above"),
    [
        ("Fwd: Wall breached", GMAIL),
        ("FW: Wall breached", OUTLOOK),
        ("Fwd: x", APPLE),
        ("WG: Wall breached", GERMAN),
    ],
    ids=["Gmail", "Outlook", "Apple", "Thunderbird"],
)
def test_a_forwarded_newsletter_has_its_own_sender_and_day(
    parse_bytes: ParseBytes, subject: str, above: str
) -> None:
    text = "".join(f"> {line}\n" for line in NEWSLETTER.split("\n")) if above == APPLE else NEWSLETTER
    found = article(parse_bytes("a.eml", passed_on(subject, above, text)))
    assert (found.title, found.outlet, found.authors) == ("Wall breached", "The Merrow Post", ())
    assert found.published.iso is not None and found.published.iso.startswith("2019-11-04")
    assert found.text.startswith("The sea came over the wall of Merrow.\n\nForty")


def test_a_newsletter_forwarded_as_an_attachment(parse_bytes: ParseBytes) -> None:
    inner = "From: The Merrow Post <news@post.example>\nSubject: Wall breached\nList-Id: <post>\n"
    inner += "Date: Mon, 4 Nov 2019 09:12:00 +0000\nMessage-ID: <7@post.example>\n"
    inner += f"Content-Type: text/plain\n\n{NEWSLETTER}"
    data = (
        "From: Jo <jo@home.example>\nSubject: Fwd: Wall breached\nDate: Fri, 1 Mar 2024 09:00:00 +0000\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
        "Content-Type: text/plain\n\nSee below.\n--b\n"
        f"Content-Type: message/rfc822\n\n{inner}\n--b--\n"
    )
    found = article(parse_bytes("a.eml", data.encode()))
    assert (found.outlet, found.published.iso, found.guid) == (
        "The Merrow Post",
        "2019-11-04T09:12:00+00:00",
        "7@post.example",
    )
    assert "See below" not in found.text


def test_a_mail_that_quotes_another_stays_its_senders(parse_bytes: ParseBytes) -> None:
    found = article(
        parse_bytes("a.eml", passed_on("Re: Wall breached", "I was there that night.\n\n" + OUTLOOK))
    )
    assert (found.title, found.authors) == ("Re: Wall breached", ("Jo Reader",))
    assert "I was there" in found.text

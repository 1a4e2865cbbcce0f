"""Decoding bytes into canonical text."""

import pytest

from ingest.articles.canonical import clean, paragraphs
from ingest.articles.markup import without_markup
from ingest.formats.encodings import decode, is_binary, utf16_without_bom

RUSSIAN = "В порту города Эллери в ночь на пятницу бушевал шторм, сообщили власти."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings_are_recognised_by_their_marks(encoding: str) -> None:
    assert decode("Süßes für £5 – “café”".encode(encoding)) == "Süßes für £5 – “café”"


def test_western_text_that_is_not_utf8_is_windows_1252() -> None:
    assert decode(
        "“Chelsea” paid £15.8m – café".encode("cp1252") + b" and more of plain text after it" * 3
    ) == ("“Chelsea” paid £15.8m – café" + " and more of plain text after it" * 3)


def test_one_stray_byte_does_not_spoil_utf8() -> None:
    assert decode("Süß café – ".encode() + b"\xa315") == "Süß café – £15"


def test_other_alphabets_are_guessed_and_a_declaration_is_believed() -> None:
    assert decode(RUSSIAN.encode("cp1251")) == RUSSIAN
    assert decode(RUSSIAN.encode("koi8-r"), declared="koi8-r") == RUSSIAN
    assert decode(RUSSIAN.encode(), declared="no-such-encoding") == RUSSIAN
    assert (
        decode(b"caf\xe9 by the sea in the evening sun", declared="utf-8")
        == "café by the sea in the evening sun"
    )


def test_binary_data_is_distinguished_from_text() -> None:
    assert is_binary(bytes(range(256)) * 4)
    assert is_binary(b"\x00" * 100)
    assert not is_binary(RUSSIAN.encode("cp1251"))
    assert not is_binary(b"A story with one stray NUL in it. " * 3 + b"\x00")
    assert not is_binary(b"")


def test_utf16_without_a_mark_is_recognised_by_its_zeros() -> None:
    assert utf16_without_bom("Storm hits the harbour".encode("utf-16-le")) == "utf-16-le"
    assert utf16_without_bom("Storm hits the harbour".encode("utf-16-be")) == "utf-16-be"
    assert utf16_without_bom(b"Storm hits the harbour") is None
    assert utf16_without_bom(b"\x00" * 100) is None


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\n \t\n\n\nb  \n", "a\n\nb"),
        ("two\xa0 \u2009words\t", "two words"),
        ("N\x00U\x07L \ud800and\udfff \ufeffsurrogates\u202e\u2066", "NUL and surrogates"),
        ("soft\xadhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("cafe\u0301", "café"),
        ("emoji 🌊 stay", "emoji 🌊 stay"),
        ("\u200fעברית\u200e", "\u200fעברית\u200e"),
    ],
)
def test_cleaning(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
    assert clean(cleaned) == cleaned


def test_blank_lines_part_paragraphs_and_else_every_line_is_one() -> None:
    assert paragraphs("One.\nStill one.\n\nTwo.") == ["One.\nStill one.", "Two."]
    assert paragraphs("One.\nTwo.") == ["One.", "Two."]
    assert paragraphs("") == []


def test_lines_broken_at_a_fixed_width_are_joined() -> None:
    lines = [
        "The harbour wall at Port Ellery broke on Friday night when",
        "a wave that witnesses put at nine metres went over the pier",
        "and the old customs house.",
    ]
    assert paragraphs("\n".join(lines)) == [" ".join(lines)]
    assert paragraphs("Scores\n\nEllery 2\nSaltby 1\nMorrow 0") == ["Scores", "Ellery 2\nSaltby 1\nMorrow 0"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Profits < costs, and 3 > 2", "Profits < costs, and 3 > 2"),
        ("Marks &amp; Spencer&#8217;s", "Marks & Spencer’s"),
        ("AT&T and Q&A; R&D", "AT&T and Q&A; R&D"),
        ("<p>One.</p>\n<p>Two <b>bold</b>.</p>", "One.\n\nTwo bold."),
        ("One.<br><br>Two.<br/>Three.", "One.\n\nTwo.\nThree."),
        ("One <a href='x'>link</a>.\n\nTwo.", "One link.\n\nTwo."),
        ("<script>alert(1)</script><p>Text.</p><style>p{}</style>", "Text."),
        ("<p>Unclosed <i>tags", "Unclosed tags"),
        ("<!-- note --><p>Text.</p>", "Text."),
        ("<ul><li>One</li><li>Two</li></ul>", "One\n\nTwo"),
        ("<p>NUL \x00 and \ud800 surrogate</p>", "NUL and surrogate"),
    ],
)
def test_markup_in_fields(field: str, text: str) -> None:
    assert clean(without_markup(field)) == text


def test_markup_nested_deeper_than_the_stack() -> None:
    assert (
        without_markup("<p>One.</p>" + "<div>" * 1_000 + "Two." + "</div>" * 1_000 + "Three.")
        == "One.\n\nTwo.\n\nThree."
    )
    assert clean(without_markup("<p>One.</p>" + "<div>" * 50_000 + "Two.")) == "One. Two."

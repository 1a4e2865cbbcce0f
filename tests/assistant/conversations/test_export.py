"""Exports: what they hold, that hostile text stays text, and that only JSON is read again."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html as parser
from markdown_it import MarkdownIt

from assistant.answer import Answer, Citation, Sentence
from assistant.article import Source
from assistant.conversations import Feedback, Options, Turn, UnreadableAnswer
from assistant.conversations.changes import Change
from assistant.conversations.export.document import (
    CitedText,
    Export,
    ExportedConversation,
    ExportedTurn,
    collect,
    read,
)
from assistant.conversations.export.formats import FORMATS
from assistant.conversations.export.html import html
from assistant.conversations.export.markdown import markdown
from assistant.errors import QuestionError
from tests.assistant.conversations.conftest import Kept

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(2)) ![i](https://evil.example/i.png) `a` *b* _c_ # d | e $f$ &lt;",
    "# heading",
    "- one\n- two",
    "1. first",
    "--- \n===",
    "> quoted",
    "    code",
    "```\nfence",
    "[ref]: https://evil.example",
    "back\\slash \\* and ~~struck~~",
    "عاجل: «انهار السور» 👩‍🚒 é",
)


def collected(kept: Kept) -> Export:
    return collect(kept.conversations, kept.conversations.list(), kept.assistant, exported=NOON)


def with_answer(answer: Answer, cited: Mapping[int, CitedText] | None = None, **turn: object) -> Export:
    given = Turn(number=1, question=answer.question, answer=answer, **turn)  # type: ignore[arg-type]
    found = cited or {each.n: CitedText("ab", None) for each in answer.citations}
    return Export(NOON, (ExportedConversation(answer.question, NOON, (ExportedTurn(given, found),)),))


def plain(text: str, url: str | None = None, change: Change | None = None) -> Export:
    """Return an export in which every text is this one."""
    source = Source(title=text, outlet=text, published="2024-01-02", url=url or text)
    citation = Citation(
        n=1, article="00aa", version=1, start=0, end=5, quote=text, source=source, verified=True
    )
    answer = Answer(
        question=text,
        standalone=f"{text}?",
        mode="quote",
        sentences=(Sentence(text, (1,)),),
        citations=(citation,),
        notes=(text,),
    )
    return with_answer(answer, {1: CitedText("ab", change)}, feedback=Feedback("wrong", text), error=text)


def test_each_quote_has_all_that_is_needed_to_find_it_again(kept: Kept) -> None:
    text = markdown(collected(kept))
    [citation] = kept.answer(1).citations
    article = kept.assistant.article(citation.article)
    assert article is not None
    digest = hashlib.sha256(article.text.encode()).hexdigest()
    assert text.startswith("# Who passed a budget of 61 million crowns?\n")
    assert "searched only in Ellery Beacon." in text
    assert (
        "**\\[1\\] Ellery Beacon, 20 February 2024**: [Council passes budget](<https://beacon.example/budget>)"
        in text
    )
    assert f"> {citation.quote}" in text
    assert f"Article {citation.article}, version 1, characters 0 to 81, digest {digest}." in text
    assert "Made with: quoted from the archive; Backfile 0; encoder words; settings default" in text
    assert text.count("## ") == 2


def test_json_is_read_back_as_it_was(kept: Kept, file: Path) -> None:
    kept.conversations.give_feedback(kept.id, 1, Feedback("wrong", "It was 64."))
    kept.conversations.add_question(kept.id, "Was it \ud83d?", Options(any_time=True))
    kept.remove("https://beacon.example/budget")
    export = collected(kept)
    file.write_text(FORMATS["json"](export), encoding="utf-8")
    assert read(file) == export
    [conversation] = json.loads(file.read_text())["conversations"]
    first, _, unanswered = conversation["turns"]
    [citation] = first["answer"]["citations"]
    assert (citation["text_sha256"], citation["change"]["kind"]) == (None, "removed")
    assert first["feedback"] == {"verdict": "wrong", "note": "It was 64."}
    assert (unanswered["state"], unanswered["answer"]) == ("asked", None)
    assert kept.id not in file.read_text()


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_markup(text: str) -> None:
    export = plain(text)
    page = parser.fromstring(html(export))
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "blockquote",
        "strong",
        "hr",
    }
    assert {each.tag for each in page.iter()} <= allowed
    words = " ".join(text.split())
    assert [" ".join(each.text_content().split()) for each in page.iter("h1")] == [words]
    assert words in " ".join(page.find(".//blockquote").text_content().split())
    assert words in " ".join(page.find(".//h2").text_content().split())


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://wire.example/a?b=1&c=(2)", "https://wire.example/a?b=1&c=(2)"),
        ("https://wire.example/<a>\\b", "https://wire.example/%3Ca%3E%5Cb"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
    ],
)
def test_only_web_addresses_become_links(url: str, linked: str | None) -> None:
    page = parser.fromstring(html(plain("The wall fell", url)))
    assert [each.get("href") for each in page.iter("a")] == ([linked] if linked else [])
    assert url in page.text_content() or linked


def test_the_page_loads_nothing_and_sets_the_direction_of_its_texts() -> None:
    page = html(plain("انهار السور"))
    assert "default-src 'none'" in page
    assert not re.search(r"<(?:script|link|img|iframe)|url\(|@import", page)
    assert all(
        each.get("dir") == "auto" for each in parser.fromstring(page).iter("p", "h1", "h2", "blockquote")
    )
    assert "@media print" in page


def test_a_changed_article_is_marked() -> None:
    text = markdown(plain("The wall fell", change=Change("corrected", 2)))
    assert "**The article was corrected: its version 2 no longer has the quoted words.**" in text


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn(number=1, question="Who?", state="asked"), "This question was not answered."),
        (Turn(number=1, question="Who?", state="stopped"), "The answer was stopped."),
        (
            Turn(number=1, question="Who?", state="failed", error="no *model*"),
            "This question could not be answered: no \\*model\\*",
        ),
        (
            Turn(number=1, question=None, answer=UnreadableAnswer(None)),
            "its record in the conversations file is damaged",
        ),
    ],
)
def test_a_turn_without_an_answer_says_why(turn: Turn, said: str) -> None:
    export = Export(NOON, (ExportedConversation("Who?", NOON, (ExportedTurn(turn, {}),)),))
    assert said in markdown(export)
    assert MarkdownIt().render(markdown(export))
    assert Export.from_json(json.loads(FORMATS["json"](export))).conversations


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# Title", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 200_000, "is not JSON"),
        (b"[]", "is not an export"),
        (b'{"question": "Who?"}', "is not an export"),
        (b'{"backfile_export": 2}', "is an export of version 2, not 1"),
        (b'{"backfile_export": 1}', "is damaged"),
        (b'{"backfile_export": 1, "exported": "2024-05-01", "conversations": [{"title": 1}]}', "is damaged"),
        (b'{"backfile_export": 1, "exported": "May", "conversations": []}', "is damaged"),
    ],
)
def test_a_file_that_is_no_export_is_refused(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(QuestionError, match=said):
        read(file)


def test_a_citation_with_a_place_that_is_no_number_is_damaged(file: Path) -> None:
    stored = json.loads(FORMATS["json"](plain("The wall fell")))
    stored["conversations"][0]["turns"][0]["answer"]["citations"][0]["start"] = "0"
    file.write_text(json.dumps(stored))
    with pytest.raises(QuestionError, match="is damaged"):
        read(file)
    with pytest.raises(QuestionError, match="cannot read"):
        read(file.with_name("missing.json"))


def test_an_answer_without_made_with_is_exported() -> None:
    export = plain("The wall fell")
    turn = export.conversations[0].turns[0]
    assert isinstance(turn.turn.answer, Answer)
    assert "Made with" not in markdown(with_answer(replace(turn.turn.answer, made_with=None)))

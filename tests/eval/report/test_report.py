import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from eval.report import page
from eval.runs import CitedExcerpt, ListedArticle, QuestionRecord, SuiteRun

HOSTILE = "<script>alert(\"1\")</script> & <img src=x onerror='alert(1)'> </style>"


def _record(id: str, right: float | None = 1.0, **changed: object) -> QuestionRecord:
    given: dict[str, object] = {
        "id": id,
        "kind": "who",
        "question": f"Who is {id}?",
        "scores": {} if right is None else {"right": right},
        "confidence": 0.8,
        "milliseconds": 200.0,
        "answer": f"It is {id}. [1]",
        "sources": (
            CitedExcerpt(n=1, about="Ferry", before="Said ", cited="the words", after=" today.", proves=True),
        ),
        **changed,
    }
    return QuestionRecord(**given)  # type: ignore[arg-type]


def _run(*records: QuestionRecord) -> SuiteRun:
    return SuiteRun("gold", {"encoder": "small"}, records)


class _Outline(HTMLParser):
    """Collects elements, classes and text; fails if an element is not closed properly."""

    EMPTY = frozenset({"meta", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def classes(self, tag: str) -> Iterator[str]:
        return (attributes.get("class") or "" for name, attributes in self.elements if name == tag)


def test_each_question_can_be_opened_with_its_citations_marked() -> None:
    wrong = _record("wrong", 0.0, expected=("Nora Hale",), proofs=("led by Nora Hale",), short="Ida Brandt")
    seen = _Outline(page([_run(_record("fine"), wrong, _record("undecided", None))]))
    assert sorted(seen.classes("details")) == ["question", "question right", "question wrong"]
    assert [
        text for before, text in zip(["", *seen.texts], seen.texts, strict=False) if before.endswith("…Said ")
    ] == ["the words"] * 3
    for shown in ("Nora Hale", "led by Nora Hale", "short answer: Ida Brandt · confidence 0.80 · 200 ms"):
        assert shown in seen.texts


def test_text_from_outside_is_escaped() -> None:
    hostile = _record(
        HOSTILE,
        kind=HOSTILE,
        question=HOSTILE,
        answer=HOSTILE,
        short=HOSTILE,
        asked=(HOSTILE,),
        expected=(HOSTILE,),
        proofs=(HOSTILE,),
        scores={"right": 0.0, HOSTILE: 0.5},
        sources=(
            CitedExcerpt(n=1, about=HOSTILE, before=HOSTILE, cited=HOSTILE, after=HOSTILE, proves=False),
        ),
        found=(ListedArticle(about=HOSTILE, proves=True),),
    )
    before = SuiteRun(
        HOSTILE,
        {"encoder": HOSTILE},
        (_record(HOSTILE, 1.0, answer=HOSTILE, scores={"right": 1.0, HOSTILE: 1.0}),),
    )
    seen = _Outline(page([SuiteRun(HOSTILE, {"encoder": "x"}, (hostile,))], [before]))
    tags = {tag for tag, _ in seen.elements}
    assert tags.isdisjoint({"script", "img", "iframe", "object", "link", "a", "base"})
    assert not any(name.startswith("on") for _, attributes in seen.elements for name in attributes)
    assert sum(text.count(HOSTILE) for text in seen.texts) >= 15


def test_a_page_loads_nothing() -> None:
    html = page([_run(_record("a"), _record("b", 0.0))], [_run(_record("a", 0.0), _record("b", 0.0))])
    assert not re.search(r"https?:|//|url\(|@import|src=|href=", html.replace("/*", "").replace("*/", ""))
    policy = next(
        attributes["content"] for tag, attributes in _Outline(html).elements if "http-equiv" in attributes
    )
    assert policy is not None and "default-src 'none'" in policy


def test_charts_are_drawn_only_with_data() -> None:
    full = _Outline(page([_run(_record("a"), _record("b", 0.0, confidence=0.3))]))
    assert [
        text
        for text in full.texts
        if text in ("Quality by type", "Calibration", "Risk and coverage", "Latency")
    ] == [
        "Quality by type",
        "Calibration",
        "Risk and coverage",
        "Latency",
    ]
    # A confidence above 1 cannot be calibrated, nor can an abstention.
    for odd in ({"confidence": 1.7}, {"confidence": None}, {"abstained": True}):
        seen = _Outline(page([_run(_record("a", **odd))]))
        assert "Calibration" not in seen.texts and "Quality by type" in seen.texts
    bare = _Outline(page([_run(_record("a", None, milliseconds=None, confidence=None))]))
    assert "svg" not in {tag for tag, _ in bare.elements}


def test_bars_are_as_long_as_their_shares() -> None:
    seen = _Outline(page([_run(_record("a"), _record("b", 0.0), _record("c", 1.0, kind="when"))]))
    bars = [float(at["width"] or 0) for tag, at in seen.elements if tag == "rect" and at["class"] == "bar"]
    # The rows are all, when and who: two thirds, one and a half.
    assert [width / bars[1] for width in bars[:3]] == pytest.approx([2 / 3, 1, 1 / 2], abs=0.01)


def test_a_run_is_shown_beside_an_earlier_one() -> None:
    before = _run(_record("fine"), _record("lost", answer="It was Nora Hale. [1]"))
    seen = _Outline(page([_run(_record("fine"), _record("lost", 0.0))], [before]))
    assert {"Comparison of the two runs", "the earlier run", "It was Nora Hale. [1]"} <= set(seen.texts)
    assert sorted(seen.classes("details")) == ["question right", "question wrong changed"]
    assert {"It is lost. [1]", "right 1 → 0"} <= set(seen.texts)

"""News questions as they are read from files, and what each kind of them teaches."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import BackfileError
from assistant.evidence.reader.deep import VERDICTS
from assistant.evidence.reader.windows import tokenizer
from training.deep.news_targets import NewsQuestions
from training.deep.targets import Target, Targets
from training.news.news_data import News, read_news

BRIDGE = (
    "The bridge at Osk fell on Monday. Five people were hurt and two were killed, said Mayor Ada Lorn.\n\n"
    '"We were warned," she said. Engineer Pim Holt denied it. The bridge was built in 1961. '
    "It fell because a bolt had rusted."
)
INQUIRY = "Osk rebuilt its bridge in May. The cost was 4 million crowns."
OTHER = "A ferry sank off Tolm. Nobody was on board. The harbour master blamed the wind."


def place(article: str, sentence: str, text: str = "") -> dict[str, str]:
    return {"article": article, "sentence": sentence, **({"text": text} if text else {})}


HURT = "Five people were hurt and two were killed, said Mayor Ada Lorn."
QUESTIONS: list[dict[str, Any]] = [
    {"type": "number", "question": "How many were killed?", "answers": [place("osk-1", HURT, "two")]},
    {
        "type": "unanswerable",
        "question": "How many were missing?",
        "twin": "osk-q0",
        "trap": place("osk-1", HURT, "two"),
    },
    {
        "type": "yes_no",
        "question": "Was the bridge older than the cost?",
        "verdict": "yes",
        "articles": ["osk-1", "osk-2"],
        "sentences": [
            place("osk-1", "The bridge was built in 1961."),
            place("osk-2", "The cost was 4 million crowns."),
        ],
    },
    {
        "type": "list",
        "question": "Who spoke?",
        "answers": [
            place("osk-1", HURT, "Ada Lorn"),
            place("osk-1", "Engineer Pim Holt denied it.", "Pim Holt"),
        ],
    },
    {"type": "why", "question": "Why?", "sentences": [place("osk-1", "It fell because a bolt had rusted.")]},
    {
        "type": "follow_up",
        "question": "And when?",
        "history": [{"question": "What fell at Osk?", "answer": "The bridge."}],
        "rewrite": "When did the bridge fall?",
        "answers": [place("osk-1", "The bridge at Osk fell on Monday.", "Monday")],
    },
]


def write(folder: Path, setting: str, texts: list[str], questions: list[dict[str, Any]]) -> None:
    articles = [
        {"id": f"{setting}-{n}", "text": text, "outlet": "Wire", "form": "wire", "title": "News"}
        | {"published": "2021-05-04"}
        for n, text in enumerate(texts, start=1)
    ]
    asked = [
        {"id": f"{setting}-q{n}", "articles": [f"{setting}-1"], "asker": "plain", **question}
        for n, question in enumerate(questions)
    ]
    for kind, records in (("articles", articles), ("questions", asked)):
        lines = "\n".join(json.dumps(record) for record in records)
        (folder / f"{setting}.{kind}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture
def news(tmp_path: Path) -> News:
    write(tmp_path, "osk", [BRIDGE, INQUIRY], QUESTIONS)
    write(tmp_path, "tolm", [OTHER], [])
    return read_news(tmp_path)


def words(target: Target, first: int, last: int) -> str:
    text: str = tokenizer().decode(target.window.ids[first : last + 1])
    return text


def groups(news: News, number: int, *, longest: int = 160, seed: int = 1) -> list[Targets]:
    return NewsQuestions(news).targets(number, longest, random.Random(seed))


def answers(group: Targets) -> list[str]:
    return [words(target, *span) for target in group.shown for span, _ in target.answers]


def right_sentences(group: Targets) -> list[str]:
    return [words(target, *span) for target in group.shown for span, right in target.sentences if right]


def test_places_are_found_in_the_text(news: News) -> None:
    [found] = news.questions[0].answers
    assert BRIDGE[slice(*found.sentence)] == HURT
    assert BRIDGE[slice(*found.words)] == "two"
    assert news.articles["osk-1"].header == "News. 4 May 2021."


def test_words_meant_are_whole_words_where_they_can_be(tmp_path: Path) -> None:
    text = "In 2015 the club had 15 boats."
    write(
        tmp_path,
        "osk",
        [text],
        [{"type": "number", "question": "?", "answers": [place("osk-1", text, "15")]}],
    )
    [question] = read_news(tmp_path).questions
    assert question.answers[0].words == (text.index(" 15 ") + 1, text.index(" boats"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answers": [place("osk-1", "No such sentence.", "two")]}, "stands 0 times"),
        ({"answers": [place("osk-1", HURT, "seven")]}, "not in their sentence: seven"),
        ({"answers": [place("osk-9", HURT, "two")]}, "osk-9"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_where(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    write(tmp_path, "osk", [BRIDGE], [{**QUESTIONS[0], **change}])
    with pytest.raises(BackfileError, match=says) as error:
        read_news(tmp_path)
    assert "osk.questions.jsonl:1" in str(error.value)


def test_one_setting_in_six_trains_nothing(tmp_path: Path) -> None:
    for name in "abcdefghijklmn":
        write(tmp_path, name, [OTHER], [])
    found = read_news(tmp_path)
    assert found.measuring().settings == ["b", "h", "n"]
    assert found.training().settings == [*"acdefgijklm"]


def test_a_span_question_has_one_answer_beside_passages_without_it(news: News) -> None:
    for seed in range(9):
        [group] = groups(news, 0, seed=seed)
        assert len(group.shown) in (2, 4)
        assert answers(group) in (["two"], [])
        assert group.spans
        if answers(group):
            assert right_sentences(group) == [HURT.lower()]


def test_a_near_miss_is_shown_the_passage_that_answers_its_twin(news: News) -> None:
    miss, twin = groups(news, 1)
    assert answers(miss) == []
    assert answers(twin) == ["two"]
    texts = [group.shown[0].window.ids[group.shown[0].window.first :] for group in (miss, twin)]
    assert texts[0] == texts[1]


def test_a_comparison_is_read_in_both_articles_at_once(news: News) -> None:
    [group] = groups(news, 2)
    first, *others = group.shown
    assert not group.spans
    assert first.verdict == VERDICTS.index("yes")
    assert {other.verdict for other in others} == {VERDICTS.index("not told")}
    assert right_sentences(group) == ["the bridge was built in 1961.", "the cost was 4 million crowns."]


def test_all_items_of_a_list_are_answers(news: News) -> None:
    [group] = groups(news, 3, seed=2)
    assert answers(group) == ["ada lorn", "pim holt"]
    assert [weight for target in group.shown for _, weight in target.answers] == [1.0, 1.0]


def test_a_reason_may_be_a_sentence_alone(news: News) -> None:
    [group] = groups(news, 4)
    assert not group.spans
    assert right_sentences(group) == ["it fell because a bolt had rusted."]


def test_a_follow_up_is_read_after_what_was_asked_before_or_as_rewritten(news: News) -> None:
    asked = set()
    for seed in range(9):
        [group] = groups(news, 5, seed=seed)
        window = group.shown[0].window
        asked.add(tokenizer().decode(window.ids[1 : window.second - 1]))
    assert asked == {"what fell at osk? the bridge. and when?", "when did the bridge fall?"}


@pytest.mark.parametrize("longest", [96, 160, 224])
def test_no_window_is_longer_than_asked_for(news: News, longest: int) -> None:
    for number in range(len(news.questions)):
        for group in groups(news, number, longest=longest):
            assert max(len(target.window.ids) for target in group.shown) <= longest

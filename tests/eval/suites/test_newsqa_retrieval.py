import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.suites import newsqa_retrieval
from eval.suites.corpus import Corpus
from tests.fakes import WordEncoder

FERRY = (
    "WICK, Scotland (CNN)  -- A ferry with ninety people aboard ran aground off Wick in thick fog on Monday.\n\n\n\n"
    "Nora Hale led the rescue, which took until dawn. Nobody was hurt, said the coastguard, but the ship was lost."
)
BUDGET = "ELLERY (CNN) -- The council passed a budget of 61 million crowns by nine votes to six."

ARTICLES = [
    {
        "url": "https://www.cnn.com/1",
        "title": "Harvest",
        "text": "The harvest is in.",
        "publish_date": "2023/09/01",
    },
    {"url": "https://edition.cnn.com/2", "title": "Fog", "text": "Fog at sea.", "publish_date": None},
    {"url": "https://notcnn.com/3", "title": "Ferry", "text": "Ferry rescue.", "publish_date": "2023/09/01"},
]


def _asked(id: str, question: str, story: str, *answers: str) -> dict[str, Any]:
    golds = [{"text": answer, "answer_start": story.index(answer)} for answer in answers]
    return {"id": id, "question": question, "answers": golds}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the suite reads."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("newsqa", "realtimeqa"):
        (tmp_path / name).mkdir()
    stories = [
        (
            FERRY,
            [
                _asked("led", "Who led the rescue?", FERRY, "Nora Hale"),
                _asked("where", "Who called?", FERRY, "off Wick"),
            ],
        ),
        (BUDGET, [_asked("votes", "How many votes?", BUDGET, "nine votes"), _asked("none", "Who?", BUDGET)]),
    ]
    content = [{"title": text[:30], "paragraphs": [{"context": text, "qas": qas}]} for text, qas in stories]
    (tmp_path / "newsqa" / "stories.json").write_text(json.dumps({"version": "1.1", "data": content}))
    rows = [
        {"id": "led", "question": "Who led the rescue?", "resolved_question": None},
        {
            "id": "where",
            "question": "Where?",
            "resolved_question": "Where did a ferry run aground in thick fog?",
        },
        {"id": "votes", "question": "How many votes?", "resolved_question": None},
    ]
    (tmp_path / "newsqa" / "retrieval-questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines = "\n".join(map(json.dumps, ARTICLES))
    (tmp_path / "realtimeqa" / "articles.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


def test_the_pool_is_the_stories_and_the_cnn_articles(data: Path) -> None:
    texts = list(newsqa_retrieval.texts(data))
    assert {text.text for text in texts[:2]} == {FERRY, BUDGET}
    assert [(text.id, text.title, text.published) for text in texts[2:]] == [
        ("https://www.cnn.com/1", "Harvest", "2023/09/01"),
        ("https://edition.cnn.com/2", "Fog", None),
    ]


def test_a_passage_is_right_if_it_overlaps_the_answer(data: Path) -> None:
    asked = newsqa_retrieval.load(data)
    # Short passages, so that the rescue and its place are in two.
    with Corpus.opened(
        "newsqa", newsqa_retrieval.texts(data), Settings(), encoder=WordEncoder(limit=60)
    ) as corpus:
        led, where, votes = (newsqa_retrieval.relevant(corpus, each.gold) for each in asked)
        assert [len(each) for each in (led, where, votes)] == [1, 1, 1]
        assert led != where
        measured = newsqa_retrieval.measure_corpus(corpus, asked)
    assert {name: part.n for name, part in measured.parts.items()} == {
        "original": 3,
        "resolved": 1,
        "original of the resolved": 1,
    }
    found = measured.parts["original"].metrics
    # No word of "Who called?" occurs anywhere; the other two find their passage first.
    assert found["lexical hit@1"].value == found["lexical nDCG@5"].value == pytest.approx(2 / 3)
    resolved = measured.parts["resolved"].metrics
    assert [resolved[name].value for name in ("hit@1", "hit@5", "MRR@5", "nDCG@5")] == [1, 1, 1, 1]
    assert measured.parts["original of the resolved"].metrics["lexical hit@5"].value == 0
    assert measured.notes == ("corpus: 4 articles in 5 passages",)
    kept = {each.id: each for each in measured.records}
    assert sorted(kept) == ["original led", "original votes", "original where", "resolved where"]
    assert kept["original led"].scores["lexical hit@1"] + kept["original votes"].scores["lexical hit@1"] == 2
    assert kept["resolved where"].question == "Where did a ferry run aground in thick fog?"
    original, _ = measured.published
    assert original.ours["Backfile, lexical"]["hit@1"] == pytest.approx(2 / 3)
    assert original.others["BM25, reranked"] == {
        "hit@1": 0.258,
        "hit@5": 0.368,
        "MRR@5": 0.304,
        "nDCG@5": 0.319,
    }


def test_answers_that_no_passage_overlaps_are_counted(data: Path) -> None:
    asked = newsqa_retrieval.load(data)
    others = [text for text in newsqa_retrieval.texts(data) if text.text != BUDGET]
    with Corpus.opened("newsqa", others, Settings(), encoder=WordEncoder()) as corpus:
        notes = newsqa_retrieval.measure_corpus(corpus, asked).notes
        assert notes[1] == "1 questions were left out: no passage overlaps their answer's span"
        with pytest.raises(BackfileError, match="no answer occurs in a story"):
            newsqa_retrieval.measure_corpus(corpus, asked[2:])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("newsqa/retrieval-questions.jsonl", '{"id": "led"}', "line 1: it lacks 'resolved_question'"),
        (
            "newsqa/retrieval-questions.jsonl",
            '\n{"id": "led", "resolved_question": 1}',
            "line 2: resolved_question must be text or null",
        ),
        (
            "newsqa/retrieval-questions.jsonl",
            '{"id": "none", "resolved_question": null}',
            "stories.json has no answered question 'none'",
        ),
        ("newsqa/retrieval-questions.jsonl", "", "holds no question"),
        ("newsqa/stories.json", "{}", "is not in SQuAD's format (it lacks 'data')"),
        ("newsqa/stories.json", None, "cannot read"),
        ("realtimeqa/articles.jsonl.gz", "{}", "is damaged"),
        ("realtimeqa/articles.jsonl.gz", None, "cannot read"),
    ],
)
def test_an_error_names_file_line_and_remedy(
    name: str, content: str | None, message: str, data: Path
) -> None:
    path = data / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(BackfileError) as caught:
        newsqa_retrieval.load(data)
        list(newsqa_retrieval.texts(data))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert any(
        remedy in str(caught.value) for remedy in ("get the file again", "get it again", "give --data")
    )


def test_an_article_without_a_url_is_reported(data: Path) -> None:
    path = data / "realtimeqa" / "articles.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"title": "x", "text": "y"}'))
    with pytest.raises(BackfileError, match=r"articles.jsonl.gz, line 1: it lacks 'url'; each line must be"):
        list(newsqa_retrieval.texts(data))

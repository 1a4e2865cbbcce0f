"""Tests of the checks of the written news, on small inputs of their own."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.news.checks import (
    FORMS,
    Fault,
    Setting,
    check_duplicates,
    check_folder,
    check_forms,
    check_leaks,
    check_names,
    check_patterns,
    check_questions,
    check_spans,
    check_verdicts,
    main,
    name_words,
    pairs_of,
    pattern,
    read_setting,
    runs_of,
    texts_of,
)

SENTENCE = "On Friday the mayor, Ada Brill, sold 14 boats to Tom Orrin."
ARTICLE: dict[str, Any] = {
    "id": "isle-01",
    "outlet": "The Isle Post",
    "published": "2021-05-04",
    "form": "wire",
    "title": "Boats sold",
    "text": f"{SENTENCE} Nobody was hurt.",
}
PLACE = {"article": "isle-01", "sentence": SENTENCE, "text": "Ada Brill"}
QUESTION: dict[str, Any] = {
    "id": "isle-q001",
    "type": "who",
    "question": "Who disposed of the boats?",
    "articles": ["isle-01"],
    "asker": "plain",
    "answers": [PLACE],
}


def setting(*questions: dict[str, Any], articles: tuple[dict[str, Any], ...] = (ARTICLE,)) -> Setting:
    return Setting("isle", articles, questions)


def texts(faults: Any) -> list[str]:
    return [fault.text for fault in faults]


def test_a_fault_names_its_file_and_id() -> None:
    assert str(Fault("isle.questions.jsonl", "isle-q001", "it has answers")) == (
        "isle.questions.jsonl: isle-q001: it has answers"
    )


def test_good_articles_and_questions_have_no_fault() -> None:
    articles = tuple({**ARTICLE, "id": f"isle-{form}", "form": form} for form in sorted(FORMS))
    assert list(check_forms(setting(articles=articles))) == []
    for check in (check_questions, check_spans, check_verdicts):
        assert list(check(setting(QUESTION))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"form": "poem"}, "'poem' is no known form"),
        ({"published": "4 May"}, "published '4 May' is no date"),
        ({"title": " "}, "title is missing or empty"),
    ],
)
def test_a_wrong_article_is_found(change: dict[str, str], said: str) -> None:
    assert said in texts(check_forms(setting(articles=({**ARTICLE, **change},))))


def test_an_article_id_used_twice_and_a_form_never_used_are_found() -> None:
    found = texts(check_forms(setting(articles=(ARTICLE, ARTICLE))))
    assert "the id is used twice" in found
    assert "no article has the form brief" in found
    assert "no article has the form wire" not in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "whom"}, "'whom' is no known type"),
        ({"question": ""}, "there is no question"),
        ({"asker": "rude"}, "'rude' is no known asker"),
        ({"articles": []}, "no article is named"),
        ({"articles": ["isle-09"]}, "there is no article 'isle-09'"),
        ({"answers": []}, "there is no answer"),
        ({"type": "list"}, "a list needs two answers or more, and sentences"),
        ({"type": "why"}, "there are no sentences"),
        ({"type": "yes_no", "verdict": "maybe"}, "a yes-or-no question needs a verdict and sentences"),
        ({"type": "corrected"}, "there is no outdated answer"),
        ({"type": "conflict"}, "a conflict needs answers from two articles"),
        ({"type": "follow_up"}, "a follow-up needs a history and a rewrite"),
        ({"type": "follow_up", "answers": []}, "there is neither answer nor verdict"),
        ({"type": "unanswerable"}, "it has answers"),
        (
            {"type": "unanswerable", "answers": []},
            "an unanswerable question needs a trap and a reason",
        ),
        ({"type": "unanswerable", "twin": "isle-q009"}, "its twin 'isle-q009' is no answerable question"),
    ],
)
def test_a_question_that_lacks_something_is_found(change: dict[str, Any], said: str) -> None:
    assert said in texts(check_questions(setting({**QUESTION, **change})))


def test_a_question_id_used_twice_is_found() -> None:
    assert texts(check_questions(setting(QUESTION, QUESTION))) == ["the id is used twice"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"article": "isle-09"}, "answers: no article 'isle-09'"),
        ({"sentence": ""}, "answers: there is no sentence"),
        ({"text": "Tom Orrinson"}, "answers: 'Tom Orrinson' is not in its sentence"),
        ({"text": "Ada Brill,"}, None),
        ({"text": " Ada"}, "answers: ' Ada' is not in its sentence"),
        ({"text": "da Brill"}, "answers: 'da Brill' cuts a word in two"),
        ({"text": "4 boats"}, "answers: '4 boats' cuts a word in two"),
    ],
)
def test_a_wrong_span_is_found(change: dict[str, str], said: str | None) -> None:
    found = texts(check_spans(setting({**QUESTION, "answers": [{**PLACE, **change}]})))
    assert found == ([said] if said else [])


def test_a_sentence_that_stands_twice_is_found() -> None:
    twice = {**ARTICLE, "text": f"{SENTENCE} {SENTENCE}"}
    [found] = texts(check_spans(setting(QUESTION, articles=(twice,))))
    assert found.startswith("answers: the sentence stands in isle-01 2 times")


def test_an_answer_given_twice_is_found() -> None:
    twice = {**QUESTION, "answers": [PLACE, {**PLACE, "text": "Ada"}, PLACE]}
    assert texts(check_spans(setting(twice))) == ["answers: one place is named twice"]


def test_traps_and_proofs_are_looked_up_too() -> None:
    wrong = {
        **QUESTION,
        "sentences": [{"article": "isle-01", "sentence": "No."}],
        "trap": {**PLACE, "text": "x"},
    }
    found = texts(check_spans(setting(wrong)))
    assert [text.split(":")[0] for text in found] == ["sentences", "trap"]


def test_verdicts_that_lean_to_one_side_are_found() -> None:
    rows = [
        {**QUESTION, "type": "yes_no", "verdict": verdict} for verdict in ["yes"] * 8 + ["no", "not_told"]
    ]
    found = texts(check_verdicts(setting(*rows)))
    assert found[0] == "8 of 10 verdicts are yes, not 20% to 50%"
    even = [{**QUESTION, "type": "yes_no", "verdict": verdict} for verdict in ("yes", "no", "not_told")]
    assert list(check_verdicts(setting(*even))) == []


def test_a_question_asked_twice_is_found_whatever_its_capitals() -> None:
    again = {**QUESTION, "id": "isle-q002", "question": "who disposed of the boats"}
    after = {**again, "id": "isle-q003", "rewrite": "Who disposed of the boats in May?"}
    faults = list(check_duplicates([setting(QUESTION, again, after)]))
    assert faults == [Fault("isle.questions.jsonl", "isle-q002", "it asks the same as isle-q001")]


def test_a_title_used_twice_is_found_but_not_among_corrections() -> None:
    other = {**ARTICLE, "id": "isle-02", "text": "Something else."}
    assert texts(check_duplicates([setting(articles=(ARTICLE, other))])) == ["its title is that of isle-01"]
    right = tuple({**row, "form": "correction"} for row in (ARTICLE, other))
    assert list(check_duplicates([setting(articles=right)])) == []


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("How many of the 14 boats did Tom Orrin buy?", "how many of the _ boats did _ buy"),
        ("how many boats did tom orrin buy", "how many boats did _ buy"),
        ("Who said “I will not go”?", "who said _"),
        ("Who said 'I won't go, never' first?", "who said _ first"),
        ("What was Ada Brill's price?", "what was _ price"),
        ("What do I do?", "what do i do"),
    ],
)
def test_names_numbers_and_quotations_are_left_open(question: str, left: str) -> None:
    assert pattern(question, frozenset({"tom", "orrin"})) == left


def test_name_words_are_those_never_written_small() -> None:
    assert name_words([{"text": "Then the Mayor met Ada Brill. The mayor left, Ada stayed."}]) == {
        "ada",
        "brill",
    }


def test_more_questions_of_one_pattern_than_may_be_are_found() -> None:
    rows = [
        {**QUESTION, "id": f"isle-q{year}", "question": f"Who won in {year}?"} for year in range(2000, 2004)
    ]
    assert list(check_patterns([setting(*rows)], limit=4)) == []
    faults = list(check_patterns([setting(*rows)], limit=3))
    assert faults == [
        Fault("isle.questions.jsonl", "isle-q2003", "4 questions are worded like 'who won in _', 3 may be")
    ]


def write_text(folder: Path, text: str) -> None:
    (folder / "a.txt").write_text(text)


def write_json(folder: Path, text: str) -> None:
    (folder / "a.json").write_text(json.dumps({"inner": [{"words": text}]}))


def write_packed_lines(folder: Path, text: str) -> None:
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps({"words": text}).encode()))


def write_zip(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as packed:
        packed.writestr("inner.txt", text)


def write_csv(folder: Path, text: str) -> None:
    (folder / "a.csv").write_text(f'id,words\n1,"{text}"\n')


def write_page(folder: Path, text: str) -> None:
    (folder / "a.html").write_text(f"<style>p</style><p>{text.replace(' ', ' <b></b>', 1)}</p>")


WRITERS = [write_text, write_json, write_packed_lines, write_zip, write_csv, write_page]


@pytest.mark.parametrize("write", WRITERS)
def test_a_run_of_words_shared_with_a_text_is_found(
    write: Callable[[Path, str], None], tmp_path: Path
) -> None:
    write(tmp_path, "It rained. On Friday the mayor, Ada Brill, sold 14 ships.")
    [fault] = check_leaks(setting(QUESTION), runs_of([tmp_path]))
    assert (fault.file, fault.id) == ("isle.articles.jsonl", "isle-01")
    assert fault.text.startswith("'on friday the mayor ada brill sold 14' stands in a.")


def test_seven_words_in_a_row_are_no_leak(tmp_path: Path) -> None:
    write_text(tmp_path, "On Friday the mayor, Ada Brill, sold her ships.")
    assert list(check_leaks(setting(QUESTION), runs_of([tmp_path]))) == []


def test_a_question_is_looked_through_with_its_history_and_rewrite(tmp_path: Path) -> None:
    words = "one two three four five six seven eight"
    write_text(tmp_path, words)
    for change in (
        {"question": words},
        {"rewrite": words},
        {"history": [{"question": words, "answer": "No"}]},
    ):
        assert len(list(check_leaks(setting({**QUESTION, **change}), runs_of([tmp_path])))) == 1


def test_an_invented_name_shared_with_a_text_is_found(tmp_path: Path) -> None:
    write_text(tmp_path, "Later Ada Brill's boat sank.")
    faults = list(check_names(setting(QUESTION), pairs_of([tmp_path])))
    assert texts(faults) == ["the name 'ada brill' stands in a.txt too"]


def test_usual_words_with_capitals_are_no_names(tmp_path: Path) -> None:
    text = "The Prime Minister spoke. On Friday the Red Cross came. A prime case, a minister said."
    write_text(tmp_path, text)
    assert list(check_names(setting(articles=({**ARTICLE, "text": text},)), pairs_of([tmp_path]))) == []


def test_addresses_and_programs_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('["https://a.example/b", "words"]')
    (tmp_path / "b.py").write_text("import this")
    assert list(texts_of([tmp_path])) == [("a.json", "words")]


def write_setting(folder: Path, lines: str = "") -> None:
    articles = [{**ARTICLE, "id": f"isle-{form}", "form": form, "title": form} for form in sorted(FORMS)]
    for number, article in enumerate(articles):
        article["text"] = f"{article['text']} Number {number}."
    place = {**PLACE, "article": "isle-wire"}
    question = {**QUESTION, "articles": ["isle-wire"], "answers": [place]}
    (folder / "isle.articles.jsonl").write_text("\n".join(json.dumps(row) for row in articles))
    (folder / "isle.questions.jsonl").write_text(json.dumps(question) + "\n" + lines)


def test_a_folder_is_checked_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_setting(tmp_path)
    assert check_folder(tmp_path) == []
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "faults: 0\n"
    shared = tmp_path / "shared"
    shared.mkdir()
    write_text(shared, SENTENCE)
    assert main([str(tmp_path), str(shared)]) == 1
    assert (
        "isle.articles.jsonl: isle-wire: the name 'ada brill' stands in a.txt too" in capsys.readouterr().out
    )


def test_without_a_folder_the_program_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "say which folder" in capsys.readouterr().err


def test_lines_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    write_setting(tmp_path, '{"no": "id"}\n\nnot json\n')
    read = read_setting(tmp_path, "isle")
    assert [fault.id for fault in read.unread] == ["line 2", "line 4"]
    assert len(check_folder(tmp_path)) == 2


def test_the_news_of_the_project_has_no_fault_and_shares_nothing_with_what_measures() -> None:
    root = Path(__file__).parents[3]
    news = root / "training/news"
    assert list(check_folder(news, [root / "sample", root / "eval/gold"], [root / "sample"])) == []

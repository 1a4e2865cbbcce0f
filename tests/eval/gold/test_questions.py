import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article
from assistant.errors import BackfileError
from assistant.query import Exchange, Filters
from eval.gold.questions import GOLD, KINDS, GoldQuestion, load
from eval.metrics import Place
from ingest.demonstration import SAMPLE
from tests.fakes import WordEncoder, ingest

BUDGET = "desk/stories.json#2"
FERRY = "desk/stories.json#1"
STORM = "desk/stories.json#3"

Write = Callable[..., Path]


def _row(**changed: Any) -> dict[str, Any]:
    row = {
        "id": "budget-votes",
        "type": "how_many",
        "question": "How was the budget carried?",
        "answers": ["nine votes to six"],
        "support": [{"article": BUDGET, "quote": "by nine votes to six"}],
        **changed,
    }
    return {key: value for key, value in row.items() if value is not None}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """The catalog of four articles, one of them a copy, and of an article in two versions."""
    stories = [
        {
            "title": "Ferry strike",
            "text": "Crews stopped work on Monday. A strike.",
            "url": "https://a.example/1",
        },
        {"title": "Budget", "text": "The budget passed by nine votes to six.", "url": "https://a.example/2"},
        {"title": "Storm", "text": "The storm broke the wall.", "url": "https://a.example/3"},
        {"title": "Storm", "text": "The storm broke the wall.", "url": "https://b.example/3"},
    ]
    (tmp_path / "desk").mkdir()
    path = tmp_path / "desk" / "stories.json"
    path.write_text(json.dumps(stories))
    ingest(tmp_path / "archive", tmp_path / "desk")
    stories[0]["text"] = "Crews stopped work on Tuesday. A strike."
    path.write_text(json.dumps(stories))
    ingest(tmp_path / "archive", tmp_path / "desk")
    with closing(Catalog.open(ArchiveFolder(tmp_path / "archive").catalog)) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(row, …)` gives a gold file of rows, or of raw lines."""

    def writing(*rows: dict[str, Any] | str, name: str = "desk.jsonl") -> Path:
        folder = tmp_path / "gold"
        folder.mkdir(exist_ok=True)
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (folder / name).write_text("\n".join(lines) + "\n")
        return folder / name

    return writing


def _wrong(path: Path, catalog: Catalog) -> str:
    with pytest.raises(BackfileError) as raised:
        load(path, catalog)
    return str(raised.value)


def _words(place: Place, catalog: Catalog) -> str:
    article = catalog.article(place.article, place.version)
    assert article is not None
    return article.text[place.start : place.end]


def test_a_quote_becomes_its_span_in_the_article(write: Write, catalog: Catalog) -> None:
    row = _row(
        as_of="2024-02-21",
        history=[{"question": "Did the budget pass?", "answer": "Yes."}],
        filters={"since": "2024-02-01", "outlets": ["Ellery Beacon"]},
    )
    [question] = load(write(row), catalog)
    [[place]] = question.proofs
    assert _words(place, catalog) == "by nine votes to six"
    assert question.answers == ("nine votes to six",)
    assert question.as_of == date(2024, 2, 21)
    assert question.history == (Exchange("Did the budget pass?", "Yes."),)
    assert question.filters == Filters(since=date(2024, 2, 1), outlets=("Ellery Beacon",))
    assert question.answerable


def test_the_event_decides_the_half_and_may_be_left_out(write: Write, catalog: Catalog) -> None:
    rows = [_row(id="a", event="gaza-night"), _row(id="b", event="museum-break-in"), _row(id="c")]
    found = [(question.event, question.half) for question in load(write(*rows), catalog)]
    assert found == [("gaza-night", "measuring"), ("museum-break-in", "choosing"), (None, None)]


def test_a_copy_of_the_article_proves_it_as_well(write: Write, catalog: Catalog) -> None:
    [question] = load(write(_row(support=[{"article": STORM, "quote": "broke the wall"}])), catalog)
    [places] = question.proofs
    assert len({place.article for place in places}) == 2
    assert {_words(place, catalog) for place in places} == {"broke the wall"}


def test_alternatives_stand_instead_of_the_support_they_name(write: Write, catalog: Catalog) -> None:
    supports = [{"article": BUDGET, "quote": "nine votes"}, {"article": FERRY, "quote": "A strike"}]
    other = {"article": BUDGET, "quote": "to six", "instead_of": 2}
    [question] = load(write(_row(support=supports, also_support=[other])), catalog)
    assert [[_words(place, catalog) for place in proof] for proof in question.proofs] == [
        ["nine votes"],
        ["A strike", "to six"],
    ]
    del other["instead_of"]
    said = _wrong(write(_row(support=supports, also_support=[other])), catalog)
    assert "the instead_of None: write the number of the support it can replace, from 1 to 2" in said


def test_a_version_is_the_current_one_unless_named(write: Write, catalog: Catalog) -> None:
    newest = {"article": FERRY, "quote": "on Tuesday"}
    former = {"article": FERRY, "quote": "on Monday", "version": 1}
    [question] = load(write(_row(support=[newest, former])), catalog)
    assert [place.version for [place] in question.proofs] == [2, 1]
    said = _wrong(write(_row(support=[{**former, "version": 3}])), catalog)
    assert "has no version 3: it has 1, 2" in said


def test_an_unanswerable_question_has_a_reason_and_nothing_else(write: Write, catalog: Catalog) -> None:
    row = {"id": "x", "type": "unanswerable", "question": "Who won?", "reason_code": "hidden_by_filter"}
    [question] = load(write(row), catalog)
    assert (question.reason, question.answers, question.proofs) == ("hidden_by_filter", (), ())
    assert not question.answerable
    assert "None is not a reason_code" in _wrong(write({**row, "reason_code": None}), catalog)
    assert "has no key answers" in _wrong(write({**row, "answers": ["she did"]}), catalog)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            _row(support=[{"article": "desk/none.json#1", "quote": "x"}]),
            "the archive has no article 'desk/none.json#1'; did you mean 'desk/stories.json#1'?",
        ),
        (
            _row(support=[{"article": BUDGET, "quote": "by ten votes"}]),
            "the quote 'by ten votes' does not occur",
        ),
        (_row(support=[{"article": BUDGET, "quote": "t"}]), "the quote 't' occurs 3 times"),
        (_row(support=[{"article": BUDGET}]), "the support lacks quote"),
        (_row(support=[]), "nothing proves the answer"),
        (_row(support="by nine"), "`support` must be a list of objects"),
        (_row(type="whither"), "'whither' is not a type of question"),
        (_row(type=None), "None is not a type of question"),
        (_row(answer="nine"), "has no key answer: use accepted, also_support, answers"),
        (_row(question=None), "the question lacks question"),
        (_row(id=" "), "`id` must be a text that is not empty"),
        (_row(event=""), "`event` must be a text that is not empty"),
        (_row(event=["storm"]), "`event` must be a text that is not empty"),
        (_row(answers=[]), "needs a short answer"),
        (_row(answers=[9]), "`answers` must be a list of texts"),
        (_row(type="yes_no", answers=["perhaps"]), "is yes or no, not perhaps"),
        (_row(as_of="yesterday"), "`as_of` is 'yesterday', but must be a day"),
        (_row(as_of=20240221), "`as_of` is 20240221, but must be a day"),
        (_row(filters={"outlet": "Beacon"}), "a filter of this type has no key outlet"),
        (_row(filters={}), "`filters` must be an object"),
        (_row(history=[{"question": "Who?"}]), "the history lacks answer"),
        ("{broken", "this is not JSON"),
        ("[1]", "write one JSON object per line"),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_line(
    row: dict[str, Any] | str, said: str, write: Write, catalog: Catalog
) -> None:
    path = write(_row(id="first"), row)
    message = _wrong(path, catalog)
    assert message.startswith(f"{path}, line 2: ")
    assert said in message


def test_an_id_is_taken_once_in_all_files_of_a_folder(write: Write, catalog: Catalog) -> None:
    first, second = write(_row(), name="a.jsonl"), write("", _row(), name="b.jsonl")
    assert f"{second}, line 2: the id 'budget-votes' is taken by {first}, line 1" in _wrong(
        first.parent, catalog
    )


def test_an_id_is_taken_once_in_one_file(write: Write, catalog: Catalog) -> None:
    path = write(_row(), _row(question="What carried the budget?"))
    assert (
        f"{path}, line 2: the id 'budget-votes' is taken by {path}, line 1: give one of them another"
        in _wrong(path, catalog)
    )


def test_a_file_as_other_editors_save_it_is_read(write: Write, catalog: Catalog) -> None:
    path = write(_row(question="How was it\u2028carried?"))
    row = json.dumps(_row(question="How was it\u2028carried?"), ensure_ascii=False)
    path.write_bytes(b"\xef\xbb\xbf" + row.encode() + b"\r\n\r\n")
    [question] = load(path, catalog)
    assert question.text == "How was it\u2028carried?"


def test_files_without_questions_are_refused(tmp_path: Path, write: Write, catalog: Catalog) -> None:
    path = write("", "")
    assert _wrong(path, catalog).startswith(f"{path}, line 1: there is no question")
    assert "cannot read" in _wrong(tmp_path / "none.jsonl", catalog)
    (tmp_path / "empty").mkdir()
    assert "holds no .jsonl file" in _wrong(tmp_path / "empty", catalog)
    path.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in _wrong(path, catalog)


Shipped = tuple[list[GoldQuestion], dict[str, Article]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """The gold set of the project, its spans found in the sample, and the articles of the sample."""
    folder = tmp_path_factory.mktemp("sample") / "archive"
    ingest(folder, SAMPLE, encoder=WordEncoder(limit=256))
    with closing(Catalog.open(ArchiveFolder(folder).catalog)) as catalog:
        return load(GOLD, catalog), {article.id: article for article in catalog.articles()}


def test_each_half_of_the_gold_set_has_enough_of_every_kind(shipped: Shipped) -> None:
    questions, _ = shipped
    assert [question.id for question in questions if question.half is None] == []
    for half, least in (("measuring", 25), ("choosing", 14)):
        kinds = Counter(question.kind for question in questions if question.half == half)
        assert {kind: kinds[kind] for kind in KINDS if kinds[kind] < least} == {}, half
    kinds = Counter(question.kind for question in questions)
    assert kinds["unanswerable"] >= 73
    reasons = Counter(question.reason for question in questions if question.half == "measuring")
    assert min(reasons[reason] for reason in ("not_in_archive", "outside_dates", "hidden_by_filter")) >= 5


def test_no_event_is_in_both_halves(shipped: Shipped) -> None:
    questions, _ = shipped
    halves: dict[str | None, set[str | None]] = defaultdict(set)
    for question in questions:
        halves[question.event].add(question.half)
    assert {event: found for event, found in halves.items() if len(found) != 1} == {}


def test_no_event_has_only_follow_ups(shipped: Shipped) -> None:
    questions, _ = shipped
    asked_alone = {question.event for question in questions if not question.history}
    assert {question.id for question in questions if question.event not in asked_alone} == set()


def test_questions_proved_by_the_same_words_ask_about_the_same_event(shipped: Shipped) -> None:
    """Timelines and alternative proofs are left out: they may touch several events."""
    questions, _ = shipped
    asked: dict[str, list[tuple[Place, GoldQuestion]]] = defaultdict(list)
    for question in questions:
        if question.kind != "timeline":
            for place, *_ in question.proofs:
                asked[place.article].append((place, question))
    apart = {
        (first.id, second.id)
        for places in asked.values()
        for (place, first), (other, second) in combinations(places, 2)
        if first.event != second.event and place.overlaps(other)
    }
    assert apart == set()


def test_the_gold_set_of_the_project_holds_together(shipped: Shipped) -> None:
    questions, articles = shipped
    for question in questions:
        assert question.text[-1] in "?.", question.id
        if question.kind == "conflict":
            assert len(question.proofs) >= 2, question.id
        if question.kind == "follow_up":
            assert question.history, question.id
        if question.kind == "date_filtered" or question.reason in ("outside_dates", "hidden_by_filter"):
            assert question.filters, question.id
        for proof in question.proofs:
            assert any(_passes(articles[place.article], question.filters) for place in proof), question.id


def test_the_reason_fits_the_dates_of_the_sample(shipped: Shipped) -> None:
    questions, articles = shipped
    for question in questions:
        passing = [each for each in articles.values() if _passes(each, question.filters)]
        if question.reason == "outside_dates":
            assert not passing, question.id
        elif question.reason == "hidden_by_filter":
            assert passing, question.id


def test_every_article_of_the_sample_is_asked_about(shipped: Shipped) -> None:
    questions, articles = shipped
    asked = {place.article for question in questions for proof in question.proofs for place in proof}
    assert {article.source for id, article in articles.items() if id not in asked} == set()


def _passes(article: Article, filters: Filters) -> bool:
    if filters.outlets and article.outlet not in filters.outlets:
        return False
    first, last = article.published.first_day, article.published.last_day
    if first is None or last is None:
        return not (filters.since or filters.until)
    return (filters.since or first) <= first and last <= (filters.until or last)

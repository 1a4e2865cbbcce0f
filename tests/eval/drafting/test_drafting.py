import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.errors import BackfileError, ModelError
from assistant.models.encoder import Encoder
from eval.__main__ import main
from eval.drafting.candidates import candidates, choose_varied, sample_articles, swap_names
from eval.drafting.clauses import clause
from eval.drafting.drafts import draft
from eval.drafting.person_names import SentenceContext, Vocabulary
from eval.drafting.question_checks import gives_answer_away, stands_alone
from eval.drafting.review import review
from eval.drafting.rules import Proposal, proposals
from eval.gold.questions import drafts, load
from tests.fakes import ScriptedModel, ingest

STORIES = [
    {
        "title": "Treasurer charged",
        "text": "Victor Salm, for years the treasurer of the Harbour Trust, was charged on Tuesday with nine counts of "
        "fraud in Port Ellery. He denies it. Salm, 54, kept two sets of books in the house of his mother in Netherby.",
        "outlet": "Harbour Ledger",
        "published": "2023-10-17",
    },
    {
        "title": "Council votes",
        "text": "The council of Port Ellery passed a budget of 61 million crowns on Monday. “We could not wait for the "
        "county to pay for the wall,” said Ida Brandt, 49. She is the mayor.",
        "outlet": "Ellery Beacon",
        "published": "2024-02-20",
    },
    {
        "title": "Ferry back",
        "text": "The ferry Constance carried 212 passengers from Port Ellery to Skerra on Saturday. The director, "
        "Anders Hoyle, said that the Constance would sail every day in March.",
        "outlet": "Tidewater Wire",
        "published": "2024-03-09",
    },
    {
        "title": "Ferry back again",
        "text": "Nora Hale, 61, leads the union of the crews. They charge nothing and passed by the wall.",
        "outlet": "Tidewater Wire",
    },
]
"""Their lower-case words are all the verbs that the rules know: pass, charge, carry."""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The archive of `STORIES`, and an article with the base forms of verbs."""
    words = {"title": "Words", "text": "They pass and carry and keep books.", "outlet": "Harbour Ledger"}
    (tmp_path / "desk.json").write_text(json.dumps([*STORIES, words]))
    ingest(tmp_path / "archive", tmp_path / "desk.json")
    return tmp_path / "archive"


@pytest.fixture
def catalog(archive: Path) -> Iterator[Catalog]:
    with closing(Catalog.open(ArchiveFolder(archive).catalog)) as opened:
        yield opened


def _asked(sentence: str, *others: str) -> list[Proposal]:
    """Return what the rules make from a sentence of an article with other sentences."""
    text = " ".join([sentence, *others])
    words = Vocabulary([text, "they vote, carry, open, name and the price rose in the wall."])
    return list(proposals(sentence, SentenceContext.of(text, words)))


@pytest.mark.parametrize(
    ("sentence", "question", "answers"),
    [
        (
            "Victor Salm, 54, was charged with nine counts of fraud in Port Ellery.",
            "Who was charged with nine counts of fraud in Port Ellery?",
            ("Victor Salm",),
        ),
        (
            "Victor Salm, 54, was charged with nine counts of fraud in Port Ellery.",
            "With how many counts of fraud in Port Ellery was Victor Salm charged?",
            ("nine", "nine counts"),
        ),
        (
            "About 900 people marched through Port Ellery to save two schools.",
            "How many people marched through Port Ellery to save two schools?",
            ("900", "900 people", "About 900", "About 900 people"),
        ),
        (
            "The ferry Constance carried 212 passengers to Skerra.",
            "How many passengers did the ferry Constance carry to Skerra?",
            ("212", "212 passengers"),
        ),
        (
            "Vesper Offshore will pay £3.5m for the old quay in Netherby.",
            "How much will Vesper Offshore pay for the old quay in Netherby?",
            ("£3.5m",),
        ),
        (
            "The council of Port Ellery voted in May 2023 for a new wall.",
            "When did the council of Port Ellery vote for a new wall?",
            ("May 2023", "in May 2023"),
        ),
        (
            "On 4 March the museum in Port Ellery was opened by Ida Brandt.",
            "When was the museum in Port Ellery opened by Ida Brandt?",
            ("4 March", "on 4 March"),
        ),
        (
            "Duty forecaster Ruth Delacroix said Storm Hedda would bring rain to Brack Point.",
            "Who said that Storm Hedda would bring rain to Brack Point?",
            ("Ruth Delacroix",),
        ),
        (
            '"Wiring does not break a padlock on a door," said Chief Olena Marsh.',
            "Who said “Wiring does not break a padlock on a door”?",
            ("Olena Marsh",),
        ),
        (
            "Ruth Delacroix, the head of the Merrow Weather Office, was heard in court.",
            "Who is the head of the Merrow Weather Office?",
            ("Ruth Delacroix",),
        ),
    ],
)
def test_a_plain_sentence_becomes_a_question(sentence: str, question: str, answers: tuple[str, ...]) -> None:
    more = ("She, Ruth Delacroix, 40, and Chief Olena Marsh, 49, were there.",)
    made = {each.question: each for each in _asked(sentence, *more)}
    assert question in made, list(made)
    assert made[question].answers == answers
    assert made[question].sentence == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "He was charged with nine counts of fraud in Port Ellery.",
        "But Victor Salm was charged with nine counts of fraud.",
        "Victor Salm left and they were charged with it.",
        "The company carried 212 passengers yesterday.",
        "Victor Salm charged with fraud",
        "It was the fourth of the month again.",
    ],
)
def test_a_sentence_that_needs_its_context_is_skipped(sentence: str) -> None:
    assert _asked(sentence) == []


def test_a_participle_before_the_verb_is_not_the_verb() -> None:
    assert clause("The man accused of theft was freed in Port Ellery.") is None


def test_a_gap_is_left_where_no_question_fits() -> None:
    [made] = _asked("Fares for the Constance to Skerra, says Anders Hoyle, rise to 13 crowns in summer.")
    assert (made.rule, made.answers) == ("cloze", ("13 crowns",))
    assert (
        made.question
        == "Fill in: Fares for the Constance to Skerra, says Anders Hoyle, rise to ____ in summer."
    )


def test_a_last_name_becomes_the_full_name() -> None:
    first = "Victor Salm kept the books of the Harbour Trust."
    [made] = [
        each for each in _asked("Salm was seen in Netherby on 4 May 2023.", first) if each.rule == "when"
    ]
    assert made.question == "When was Victor Salm seen in Netherby?"


def test_a_question_can_be_understood_alone_and_does_not_reveal_its_answer() -> None:
    assert not stands_alone("When did she arrive in Port Ellery on the ferry?")
    assert not stands_alone("How many people were at the meeting of the council?")
    assert gives_answer_away("Who leads the office of Mr Salm?", ["Victor Salm"])


def test_questions_come_from_several_families_and_outlets(catalog: Catalog) -> None:
    some = sample_articles(catalog, 10, seed=0)
    found = list(candidates(some))
    chosen = choose_varied(found, 3)
    assert len({each.family for each in chosen}) == 3
    assert {each.article.outlet for each in chosen} == {"Harbour Ledger", "Ellery Beacon", "Tidewater Wire"}
    assert len({each.proposal.rule for each in chosen}) > 1


def test_a_weekday_answer_includes_its_date(catalog: Catalog) -> None:
    [when] = [
        each
        for each in candidates(sample_articles(catalog, 10, seed=0))
        if each.proposal.question.startswith("When was Victor Salm charged")
    ]
    assert when.proposal.answers == ("Tuesday", "on Tuesday", "17 October 2023")
    assert when.row()["as_of"] == "2023-10-20"


def test_a_swapped_name_makes_a_question_unanswerable(catalog: Catalog) -> None:
    some = sample_articles(catalog, 10, seed=0)
    [made] = swap_names(candidates(some), some, 1)
    assert made.proposal.kind == "unanswerable"
    assert "Victor Salm" not in made.proposal.question
    assert "replaces Victor Salm: make sure" in made.note
    assert set(made.row()) == {"question", "note", "reason_code", "accepted", "type", "as_of", "id"}


def test_accepted_drafts_are_a_gold_file(archive: Path, catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    made = draft(archive, path, number=4, seed=0)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert made.added == len(rows) == drafts(path) == 3
    assert list(rows[0])[:4] == ["question", "answers", "support", "accepted"]
    with pytest.raises(
        BackfileError, match=r"none of the 3 drafts in .* is accepted: look at them with .*review"
    ):
        load(path, catalog)
    path.write_text("\n".join(json.dumps({**row, "accepted": True}) for row in rows))
    assert [question.text for question in load(path, catalog)] == [row["question"] for row in rows]


def test_an_existing_file_is_added_to(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    draft(archive, path, number=1, seed=0)
    before = path.read_text()
    made = draft(archive, path, number=3, seed=0)
    assert path.read_text().startswith(before)
    assert (made.kept, made.added) == (1, 2)
    sources = [json.loads(line)["support"][0]["article"] for line in path.read_text().splitlines()]
    assert len(set(sources)) == 3
    assert "1 question already in it left unchanged" in made.lines(archive)[0]
    again = draft(archive, path, number=3, seed=0)
    assert (again.kept, again.added) == (3, 0)


def _replies(*replies: dict[str, str] | str) -> GenericFakeChatModel:
    texts = (reply if isinstance(reply, str) else json.dumps(reply) for reply in replies)
    return GenericFakeChatModel(messages=iter([AIMessage(reply) for reply in texts]))


def test_a_models_questions_are_checked(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text(
        json.dumps(
            [
                {**STORIES[0], "title": f"Story {n}", "text": f"Salm paid {n}00 crowns to Pier {n}."}
                for n in range(1, 7)
            ]
        )
    )
    ingest(tmp_path / "archive", tmp_path / "desk.json")
    good = {"question": "What did Victor Salm hand over at the pier in Port Ellery?", "type": "what"}
    model = _replies(
        "I cannot.",
        {**good, "answer": "a million"},
        {**good, "answer": "Salm"},
        {**good, "answer": "crowns", "question": "What did he pay to Pier Six in May?"},
        {**good, "answer": "crowns", "type": "why"},
        f"Let me think {{}} … {json.dumps({**good, 'answer': 'crowns'})}",
    )
    made = draft(tmp_path / "archive", tmp_path / "out.jsonl", number=6, seed=0, model=model, name="fake:1")
    [row] = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (row["question"], row["answers"], row["accepted"]) == (good["question"], ["crowns"], False)
    assert row["support"][0]["quote"].startswith("Salm paid ")
    printed = "\n".join(made.lines(tmp_path))
    for reason in (
        "no JSON object of question, answer and type (1)",
        "the answer does not occur in one sentence of the passage (1)",
        "the question gives the answer away (1)",
        "the question does not stand alone (1)",
        "unknown question type (1)",
    ):
        assert reason in printed
    assert "gave no more, though 6 were wanted" in printed


def test_a_failing_model_is_reported(archive: Path, tmp_path: Path) -> None:
    model = ScriptedModel(script=[ConnectionRefusedError()])
    with pytest.raises(ModelError, match="The model fake:1 cannot be reached"):
        draft(archive, tmp_path / "out.jsonl", number=2, seed=0, model=model, name="fake:1")
    assert not (tmp_path / "out.jsonl").exists()


def test_the_command_reports_what_is_wrong(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "notes.txt"
    broken.write_text('{"question": "Who?"}\nmilk, eggs\n')
    empty = tmp_path / "empty"
    (tmp_path / "one.json").write_text(json.dumps([{"title": "One", "text": "They came and went again."}]))
    ingest(empty, tmp_path / "one.json")
    for arguments, message in (
        (["--archive", str(tmp_path / "none")], "there is no archive in"),
        (["--archive", str(archive), "--out", str(broken)], f"{broken}, line 2: this is not JSON"),
        (
            ["--archive", str(archive), "--out", str(tmp_path / "no" / "x.jsonl")],
            "give --out a file in a folder",
        ),
        (["--archive", str(archive), "--out", str(tmp_path)], "cannot read"),
        (["--archive", str(empty), "--out", str(tmp_path / "x.jsonl")], "no plain sentences in English"),
    ):
        assert main(["draft", *arguments]) == 2
        assert message in capsys.readouterr().err
    assert broken.read_text() == '{"question": "Who?"}\nmilk, eggs\n'
    assert main(["review", str(broken)]) == 2
    assert f"{broken}, line 2: this is not JSON" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["draft", "--number", "0"])
    assert "'0' is not a whole number of 1 or more" in capsys.readouterr().err


def test_the_command_drafts_into_a_file(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drafts.jsonl"
    assert main(["draft", "--archive", str(archive), "--out", str(path), "--number", "2"]) == 0
    printed = capsys.readouterr().out
    assert f"{path}: 2 drafts added" in printed
    assert f"python -m eval gold --gold {path} --archive {archive}" in printed


@pytest.mark.models
def test_accepted_drafts_are_asked_over_their_own_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "desk.json").write_text(json.dumps(STORIES))
    archive, path = tmp_path / "archive", tmp_path / "drafts.jsonl"
    ingest(archive, tmp_path / "desk.json", encoder=Encoder.open(""))
    draft(archive, path, number=3, seed=0)
    arguments = ["--gold", str(path), "--archive", str(archive), "--json"]
    assert main(arguments) == 2
    assert "none of the 3 drafts" in capsys.readouterr().err
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text(first.replace('"accepted": false', '"accepted": true') + "".join(others))
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["suite"], printed["n"], printed["metrics"]["article hit@5"]["value"]) == ("gold", 1, 1)
    assert printed["notes"][0].startswith("left out 2 drafts that nobody has accepted")
    assert main([*arguments[:2], "--archive", str(tmp_path / "none")]) == 2
    assert "there is no archive in" in capsys.readouterr().err


def _terminal(*typed: str) -> Callable[[str], str]:
    left = iter(typed)

    def ask(_prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask


def test_drafts_are_accepted_edited_and_dropped_at_the_terminal(tmp_path: Path) -> None:
    def row(n: int, **more: Any) -> dict[str, Any]:
        support = [{"quote": f"Sentence {n}.", "article": f"desk.json#{n}"}]
        return {"question": f"Who {n}?", "answers": [f"A{n}"], "support": support, "accepted": False, **more}

    path = tmp_path / "drafts.jsonl"
    rows = [row(1), row(2, accepted=True), row(3), row(4), row(5), row(6, as_of="2024-03-04")]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    shown: list[str] = []
    typed = ("x", "a", "e", "Who else?", "B | C", "e", "", "", "d")
    summary = review(path, ask=_terminal(*typed), show=shown.append)
    left = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["question"], each["answers"], each["accepted"]) for each in left] == [
        ("Who 1?", ["A1"], True),
        ("Who 2?", ["A2"], True),
        ("Who else?", ["B", "C"], True),
        ("Who 4?", ["A4"], True),
        ("Who 6?", ["A6"], False),
    ]
    assert "3 accepted, 1 dropped, 1 draft left" in summary
    assert "1 of 5\n  Who 1?\n  → A1\n  “Sentence 1.”  (desk.json#1)" in shown[0]
    assert "asked on 2024-03-04" in shown[-1]
    assert review(path, ask=_terminal("q"), show=shown.append).endswith("0 accepted, 0 dropped, 1 draft left")
    assert list(tmp_path.iterdir()) == [path]

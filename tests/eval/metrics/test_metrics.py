import random

import ir_measures
import numpy as np
import pytest

from eval.metrics import (
    Estimate,
    Place,
    area_under_risk_coverage,
    best,
    bins,
    calibration_error,
    contains,
    exact_match,
    hit,
    ndcg,
    proofs_in_order,
    recall,
    reciprocal_rank,
    risk_coverage,
    same_date,
    sentence_supported,
    sign_test,
    squad_exact_match,
    squad_f1,
    token_f1,
)


def test_hit_and_reciprocal_rank() -> None:
    assert [hit(["a", "b", "c"], {"c", "d"}, k) for k in (1, 2, 3)] == [0, 0, 1]
    assert reciprocal_rank(["a", "b", "c"], {"c"}, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(["a", "b", "c"], {"c"}, 2) == 0
    assert hit([], {"a"}, 5) == reciprocal_rank([], {"a"}, 5) == 0


def test_recall_and_ndcg() -> None:
    assert [recall(["a", "b", "c"], {"b", "c", "x"}, k) for k in (1, 2, 3)] == [0, 1 / 3, 2 / 3]
    # Gains of 1 / log2(3) and 1 / log2(4), of 1 / log2(2), 1 / log2(3) and 1 / log2(4) at best.
    assert ndcg(["a", "b", "c"], {"b", "c", "x"}, 3) == pytest.approx(
        (0.63093 + 0.5) / (1 + 0.63093 + 0.5), abs=1e-5
    )
    # No more than k can be found among k.
    assert ndcg(["b"], {"b", "c"}, 1) == 1
    assert ndcg([], {"a"}, 5) == recall([], {"a"}, 5) == 0
    for metric in (ndcg, recall):
        with pytest.raises(ValueError, match="nothing is relevant"):
            metric(["a"], set(), 5)


def test_ranking_metrics_agree_with_trec_eval() -> None:
    chance = random.Random(7)
    articles = [f"article {number}" for number in range(30)]
    ranked = {f"question {number}": chance.sample(articles, 20) for number in range(40)}
    relevant = {question: set(chance.sample(articles, chance.randint(1, 6))) for question in ranked}
    run = {
        question: {article: float(-rank) for rank, article in enumerate(found)}
        for question, found in ranked.items()
    }
    qrels = {question: dict.fromkeys(wanted, 1) for question, wanted in relevant.items()}
    for k in (1, 5, 10):
        for ours, theirs in (
            (hit, ir_measures.Success @ k),
            (recall, ir_measures.R @ k),
            (reciprocal_rank, ir_measures.RR @ k),
            (ndcg, ir_measures.nDCG @ k),
        ):
            published = {each.query_id: each.value for each in ir_measures.iter_calc([theirs], qrels, run)}
            assert len(published) == len(ranked)
            for question, value in published.items():
                assert ours(ranked[question], relevant[question], k) == pytest.approx(value, abs=1e-6), (
                    theirs,
                    question,
                )


def test_a_ranking_of_results_becomes_one_of_proofs() -> None:
    first, second, other = Place("a", 1, 0, 50), Place("a", 1, 100, 150), Place("b", 1, 0, 50)
    proofs = [[first, other], [second]]
    wide, beside = Place("a", 1, 40, 110), Place("a", 1, 60, 90)
    ranked = proofs_in_order([beside, other, wide, other], proofs, Place.overlaps)
    # The wide passage holds both proofs, but the first was held by an earlier result.
    assert ranked == ["none 0", "0", "1", "none 3"]
    assert proofs_in_order([wide], proofs, Place.overlaps) == ["0", "1"]
    same_article = proofs_in_order([beside], proofs, lambda found, place: found.article == place.article)
    assert same_article == ["0", "1"]


def test_answers_are_compared_by_their_words() -> None:
    assert exact_match("“The  Grinch”", "the grinch") == 1
    assert exact_match("Grinch", "the grinch") == 0
    assert token_f1("the Buffalo Bills team", "Buffalo Bills") == pytest.approx(2 * (2 / 4) * 1 / (2 / 4 + 1))
    assert token_f1("Bills", "Jets") == 0
    assert contains("It was the Buffalo Bills, he said.", "buffalo bills") == 1
    assert contains("It was Buffalo, not the Bills.", "buffalo bills") == 0


@pytest.mark.parametrize(
    ("answer", "golds", "match", "overlap"),
    [
        # Case, punctuation and articles are dropped, as by normalize_answer.
        ("The Denver Broncos!", ["Denver Broncos", "the Broncos"], 1, 1),
        # Two of four words are right, and both of the gold's two are there: 2 * (1/2 * 1) / (1/2 + 1).
        ("Levi's Stadium in Santa Clara", ["Santa Clara"], 0, 4 / 7),
        # A repeated word counts once if gold has it once: one of two, one of one.
        ("ten ten", ["ten"], 0, 2 / 3),
        # Hyphens and full stops are dropped, which joins words: "twentyfive", "us".
        ("twenty-five U.S. ships", ["twentyfive US ships"], 1, 1),
        ("seven", ["Nine", "eight"], 0, 0),
    ],
)
def test_answers_score_as_in_squads_script(
    answer: str, golds: list[str], match: float, overlap: float
) -> None:
    assert best(squad_exact_match, answer, golds) == match
    assert best(squad_f1, answer, golds) == pytest.approx(overlap)


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("on 12 May", "12 May 2024", 1),
        ("May 12, 2024", "12 May", 1),
        ("2024-05-12", "12 May 2024", 1),
        ("12 May 2023", "12 May 2024", 0),
        ("13 May", "12 May", 0),
        ("in May", "12 May", 0),
        ("Sept. 2nd", "from September", 1),
        ("in 2015, not in 2019", "2015", 1),
        ("17 September", "2024", 0),
        ("on Monday", "12 May", 0),
        ("12 May", "at noon", None),
    ],
)
def test_dates_agree_in_the_parts_that_both_give(answer: str, gold: str, same: float | None) -> None:
    assert same_date(answer, gold) == same


def test_a_sentence_is_supported_by_all_it_cites_together() -> None:
    cited = ["The council passed a budget of 61 million crowns.", "Mayor Ida Brandt called it prudent."]
    assert sentence_supported("Brandt called the budget of 61 million prudent.", cited) == 1
    assert sentence_supported("Brandt called the budget of 61 million prudent.", cited[:1]) == 0
    assert sentence_supported("The budget was 16 million.", cited) == 0
    assert sentence_supported("The budget was passed.", []) == 0


def test_calibration_error_is_the_gap_between_confidence_and_share_right() -> None:
    sure, right = [0.95, 0.85, 0.85, 0.15], [1, 1, 0, 0]
    assert [(each.n, each.right) for each in bins(sure, right)] == [(1, 0), (2, 0.5), (1, 1)]
    # Gaps of .15, of .35 twice, and of .05.
    assert calibration_error(sure, right) == pytest.approx((0.15 + 2 * 0.35 + 0.05) / 4)
    assert calibration_error([1.0, 0.0], [1, 0]) == 0
    samples = calibration_error(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert list(samples) == [0.5, 0.5]


def test_risk_grows_with_coverage_if_confident_answers_are_right() -> None:
    assert risk_coverage([0.2, 0.9, 0.5], [0, 1, 1]) == [(1 / 3, 0), (2 / 3, 0), (1, pytest.approx(1 / 3))]
    assert area_under_risk_coverage([0.2, 0.9, 0.5], [0, 1, 1]) == pytest.approx(1 / 9)
    # Confident where wrong: risks of 1, 1/2 and 1/3.
    assert area_under_risk_coverage([0.9, 0.2, 0.5], [0, 1, 1]) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    # Among equally confident answers, input order does not matter.
    assert area_under_risk_coverage([0.5, 0.5], [1, 0]) == area_under_risk_coverage([0.5, 0.5], [0, 1])


def test_an_interval_is_reproducible() -> None:
    values = [1.0] * 30 + [0.0] * 10
    estimate = Estimate.of(values)
    assert estimate.value == 0.75
    assert 0.55 < estimate.low < 0.70 < 0.80 < estimate.high < 0.92
    assert estimate == Estimate.of(values)
    with pytest.raises(ValueError, match="nothing"):
        Estimate.of([])


def test_any_statistic_has_an_interval() -> None:
    estimate = Estimate.over(calibration_error, [0.9] * 40, [1.0] * 30 + [0.0] * 10)
    assert estimate.value == pytest.approx(0.15)
    assert estimate.n == 40 and estimate.low < 0.15 < estimate.high < 0.35
    assert Estimate.of(range(101), percentile=95).value == 95


def test_the_sign_test_agrees_with_hand_computed_values() -> None:
    assert sign_test([0, 0, 0]) == 1
    # Nine of the ten that differ gain: 2 * (1 + 10) / 1024.
    assert sign_test([1] * 9 + [-0.5] + [0] * 90) == pytest.approx(22 / 1024)
    assert sign_test([-1] * 9 + [0.5]) == sign_test([1] * 9 + [-0.5])
    assert sign_test([1, -1] * 1000) == 1

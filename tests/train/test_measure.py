"""The measures agree with scikit-learn, and their intervals hold what they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from radmine.train.measure import accuracy, auc, estimate, macro_auc, micro_auc


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40))
def test_auc_with_ties_and_weights_is_that_of_scikit_learn(rows: list[tuple[int, bool, int]]) -> None:
    scores = np.array([r[0] for r in rows], np.float64)
    truth = np.array([r[1] for r in rows])
    weights = np.array([r[2] for r in rows], np.float64)
    found = auc(scores, truth, weights[None])[0]
    if (weights * truth).sum() and (weights * ~truth).sum():
        assert found == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights))
    else:
        assert np.isnan(found)


def test_macro_and_micro_leave_out_what_is_not_known() -> None:
    random = np.random.default_rng(0)
    scores = random.random((50, 3))
    truth = (random.random((50, 3)) < scores).astype(np.float32)
    truth[:, 2] = 0  # one class only
    truth[:10, 0] = np.nan
    ones = np.ones((1, 50))
    first = roc_auc_score(truth[10:, 0], scores[10:, 0])
    second = roc_auc_score(truth[:, 1], scores[:, 1])
    assert macro_auc(scores, truth, ones)[0] == pytest.approx((first + second) / 2)
    known = ~np.isnan(truth)
    assert micro_auc(scores, truth, ones)[0] == pytest.approx(roc_auc_score(truth[known], scores[known]))


def test_an_interval_holds_the_true_value_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held = 0
    for trial in range(60):
        correct = random.random(80) < 0.7
        found = estimate(lambda w, c=correct: accuracy(c, w), [str(i) for i in range(80)], seed=trial)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.7 <= found.high
    assert 45 <= held <= 60


def test_images_of_one_patient_widen_the_interval() -> None:
    correct = np.repeat(np.random.default_rng(2).random(30) < 0.5, 10)
    alone = estimate(lambda w: accuracy(correct, w), [str(i) for i in range(300)])
    together = estimate(lambda w: accuracy(correct, w), [str(i // 10) for i in range(300)])
    assert alone.value == together.value
    assert together.high - together.low > 2 * (alone.high - alone.low)  # type: ignore[operator]


def test_what_cannot_be_computed_is_none() -> None:
    assert estimate(lambda w: accuracy(np.zeros(0, bool), w), []).value is None
    lonely = estimate(lambda w: accuracy(np.array([True]), w), ["p"])
    assert (lonely.value, lonely.low) == (1.0, None)

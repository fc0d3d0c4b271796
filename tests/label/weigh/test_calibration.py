"""Reliability and calibration error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.label.weigh.calibration import expected_calibration_error, reliability

probabilities = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1)


def test_what_is_said_is_compared_with_what_is_true() -> None:
    bins = reliability([0.1, 0.1, 0.15, 0.9, 1.0], [False, False, True, True, True])
    assert [(b.low, b.n, round(b.true, 3)) for b in bins] == [(0.1, 3, 0.333), (0.9, 2, 1.0)]
    assert [round(b.probability, 3) for b in bins] == [0.117, 0.95]
    error = expected_calibration_error([0.1, 0.1, 0.15, 0.9, 1.0], [False, False, True, True, True])
    assert error == pytest.approx(3 / 5 * (1 / 3 - 0.35 / 3) + 2 / 5 * 0.05)


def test_probabilities_that_hold_have_no_error_and_boasts_have() -> None:
    rng = np.random.default_rng(0)
    said = rng.random(20_000)
    true = rng.random(20_000) < said
    honest = expected_calibration_error(said.tolist(), true.tolist())
    boast = expected_calibration_error((said > 0.5).astype(float).tolist(), true.tolist())
    assert honest is not None
    assert boast is not None
    assert honest < 0.015
    assert boast == pytest.approx(0.25, abs=0.02)


@given(probabilities, st.integers(1, 20))
def test_bins_hold_everything_and_the_error_is_a_distance(pairs: list[tuple[float, bool]], n: int) -> None:
    said, true = zip(*pairs, strict=True)
    bins = reliability(said, true, bins=n)
    assert sum(b.n for b in bins) == len(pairs)
    assert all(b.low - 1e-9 <= b.probability <= b.high + 1e-9 for b in bins)
    error = expected_calibration_error(said, true, bins=n)
    assert error is not None
    assert 0 <= error <= 1


def test_nothing_has_no_error_and_bad_input_is_one() -> None:
    assert expected_calibration_error([], []) is None
    for said, true, bins in (([0.5], [], 10), ([1.5], [True], 10), ([0.5], [True], 0)):
        with pytest.raises(InputError, match="Calibration"):
            reliability(said, true, bins=bins)

"""Topics that torch fits are those that numpy fits."""

import numpy as np
import pytest

from radmine.topics.lda import Bags, bags_of, fit, halves


@pytest.fixture(scope="module")
def bags() -> Bags:
    rng = np.random.default_rng(0)
    return bags_of(rng.integers(0, 20, 12) + 20 * (n % 3) for n in range(90))


def test_torch_fits_the_same_topics_as_numpy_and_the_same_again(bags: Bags) -> None:
    ours = fit(bags, 60, 3, sweeps=4)
    one, two = (fit(bags, 60, 3, sweeps=4, device="cpu") for _ in range(2))
    assert one.sweeps == ours.sweeps
    np.testing.assert_allclose(one.weight(), ours.weight(), atol=1e-5)
    assert np.array_equal(one.counts, two.counts)
    assert sorted(one.weight().argmax(1) // 20) == [0, 1, 2]


def test_halves_share_out_the_words_of_each_document(bags: Bags) -> None:
    read, hidden = halves(bags, seed=3)
    assert read.lengths().tolist() == hidden.lengths().tolist() == [6] * 90
    both = np.zeros((90, 60))
    for half in (read, hidden):
        np.add.at(both, (half.of(), half.words), half.counts)
    expected = np.zeros((90, 60))
    np.add.at(expected, (bags.of(), bags.words), bags.counts)
    assert np.array_equal(both, expected)

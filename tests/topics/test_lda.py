"""Bags of words, and topics that are found in them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.topics.lda import Bags, bags_by, bags_of, fit, halves
from tests.topics.planted import documents_of, mixed, planted

DOCUMENTS = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=8)


def counted(bags: Bags) -> list[dict[int, float]]:
    """Return the words of bags with their counts; no word stands twice, and they ascend."""
    found = []
    for start, end in zip(bags.ends[:-1], bags.ends[1:], strict=True):
        words = bags.words[start:end].tolist()
        assert words == sorted(set(words))
        found.append(dict(zip(words, bags.counts[start:end].tolist(), strict=True)))
    return found


@given(DOCUMENTS)
def test_bags_count_the_words_of_each_document(documents: list[list[int]]) -> None:
    bags = bags_of(documents)
    assert counted(bags) == [dict(Counter(words)) for words in documents]
    assert (bags.documents, len(bags)) == (len(documents), sum(len(set(words)) for words in documents))
    assert bags.lengths().tolist() == [len(words) for words in documents]


@given(DOCUMENTS, st.lists(st.integers(0, 7), max_size=10))
def test_documents_are_taken_in_any_order(documents: list[list[int]], places: list[int]) -> None:
    chosen = [n for n in places if n < len(documents)]
    taken = bags_of(documents).take(np.array(chosen, np.int64))
    assert documents_of(taken) == [sorted(documents[n]) for n in chosen]


def test_words_without_a_number_are_left_out() -> None:
    bags = bags_by({"rib": 0, "knee": 1}, [["knee", "other", "knee"], ["other"], ["rib", "knee"]])
    assert counted(bags) == [{1: 2}, {}, {0: 1, 1: 1}]


@given(DOCUMENTS, st.integers(0, 3))
def test_halves_hold_each_word_once(documents: list[list[int]], seed: int) -> None:
    read, hidden = (documents_of(half) for half in halves(bags_of(documents), seed=seed))
    long = [words for words in documents if len(words) > 1]
    assert [sorted(a + b) for a, b in zip(read, hidden, strict=True)] == [sorted(words) for words in long]
    assert [len(words) for words in read] == [len(words) // 2 for words in long]


def test_halves_are_drawn_at_random_and_the_same_again() -> None:
    bags = bags_of(planted(2, 10))
    first, again, other = (documents_of(halves(bags, seed=seed)[0]) for seed in (0, 0, 1))
    assert first == again
    assert first != other


# -- fit --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [2, 3])
def test_planted_topics_are_found(groups: int) -> None:
    bags = bags_of(planted(groups, 30))
    fitted = fit(bags, 12 * groups, groups, sweeps=50)
    mass = fitted.counts.reshape(groups, groups, 12).sum(2)  # (topics, groups)
    shares = mass / mass.sum(1, keepdims=True)
    assert sorted(shares.argmax(1).tolist()) == list(range(groups))
    assert shares.max(1).min() > 0.99
    assert fitted.counts.sum() == pytest.approx(bags.counts.sum(), rel=1e-4)


def test_the_weights_of_a_topic_are_its_counts_with_the_prior() -> None:
    fitted = fit(bags_of(planted(2, 20)), 26, 2, sweeps=5)  # two words stand nowhere
    weight = fitted.weight()
    assert weight.sum(1) == pytest.approx([1, 1], abs=1e-5)
    assert weight[:, 24] == pytest.approx(0.02 / (fitted.counts.sum(1) + 26 * 0.02), rel=1e-4)


def test_the_same_documents_give_the_same_topics() -> None:
    bags = bags_of(mixed(60, 40, seed=3))
    first, again, other = (fit(bags, 40, 5, sweeps=8, seed=seed).counts for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_documents_without_a_word_count_for_nothing() -> None:
    documents = planted(2, 20)
    with_empty = [[], *documents[:7], [], [], *documents[7:], []]
    assert np.array_equal(
        fit(bags_of(documents), 24, 2, sweeps=5).counts, fit(bags_of(with_empty), 24, 2, sweeps=5).counts
    )


@pytest.mark.parametrize(
    ("documents", "topics"),
    [(planted(2, 20), 1), ([[0, 1, 1]], 1), ([[0, 1, 1]], 3), ([[2]] * 30, 5), (planted(2, 3), 20)],
    ids=["one topic", "one document", "of three topics", "one word", "more topics than documents"],
)
def test_any_number_of_topics_can_be_fitted(documents: list[list[int]], topics: int) -> None:
    bags = bags_of(documents)
    counts = fit(bags, 24, topics, sweeps=10).counts
    assert counts.shape == (topics, 24)
    assert np.isfinite(counts).all()
    assert (counts >= 0).all()
    everything = np.bincount(bags.words, weights=bags.counts, minlength=24)
    assert counts.sum(0) == pytest.approx(everything, rel=1e-4, abs=1e-5)


def test_it_stops_when_nothing_moves_and_after_so_many_sweeps() -> None:
    bags = bags_of(planted(2, 20))
    assert 1 < fit(bags, 24, 2, sweeps=50).sweeps < 50
    assert fit(bags, 24, 2, sweeps=1).sweeps == 1


def test_blocks_change_nothing_but_the_last_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    bags = bags_of(mixed(40, 30, seed=5))
    whole = fit(bags, 30, 4, sweeps=6).counts
    monkeypatch.setattr("radmine.topics.lda._CELLS", 4)  # a document at a time
    assert fit(bags, 30, 4, sweeps=6).counts == pytest.approx(whole, rel=1e-3, abs=1e-3)


def test_torch_gives_what_numpy_does() -> None:
    bags = bags_of(mixed(60, 40, seed=3))
    ours, torchs = (fit(bags, 40, 6, sweeps=5, device=device) for device in (None, "cpu"))
    assert ours.sweeps == torchs.sweeps
    assert torchs.counts == pytest.approx(ours.counts, abs=1e-3)

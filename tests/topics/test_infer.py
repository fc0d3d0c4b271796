"""What documents hold of topics that stand, and how well topics foretell words."""

import math

import numpy as np
import pytest

from radmine.topics import lda
from radmine.topics.lda import bags_of, halves, infer, perplexity
from tests.topics.planted import documents_of, mixed, plain_mixture, planted, topics_of

ALPHA = 0.05


def test_rows_sum_to_one_and_a_document_without_a_word_holds_as_much_of_each() -> None:
    documents = [[], *mixed(30, 40, seed=1), []]
    rows = infer(bags_of(documents), topics_of(5, 40, seed=2), alpha=ALPHA)
    assert rows.sum(1) == pytest.approx(np.ones(32), abs=1e-5)
    assert (rows > 0).all()
    assert rows[[0, -1]].tolist() == np.full((2, 5), np.float32(0.2)).tolist()
    assert infer(bags_of([[], []]), topics_of(5, 40, seed=2), alpha=ALPHA).shape == (2, 5)
    assert infer(bags_of([]), topics_of(5, 40, seed=2), alpha=ALPHA).shape == (0, 5)


@pytest.mark.parametrize("topics", [5, 150], ids=["few topics", "many topics"])
def test_a_document_is_read_by_itself(topics: int) -> None:
    documents, weight = mixed(40, 50, seed=4), topics_of(topics, 50, seed=5)
    rows = infer(bags_of(documents), weight, alpha=ALPHA)
    alone = np.concatenate([infer(bags_of([words]), weight, alpha=ALPHA) for words in documents])
    assert np.array_equal(rows, alone)
    order = np.random.default_rng(6).permutation(40)
    assert np.array_equal(infer(bags_of([documents[n] for n in order]), weight, alpha=ALPHA), rows[order])


@pytest.mark.parametrize("topics", [1, 4, 30])
def test_it_is_the_update_written_word_by_word(topics: int) -> None:
    documents = [words for words in mixed(15, 25, seed=7) if words]
    weight = topics_of(topics, 25, seed=8)
    rows = infer(bags_of(documents), weight, alpha=ALPHA)
    for words, row in zip(documents, rows, strict=True):
        assert row == pytest.approx(plain_mixture(words, weight, alpha=ALPHA, rounds=lda.ROUNDS), abs=1e-4)


def test_the_shortlist_finds_the_topics_that_all_find(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = planted(150, 1, words=3, length=8)
    weight = lda.smoothed(np.kron(np.eye(150, dtype=np.float32), np.full((1, 3), 5, np.float32)))
    short = infer(bags_of(documents), weight, alpha=ALPHA)
    monkeypatch.setattr(lda, "SHORT", 150)
    whole = infer(bags_of(documents), weight, alpha=ALPHA)
    assert short.argmax(1).tolist() == whole.argmax(1).tolist() == list(range(150))
    assert short.max(1) == pytest.approx(whole.max(1), abs=0.01)


# -- perplexity -------------------------------------------------------------------------------------------


def test_topics_that_know_nothing_are_as_perplexed_as_there_are_words() -> None:
    weight = np.full((3, 24), 1 / 24, np.float32)
    assert perplexity(bags_of(planted(2, 20)), weight, alpha=ALPHA) == pytest.approx(24, rel=1e-4)


def test_with_one_topic_it_is_the_cross_entropy_of_the_hidden_words() -> None:
    bags, weight = bags_of(planted(2, 10)), topics_of(1, 24, seed=9)
    hidden = [word for words in documents_of(halves(bags, seed=3)[1]) for word in words]
    expected = math.exp(-sum(math.log(weight[0, word]) for word in hidden) / len(hidden))
    assert perplexity(bags, weight, alpha=ALPHA, seed=3) == pytest.approx(expected, rel=1e-5)


def test_topics_that_were_planted_are_perplexed_by_the_words_of_a_group_alone() -> None:
    weight = np.kron(np.eye(2), np.full((1, 12), 1 / 12)).astype(np.float32) + np.float32(1e-9)
    assert perplexity(bags_of(planted(2, 20)), weight, alpha=1e-3) == pytest.approx(12, rel=0.01)


def test_it_is_told_of_documents_of_two_words_or_more_alone() -> None:
    weight = topics_of(2, 24, seed=1)
    assert math.isnan(perplexity(bags_of([[3], [], [4]]), weight, alpha=ALPHA))
    assert math.isnan(perplexity(bags_of([]), weight, alpha=ALPHA))
    both = [[3, 4, 4, 9], [1, 2, 2]]
    assert perplexity(bags_of([[3], *both, []]), weight, alpha=ALPHA) == perplexity(
        bags_of(both), weight, alpha=ALPHA
    )

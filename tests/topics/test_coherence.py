"""How well words hold together, against gensim and against a count by hand."""

import math
from itertools import combinations

import numpy as np
import pytest

from radmine.topics.coherence import WINDOW, npmi

Texts = list[list[int]]


def by_hand(topic: list[int], texts: Texts) -> float:
    """Return the coherence of a topic, window by window."""
    windows = [
        set(text[start : start + WINDOW])
        for text in texts
        if text
        for start in range(max(1, len(text) - WINDOW + 1))
    ]

    def chance(*words: int) -> float:
        return sum(window.issuperset(words) for window in windows) / len(windows)

    values = []
    for a, b in combinations([word for word in topic if chance(word)], 2):
        both = chance(a, b) + 1e-12
        values.append(math.log(both / (chance(a) * chance(b))) / -math.log(both))
    return sum(values) / len(values)


def test_it_is_the_count_of_windows_by_hand() -> None:
    random = np.random.default_rng(0)
    texts: Texts = [random.integers(-1, 12, random.integers(0, 30)).tolist() for _ in range(40)]
    topics = [random.permutation(12)[:5].tolist() for _ in range(4)] + [[3, 9, 77]]  # 77 stands nowhere
    assert npmi(topics, texts) == pytest.approx([by_hand(topic, texts) for topic in topics], abs=1e-5)


def test_gensim_says_the_same_where_no_word_repeats() -> None:
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    random = np.random.default_rng(1)
    texts: Texts = [random.permutation(40)[: random.integers(1, 30)].tolist() for _ in range(60)]
    topics = [random.permutation(40)[:6].tolist() for _ in range(5)]
    words = [[f"w{n}" for n in text] for text in texts]
    oracle = CoherenceModel(
        topics=[[f"w{n}" for n in topic] for topic in topics],
        texts=words,
        dictionary=Dictionary(words),
        coherence="c_npmi",
        window_size=WINDOW,
        processes=1,
    )
    assert npmi(topics, texts) == pytest.approx(oracle.get_coherence_per_topic(), abs=1e-3)


def test_words_that_always_meet_and_words_that_never_do() -> None:
    together, apart = npmi([[0, 1], [0, 2]], [[0, 1], [2], [3]])
    assert together == pytest.approx(1, abs=1e-5)
    assert apart is not None
    assert apart < -0.8


@pytest.mark.parametrize(
    ("topics", "texts"),
    [
        ([[0]], [[0, 1]]),
        ([[0, 5]], [[0, 1]]),
        ([[]], [[0, 1]]),
        ([[0, 1]], []),
        ([[0, 1]], [[], []]),
        ([[0, 1]], [[-1]]),
    ],
)
def test_of_less_than_two_words_it_is_not_told(topics: Texts, texts: Texts) -> None:
    assert npmi(topics, texts) == [None]


def test_windows_end_with_their_text() -> None:
    assert npmi([[0, 1]], [[0], [1], [2, 3]]) == npmi([[0, 1]], [[1], [3, 2], [0]])
    far = [0, *[9] * (WINDOW - 1), 1]  # one word too far
    near = [0, *[9] * (WINDOW - 2), 1]
    assert npmi([[0, 1]], [near, [5]]) > npmi([[0, 1]], [far, [5]])  # type: ignore[operator]

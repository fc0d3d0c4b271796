"""Documents of planted topics: each draws its words from one group, and the groups share no word."""

from itertools import pairwise

import numpy as np

from radmine.topics.lda import Bags, Floats

Documents = list[list[int]]


def planted(groups: int, each: int, *, words: int = 12, length: int = 15, seed: int = 0) -> Documents:
    """Return so many documents of each group in turn; group g has the words from g * words on."""
    random = np.random.default_rng(seed)
    return [(random.integers(0, words, length) + (n % groups) * words).tolist() for n in range(groups * each)]


def mixed(documents: int, words: int, *, seed: int, most: int = 20) -> Documents:
    """Return documents of any words, some of none."""
    random = np.random.default_rng(seed)
    return [random.integers(0, words, random.integers(0, most)).tolist() for _ in range(documents)]


def topics_of(topics: int, words: int, *, seed: int) -> Floats:
    """Return the weights of words in topics, drawn, (topics, words); each row sums to 1."""
    drawn = np.random.default_rng(seed).dirichlet(np.full(words, 0.3), topics) + 1e-4
    weight: Floats = (drawn / drawn.sum(1, keepdims=True)).astype(np.float32)
    return weight


def documents_of(bags: Bags) -> Documents:
    """Return the words of bags again, ascending."""
    words, counts = bags.words.tolist(), bags.counts.astype(int).tolist()
    return [
        [word for at in range(start, end) for word in [words[at]] * counts[at]]
        for start, end in pairwise(bags.ends.tolist())
    ]


def plain_mixture(document: list[int], weight: Floats, *, alpha: float, rounds: int) -> list[float]:
    """Return how much of each topic a document holds, by CVB0 with the topics' words fixed, written word by word."""
    topics = range(len(weight))
    kinds = sorted(set(document))
    count = {word: document.count(word) for word in kinds}
    share = {}
    for word in kinds:
        chances = [float(weight[t, word]) for t in topics]
        share[word] = [count[word] * chance / sum(chances) for chance in chances]
    for _ in range(rounds):
        held = [sum(share[word][t] for word in kinds) + alpha for t in topics]
        for word in kinds:
            chances = [(held[t] - share[word][t]) * float(weight[t, word]) for t in topics]
            share[word] = [count[word] * chance / sum(chances) for chance in chances]
    held = [sum(share[word][t] for word in kinds) + alpha for t in topics]
    return [value / sum(held) for value in held]

"""Which topics are alike: the cosine of the weights of their words."""

import math
from collections.abc import Sequence

from radmine.records import Topic

ALIKE = 0.5  # the cosine of two topics' words from which on they are one topic


class TopicWords:
    """The words of topics, to find those that are like others."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._by_word: dict[str, list[tuple[int, float]]] = {}
        for place, topic in enumerate(topics):
            for word, weight in _unit(topic.words, topic.weights).items():
                self._by_word.setdefault(word, []).append((place, weight))

    def alike(self, words: Sequence[str], weights: Sequence[float]) -> list[tuple[int, float]]:
        """Return the places of the topics that share a word with these, each with the cosine, most alike first."""
        cosines: dict[int, float] = {}
        for word, weight in _unit(words, weights).items():
            for place, own in self._by_word.get(word, ()):
                cosines[place] = cosines.get(place, 0.0) + weight * own
        return sorted(cosines.items(), key=lambda found: (-round(found[1], 6), found[0]))

    def nearest(self, words: Sequence[str], weights: Sequence[float]) -> tuple[int, float]:
        """Return the place of the topic that is most alike with the cosine, which is 0 where none shares a word."""
        return next(iter(self.alike(words, weights)), (0, 0.0))


def _unit(words: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Return the weights of words as a vector of length 1."""
    length = math.sqrt(sum(w * w for w in weights)) or 1.0
    return {word: weight / length for word, weight in zip(words, weights, strict=True)}

"""Words that stand together oftener than by chance, as one word: `Phrases`, `fit_phrases`.

Collocations are scored by normalised pointwise mutual information (Bouma, GSCL 2009), pair by pair, and joined in several
passes, so that words that are joined may be part of a longer phrase (Mikolov et al., NIPS 2013); gensim's `Phrases` with
`scoring="npmi"` finds the same.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from radmine.topics.words import DENIED, MOST_WORDS, distinct_sentences

JOINT = "_"
PASSES = 2  # phrases of three words, and of four
LEAST_SCORE = 0.6  # 0: as often side by side as by chance; 1: never apart

Pair = tuple[str, str]


@dataclass(frozen=True)
class Phrases:
    """Pairs of words that are joined, pass by pass.

    Examples
    --------
    >>> phrases = Phrases(((("ground", "glass"),), (("ground_glass", "opacity"),)))
    >>> phrases.join([["patchy", "ground", "glass", "opacity"], ["glass"]])
    [['patchy', 'ground_glass_opacity'], ['glass']]
    """

    passes: tuple[tuple[Pair, ...], ...] = ()

    @cached_property
    def _tables(self) -> list[dict[str, dict[str, str]]]:
        tables = []
        for pairs in self.passes:
            table: dict[str, dict[str, str]] = {}
            for first, second in pairs:
                table.setdefault(first, {})[second] = f"{first}{JOINT}{second}"
            tables.append(table)
        return tables

    def join(self, sentences: Iterable[Sequence[str]]) -> list[list[str]]:
        """Return sentences with each phrase as one word; of two that overlap the first is joined."""
        return [self._joined(sentence) for sentence in sentences]

    def _joined(self, words: Sequence[str]) -> list[str]:
        for table in self._tables:
            words = _joined_by(table, words)
        return list(words)

    def to_lists(self) -> list[list[Pair]]:
        """Return them as plain data, which JSON can hold; `from_lists` reads it."""
        return [list(pairs) for pairs in self.passes]

    @classmethod
    def from_lists(cls, lists: Iterable[Iterable[Sequence[str]]]) -> "Phrases":
        """Return the phrases of what `to_lists` gave."""
        return cls(tuple(tuple((first, second) for first, second in pairs) for pairs in lists))


def fit_phrases(
    reports: Iterable[Sequence[Sequence[str]]],
    *,
    least: int,
    least_score: float = LEAST_SCORE,
    passes: int = PASSES,
    most_words: int = MOST_WORDS,
) -> Phrases:
    """Return the phrases of reports, each a list of sentences of words.

    A sentence counts once, however often it stands in the reports, so that what is dictated over and over is no phrase by
    that alone. A finding that is denied is part of no phrase.

    Parameters
    ----------
    least
        A phrase must stand in so many sentences.
    least_score
        How much oftener than by chance its two words stand side by side, in (-1, 1].
    passes
        How often phrases are joined to longer ones.
    most_words
        At most so many words are read, of sentences spread over all.
    """
    sentences: Sequence[Sequence[str]] = distinct_sentences(reports, most_words)
    found: list[tuple[Pair, ...]] = []
    for _ in range(passes):
        pairs = _pairs(sentences, least, least_score)
        if not pairs:
            break
        found.append(pairs)
        sentences = Phrases((pairs,)).join(sentences)
    return Phrases(tuple(found))


def _joined_by(table: dict[str, dict[str, str]], words: Sequence[str]) -> Sequence[str]:
    for first, second in pairwise(words):
        if first in table and second in table[first]:
            break
    else:
        return words
    result: list[str] = []
    follows: dict[str, str] | None = None  # what the last word can be joined with
    for word in words:
        if follows and word in follows:
            result[-1] = follows[word]
            follows = None
        else:
            result.append(word)
            follows = table.get(word)
    return result


def _pairs(sentences: Sequence[Sequence[str]], least: int, least_score: float) -> tuple[Pair, ...]:
    """Return the pairs of neighbours that are a phrase, in order."""
    single = Counter(chain.from_iterable(sentences))
    beside = Counter(chain.from_iterable(map(pairwise, sentences)))
    total = single.total()
    return tuple(
        sorted(
            pair
            for pair, n in beside.items()
            if n >= least
            and not any(word.startswith(DENIED) for word in pair)
            and _score(n / total, single[pair[0]] / total, single[pair[1]] / total) >= least_score
        )
    )


def _score(both: float, first: float, second: float) -> float:
    return math.log(both / (first * second)) / -math.log(both) if both < 1 else 1.0

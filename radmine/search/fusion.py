"""Several rankings of the same things made into one."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

CONSTANT = 60  # of the paper; large enough that one ranking's first place does not outweigh all others


def reciprocal_ranks(rankings: Iterable[Sequence[K]]) -> dict[K, float]:
    """Return the fused score of each thing: the sum of `1 / (60 + rank)` over the rankings that hold it.

    Only ranks count, so the scores of the rankings need no common scale (Cormack, Clarke, Büttcher: Reciprocal rank
    fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009).

    Parameters
    ----------
    rankings
        Each best first; where it holds a thing twice, the better place counts.
    """
    scores: dict[K, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), 1):
            scores[key] = scores.get(key, 0.0) + 1 / (CONSTANT + rank)
    return scores

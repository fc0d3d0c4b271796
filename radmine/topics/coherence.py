"""How well the words of a topic hold together: `npmi`.

The mean normalised pointwise mutual information of all pairs of its words, of how often they stand in one window of ten words:
Bouma, GSCL 2009; `c_npmi` of Röder, Both, Hinneburg, WSDM 2015. gensim's `CoherenceModel` gives the same numbers where no word repeats within a
window (it forgets the second), some fifty times slower.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

WINDOW = 10  # words
_NEVER = 1e-12  # the chance of two words that never meet


def npmi(topics: Sequence[Sequence[int]], texts: Sequence[Sequence[int]]) -> list[float | None]:
    """Return the coherence of each topic, from -1 (its words never meet) over 0 (by chance) to 1; None where it has less than two words that the texts hold.

    Parameters
    ----------
    topics
        The numbers of the strongest words of each.
    texts
        The numbers of the words of each text, in their order; those below 0 are other words.
    """
    words = np.array(sorted(set(chain.from_iterable(topics))), np.int64)
    if not len(words):
        return [None for _ in topics]
    together, windows = _together(texts, words)
    alone = together.diagonal() / max(1, windows)
    result: list[float | None] = []
    for topic in topics:
        at = np.searchsorted(words, np.asarray(topic, np.int64))
        at = at[alone[at] > 0]
        if len(at) < 2:
            result.append(None)
            continue
        first, second = np.triu_indices(len(at), 1)
        both = together[at[first], at[second]] / windows + _NEVER
        values = np.log(both / (alone[at[first]] * alone[at[second]])) / -np.log(both)
        result.append(round(float(values.mean()), 6))
    return result


def _together(texts: Sequence[Sequence[int]], words: NDArray[np.int64]) -> tuple[NDArray[np.float64], int]:
    """Return in how many windows each two of the words stand, (words, words), and how many windows there are."""
    from scipy.sparse import csr_matrix

    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    tokens = np.fromiter(chain.from_iterable(texts), np.int64, int(lengths.sum()))
    first = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))[:-1]
    of_text = np.maximum(1, lengths - WINDOW + 1) * (lengths > 0)  # windows
    window = np.concatenate((np.zeros(1, np.int64), np.cumsum(of_text)))
    place = np.arange(len(tokens)) - np.repeat(first, lengths)
    last = np.minimum(
        place, np.repeat(of_text, lengths) - 1
    )  # the last window of its text that a token stands in
    earliest = np.maximum(0, place - WINDOW + 1)
    column = np.searchsorted(words, tokens)
    told = (column < len(words)) & (words[np.minimum(column, len(words) - 1)] == tokens)
    start = (np.repeat(window[:-1], lengths) + earliest)[told]
    many = (last - earliest + 1)[told]
    rows = np.repeat(start, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    shape = (int(window[-1]), len(words))
    stands = csr_matrix((np.ones(len(rows), np.float64), (rows, np.repeat(column[told], many))), shape=shape)
    stands.data[:] = 1
    return (stands.T @ stands).toarray(), shape[0]

"""Latent Dirichlet allocation by collapsed variational Bayes: `fit`, `infer`, `perplexity`.

The model: Blei, Ng, Jordan, JMLR 3 (2003). The update is CVB0 (Asuncion, Welling, Smyth, Teh, UAI 2009), whose step for a word
of a document leaves out that word's own share of the document's topics. The share is not kept for each word and topic, as there
(words x topics of memory), but estimated from the document's topics before the step: memory is documents x topics, and topics
of short texts hold together better (`scripts/results/topics.md`). It starts from documents that are far apart (k-means++:
Arthur, Vassilvitskii, SODA 2007), which saves most of the sweeps.

It computes with numpy, or with torch on a GPU by the same lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

ALPHA = 0.1  # prior weight of a topic in a document while fitting, of few topics; of many ALPHA_ALL / topics
ALPHA_ALL = 8.0
ALPHA_READ = 0.2  # of it, while reading: what short texts are read best with, once topics stand
ETA = 0.02  # prior weight of a word in a topic
LEAST_OWN = 0.2  # of a document's weight of a topic stays, whatever a word's own share of it is
ROUNDS = 10  # over a document to read it
SHORT = 64  # topics that a document is read with, where there are many: those its words alone speak for most
STEADY = 0.005  # a sweep that moves a smaller share of the words is the last
LEAST_SWEEPS = 15  # until topics stand apart little moves
_CELLS = 2**17  # words x topics worked on at once on a CPU, of 4 bytes: they stay in its cache
_CELLS_GPU = 2**28
_SEEDS_FROM = 20  # documents a topic that the first topics are chosen from
_BACKGROUND = 0.1  # of a first topic is the whole corpus


class Bags(NamedTuple):
    """Documents as bags of words, one after the other: document d has `words[ends[d]:ends[d + 1]]`, each once, ascending."""

    ends: Integers  # (documents + 1,), the first is 0
    words: NDArray[np.int32]
    counts: Floats

    def __len__(self) -> int:
        return len(self.words)

    @property
    def documents(self) -> int:
        """How many documents they are."""
        return len(self.ends) - 1

    def lengths(self) -> Floats:
        """Return how many words each document has."""
        return np.bincount(self.of(), self.counts, self.documents).astype(np.float32)

    def of(self) -> Integers:
        """Return the document of each word."""
        return np.repeat(np.arange(self.documents), np.diff(self.ends))

    def take(self, documents: Integers) -> "Bags":
        """Return the bags of these documents, in their order."""
        sizes = np.diff(self.ends)[documents]
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        places = np.arange(ends[-1]) + np.repeat(self.ends[:-1][documents] - ends[:-1], sizes)
        return Bags(ends, self.words[places], self.counts[places])


def bags_of(documents: Iterable[Sequence[int]]) -> Bags:
    """Return documents, each a list of numbers of words, as bags."""
    lists = [np.asarray(document, np.int64) for document in documents]
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    if not lengths.sum():
        return Bags(np.zeros(len(lists) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
    words = np.concatenate(lists)
    top = int(words.max()) + 1
    keys, counts = np.unique(np.repeat(np.arange(len(lists)), lengths) * top + words, return_counts=True)
    sizes = np.bincount(keys // top, minlength=len(lists))
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    return Bags(ends, (keys % top).astype(np.int32), counts.astype(np.float32))


def bags_by(index: Mapping[str, int], documents: Iterable[Iterable[str]]) -> Bags:
    """Return documents, each a list of words, as bags of those that have a number in the dictionary."""
    return bags_of([[index[word] for word in words if word in index] for words in documents])


@dataclass(frozen=True)
class Fitted:
    """Topics as they were fitted: how many words of each are in each topic, (topics, words), and the sweeps that were made."""

    counts: Floats
    sweeps: int

    def weight(self) -> Floats:
        """Return the weight of each word in each topic, (topics, words); each row sums to 1."""
        return smoothed(self.counts)


def fit(
    bags: Bags, words: int, topics: int, *, sweeps: int, seed: int = 0, device: str | None = None
) -> Fitted:
    """Return topics of documents; the same documents and seed give the same topics.

    Parameters
    ----------
    bags
        The documents; those without a word count for nothing.
    words
        Size of the dictionary.
    topics
        How many.
    sweeps
        Over the documents, at most; from the fifteenth on one that moves less than a two-hundredth of the words is the last.
    device
        Of torch, such as "cuda"; None: numpy.
    """
    bags = bags.take(np.flatnonzero(np.diff(bags.ends)))
    on = _On(device)
    alpha = prior(topics)
    lengths = on.array(bags.lengths()[:, None])
    blocks = _blocks(bags, max(1, (_CELLS if device is None else _CELLS_GPU) // topics), on)
    of_word = on.array(_first(bags, words, topics, seed))
    held = on.array(np.zeros((bags.documents, topics), np.float32))
    done = 0
    while done < sweeps:
        weight = of_word + ETA
        weight = weight / weight.sum(0)
        of_word = on.array(np.zeros((words, topics), np.float32))
        moved = 0.0
        for block in blocks:
            before = held[block.documents]
            at = weight[block.words]
            if done:
                share = _share((before + alpha)[block.of], at, block.counts)
            else:  # nothing is known of the document yet
                share = _scaled(at, block.counts)
            after = block.sum_documents(share)
            moved += float(abs(after - before).sum())
            held[block.documents] = after
            of_word[block.distinct] += block.sum_words(share)
        done += 1
        if done >= LEAST_SWEEPS and moved < 2 * STEADY * float(lengths.sum()):
            break
    return Fitted(np.ascontiguousarray(on.numpy(of_word).T), done)


def smoothed(counts: Floats) -> Floats:
    """Return counts of words in topics, (topics, words), as weights with the prior; each row sums to 1."""
    weight = counts + np.float32(ETA)
    weight /= weight.sum(1, keepdims=True)
    return weight


def prior(topics: int) -> float:
    """Return the prior weight of each of so many topics in a document while fitting."""
    return min(ALPHA, ALPHA_ALL / topics)


def reading_prior(topics: int) -> float:
    """Return the prior weight of each of so many topics in a document that is read."""
    return ALPHA_READ * prior(topics)


def infer(bags: Bags, weight: Floats, *, alpha: float) -> Floats:
    """Return how much of each topic every document holds, (documents, topics); each row sums to 1.

    A document without a word gets the prior. Each is read by itself: its row does not depend on the others.

    Parameters
    ----------
    weight
        Of words in topics, (topics, words).
    alpha
        Prior weight of each topic in a document.
    """
    topics = len(weight)
    of_word = np.ascontiguousarray(weight.T)
    result = np.full((bags.documents, topics), 1.0 / topics, np.float32)
    full = np.flatnonzero(np.diff(bags.ends))
    kept = bags.take(full)
    lengths = kept.lengths()[:, None]
    for block in _blocks(kept, max(1, _CELLS // topics), _On(None)):
        at = of_word[block.words]
        share = _scaled(at, block.counts)
        held = np.zeros((block.documents.stop - block.documents.start, topics), np.float32)
        chosen = _strongest(block.sum_documents(share), SHORT)
        if chosen is not None:
            at = np.take_along_axis(at, chosen[block.of], 1)
            share = _scaled(at, block.counts)
        for _ in range(ROUNDS):
            now = block.sum_documents(share) + np.float32(alpha)
            share = _again(now[block.of], share, at, block.counts)
        if chosen is None:
            held = block.sum_documents(share)
        else:
            np.put_along_axis(held, chosen, block.sum_documents(share), 1)
        rows = (held + np.float32(alpha)) / (lengths[block.documents] + np.float32(alpha * topics))
        result[full[block.documents]] = rows / rows.sum(1, keepdims=True)
    return result


def perplexity(bags: Bags, weight: Floats, *, alpha: float, seed: int = 0) -> float:
    """Return the perplexity of documents by completion: of a random half of each one's words, after the other half is read.

    Wallach, Murray, Salakhutdinov, Mimno, ICML 2009, section 4. Documents of one word are left out; nan where none is left.
    """
    read, hidden = halves(bags, seed=seed)
    if not len(hidden):
        return float("nan")
    mixtures = infer(read, weight, alpha=alpha)
    of_word = np.ascontiguousarray(weight.T)
    total = 0.0
    for block in _blocks(hidden, max(1, _CELLS // len(weight)), _On(None)):
        chances = (mixtures[block.documents][block.of] * of_word[block.words]).sum(1)
        total += float((np.log(chances.astype(np.float64)) * block.counts).sum())
    return float(np.exp(-total / hidden.counts.sum(dtype=np.float64)))


def halves(bags: Bags, *, seed: int = 0) -> tuple[Bags, Bags]:
    """Return documents of two words or more as two halves of their words, drawn at random."""
    bags = bags.take(np.flatnonzero(bags.lengths() > 1))
    counts = bags.counts.astype(np.int64)
    words = np.repeat(bags.words, counts).astype(np.int64)
    of = np.repeat(np.repeat(np.arange(bags.documents), np.diff(bags.ends)), counts)
    order = np.lexsort((np.random.default_rng(seed).random(len(words)), of))
    first = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(of, minlength=bags.documents))))
    place = np.arange(len(words)) - np.repeat(first[:-1], np.diff(first))
    is_read = place < np.repeat(np.diff(first) // 2, np.diff(first))

    def part(chosen: NDArray[np.bool_]) -> Bags:
        kept = order[chosen]
        ends = np.concatenate(
            (np.zeros(1, np.int64), np.cumsum(np.bincount(of[kept], minlength=bags.documents)))
        )
        own = words[kept].tolist()
        return bags_of(own[start:end] for start, end in pairwise(ends.tolist()))

    return part(is_read), part(~is_read)


# -- one step ---------------------------------------------------------------------------------------------


def _share(held: Any, weight: Any, counts: Any) -> Any:
    """Return how each word's occurrences are shared among topics, (words, topics).

    `held` is what the word's document holds of each topic, with the prior, `weight` the word's in each topic.
    """
    chance = held * weight
    own = 1 - (counts / chance.sum(1))[:, None] * weight  # of `held`, what is not the word's own
    chance *= own.clip(LEAST_OWN)
    chance *= (counts / chance.sum(1))[:, None]
    return chance


def _again(held: Any, share: Any, weight: Any, counts: Any) -> Any:
    """Return how each word's occurrences are shared, of the shares before: the step of CVB0 with the topics' words fixed."""
    chance = (held - share) * weight
    chance *= (counts / chance.sum(1))[:, None]
    return chance


def _scaled(weight: Any, counts: Any) -> Any:
    """Return how each word's occurrences are shared where nothing is known of its document."""
    return weight * (counts / weight.sum(1))[:, None]


def _strongest(held: Floats, most: int) -> Integers | None:
    """Return the topics that documents hold most of, (documents, most), ascending; None where there are not many more."""
    topics = held.shape[1]
    if topics <= 2 * most:
        return None
    return np.sort(np.argpartition(-held, most, axis=1)[:, :most], axis=1)


class _On:
    """Where arrays are: numpy's, or torch's on a device."""

    def __init__(self, device: str | None) -> None:
        self.device = device

    def array(self, values: NDArray[Any]) -> Any:
        if self.device is None:
            return values
        import torch

        return torch.from_numpy(values).to(self.device)

    def numpy(self, values: Any) -> NDArray[Any]:
        return values if self.device is None else values.cpu().numpy()  # type: ignore[no-any-return]

    def adder(self, columns: NDArray[np.int64] | None, ends: Integers) -> Callable[[Any], Any]:
        """Return what adds up rows: those with these numbers (None: as they stand), from each end to the next."""
        if self.device is None:
            from scipy.sparse import csr_matrix

            columns = np.arange(ends[-1]) if columns is None else columns
            ones = np.ones(len(columns), np.float32)
            matrix = csr_matrix((ones, columns, ends), shape=(len(ends) - 1, len(columns)))
            return matrix.dot  # type: ignore[no-any-return]
        import torch

        lengths = self.array(np.diff(ends))
        order = None if columns is None else self.array(columns)

        def add(rows: Any) -> Any:
            # Each sum is one thread's, in order: a second run gives the same, which `index_add` on CUDA would not.
            rows = rows if order is None else rows[order]
            return torch.segment_reduce(rows, "sum", lengths=lengths, axis=0)

        return add


class _Block:
    """Whole documents that are worked on at once."""

    def __init__(self, bags: Bags, first: int, end: int, on: _On) -> None:
        start, stop = int(bags.ends[first]), int(bags.ends[end])
        words = bags.words[start:stop].astype(np.int64)
        ends = bags.ends[first : end + 1] - start
        order = np.argsort(words, kind="stable")
        distinct, starts = np.unique(words[order], return_index=True)
        self.documents = slice(first, end)
        self.words = on.array(words)
        self.counts = on.array(bags.counts[start:stop])
        self.of = on.array(np.repeat(np.arange(end - first), np.diff(ends)))
        self.distinct = on.array(distinct)
        self.sum_documents = on.adder(None, ends)  # of rows, one a word
        self.sum_words = on.adder(order, np.append(starts, len(words)))  # by distinct word


def _blocks(bags: Bags, size: int, on: _On) -> list[_Block]:
    """Return documents, none of them empty, in blocks of about so many words (of one document, if it has more)."""
    cuts = [0]
    while cuts[-1] < bags.documents:
        end = int(np.searchsorted(bags.ends, bags.ends[cuts[-1]] + size, "right")) - 1
        cuts.append(min(bags.documents, max(end, cuts[-1] + 1)))
    return [_Block(bags, first, end, on) for first, end in pairwise(cuts)]


def _first(bags: Bags, words: int, topics: int, seed: int) -> Floats:
    """Return the words of the first topics, (words, topics): those of documents far apart, and a little of all.

    k-means++ over documents as unit vectors of tf-idf; a long document is likelier than a short one.
    """
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(seed)
    drawn = rng.permutation(bags.documents)[: max(_SEEDS_FROM * topics, 1000)]
    some = bags.take(np.sort(drawn))
    frequency = np.bincount(some.words, minlength=words)
    rare = np.log1p(some.documents / np.maximum(frequency, 1)).astype(np.float32)
    values = some.counts * rare[some.words]
    of = some.of()
    values /= np.sqrt(np.bincount(of, values**2, some.documents))[of]
    vectors = csr_matrix((values, some.words, some.ends), shape=(some.documents, words))
    weight = some.lengths().astype(np.float64)
    nearest = np.zeros(some.documents)
    everything = np.bincount(bags.words, weights=bags.counts, minlength=words)
    result = np.repeat(
        (everything / everything.sum() * _BACKGROUND).astype(np.float32)[:, None], topics, axis=1
    )
    for topic in range(topics):
        far = weight * (1 - nearest) ** 2
        if far.sum() <= 0:  # there are no more kinds of documents
            far = weight
        chosen = int(np.searchsorted(np.cumsum(far), rng.random() * far.sum(), "right"))
        chosen = min(chosen, some.documents - 1)
        start, end = some.ends[chosen], some.ends[chosen + 1]
        row = np.zeros(words, np.float32)
        row[some.words[start:end]] = values[start:end]
        nearest = np.clip(np.maximum(nearest, vectors @ row), 0, 1)
        result[:, topic] += row / row.sum()
    return result

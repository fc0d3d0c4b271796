"""The three levels of topics: of documents, the parts of each, and of sentences: `fit_levels`, `curve`.

As in Shin et al., JMLR 17 (2016): 80 topics of documents, each parted anew into 10, and 1,000 topics of sentences that refer to
images, read with their neighbours; how many is best is told by the perplexity of documents that were not fitted on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.topics.lda import (
    Bags,
    Fitted,
    Floats,
    Integers,
    fit,
    halves,
    infer,
    perplexity,
    reading_prior,
    smoothed,
)

NUMBERS = (2, 5, 10, 20, 40, 60, 80, 120, 160, 240)  # of document topics that `auto` tries
PARTS = (2, 3, 5, 10, 15, 20)
SENTENCES = (10, 20, 50, 100, 200, 400, 700, 1000, 1400)
AUTO_DOCUMENTS = 20_000  # that `auto` is measured on: of fewer no number above is reached
HELD_OUT = 5  # one document of so many
WORDS_SHOWN = 10
_AS_GOOD = 1.01  # times the least perplexity
_LEAST_SHOWN = 0.5  # words
_LEAST_COUNT = 0.01  # words; less of a word in a topic is left to the prior


class Kind(NamedTuple):
    """What is fitted: so many of them for each topic, or there are fewer topics, in so many sweeps at most."""

    each: int
    sweeps: int


REPORTS = Kind(20, 1_000)
_PARTS = Kind(10, 1_000)
# A sentence is about one thing, and the first topics are sentences: more sweeps only blur them.
SAID = Kind(10, 10)


@dataclass(frozen=True)
class Level:
    """Topics of one level: how many words of each are in each topic, without the zeros."""

    ends: Integers  # of topics: topic t has `words[ends[t]:ends[t + 1]]`
    words: NDArray[np.int32]
    counts: Floats
    size: int  # of the dictionary
    parents: Integers  # of each topic the one that it is a part of, -1 without

    def __len__(self) -> int:
        return len(self.ends) - 1

    @cached_property
    def alpha(self) -> float:
        """The prior weight of each topic in a document that is read."""
        return reading_prior(len(self))

    @cached_property
    def weight(self) -> Floats:
        """The weight of each word in each topic, (topics, words); each row sums to 1."""
        return self.weight_of(range(len(self)))

    def counts_of(self, topics: Iterable[int]) -> Floats:
        """Return how many words of each are in these topics, (topics, words)."""
        chosen = list(topics)
        rows = np.zeros((len(chosen), self.size), np.float32)
        for row, topic in zip(rows, chosen, strict=True):
            start, end = self.ends[topic], self.ends[topic + 1]
            row[self.words[start:end]] = self.counts[start:end]
        return rows

    def weight_of(self, topics: Iterable[int]) -> Floats:
        """Return the weight of each word in these topics, (topics, words)."""
        return smoothed(self.counts_of(topics))

    def strongest(self, topic: int) -> list[int]:
        """Return the numbers of a topic's strongest words, strongest first, of equal ones the first in the dictionary.

        At most `WORDS_SHOWN`, and at least one; a word that is hardly ever of the topic is none of its words.
        """
        start, end = self.ends[topic], self.ends[topic + 1]
        counts = self.counts[start:end]
        best = np.argsort(-counts, kind="stable")[:WORDS_SHOWN]
        best = (
            best[counts[best] >= _LEAST_SHOWN] if len(best) and counts[best[0]] >= _LEAST_SHOWN else best[:1]
        )
        found: list[int] = self.words[start:end][best].tolist()
        return found

    def parts_of(self, parent: int) -> range:
        """Return the topics that are the parts of a topic of the level above."""
        start, end = np.searchsorted(self.parents, (parent, parent + 1))
        return range(int(start), int(end))

    def mixtures(self, bags: Bags) -> Floats:
        """Return how much of each topic documents hold, (documents, topics)."""
        return infer(bags, self.weight, alpha=self.alpha)

    def mixtures_in(self, parent: int, bags: Bags) -> Floats:
        """Return how much of each part of a topic documents hold, (documents, parts)."""
        parts = self.parts_of(parent)
        if len(parts) == 1:
            return np.ones((bags.documents, 1), np.float32)
        return infer(bags, self.weight_of(parts), alpha=reading_prior(len(parts)))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays of the level, by names that begin with its own."""
        named: dict[str, NDArray[Any]] = {
            "ends": self.ends,
            "words": self.words,
            "counts": self.counts,
            "parents": self.parents,
        }
        return {f"{name}_{key}": values for key, values in named.items()}


def level_of(counts: Floats, parents: Sequence[int] | None = None) -> Level:
    """Return the level whose topics have these counts of words, (topics, words)."""
    topics, words = np.nonzero(counts >= _LEAST_COUNT)
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(topics, minlength=len(counts)))))
    above = [-1] * len(counts) if parents is None else parents
    return Level(
        ends,
        words.astype(np.int32),
        counts[topics, words].astype(np.float32),
        counts.shape[1],
        np.asarray(above, np.int64),
    )


@dataclass(frozen=True)
class Levels:
    """Topics of documents, their parts, and topics of sentences (none where no sentence is about images)."""

    document: Level
    second: Level
    sentence: Level | None
    rare: dict[str, int]  # level -> topics that were dropped, since they were the strongest of few documents


class Assigned(NamedTuple):
    """The strongest topic of each document, of each level; -1 of one without a word."""

    document: Integers
    second: Integers
    sentence: Integers  # of each sentence; none where there are no topics of sentences


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many topics are wanted, and how they are fitted."""

    topics: int
    parts: int
    sentence_topics: int
    least_documents: int  # whose strongest topic a topic is, or it is dropped
    sweeps: int
    seed: int
    device: str | None = None


def number(wanted: int, documents: int, kind: Kind) -> int:
    """Return how many topics documents can have, so that there are so many documents for each; at least one."""
    return max(1, min(wanted, documents // kind.each))


def fit_levels(
    documents: Bags, sentences: Bags, words: int, wanted: Wanted, tell: Callable[[str], None]
) -> tuple[Levels, Assigned]:
    """Return topics of all three levels, and the strongest of each document that they were fitted on.

    Parameters
    ----------
    documents
        Of which at least one has a word.
    sentences
        That are about images, read with their neighbours; may be none.
    words
        Size of the dictionary.
    tell
        Is told what is fitted next.
    """
    tell("fitting document topics")
    document, of_document, dropped = _fit(documents, words, wanted.topics, wanted, REPORTS)
    rare = {"document": dropped}
    tell("fitting the parts of topics")
    second, of_second = _fit_parts(documents, document, of_document, wanted)
    sentence, of_sentence = None, np.empty(0, np.int64)
    if len(sentences) and wanted.sentence_topics:
        tell("fitting sentence topics")
        sentence, of_sentence, rare["sentence"] = _fit(sentences, words, wanted.sentence_topics, wanted, SAID)
    return Levels(document, second, sentence, rare), Assigned(of_document, of_second, of_sentence)


def _fit(bags: Bags, words: int, topics: int, wanted: Wanted, kind: Kind) -> tuple[Level, Integers, int]:
    """Return topics of documents without the rare ones, the most frequent first, the strongest of each document, and how many rare ones there were."""
    told = np.flatnonzero(np.diff(bags.ends))
    full = bags.take(told)
    topics = number(topics, full.documents, kind)
    fitted = _fitted(full, words, topics, wanted, kind)
    least = min(wanted.least_documents, full.documents // topics // 4)
    strongest = level_of(fitted.counts).mixtures(full).argmax(1)
    of_each = np.bincount(strongest, minlength=topics)
    order = np.argsort(-of_each, kind="stable")
    kept = order[of_each[order] >= least]
    if not len(kept):
        kept = order
    level = level_of(fitted.counts[kept])
    same = len(kept) == topics
    assigned = np.full(bags.documents, -1, np.int64)
    assigned[told] = np.argsort(order)[strongest] if same else level.mixtures(full).argmax(1)
    return level, assigned, topics - len(kept)


def _fitted(bags: Bags, words: int, topics: int, wanted: Wanted, kind: Kind) -> Fitted:
    sweeps = min(kind.sweeps, wanted.sweeps)
    return fit(bags, words, topics, sweeps=sweeps, seed=wanted.seed, device=wanted.device)


def _fit_parts(bags: Bags, above: Level, strongest: Integers, wanted: Wanted) -> tuple[Level, Integers]:
    """Return the parts of each topic, of the documents whose strongest it is, by their own words; and the strongest part of each document."""
    counts, parents = list[Floats](), list[int]()
    for topic in range(len(above)):
        own = bags.take(np.flatnonzero(strongest == topic))
        rows = parts(own, above.size, number(wanted.parts, own.documents, _PARTS), wanted)
        counts.append(above.counts_of([topic]) if rows is None else rows)
        parents += [topic] * len(counts[-1])
    level = level_of(np.concatenate(counts), parents)
    assigned = np.full(bags.documents, -1, np.int64)
    for topic in range(len(above)):
        chosen = np.flatnonzero(strongest == topic)
        within = level.mixtures_in(topic, bags.take(chosen)).argmax(1)
        assigned[chosen] = level.parts_of(topic).start + within
    return level, assigned


def parts(bags: Bags, words: int, topics: int, wanted: Wanted) -> Floats | None:
    """Return the counts of words in so many parts of documents, (parts, words), the largest first; None for one part."""
    if topics < 2:
        return None
    used, places = np.unique(bags.words, return_inverse=True)
    own = Bags(bags.ends, places.astype(np.int32), bags.counts)
    fitted = _fitted(own, len(used), topics, wanted, _PARTS)
    order = np.argsort(-fitted.counts.sum(1), kind="stable")
    rows = np.zeros((topics, words), np.float32)
    rows[:, used] = fitted.counts[order]
    return rows


# -- how many ---------------------------------------------------------------------------------------------


Curve = list[tuple[int, float]]  # number of topics, perplexity of documents that were not fitted on


def curve(bags: Bags, words: int, numbers: Sequence[int], wanted: Wanted, kind: Kind = REPORTS) -> Curve:
    """Return the perplexity of a fifth of the documents, drawn at random, after topics were fitted on the others.

    Of each number of topics that the documents can have.
    """
    fitted, held_out = split(bags, wanted.seed)
    result: Curve = []
    for topics in sorted({number(n, fitted.documents, kind) for n in numbers}):
        weight = _fitted(fitted, words, topics, wanted, kind).weight()
        result.append((topics, perplexity(held_out, weight, alpha=reading_prior(topics), seed=wanted.seed)))
    return result


def parts_curve(bags: Bags, words: int, topics: int, numbers: Sequence[int], wanted: Wanted) -> Curve:
    """Return the same of the parts of each topic, by how many parts a topic has."""
    fitted, held_out = split(bags, wanted.seed)
    above, strongest, _ = _fit(fitted, words, topics, wanted, REPORTS)
    result: Curve = []
    for n in numbers:
        level, _ = _fit_parts(fitted, above, strongest, replace(wanted, parts=n))
        result.append((n, second_perplexity(held_out, above, level, seed=wanted.seed)))
    return result


def sentence_curve(bags: Bags, words: int, wanted: Wanted) -> Curve:
    """Return the curve of sentences."""
    return curve(bags, words, SENTENCES, wanted, SAID)


def second_perplexity(bags: Bags, above: Level, level: Level, *, seed: int = 0) -> float:
    """Return the perplexity of documents, by completion, when each is read by the parts of its strongest topic alone."""
    read, hidden = halves(bags, seed=seed)
    strongest = above.mixtures(read).argmax(1)
    total = 0.0
    for topic in np.unique(strongest).tolist():
        chosen = np.flatnonzero(strongest == topic)
        words = level.weight_of(level.parts_of(topic))
        mixtures = level.mixtures_in(topic, read.take(chosen))
        own = hidden.take(chosen)
        of = np.repeat(np.arange(own.documents), np.diff(own.ends))
        chances = (mixtures[of] * words.T[own.words]).sum(1)
        total += float((np.log(chances.astype(np.float64)) * own.counts).sum())
    words_hidden = hidden.counts.sum(dtype=np.float64)
    return float(np.exp(-total / words_hidden)) if words_hidden else float("nan")


def split(bags: Bags, seed: int) -> tuple[Bags, Bags]:
    """Return four fifths of the documents that have a word and the fifth that is held out, at random, of at most AUTO_DOCUMENTS."""
    full = np.flatnonzero(np.diff(bags.ends))
    order = np.random.default_rng(seed).permutation(full)[:AUTO_DOCUMENTS]
    held_out = len(order) // HELD_OUT
    return bags.take(np.sort(order[held_out:])), bags.take(np.sort(order[:held_out]))


def best(found: Curve) -> int:
    """Return the smallest number of topics whose perplexity is within a hundredth of the least: from there on a curve is flat."""
    finite = [(n, value) for n, value in found if np.isfinite(value)]
    least = min((value for _, value in finite), default=0.0)
    return min((n for n, value in finite if value <= _AS_GOOD * least), default=found[0][0])

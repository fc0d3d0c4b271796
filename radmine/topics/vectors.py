"""Vectors of words, near where the words are used alike: `WordVectors`, `fit_vectors`, `synonym_ranks`.

Skip-gram with negative sampling (Mikolov et al., NIPS 2013), 256-d with a window of 10 as for radiology reports in Shin et
al., JMLR 17 (2016); a word's vector is that of the word and of its runs of letters (Bojanowski et al., TACL 5, 2017), from which the few
reports of one corpus gain most. The mean of all vectors says nothing of any word and is taken from each (Mu, Viswanath, ICLR 2018).
How good they are, and which settings, is in `scripts/results/words.md`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import permutations
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.findings import Lexicon, load_lexicon
from radmine.models import strings_array, strings_of
from radmine.topics.phrases import JOINT
from radmine.topics.words import DENIED, distinct_sentences, words_of

Vector = NDArray[np.float32]

SIZE = 256
WINDOW = 10
VECTOR_WORDS = 500_000  # visited, over all epochs
MOST_EPOCHS = 60
NEGATIVE = 5  # words drawn beside each one that is there
RATE = 0.08
LETTERS = 5  # of a run
RUNS = 50_000  # of letters that are told apart
SAMPLE = 3e-3  # a word that is a larger share of all is passed over now and then
FIRST = 10  # the share of synonyms among so many neighbours is counted


class SynonymRanks(NamedTuple):
    """How far from a word its synonyms are."""

    pairs: tuple[tuple[str, str], ...]  # a word and a synonym, each pair both ways
    ranks: tuple[int, ...]  # of the synonym among the neighbours of the word, from 1
    words: int  # that have a vector

    @property
    def median(self) -> float | None:
        """The median rank; None without synonyms."""
        return float(median(self.ranks)) if self.ranks else None

    @property
    def first_ten(self) -> float | None:
        """The share of synonyms among the ten nearest words; None without synonyms."""
        return sum(rank <= FIRST for rank in self.ranks) / len(self.ranks) if self.ranks else None


@dataclass(frozen=True)
class WordVectors:
    """Words, single ones and phrases, with a unit row each."""

    words: tuple[str, ...]
    rows: Vector  # (words, size)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __len__(self) -> int:
        return len(self.words)

    def vector(self, term: str) -> Vector:
        """Return the unit vector of a word or phrase, or the mean of those of its words.

        Raises
        ------
        InputError
            It has none: it is rare, or left out as a word that says nothing.
        """
        row: Vector = _unit(self.rows[self._places(term)].mean(axis=0, keepdims=True))[0]
        return row

    def near(self, term: str, k: int = 10) -> list[tuple[str, float]]:
        """Return the `k` words that are used most like a word or phrase, with the cosine of their vectors, nearest first.

        A finding that is denied is a word of its own, "no_pleural_effusion", and may be among them.

        Raises
        ------
        InputError
            The term has no vector.
        """
        return self._nearest(self.vector(term), self._named(term), k)

    def analogy(self, a: str, b: str, c: str, k: int = 10) -> list[tuple[str, float]]:
        """Return the `k` words that are to `c` as `b` is to `a`, with the cosine to where such a word should be.

        Raises
        ------
        InputError
            One of the terms has no vector.
        """
        wanted: Vector = _unit((self.vector(b) - self.vector(a) + self.vector(c))[None])[0]
        return self._nearest(wanted, [place for term in (a, b, c) for place in self._named(term)], k)

    def spelled_like(self, term: str, k: int = 5) -> list[str]:
        """Return the words that are written most like a term, most like it first; none where none is near."""
        return get_close_matches(JOINT.join(term.lower().split()), self.words, n=k, cutoff=0.7)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return them as arrays for `save_model`; `from_arrays` reads them."""
        return {"vector_words": strings_array(self.words), "vectors": self.rows}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "WordVectors":
        """Return the vectors among the arrays of a model."""
        return cls(strings_of(arrays["vector_words"]), arrays["vectors"])

    def _nearest(self, vector: Vector, but: Sequence[int], k: int) -> list[tuple[str, float]]:
        cosines = self.rows @ vector
        cosines[list(but)] = -np.inf
        best = np.argsort(-cosines, kind="stable")[: min(k, len(self) - len(set(but)))]
        return [(self.words[i], float(cosines[i])) for i in best.tolist()]

    def _places(self, term: str) -> list[int]:
        """Return the rows of a term: its own, or those of its parts, each as long as can be; of a word that stands in
        phrases only, those of the commonest of these.
        """
        whole = JOINT.join(term.lower().split())
        if whole in self._index:
            return [self._index[whole]]
        words, places, at = words_of(term.replace(JOINT, " ")), list[int](), 0
        while at < len(words):
            ends = range(len(words), at, -1)
            end = next((end for end in ends if JOINT.join(words[at:end]) in self._index), None)
            if end is None:
                within = self._within.get(words[at])
                if within is None:
                    raise self._unknown(words[at])
                places += within[:FIRST]
                at += 1
            else:
                places.append(self._index[JOINT.join(words[at:end])])
                at = end
        if not places:
            raise self._unknown(term)
        return places

    def _named(self, term: str) -> list[int]:
        """Return those rows of a term that say it, and nothing else."""
        said = {*words_of(term.replace(JOINT, " ")), *term.lower().split()}
        whole = JOINT.join(term.lower().split())
        names = (self.words[place] for place in self._places(term))
        return [self._index[name] for name in names if name == whole or said.issuperset(name.split(JOINT))]

    @cached_property
    def _within(self) -> dict[str, list[int]]:
        """The phrases that each word is a part of, the commonest first."""
        found: dict[str, list[int]] = {}
        for place, phrase in enumerate(self.words):
            if JOINT in phrase and not phrase.startswith(DENIED):
                for word in phrase.split(JOINT):
                    found.setdefault(word, []).append(place)
        return found

    def _unknown(self, term: str) -> InputError:
        near = self.spelled_like(term)
        do = f"Written like it: {', '.join(near)}." if near else "Try a commoner word."
        return InputError(
            "This word has no vector: it is rare here, or says nothing by itself.", where=term, do=do
        )


def fit_vectors(
    reports: Iterable[Sequence[Sequence[str]]],
    *,
    least: int,
    size: int = SIZE,
    vector_words: int = VECTOR_WORDS,
    seed: int = 0,
) -> WordVectors:
    """Return vectors fitted on reports, each a list of sentences of words, phrases joined; none where no word is common enough.

    Parameters
    ----------
    least
        A word must occur so often, and a sentence is learnt from so many times at most, however often it stands in the reports.
    size
        Length of the vectors.
    vector_words
        So many words are visited: small corpora several times, of large ones a part that is spread over all reports.
    """
    from gensim.models import FastText

    sentences = distinct_sentences(reports, vector_words, times=least)
    sentences = [words for words in sentences if len(words) > 1]  # a word alone is like no other
    total = sum(map(len, sentences))
    model = FastText(
        vector_size=size,
        window=WINDOW,
        min_count=least,
        sg=1,
        negative=NEGATIVE,
        sample=SAMPLE,
        alpha=RATE,
        min_n=LETTERS,
        max_n=LETTERS,
        bucket=RUNS,
        epochs=min(MOST_EPOCHS, max(1, vector_words // max(1, total))),
        seed=seed,
        workers=1,
    )
    model.build_vocab(sentences)
    if not len(model.wv):
        return WordVectors((), np.empty((0, size), np.float32))
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    rows = model.wv.vectors
    return WordVectors(tuple(model.wv.index_to_key), _unit(rows - rows.mean(axis=0)))


def synonym_ranks(vectors: WordVectors, lexicon: Lexicon | None = None) -> SynonymRanks:
    """Return at which rank, among the neighbours of a word, its synonyms of the lexicon are, each pair both ways.

    Synonyms are the names of one finding that have a vector as they are, not by their parts.
    """
    pairs = sorted(
        {pair for names in _names(vectors, lexicon or load_lexicon()) for pair in permutations(names, 2)}
    )
    ranks = []
    for word, synonym in pairs:
        cosines = vectors.rows @ vectors.rows[word]
        cosines[word] = -np.inf
        ranks.append(1 + int((cosines > cosines[synonym]).sum()))
    named = tuple((vectors.words[word], vectors.words[synonym]) for word, synonym in pairs)
    return SynonymRanks(named, tuple(ranks), len(vectors))


def _names(vectors: WordVectors, lexicon: Lexicon) -> Iterator[list[int]]:
    """Yield the rows of the names of each finding."""
    for finding in lexicon.findings.values():
        found = (vectors._index.get(JOINT.join(words_of(synonym))) for synonym in finding.synonyms)
        yield sorted({place for place in found if place is not None})


def _unit(rows: Vector) -> Vector:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vector = (rows / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    return unit

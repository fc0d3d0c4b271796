"""Report vectors: words and word pairs weighted by rarity (TF-IDF), brought to few dimensions by truncated SVD.

Latent semantic analysis (Deerwester et al., J. Am. Soc. Inf. Sci. 41, 1990). A finding that the text denies, as parse
read it, is one word: "no effusion" becomes `no_pleural_effusion`, so that a report which excludes a finding is near to
others that exclude it and not to those that have it. The encoder is fitted on the reports outside of the test part.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.findings import Lexicon
from radmine.models import SavedModel, load_model, save_model, strings_array, strings_of
from radmine.parse import NameFinder, holds_name, parse_report
from radmine.records import ReadReport

Vectors = NDArray[np.float32]

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[.;:?!\n]")
_STOPS = frozenset(".;:?!\n") | {"but", "however", "although", "except"}  # where a clause ends
# Words that deny: what they deny says so itself.
_NEGATIONS = frozenset({"no", "not", "without", "denies", "negative", "absent", "never"})
_COMMON = frozenset(
    {
        "the",
        "a",
        "an",
        "of",
        "in",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "and",
        "or",
        "with",
        "to",
        "at",
        "on",
        "for",
    }
    | {"by", "from", "this", "that", "there", "as", "it", "its", "which", "has", "have", "had", "xxxx"}
)
KIND = "text encoder"
_MOST_TERMS = 50_000


def terms_of(read: ReadReport) -> list[str]:
    """Return the words of a report and their pairs; a finding that it denies is the one word `no_FINDING`."""
    words: list[str] = []
    for text, denied in read.pieces(0, len(read.text)):
        if denied is not None:
            words.append(f"no_{denied}")
            continue
        for word in _WORD.findall(text.lower()):
            if word in _STOPS:
                words.append("")
            elif len(word) > 1 and word not in _COMMON and word not in _NEGATIONS:
                words.append(word)
    pairs = [f"{a} {b}" for a, b in pairwise(words) if a and b]
    return [w for w in words if w] + pairs


@dataclass(frozen=True, slots=True)
class TextEncoder:
    """Turns texts into unit vectors; `fit_text_encoder` makes one, `load_text_encoder` reads one."""

    terms: dict[str, int]  # term -> column
    rarity: Vectors  # (terms,): inverse document frequency
    axes: Vectors  # (terms, dimension)
    fingerprint: str = ""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.axes.shape[1])

    def texts(self, strings: Sequence[str], *, lexicon: Lexicon | None = None) -> Vectors:
        """Return unit vectors, shape (n, dimension), float32; a text without a known term becomes all zeros.

        Parameters
        ----------
        lexicon
            By which the reports were read that the encoder was fitted on; None: ours.
        """
        return self.reports([parse_report(text, lexicon=lexicon) for text in strings])

    def reports(self, reads: Sequence[ReadReport]) -> Vectors:
        """Return the unit vectors of reports that have been read, as `texts` does."""
        rows = np.zeros((len(reads), self.dimension), np.float32)
        for index, read in enumerate(reads):
            columns, weights = _weights(terms_of(read), self.terms, self.rarity)
            if len(columns):
                rows[index] = weights @ self.axes[columns]
        return unit_rows(rows)


def unit_rows(rows: Vectors) -> Vectors:
    """Return the rows divided by their length; rows of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def _weights(
    terms: Iterable[str], place: dict[str, int], rarity: Vectors
) -> tuple[NDArray[np.int64], Vectors]:
    """Return the columns of the known terms and their weights: (1 + ln count) * rarity, of length 1."""
    counts: dict[int, int] = {}
    for term in terms:
        column = place.get(term)
        if column is not None:
            counts[column] = counts.get(column, 0) + 1
    columns = np.fromiter(counts, np.int64, len(counts))
    weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * rarity[columns]
    length = float(np.linalg.norm(weights))
    return columns, (weights / length if length else weights).astype(np.float32)


def fit_text_encoder(
    reads: Iterable[ReadReport], *, dimension: int = 128, least: int = 2, seed: int = 0
) -> TextEncoder:
    """Return an encoder fitted on reports that have been read; names of people and places are none of its terms.

    Parameters
    ----------
    reads
        Those it may learn from.
    dimension
        Of the vectors, at most; fewer where the texts do not carry as many.
    least
        Texts that a term must occur in.
    seed
        Of the randomised SVD (Halko et al., SIAM Rev. 53, 2011).

    Raises
    ------
    ValueError
        No term occurs in `least` texts.
    """
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    finder = NameFinder()
    documents = [terms_of(finder.read(read)) for read in reads]
    names = finder.names()
    frequency: dict[str, int] = {}
    for document in documents:
        for term in set(document):
            frequency[term] = frequency.get(term, 0) + 1
    often = (t for t, n in frequency.items() if n >= least and not holds_name(t, names))
    kept = sorted(often, key=lambda t: (-frequency[t], t))[:_MOST_TERMS]
    if not kept:
        raise ValueError(f"no term occurs in {least} texts")
    place = {term: column for column, term in enumerate(kept)}
    rarity = np.array([np.log((1 + len(documents)) / (1 + frequency[t])) + 1 for t in kept], np.float32)
    columns, weights, starts = [], [], [0]
    for document in documents:
        where, value = _weights(document, place, rarity)
        columns.append(where)
        weights.append(value)
        starts.append(starts[-1] + len(where))
    matrix = csr_matrix(
        (np.concatenate(weights), np.concatenate(columns), np.array(starts)),
        shape=(len(documents), len(kept)),
    )
    rank = min(dimension, len(kept), max(1, len(documents) - 1))
    _, _, axes = randomized_svd(matrix, rank, n_iter=4, random_state=seed)
    return TextEncoder(place, rarity, np.ascontiguousarray(axes.T, np.float32))


def save_text_encoder(folder: Path, encoder: TextEncoder) -> str:
    """Write an encoder's folder, whole or not at all, and return its fingerprint."""
    arrays: dict[str, NDArray[Any]] = {
        "terms": strings_array(list(encoder.terms)),
        "rarity": encoder.rarity,
        "axes": encoder.axes,
    }
    return save_model(folder, kind=KIND, facts={"dimension": encoder.dimension}, arrays=arrays)


def load_text_encoder(path: str | os.PathLike[str]) -> TextEncoder:
    """Return the text encoder in a folder, or in a corpus (`models/text`).

    Raises
    ------
    CorpusError
        There is none, or it is damaged.
    """
    folder = Path(path)
    folder = folder / "models" / "text" if (folder / "corpus.json").exists() else folder
    return load_model(folder, kind=KIND, make="radmine embed NAME", build=_text_encoder)


def _text_encoder(saved: SavedModel) -> TextEncoder:
    arrays = saved.arrays()
    terms = {term: column for column, term in enumerate(strings_of(arrays["terms"]))}
    return TextEncoder(terms, arrays["rarity"], arrays["axes"], saved.fingerprint)

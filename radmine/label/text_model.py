"""Words to probabilities: TF-IDF and logistic regression, fitted with scikit-learn, kept and used without it.

Salton and Buckley, Information Processing and Management 24 (1988), for the weights: 1 + log of the count, times the inverse
document frequency, each text scaled to length 1.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import write_whole
from radmine.errors import CorpusError, InputError

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class TextModel:
    """One logistic regression for each of `names`, over the words and word pairs `terms`."""

    names: tuple[str, ...]
    terms: tuple[str, ...]
    rarity: NDArray[np.float32]  # (terms,): inverse document frequency
    weights: NDArray[np.float32]  # (names, terms)
    bias: NDArray[np.float32]  # (names,)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {term: i for i, term in enumerate(self.terms)}

    def probabilities(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the probability of each name for a text's terms."""
        ids, values = _scaled(terms, self._index, self.rarity)
        odds = self.weights[:, ids] @ values + self.bias
        return dict(zip(self.names, (1 / (1 + np.exp(-odds.astype(np.float64)))).tolist(), strict=True))

    def save(self, folder: Path, *, kind: str) -> None:
        """Write the model into a folder: `model.json` (last) and `model.safetensors`."""
        from safetensors.numpy import save

        arrays = {"rarity": self.rarity, "weights": self.weights, "bias": self.bias}
        write_whole(folder / "model.safetensors", save(arrays))
        facts = {"kind": kind, "names": self.names, "terms": self.terms}
        write_whole(folder / "model.json", json.dumps(facts, ensure_ascii=False).encode())


def load_text_model(folder: Path, *, kind: str, make: str) -> TextModel:
    """Return the model of a kind that was saved in a folder.

    Raises
    ------
    CorpusError
        The folder holds none of this kind; the error says how to `make` one.
    """
    from safetensors.numpy import load_file

    try:
        facts = json.loads((folder / "model.json").read_text("utf-8"))
        if facts["kind"] != kind:
            raise ValueError(facts["kind"])
        arrays = load_file(folder / "model.safetensors")
        return TextModel(tuple(facts["names"]), tuple(facts["terms"]), **arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(
            f"The folder holds no trained {kind}: {type(error).__name__}.", where=str(folder), do=make
        ) from error


def text_terms(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbouring words, in lower case."""
    words = _WORD.findall(text.lower())
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def fit_text_model(
    texts: Sequence[Sequence[str]],
    targets: Mapping[str, Sequence[bool]],
    *,
    least: int = 2,
    most_terms: int = 50_000,
    strength: float = 10.0,
) -> TextModel:
    """Return a model fitted on the terms of texts; the same input gives the same model.

    Parameters
    ----------
    targets
        For each name, whether it holds for each text; a name that holds for none or for all is an error.
    least
        Texts in which a term must occur.
    strength
        Inverse of the L2 penalty.

    Raises
    ------
    InputError
        There is nothing to tell apart.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    if not targets or any(all(t) or not any(t) for t in targets.values()):
        raise InputError(
            "There is nothing to tell apart: a target holds for all texts or for none.",
            where="training",
            do="Train on more, and more varied, texts.",
        )
    frequency = Counter(term for text in texts for term in set(text))
    kept = sorted((t for t, n in frequency.items() if n >= least), key=lambda t: (-frequency[t], t))[
        :most_terms
    ]
    index = {term: i for i, term in enumerate(sorted(kept))}
    rarity = np.array([math.log((1 + len(texts)) / (1 + frequency[t])) + 1 for t in index], np.float32)
    rows = (_scaled(text, index, rarity) for text in texts)
    # Columns sort as the terms do, and every term occurs: the matrix has one column a term.
    matrix = DictVectorizer(dtype=np.float32).fit_transform(
        dict(zip(ids.tolist(), values.tolist(), strict=True)) for ids, values in rows
    )
    weights, bias = [], []
    for target in targets.values():
        fitted = LogisticRegression(C=strength, max_iter=300).fit(matrix, np.asarray(target, bool))
        weights.append(fitted.coef_[0])
        bias.append(fitted.intercept_[0])
    return TextModel(
        tuple(targets), tuple(index), rarity, np.asarray(weights, np.float32), np.asarray(bias, np.float32)
    )


def _scaled(
    terms: Iterable[str], index: dict[str, int], rarity: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the columns of the terms that are known, in order, and their weights, scaled to length 1."""
    counts = Counter(index[t] for t in terms if t in index)
    ids = np.array(sorted(counts), np.int32)
    values = np.array([1 + math.log(counts[i]) for i in ids.tolist()], np.float32) * rarity[ids]
    length = float(np.linalg.norm(values))
    return ids, values / length if length else values

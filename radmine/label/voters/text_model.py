"""Words to probabilities: logistic regression, fitted with scikit-learn, kept and used without it.

A text is given as terms, in one or several blocks (its words, its letters, what the rules find in it). A block is weighted
after Salton and Buckley, Information Processing and Management 24 (1988) - 1 + log of the count, times the inverse document
frequency, scaled to length 1 - or its terms are flags, each there or not.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.models import SavedModel, save_model, strings_array, strings_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

Terms: TypeAlias = Mapping[str, Iterable[str]]  # block -> the terms of a text
Row: TypeAlias = tuple[list[int], list[float]]  # columns and values

_WORD = re.compile(r"[^\W\d_]+")


class Block(NamedTuple):
    """How the terms of a block count."""

    name: str
    flags: bool = False  # a term is there or not; else TF-IDF, scaled to length 1
    weight: float = 1.0
    least: int = 2  # texts in which a term must occur
    most: int = 50_000  # terms; the commonest are kept


WORDS = (Block("words"),)


@dataclass(frozen=True)
class TextModel:
    """One logistic regression for each of `names`, over the terms of `blocks`."""

    names: tuple[str, ...]
    blocks: tuple[Block, ...]
    # Of each block.
    terms: tuple[tuple[str, ...], ...]
    # (terms,): weight of the block, times inverse document frequency where it is TF-IDF.
    rarity: NDArray[np.float32]
    # (names, terms)
    weights: NDArray[np.float32]
    # (names,)
    bias: NDArray[np.float32]

    @cached_property
    def _index(self) -> list[dict[str, int]]:
        starts = np.cumsum([0, *map(len, self.terms)]).tolist()
        return [
            {t: i for i, t in enumerate(terms, start)}
            for start, terms in zip(starts, self.terms, strict=False)
        ]

    def probabilities(self, terms: Terms) -> dict[str, float]:
        """Return the probability of each name for a text's terms."""
        ids, values = self.row(terms)
        odds = self.weights[:, ids] @ np.array(values, np.float32) + self.bias
        return dict(zip(self.names, expit(odds).tolist(), strict=True))

    def row(self, terms: Terms) -> Row:
        """Return the columns of the terms that are known, and their values."""
        ids: list[int] = []
        values: list[float] = []
        for block, index in zip(self.blocks, self._index, strict=True):
            known = [index[t] for t in terms.get(block.name, ()) if t in index]
            if block.flags:
                here = sorted(set(known))
                values += [block.weight] * len(here)
            else:
                counts = Counter(known)
                here = sorted(counts)
                scaled = [(1 + math.log(counts[i])) * float(self.rarity[i]) for i in here]
                length = math.sqrt(sum(v * v for v in scaled)) / block.weight
                values += [v / length for v in scaled]
            ids += here
        return ids, values

    def save(self, folder: Path, *, kind: str, **facts: Any) -> None:
        """Write the model and some more facts into a folder, as a model of a kind."""
        terms = [term for block in self.terms for term in block]
        arrays: dict[str, NDArray[Any]] = {
            "terms": strings_array(terms),
            "rarity": self.rarity,
            "weights": self.weights,
            "bias": self.bias,
        }
        own = {"names": self.names, "blocks": self.blocks, "terms": list(map(len, self.terms))}
        save_model(folder, kind=kind, facts={**own, **facts}, arrays=arrays)


def text_model_of(saved: SavedModel) -> TextModel:
    """Return the model that was saved in a folder of any kind with `TextModel.save`."""
    arrays = saved.arrays()
    terms = iter(strings_of(arrays.pop("terms")))
    return TextModel(
        tuple(saved.facts["names"]),
        tuple(Block(*block) for block in saved.facts["blocks"]),
        tuple(tuple(islice(terms, count)) for count in saved.facts["terms"]),
        **arrays,
    )


def text_terms(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbouring words, in lower case."""
    words = _WORD.findall(text.lower())
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


@dataclass(frozen=True)
class TermTable:
    """The terms of texts, counted once for all that is fitted on them: a model without names, and a row for each text."""

    model: TextModel
    rows: "csr_matrix[np.float32]"

    def fit(self, targets: Mapping[str, Sequence[bool]], *, strength: float) -> TextModel:
        """Return a model fitted on the texts; the same input gives the same model.

        Parameters
        ----------
        targets
            For each name, whether it holds for each text; a name that holds for none or for all is an error.
        strength
            Inverse of the L2 penalty.

        Raises
        ------
        InputError
            There is nothing to tell apart.
        """
        if not targets or any(all(t) or not any(t) for t in targets.values()):
            raise InputError(
                "There is nothing to tell apart: a target holds for all texts or for none.",
                where="training",
                do="Train on more, and more varied, texts.",
            )
        fitted = [_regression(self.rows, np.asarray(t, bool), strength) for t in targets.values()]
        return replace(
            self.model,
            names=tuple(targets),
            weights=np.asarray([model.coef_[0] for model in fitted], np.float32),
            bias=np.asarray([model.intercept_[0] for model in fitted], np.float32),
        )

    def choose(
        self, target: NDArray[np.bool_], fold: Sequence[int], strengths: Sequence[float]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the strength that does best on texts not seen, by log loss, and the probabilities that it gives them.

        Each text is judged by a regression that was fitted without its fold; a stronger one goes on from a weaker one.
        """
        folds = np.asarray(fold)
        chances = np.empty((len(strengths), len(target)))
        for number in np.unique(folds):
            own = folds == number
            known = target[~own]
            if known.all() or not known.any():
                chances[:, own] = float(known.any())
                continue
            learnt, asked = self.rows[~own], self.rows[own]
            fitted = None
            for place, strength in enumerate(strengths):
                fitted = _regression(learnt, known, strength, fitted)
                chances[place, own] = expit(asked @ fitted.coef_[0] + fitted.intercept_[0])
        best = min(range(len(strengths)), key=lambda place: _log_loss(chances[place], target))
        return strengths[best], chances[best]


def _regression(
    rows: "csr_matrix[np.float32]",
    target: NDArray[np.bool_],
    strength: float,
    weaker: "LogisticRegression | None" = None,
) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    model = weaker or LogisticRegression(max_iter=1000, warm_start=True)
    return model.set_params(C=strength).fit(rows, target)


def _log_loss(chances: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    right = np.where(true, chances, 1 - chances)
    return float(-np.log(np.clip(right, 1e-4, 1)).mean())


def count_terms(texts: Sequence[Terms], blocks: Sequence[Block] = WORDS) -> TermTable:
    """Return the terms of texts, counted."""
    from scipy.sparse import csr_matrix

    kept, rarity = [], []
    for block in blocks:
        frequency = Counter(term for text in texts for term in set(text.get(block.name, ())))
        common = [t for t, n in frequency.items() if n >= block.least]
        common.sort(key=lambda t: (-frequency[t], t))
        terms = tuple(sorted(common[: block.most]))
        kept.append(terms)
        rarity += [1.0 if block.flags else math.log((1 + len(texts)) / (1 + frequency[t])) + 1 for t in terms]
    weights, bias = np.zeros((0, len(rarity)), np.float32), np.zeros(0, np.float32)
    model = TextModel((), tuple(blocks), tuple(kept), np.array(rarity, np.float32), weights, bias)
    rows = [model.row(text) for text in texts]
    ends = np.cumsum([0, *(len(ids) for ids, _ in rows)])
    ids = np.fromiter((i for row, _ in rows for i in row), np.int32, ends[-1])
    values = np.fromiter((v for _, row in rows for v in row), np.float32, ends[-1])
    return TermTable(model, csr_matrix((values, ids, ends), shape=(len(texts), len(rarity))))


def expit(odds: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the probabilities of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds.astype(np.float64), -50, 50))))

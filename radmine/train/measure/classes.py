"""How well one of several classes is named: `measure_classes`, `confusion`, `kappa`."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure.auc import Floats
from radmine.train.measure.bootstrap import Estimate, Patients, interval

TOP = 5


def confusion(truth: NDArray[np.int64], answers: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return how often each class (row) was called each class (column)."""
    return np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)


def kappa(table: Floats | NDArray[np.int64], *, weights: str | None = None) -> Floats:
    """Return Cohen's kappa of confusion matrices, shape (classes, classes, ...): agreement beyond chance of two readers.

    Cohen, Educ. Psychol. Meas. 20, 1960; weighted: Psychol. Bull. 70, 1968. NaN where both always say the same one class.

    Parameters
    ----------
    weights
        "linear" or "quadratic" of classes with an order; None: all differences count alike.
    """
    classes = len(table)
    steps = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes))).astype(np.float64)
    cost = {None: np.minimum(steps, 1), "linear": steps, "quadratic": steps**2}[weights]
    counts = np.asarray(table, np.float64)
    seen = np.tensordot(cost, counts, axes=([0, 1], [0, 1]))
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    chance = (rows * np.tensordot(cost, columns, axes=([1], [0]))).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(chance > 0, 1 - seen * counts.sum(axis=(0, 1)) / chance, np.nan)
    return result


def measure_classes(
    probabilities: NDArray[np.floating],
    truth: NDArray[np.int64],
    patients: Patients,
    kept: NDArray[np.int64],
    *,
    majority: int,
    ordinal: bool = False,
) -> dict[str, Estimate]:
    """Return accuracy, top-5 accuracy (of more than five classes), the accuracy of the commonest class, and kappa.

    Parameters
    ----------
    probabilities
        Shape (n, classes).
    truth
        The number of the right class.
    patients, kept
        Those of all images, and which of these are known.
    majority
        The commonest class of the training part.
    ordinal
        Whether classes have an order: kappa is quadratically weighted.
    """
    classes = probabilities.shape[1]
    answers = probabilities.argmax(axis=1).astype(np.int64)
    cells = (truth * classes + answers) * 2
    if classes > TOP and len(truth):
        own = np.take_along_axis(probabilities, truth[:, None], axis=1)
        before = np.arange(classes) < truth[:, None]  # of equal ones, the first come first
        rank = ((probabilities > own) | ((probabilities == own) & before)).sum(axis=1)
        cells = cells + (rank < TOP)
    of = partial(_measures, classes=classes, majority=majority, weights="quadratic" if ordinal else None)
    sums = np.bincount(cells, minlength=2 * classes**2).astype(np.float64)[:, None]
    drawn = patients.resample(kept, cells, 2 * classes**2, of) if len(truth) else {}
    return {name: interval(float(v[0]), drawn.get(name, np.zeros(0))) for name, v in of(sums).items()}


def _measures(sums: Floats, *, classes: int, majority: int, weights: str | None) -> Mapping[str, Floats]:
    cells = sums.reshape(classes, classes, 2, -1)
    table = cells.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = table.sum(axis=(0, 1))
        found = {
            "accuracy": np.einsum("iik->k", table) / total,
            "majority_accuracy": table[majority].sum(axis=0) / total,
            "kappa": kappa(table, weights=weights),
        }
        if classes > TOP:
            found["top5_accuracy"] = cells[:, :, 1].sum(axis=(0, 1)) / total
    return found

"""The area under the ROC curve and the share of right answers, by rows of weights: what a bootstrap resamples."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Weights (resamples, n) -> (resamples,), NaN where it cannot be computed.
Statistic = Callable[[Floats], Floats]


def auc(scores: NDArray[np.floating], truth: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return the area under the ROC curve for each row of weights; ties count half.

    Parameters
    ----------
    scores, truth
        Shape (n,).
    weights
        Shape (resamples, n).
    """
    if not len(scores):
        return np.full(len(weights), np.nan)
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    positive = np.add.reduceat(weights[:, order] * truth[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * ~truth[order], starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Floats = np.where(pairs > 0, (positive * below).sum(axis=1) / pairs, np.nan)
    return area


def macro_auc(scores: NDArray[np.floating], truth: NDArray[np.float32], weights: Floats) -> Floats:
    """Return the mean AUC of the columns that have both classes; NaN in `truth` is left out.

    Parameters
    ----------
    scores, truth
        Shape (n, classes); truth above one half counts as positive.
    weights
        Shape (resamples, n).
    """
    each = []
    for column in range(truth.shape[1]):
        known = ~np.isnan(truth[:, column])
        each.append(auc(scores[known, column], truth[known, column] > 0.5, weights[:, known]))
    return mean_of_known(np.array(each))


def micro_auc(scores: NDArray[np.floating], truth: NDArray[np.float32], weights: Floats) -> Floats:
    """Return the AUC of all columns taken together as one, shape (resamples,).

    Parameters
    ----------
    scores, truth
        Shape (n, classes); NaN in `truth` where it is not known, above one half counts as positive.
    weights
        Shape (resamples, n).
    """
    known = ~np.isnan(truth)
    rows = np.nonzero(known)[0]
    return auc(scores[known], truth[known] > 0.5, weights[:, rows])


def accuracy(correct: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return the weighted share of correct answers, for each row of weights."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Floats = np.where(total > 0, (weights * correct).sum(axis=1) / total, np.nan)
    return share


def mean_of_known(values: Floats) -> Floats:
    """Return the mean over the first axis of what is not NaN; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / count, np.nan)
    return mean

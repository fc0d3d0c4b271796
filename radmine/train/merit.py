"""How well a network puts images in order, as epochs and variants are compared by it: `merit`."""

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure import Floats, macro_auc, weighted_concordance
from radmine.train.targets import Target
from radmine.train.tasks import REGRESSION


def merit(
    target: Target, said: NDArray[np.float32], truth: NDArray[np.float32], weights: Floats | None = None
) -> Floats:
    """Return the macro AUC of classes, the c-index of numbers and risks: .5 by chance, 1 at best; NaN where it is not known.

    Parameters
    ----------
    said
        Answers, shape (n, outputs).
    truth
        Values of the target, of these images.
    weights
        Of the images, shape (draws, n); None: one draw of equal weights.
    """
    weights = np.ones((1, len(truth))) if weights is None else weights
    if target.has_classes:
        return macro_auc(said, truth, weights)
    known = ~np.isnan(truth).any(axis=1)
    values, answers, weights = truth[known], said[known, 0], weights[:, known]
    if target.task == REGRESSION:  # the larger, the later
        return weighted_concordance(-answers, values[:, 0], np.ones(len(values), bool), weights)
    return weighted_concordance(answers, values[:, 0], values[:, 1] > 0.5, weights)

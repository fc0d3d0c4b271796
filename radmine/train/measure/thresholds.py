"""From which probability on a finding is called there, chosen on the validation part: `choose_threshold`, `by_site`."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LEAST = 10  # images with, and without, that a site needs for a threshold of its own


def choose_threshold(
    probabilities: NDArray[np.floating], truth: NDArray[np.bool_], *, sensitivity: float | None = None
) -> float | None:
    """Return the threshold with the largest sensitivity + specificity (Youden, Cancer 3, 1950), None without both kinds.

    It lies between what is called there and what is not. Of equal ones the highest is taken.

    Parameters
    ----------
    sensitivity
        The highest threshold that finds at least this share of those that are there, in place of Youden's.
    """
    positives = int(truth.sum())
    if not positives or positives == len(truth):
        return None
    values, level = np.unique(probabilities, return_inverse=True)
    there = np.bincount(level[truth], minlength=len(values))[::-1].cumsum()[::-1] / positives
    false = np.bincount(level[~truth], minlength=len(values))[::-1].cumsum()[::-1] / (len(truth) - positives)
    if sensitivity is None:
        gain = np.round(there - false, 12)
        best = int(np.flatnonzero(gain == gain.max())[-1])
    else:
        best = int(np.flatnonzero(there >= sensitivity - 1e-12)[-1])
    return float(values[best]) if not best else float((float(values[best]) + float(values[best - 1])) / 2)


def by_site(
    probabilities: NDArray[np.floating],
    truth: NDArray[np.bool_],
    sites: Sequence[str | None],
    *,
    sensitivity: float | None = None,
    least: int = LEAST,
) -> Mapping[str, float]:
    """Return the threshold of each site that has at least `least` validation images of either kind; others use the common one."""
    site = np.array(["" if s is None else s for s in sites], dtype=object)
    found = {}
    for name in sorted(set(site) - {""}):
        own = site == name
        if min(truth[own].sum(), (~truth[own]).sum()) >= least:
            threshold = choose_threshold(probabilities[own], truth[own], sensitivity=sensitivity)
            if threshold is not None:
                found[name] = threshold
    return found

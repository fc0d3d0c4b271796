"""Whether probabilities hold: of all that is called 80 % likely, is 80 % true? `reliability`."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from radmine.errors import InputError


class Bin(NamedTuple):
    """What is called about equally likely, and how much of it is true."""

    low: float
    high: float
    probability: float  # mean of what was said
    true: float  # share that is
    n: int


def reliability(probabilities: Sequence[float], truth: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Return the bins of equal width that hold something, lowest first.

    Raises
    ------
    InputError
        There are not as many truths as probabilities, a probability is not one, or there are no bins.
    """
    said, true = np.asarray(probabilities, np.float64), np.asarray(truth, np.float64)
    if said.shape != true.shape or bins < 1 or not ((said >= 0) & (said <= 1)).all():
        raise InputError(
            "Calibration needs at least one bin, probabilities in [0, 1] and a truth for each.",
            where=f"{said.size} probabilities, {true.size} truths, {bins} bins",
            do="Give a truth for each probability.",
        )
    place = np.minimum((said * bins).astype(np.int64), bins - 1)
    n, sums, hits = (np.bincount(place, weight, bins) for weight in (None, said, true))
    return [
        Bin(b / bins, (b + 1) / bins, float(sums[b] / n[b]), float(hits[b] / n[b]), int(n[b]))
        for b in range(bins)
        if n[b]
    ]


def expected_calibration_error(
    probabilities: Sequence[float], truth: Sequence[bool], *, bins: int = 10
) -> float | None:
    """Return how far what is said lies from what is true, the mean over bins; None where there is nothing.

    Naeini et al., AAAI 2015; Guo et al., ICML 2017. 0 is perfect.

    Raises
    ------
    InputError
        As `reliability`.
    """
    found = reliability(probabilities, truth, bins=bins)
    total = sum(b.n for b in found)
    return sum(b.n * abs(b.probability - b.true) for b in found) / total if total else None

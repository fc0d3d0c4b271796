"""Whether probabilities hold, and what makes them hold: `equal_bins`, `calibration_error`, `brier`, `temperature`."""

import numpy as np
from numpy.typing import NDArray

from radmine.label import Bin

_LEAST = 1e-7  # of a probability, before its logarithm
_RANGE = (-3.0, 3.0)  # of the logarithm of a temperature: 0.05 to 20


def equal_bins(probabilities: NDArray[np.floating], truth: NDArray[np.bool_], *, bins: int = 10) -> list[Bin]:
    """Return bins of equal count, lowest first: equal probabilities may stand in two of them (Nguyen and O'Connor, EMNLP 2015)."""
    order = np.argsort(probabilities, kind="stable")
    return [
        Bin(
            float(probabilities[part[0]]),
            float(probabilities[part[-1]]),
            float(np.mean(probabilities[part], dtype=np.float64)),
            float(truth[part].mean()),
            len(part),
        )
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(bins: list[Bin]) -> float | None:
    """Return how far what is said lies from what is true, the mean over bins; None where there are none (Guo et al., ICML 2017)."""
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.probability - b.true) for b in bins) / total if total else None


def brier(probabilities: NDArray[np.floating], truth: NDArray[np.bool_]) -> float | None:
    """Return the mean squared distance of probability and truth, None of nothing (Brier, Mon. Weather Rev. 78, 1950)."""
    return float(np.mean((np.asarray(probabilities, np.float64) - truth) ** 2)) if len(truth) else None


def temperature(probabilities: NDArray[np.floating], truth: NDArray[np.floating], *, several: bool) -> float:
    """Return the one number by which logits are divided for the best likelihood (Guo et al., ICML 2017); 1 of nothing known.

    Parameters
    ----------
    probabilities
        Shape (n, classes), of the validation part.
    truth
        1, 0, or NaN where it is not known, of the same shape.
    several
        Whether an image may have several classes, each with its own yes or no.
    """
    from scipy.optimize import minimize_scalar

    known = (
        ~np.isnan(truth)
        if several
        else np.repeat(~np.isnan(truth).any(axis=1, keepdims=True), truth.shape[1], 1)
    )
    if not known.any():
        return 1.0

    def cost(log: float) -> float:
        said = np.clip(tempered(probabilities, float(np.exp(log)), several=several), _LEAST, 1 - _LEAST)
        sure = truth * np.log(said) + ((1 - truth) * np.log1p(-said) if several else 0.0)
        return float(-sure[known].mean())

    return float(np.exp(minimize_scalar(cost, bounds=_RANGE, method="bounded").x))


def tempered(probabilities: NDArray[np.floating], by: float, *, several: bool) -> NDArray[np.float64]:
    """Return probabilities whose logits are divided by a temperature; their order within a class of `several` stays."""
    said = np.clip(np.asarray(probabilities, np.float64), _LEAST, 1 - _LEAST)
    if several:
        return np.asarray(1 / (1 + np.exp(-(np.log(said) - np.log1p(-said)) / by)), np.float64)
    powers = said ** (1 / by)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)

"""How near predicted numbers and times come: `measure_numbers`, `measure_times`, `concordance`."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure.auc import Floats
from radmine.train.measure.bootstrap import Estimate, Patients, estimate, interval

_AT_ONCE = 512  # images that are compared with all others at a time


def measure_numbers(
    predicted: NDArray[np.floating], truth: NDArray[np.floating], patients: Patients, kept: NDArray[np.int64]
) -> dict[str, Estimate]:
    """Return mean absolute error, R2 and Pearson's correlation, with intervals by patient; they need an image at least."""
    centre = truth.mean()
    p, t = np.asarray(predicted, np.float64) - centre, np.asarray(truth, np.float64) - centre
    sums = np.array([np.ones(len(t)), np.abs(p - t), (p - t) ** 2, p, t, p * p, t * t, p * t])
    cells = np.repeat(np.arange(len(sums)), len(t))
    value = _measures(sums.sum(axis=1)[:, None])
    drawn = patients.resample(np.tile(kept, len(sums)), cells, len(sums), _measures, weights=sums.ravel())
    return {name: interval(float(v[0]), drawn.get(name, np.zeros(0))) for name, v in value.items()}


def _measures(sums: Floats) -> Mapping[str, Floats]:
    n, off, squared, p, t, pp, tt, pt = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        spread_p, spread_t = pp - p * p / n, tt - t * t / n
        both = (spread_p > 1e-12) & (spread_t > 1e-12)
        return {
            "mae": off / n,
            "r2": np.where(spread_t > 1e-12, 1 - squared / spread_t, np.nan),
            "pearson": np.where(both, (pt - p * t / n) / np.sqrt(spread_p * spread_t), np.nan),
        }


def concordance(
    risk: NDArray[np.floating], times: NDArray[np.floating], events: NDArray[np.bool_]
) -> float | None:
    """Return Harrell's c-index: of two of whom it is known who came first, how often that one had the higher risk.

    Equal risks count half; of two at the same time an event comes before one who was lost, and two events tell nothing.
    None where nobody can be compared. Harrell et al., JAMA 247, 1982.
    """
    value = float(weighted_concordance(risk, times, events, np.ones((1, len(risk))))[0])
    return None if np.isnan(value) else value


def weighted_concordance(
    risk: NDArray[np.floating], times: NDArray[np.floating], events: NDArray[np.bool_], weights: Floats
) -> Floats:
    """Return the c-index for several weights of the images, shape (draws, n); NaN where nobody can be compared."""
    right, compared = np.zeros(len(weights)), np.zeros(len(weights))
    first = np.flatnonzero(events)
    for start in range(0, len(first), _AT_ONCE):
        rows = first[start : start + _AT_ONCE]
        some = rows[:, None]
        later = (times > times[some]) | ((times == times[some]) & ~events)
        better = later * ((risk < risk[some]) + (risk == risk[some]) / 2)
        own = weights[:, rows]
        compared += (own * (weights @ later.T.astype(np.float64))).sum(axis=1)
        right += (own * (weights @ better.T)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(compared > 0, right / compared, np.nan)


def measure_times(
    risk: NDArray[np.floating],
    times: NDArray[np.floating],
    events: NDArray[np.bool_],
    patients: Sequence[str],
    *,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Return the c-index of predicted risks, with an interval by patient.

    Parameters
    ----------
    risk, times, events
        As for `concordance`.
    patients
        Of each image.
    seed
        Of the bootstrap.
    """

    def statistic(weights: Floats) -> Floats:
        return weighted_concordance(risk, times, events, weights)

    return {"c_index": estimate(statistic, patients, seed=seed)}

"""How well one finding is told from its absence: AUC, average precision and what a threshold makes of the probabilities."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure.auc import Floats
from radmine.train.measure.bootstrap import Estimate, Patients, interval

MEASURES = ("auc", "average_precision", "sensitivity", "specificity", "ppv", "npv", "f1")
FEWEST = 5  # patients with a finding, and without it, below which a bootstrap says nothing
_LEVELS = 1024  # of probability that intervals tell apart


def measure_finding(
    probabilities: NDArray[np.floating],
    truth: NDArray[np.bool_],
    patients: Patients,
    kept: NDArray[np.int64],
    *,
    threshold: float | None,
) -> dict[str, Estimate]:
    """Return each of `MEASURES` with its 95 % interval by a bootstrap over patients.

    Values are exact; for the intervals probabilities that differ by less than a thousandth of the ranks count as ties. With fewer
    than five patients of either kind there are no intervals. Of a share that is 0 or 1, which every draw repeats, it is that of
    Clopper and Pearson (Biometrika 26, 1934) with as many answers as patients.

    Parameters
    ----------
    probabilities, truth
        Of the images of which the finding is known.
    patients
        Of all images.
    kept
        The places of the known ones among all images.
    threshold
        From here on it is called there; None: what needs one is not computed.
    """
    if not len(truth):
        return dict.fromkeys(MEASURES, Estimate(None))
    value = _of_levels(*_levels(probabilities, truth, threshold, most=len(truth)))
    cells, count, above = _levels(probabilities, truth, threshold, most=_LEVELS)
    drawn = patients.resample(kept, cells, 2 * count, lambda sums: _measures(sums, above))
    few = min(patients.count(kept[truth]), patients.count(kept[~truth])) < FEWEST
    found = {
        name: interval(value[name], np.zeros(0) if few else drawn.get(name, np.zeros(0))) for name in MEASURES
    }
    if threshold is not None:
        called = probabilities >= threshold
        for name, asked in {
            "sensitivity": truth,
            "specificity": ~truth,
            "ppv": called,
            "npv": ~called,
        }.items():
            if found[name].value in (0, 1):
                found[name] = _sure(value[name], patients.count(kept[asked]))
    return found


def _sure(value: float, patients: int) -> Estimate:
    """Return a share of 0 or 1 with its interval, of so many independent answers."""
    reach = 0.025 ** (1 / patients)
    return Estimate(1.0, reach, 1.0) if value else Estimate(0.0, 0.0, 1 - reach)


def _levels(
    probabilities: NDArray[np.floating], truth: NDArray[np.bool_], threshold: float | None, *, most: int
) -> tuple[NDArray[np.int64], int, int | None]:
    """Return the cell of each image (its level, the absent ones behind the present), the number of levels, and the first that the threshold calls there."""
    values, level = np.unique(probabilities, return_inverse=True)
    starts = values
    if len(values) > most:
        edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, most, endpoint=False), method="lower"))
        if threshold is not None:
            at = np.searchsorted(values, threshold)
            edges = np.unique(np.r_[edges, values[at : at + 1]])
        starts = edges
        level = np.searchsorted(edges, probabilities, side="right") - 1
    above = None if threshold is None else int(np.searchsorted(starts, threshold))
    cells = level + np.where(truth, 0, len(starts))
    return np.asarray(cells, np.int64), len(starts), above


def _of_levels(cells: NDArray[np.int64], count: int, above: int | None) -> dict[str, float]:
    sums = np.bincount(cells, minlength=2 * count).astype(np.float64)[:, None]
    return {name: float(values[0]) for name, values in _measures(sums, above).items()}


def _measures(sums: Floats, above: int | None) -> Mapping[str, Floats]:
    """Return the measures of sums (2 * levels, resamples), levels of present images before those of absent ones, lowest first."""
    there, absent = sums[: len(sums) // 2], sums[len(sums) // 2 :]
    positives, negatives = there.sum(axis=0), absent.sum(axis=0)
    lower = np.cumsum(absent, axis=0) - absent / 2
    hits, alarms = np.cumsum(there[::-1], axis=0), np.cumsum(absent[::-1], axis=0)
    nothing = np.full(sums.shape[1], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        both = positives * negatives
        found = {"auc": np.where(both > 0, (there * lower).sum(axis=0) / both, np.nan)}
        precision = np.where(hits + alarms > 0, hits / (hits + alarms), 0.0)
        known = (positives > 0) & (negatives > 0)
        found["average_precision"] = np.where(
            known, (there[::-1] * precision).sum(axis=0) / positives, np.nan
        )
        if above is None:
            return found | dict.fromkeys(MEASURES[2:], nothing)
        true, false = there[above:].sum(axis=0), absent[above:].sum(axis=0)
        missed, rest = positives - true, negatives - false
        return found | {
            "sensitivity": true / positives,
            "specificity": rest / negatives,
            "ppv": true / (true + false),
            "npv": rest / (rest + missed),
            "f1": np.where(positives > 0, 2 * true / (2 * true + false + missed), np.nan),
        }

"""95 % intervals by a bootstrap over patients: `estimate`, `Patients`.

Images of one patient resemble each other, so whole patients are drawn with replacement (cluster bootstrap: Field and
Welsh, J. R. Stat. Soc. B 69, 2007), seeded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure.auc import Floats, Statistic

RESAMPLES = 1000
_AT_ONCE = 100  # resamples in memory
_KEPT = 200_000_000  # bytes of draws that are kept
# Sums of cells (cells, resamples) -> statistics by name, each (resamples,), NaN where it cannot be computed.
OfCells = Callable[[Floats], Mapping[str, Floats]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval, None where they cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None


def estimate(statistic: Statistic, patients: Sequence[str], *, seed: int = 0) -> Estimate:
    """Return a statistic of images and its 95 % interval by resampling their patients."""
    names, code = np.unique(np.asarray(patients, dtype=object).astype(str), return_inverse=True)
    if not len(names):
        return Estimate(None)
    value = float(statistic(np.ones((1, len(code))))[0])
    drawn = [statistic(counts[:, code]) for counts in _draws(len(names), seed)]
    return interval(value, np.concatenate(drawn) if drawn else np.zeros(0))


class Patients:
    """The patients of images, drawn again and again in the same way for every statistic."""

    def __init__(self, patients: Sequence[str], *, seed: int = 0) -> None:
        names, code = np.unique(np.asarray(patients, dtype=object).astype(str), return_inverse=True)
        self._code = code
        self._count = len(names)
        self._seed = seed
        self._drawn: list[NDArray[np.uint8]] = []

    def count(self, kept: NDArray[np.integer]) -> int:
        """Return how many patients these images are of."""
        return len(np.unique(self._code[kept]))

    def resample(
        self,
        kept: NDArray[np.int64],
        cells: NDArray[np.int64],
        count: int,
        statistics: OfCells,
        *,
        weights: NDArray[np.float64] | None = None,
    ) -> dict[str, Floats]:
        """Return statistics of sums over images, each for a thousand draws of the patients; empty of one patient alone.

        What an image adds goes into one cell, so that a draw costs a product with a sparse matrix (cells, patients) and no pass
        over images. Sums of ones are exact to 16 million.

        Parameters
        ----------
        kept
            The images that count.
        cells
            The cell of each of these.
        count
            Cells there are.
        statistics
            What is made of the sums.
        weights
            What each of the images adds; else one.
        """
        from scipy.sparse import csr_matrix

        own, place = np.unique(self._code[kept], return_inverse=True)
        if len(own) < 2:
            return {}
        adds = np.ones(len(kept), np.float32) if weights is None else weights
        table = csr_matrix((adds, (cells, place)), shape=(count, len(own)))
        found: dict[str, list[Floats]] = {}
        for drawn in self._draws():
            sums = np.asarray(table @ drawn[own].astype(adds.dtype), np.float64)
            for name, values in statistics(sums).items():
                found.setdefault(name, []).append(values)
        return {name: np.concatenate(values) for name, values in found.items()}

    def _draws(self) -> Iterator[NDArray[np.uint8]]:
        """Yield how often each patient is drawn, shape (patients, some); kept where they are not too many."""
        if self._drawn:
            yield from self._drawn
            return
        keep = self._count * RESAMPLES <= _KEPT
        for drawn in _draws(self._count, self._seed):
            block = np.ascontiguousarray(drawn.T.astype(np.uint8))
            if keep:
                self._drawn.append(block)
            yield block


def interval(value: float, resampled: Floats) -> Estimate:
    """Return a value with the 95 % interval of its resampled ones.

    Without an interval where too few of these can be computed, or all are one: that says nothing of how it varies.
    """
    if np.isnan(value):
        return Estimate(None)
    resampled = resampled[~np.isnan(resampled)]
    if len(resampled) < RESAMPLES // 2:  # too few positives for an interval
        return Estimate(value)
    low, high = (float(v) for v in np.percentile(resampled, (2.5, 97.5)))
    return Estimate(value, low, high) if high > low else Estimate(value)


def _draws(count: int, seed: int) -> Iterator[Floats]:
    """Yield how often each of the patients is drawn, shape (some, count); nothing of fewer than two patients."""
    if count < 2:
        return
    random = np.random.default_rng(seed)
    for _ in range(RESAMPLES // _AT_ONCE):
        drawn = random.integers(count, size=(_AT_ONCE, count)) + np.arange(_AT_ONCE)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=_AT_ONCE * count)
        yield counts.reshape(_AT_ONCE, count).astype(np.float64)

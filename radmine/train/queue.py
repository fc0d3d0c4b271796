"""How long studies wait to be read, first come first served and with alerts first: `simulate_queue`.

One reader, Poisson arrivals, the same reading time for every study, no reading broken off: as Annarumma et al. (Radiology 291, 2019) ask
what a network's priorities save, in the plainest queue. Its mean waits are known (Cobham, Oper. Res. 2, 1954), which the tests use.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.train.measure import Estimate, Floats

_STUDIES = 100_000
_BATCHES = 20  # of studies in the order of arrival, whose means are nearly independent (Law and Carson, Oper. Res. 27, 1979)


@dataclass(frozen=True, slots=True)
class Waits:
    """Mean waits before the reading begins, in reading times, with 95 % intervals of the simulation."""

    first_come: Estimate
    alerts_first: Estimate
    saved: Estimate  # the difference; negative where they wait longer


def simulate_queue(
    alert: NDArray[np.bool_],
    critical: NDArray[np.bool_],
    *,
    load: float,
    seed: int = 0,
    studies: int = _STUDIES,
) -> tuple[Waits, Waits]:
    """Return the waits of critical studies and of the others.

    Parameters
    ----------
    alert, critical
        Shape (n,), of studies that the simulated ones are drawn from, with replacement.
    load
        Share of the time that the reader reads, below 1.
    seed
        Of arrivals and draws; both orders get the same.
    studies
        How many are simulated.
    """
    random = np.random.default_rng(seed)
    drawn = random.integers(len(alert), size=studies)
    arrivals = np.cumsum(random.exponential(1 / load, studies))
    plain, with_alerts = _first_come(arrivals), _alerts_first(arrivals, alert[drawn])
    there = critical[drawn]
    return _waits(plain, with_alerts, there), _waits(plain, with_alerts, ~there)


def _first_come(arrivals: Floats) -> Floats:
    """Return the wait of each study in the order of arrival (Lindley, 1952)."""
    ahead = np.arange(len(arrivals)) - arrivals  # work that has come less the time that has passed
    return np.asarray(ahead - np.minimum.accumulate(ahead))


def _alerts_first(arrivals: Floats, alert: NDArray[np.bool_]) -> Floats:
    """Return the wait of each study where those with an alert are read before the others, each kind in the order of arrival."""
    waits = np.empty(len(arrivals))
    times, kinds = arrivals.tolist(), alert.tolist()
    queues: tuple[deque[int], deque[int]] = deque(), deque()  # with an alert, without
    come, now = 0, 0.0
    for _ in times:
        if not (queues[0] or queues[1]):
            now = max(now, times[come])
        while come < len(times) and times[come] <= now:
            queues[0 if kinds[come] else 1].append(come)
            come += 1
        read = (queues[0] or queues[1]).popleft()
        waits[read] = now - times[read]
        now += 1.0
    return waits


def _waits(plain: Floats, with_alerts: Floats, of: NDArray[np.bool_]) -> Waits:
    return Waits(*(_mean(values[of]) for values in (plain, with_alerts, plain - with_alerts)))


def _mean(values: Floats) -> Estimate:
    """Return a mean with its interval by the means of batches; without one where a batch is empty, nothing of nothing."""
    if not len(values):
        return Estimate(None)
    if len(values) < _BATCHES:
        return Estimate(float(values.mean()))
    from scipy.stats import t

    means = np.array([batch.mean() for batch in np.array_split(values, _BATCHES)])
    reach = float(t.ppf(0.975, _BATCHES - 1) * means.std(ddof=1) / _BATCHES**0.5)
    value = float(values.mean())
    return Estimate(value, value - reach, value + reach)

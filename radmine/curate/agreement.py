"""How well labels agree with what is known to be true: precision, recall and F1 with 95 % intervals.

Each of them is a ratio of counts, F1 by way of F* = hits / (hits + false alarms + missed), of which it is 2 F* / (1 + F*)
(Hand, Christen and Kirielle, Machine Learning 110, 2021). Its interval is Wilson's (JASA 22, 1927) for as many independent
answers as the real ones are worth: those of one report, or of one patient, resemble each other (Korn and Graubard, Survey
Methodology 24, 1998). It needs no resampling and does not shrink to nothing where no error was seen. The mean over findings has
an interval made of theirs (Zou and Donner, Statistics in Medicine 27, 2008), wider where their errors come together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.records import Assertion

Floats = NDArray[np.float64]
Counts = Floats  # shape (3, clusters): hits, false alarms, missed

MICRO, MACRO = "all findings", "mean of findings"
_Z = 1.959964  # of a normal distribution, 95 % lie within


class Measure(NamedTuple):
    """A number and its 95 % interval, None where nothing can be said."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Judged(NamedTuple):
    """What is true of one finding of one item, and what our label says of it."""

    item: str
    finding: str
    true: bool
    ours: Assertion | None  # None: it has no label


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well labels of one finding, or of all, agree with the truth."""

    finding: str
    known: int  # answers that the truth gives
    there: int  # of them "it is there"
    hits: int
    false_alarms: int
    missed: int
    precision: Measure
    recall: Measure
    f1: Measure
    note: str = ""


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share that was seen in `n` independent answers.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.9, 10)]
    [0.5958, 0.9821]
    """
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def ratio(part: Floats, whole: Floats, *, drawn: float = 0.0) -> Measure:
    """Return the ratio of two sums over clusters, with its interval.

    Parameters
    ----------
    part, whole
        Counts by cluster of answers that resemble each other.
    drawn
        The share of all clusters that these are; 1: there are no others, and nothing is left to chance.
    """
    n = float(whole.sum())
    if not n:
        return Measure(None)
    share = float(part.sum()) / n
    if drawn >= 1:
        return Measure(share, share, share)
    worth = n / _design_effect(part, whole, share, n) / (1 - drawn)
    return Measure(share, *wilson(share, worth))


def _design_effect(part: Floats, whole: Floats, share: float, n: float) -> float:
    """Return how many of the answers are worth one independent answer, at least 1."""
    clusters = len(whole)
    if whole.max() <= 1:
        return 1.0
    if clusters < 2:
        return n
    chance = share * (1 - share) / n
    if not chance:
        return 1.0
    variance = float(((part - share * whole) ** 2).sum()) / n**2 * clusters / (clusters - 1)
    return max(1.0, variance / chance)


def by_finding(
    judged: Iterable[Judged], *, clusters: Mapping[str, str] | None = None, drawn: float = 0.0
) -> list[Agreement]:
    """Return how well labels agree with the truth: over all findings, the mean of findings, then each finding by name.

    The first row is micro, the third too, with our "uncertain" counted as "present"; the second, macro, is the mean of the findings that
    somebody has. Where nothing is known, nothing is returned.

    Parameters
    ----------
    clusters
        Of items that resemble each other, such as those of a patient; None: each stands alone.
    drawn
        The share of all items that these are (see `ratio`).
    """
    judged = list(judged)
    names = [one.item if clusters is None else clusters[one.item] for one in judged]
    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    of: dict[str, list[tuple[Judged, int]]] = {}
    for one, name in zip(judged, names, strict=True):
        of.setdefault(one.finding, []).append((one, codes[name]))
    if not of:
        return []
    everything = [pair for pairs in of.values() for pair in pairs]
    counts = {finding: _counts(of[finding], len(codes)) for finding in sorted(of)}
    micro = _counts(everything, len(codes)), _counts(everything, len(codes), uncertain=True)
    each = [_agreement(name, of[name], counts[name], drawn) for name in counts]
    return [
        _agreement(MICRO, everything, micro[0], drawn),
        _mean(each, [counts[one.finding] for one in each]),
        _agreement("all, uncertain as present", everything, micro[1], drawn),
        *each,
    ]


def _counts(judged: Iterable[tuple[Judged, int]], clusters: int, *, uncertain: bool = False) -> Counts:
    """Return hits, false alarms and missed by cluster."""
    counts = np.zeros((3, clusters))
    for one, cluster in judged:
        said = one.ours is Assertion.PRESENT or (uncertain and one.ours is Assertion.UNCERTAIN)
        if one.true or said:
            counts[(0 if said else 2) if one.true else 1, cluster] += 1
    return counts


def _ratios(counts: Counts) -> tuple[tuple[Floats, Floats], ...]:
    """Return what precision, recall and F* are the ratios of."""
    hits, false, missed = counts
    return (hits, hits + false), (hits, hits + missed), (hits, hits + false + missed)


def _agreement(finding: str, judged: Sequence[tuple[Judged, int]], counts: Counts, drawn: float) -> Agreement:
    precision, recall, star = (ratio(part, whole, drawn=drawn) for part, whole in _ratios(counts))
    hits, false_alarms, missed = (int(of.sum()) for of in counts)
    f1 = Measure(*(None if v is None else 2 * v / (1 + v) for v in star))
    there = sum(one.true for one, _ in judged)
    return Agreement(finding, len(judged), there, hits, false_alarms, missed, precision, recall, f1)


def _mean(each: Sequence[Agreement], counts: Sequence[Counts]) -> Agreement:
    had = [(one, of) for one, of in zip(each, counts, strict=True) if one.there]
    shared = [_shared([_ratios(of)[place] for _, of in had]) for place in range(3)]
    return Agreement(
        MACRO,
        sum(one.known for one, _ in had),
        sum(one.there for one, _ in had),
        sum(one.hits for one, _ in had),
        sum(one.false_alarms for one, _ in had),
        sum(one.missed for one, _ in had),
        _mean_of([one.precision for one, _ in had], shared[0]),
        _mean_of([one.recall for one, _ in had], shared[1]),
        _mean_of([one.f1 for one, _ in had], shared[2]),
        f"{len(had)} findings that somebody has",
    )


def _shared(ratios: Sequence[tuple[Floats, Floats]]) -> float:
    """Return how much larger the variance of a mean of ratios is than it were if they had nothing to do with each other, at least 1."""
    apart, together = 0.0, np.zeros(len(ratios[0][0]) if ratios else 0)
    for part, whole in ratios:
        n = whole.sum()
        if n:
            share = (part - part.sum() / n * whole) / n
            apart += float((share**2).sum())
            together += share
    return max(1.0, float((together**2).sum()) / apart) if apart else 1.0


def _mean_of(measures: Sequence[Measure], shared: float) -> Measure:
    """Return the mean of measures; those without a value are left out."""
    known = [
        (m.value, m.low, m.high)
        for m in measures
        if m.value is not None and m.low is not None and m.high is not None
    ]
    if not known:
        return Measure(None)
    mean = sum(value for value, _, _ in known) / len(known)
    below = sqrt(shared * sum((value - low) ** 2 for value, low, _ in known)) / len(known)
    above = sqrt(shared * sum((high - value) ** 2 for value, _, high in known)) / len(known)
    return Measure(mean, max(0.0, mean - below), min(1.0, mean + above))

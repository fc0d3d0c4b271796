"""How good the image network of a corpus is, of its stored predictions alone: `evaluate_network`.

Thresholds and temperatures are chosen on the validation part; every measure is of the test part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.label import Bin
from radmine.records import Score
from radmine.train.curves import precision_recall, roc
from radmine.train.groups import Grouped, largest_gaps, measure_groups
from radmine.train.known import Known, known_elsewhere, known_of
from radmine.train.measure import (
    FEWEST,
    Estimate,
    Patients,
    brier,
    by_site,
    calibration_error,
    choose_threshold,
    confusion,
    equal_bins,
    measure_classes,
    measure_finding,
    measure_numbers,
    measure_times,
    tempered,
)
from radmine.train.tasks import ORDINAL, REGRESSION

STAGE = "train"


@dataclass(frozen=True, slots=True)
class Found:
    """How one finding is told on the test part."""

    finding: str
    n: int  # test images of which it is known
    positives: int
    few: bool  # fewer than five patients with or without it: no intervals
    threshold: float | None  # chosen on the validation part; None where that lacks either kind
    measures: Mapping[str, Estimate]
    sites: Mapping[str, float]  # thresholds of sites that have enough validation images
    bins: Sequence[Bin]  # as it was said; of equal count
    error: float | None  # expected calibration error
    brier: float | None
    tempered_error: float | None  # after the temperature of the target
    tempered_brier: float | None
    roc: NDArray[np.float64]  # (points, 2)
    precision_recall: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classed:
    """How the classes of one target are named on the test part."""

    target: str
    classes: tuple[str, ...]
    n: int
    measures: Mapping[str, Estimate]
    each: Mapping[
        str, Mapping[str, Estimate]
    ]  # of each class against all others, at a threshold chosen on validation
    confusion: NDArray[np.int64]  # rows: what is true; columns: what was said
    temperature: float
    bins: Sequence[Bin]  # of the class that was named: how sure, how often right
    error: float | None
    tempered_error: float | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """How near the numbers of one target come on the test part, or how well its risks put times in order."""

    target: str
    n: int
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a network is."""

    findings: tuple[Found, ...]
    classes: tuple[Classed, ...]
    numbers: tuple[Numbered, ...]
    groups: tuple[Grouped, ...]
    chosen_by: str  # how thresholds were chosen
    temperature: float | None  # of the findings
    on: str | None = None  # another corpus, which the test images are of

    def scores(self) -> Iterator[Score]:
        """Yield every number of it as a row like those of `scores`."""
        for f in self.findings:
            for name, one in f.measures.items():
                yield _score(f.finding, name, one, f.n, f"{f.positives} positive")
            plain = {
                "threshold": f.threshold,
                "ece": f.error,
                "ece_tempered": f.tempered_error,
                "brier": f.brier,
                "brier_tempered": f.tempered_brier,
            }
            for name, value in plain.items():
                yield _score(
                    f.finding, name, Estimate(value), f.n, self.chosen_by if name == "threshold" else None
                )
            for site, value in f.sites.items():
                yield _score(f"{f.finding} at site={site}", "threshold", Estimate(value), f.n, self.chosen_by)
        if self.temperature is not None:
            yield _score("labels", "temperature", Estimate(self.temperature), 0, "of the validation part")
        for c in self.classes:
            for name, one in c.measures.items():
                yield _score(c.target, name, one, c.n, f"{len(c.classes)} classes")
            for class_name, measures in c.each.items():
                for name, one in measures.items():
                    yield _score(f"{c.target}: {class_name}", name, one, c.n, "against all others")
            for name, value in (
                ("temperature", c.temperature),
                ("ece", c.error),
                ("ece_tempered", c.tempered_error),
            ):
                yield _score(c.target, name, Estimate(value), c.n, None)
        for numbered in self.numbers:
            for name, one in numbered.measures.items():
                yield _score(numbered.target, name, one, numbered.n, None)
        for g in self.groups:
            said = f"{g.positives} positive" if g.measures else "not computed: too few images of either kind"
            for name, one in (g.measures or {"auc": Estimate(None)}).items():
                yield _score(f"{g.finding} of {g.grouping}={g.group}", name, one, g.n, said)
        for (finding, grouping, name), gap in largest_gaps(self.groups).items():
            yield _score(f"{finding} by {grouping}", f"largest_gap_{name}", Estimate(gap), 0, None)


def _score(subject: str, metric: str, one: Estimate, n: int, note: str | None) -> Score:
    return Score(STAGE, subject, metric, one.value, n, one.low, one.high, note)


def evaluate_network(
    corpus: Corpus,
    *,
    on: Corpus | None = None,
    sensitivity: float | None = None,
    device: str = "auto",
    seed: int = 0,
) -> Evaluation:
    """Return how good the network of a corpus is on its test part, against the labels that the corpus has now.

    Parameters
    ----------
    corpus
        Its network is trained.
    on
        Another corpus, all images of which are the test part (external validation): they are predicted now, and nothing is
        chosen on them.
    sensitivity
        What thresholds find at least on the validation part; None: Youden's J is largest.
    device
        Where the images of another corpus are predicted.
    seed
        Of the bootstrap.

    Raises
    ------
    InputError
        There is no network, no predictions of it, or no image in the other corpus.
    """
    known = known_of(corpus) if on is None else known_elsewhere(corpus, on, device=device)
    return evaluate_known(known, on=None if on is None else on.name, sensitivity=sensitivity, seed=seed)


def evaluate_known(
    every: Iterable[Known], *, on: str | None = None, sensitivity: float | None = None, seed: int = 0
) -> Evaluation:
    """Return how good a network is by what it said of each target beside what is true.

    Parameters
    ----------
    every
        A target each.
    on
        The name of another corpus, which the test images are of.
    sensitivity, seed
        As for `evaluate_network`.
    """
    findings: list[Found] = []
    classes: list[Classed] = []
    numbers: list[Numbered] = []
    groups: list[Grouped] = []
    warmth = None
    for known in every:
        patients = Patients(known.patients, seed=seed)
        if known.target.is_multilabel:
            warmth = known.temperature()
            for column in range(len(known.target.classes)):
                found, grouped = _finding(known, column, patients, warmth, sensitivity)
                findings.append(found)
                groups += grouped
        elif known.target.has_classes:
            classes.append(_classed(known, patients, sensitivity))
        else:
            numbers.append(_numbered(known, patients, seed))
    how = "Youden's J on validation" if sensitivity is None else f"sensitivity {sensitivity:g} on validation"
    return Evaluation(tuple(findings), tuple(classes), tuple(numbers), tuple(groups), how, warmth, on)


def _finding(
    known: Known,
    column: int,
    patients: Patients,
    warmth: float,
    sensitivity: float | None,
) -> tuple[Found, list[Grouped]]:
    """Return how a finding is told, over all and by group."""
    name = known.target.classes[column]
    rows, said, truth = known.of("validation", column)
    threshold = choose_threshold(said, truth, sensitivity=sensitivity)
    site = [known.groups["site"][row] for row in rows]
    sites = by_site(said, truth, site, sensitivity=sensitivity) if len(set(site)) > 1 else {}
    rows, said, truth = known.of("test", column)
    warm = tempered(said, warmth, several=True)
    bins = equal_bins(said, truth)
    values = truth.astype(np.float32)
    found = Found(
        finding=name,
        n=len(rows),
        positives=int(truth.sum()),
        few=min(patients.count(rows[kind]) for kind in (truth, ~truth)) < FEWEST,
        threshold=threshold,
        measures=measure_finding(said, truth, patients, rows, threshold=threshold),
        sites=sites,
        bins=bins,
        error=calibration_error(bins),
        brier=brier(said, truth),
        tempered_error=calibration_error(equal_bins(warm, truth)),
        tempered_brier=brier(warm, truth),
        roc=roc(said, values),
        precision_recall=precision_recall(said, values),
    )
    return found, measure_groups(name, said, truth, patients, rows, known.groups, threshold=threshold)


def _classed(known: Known, patients: Patients, sensitivity: float | None) -> Classed:
    """Return how the classes of a target are named."""
    values = known.target.values
    rows = np.flatnonzero((known.parts == "test") & ~np.isnan(values).any(axis=1))
    said, truth = known.said[rows], values[rows].argmax(axis=1).astype(np.int64)
    warmth, bins = known.temperature(), _sureness(said, truth)
    return Classed(
        known.target.name,
        known.target.classes,
        len(rows),
        measure_classes(
            said, truth, patients, rows, majority=known.majority, ordinal=known.target.task == ORDINAL
        ),
        {
            name: _against_others(known, column, patients, sensitivity)
            for column, name in enumerate(known.target.classes)
        },
        confusion(truth, said.argmax(axis=1), len(known.target.classes)),
        warmth,
        bins,
        calibration_error(bins),
        calibration_error(_sureness(tempered(said, warmth, several=False), truth)),
    )


def _numbered(known: Known, patients: Patients, seed: int) -> Numbered:
    """Return how near numbers come, or how well risks put times in order."""
    values = known.target.values
    rows = np.flatnonzero((known.parts == "test") & ~np.isnan(values).any(axis=1))
    said, truth = known.said[rows, 0], values[rows]
    if known.target.task == REGRESSION:
        measures = measure_numbers(said, truth[:, 0], patients, rows) if len(rows) else {}
    else:
        names = [known.patients[row] for row in rows]
        measures = measure_times(said, truth[:, 0], truth[:, 1] > 0.5, names, seed=seed)
    return Numbered(known.target.name, len(rows), measures)


def _against_others(
    known: Known, column: int, patients: Patients, sensitivity: float | None
) -> Mapping[str, Estimate]:
    """Return how one class is told from all others."""
    _, said, truth = known.of("validation", column)
    threshold = choose_threshold(said, truth, sensitivity=sensitivity)
    rows, said, truth = known.of("test", column)
    return measure_finding(said, truth, patients, rows, threshold=threshold)


def _sureness(said: NDArray[np.floating], truth: NDArray[np.int64]) -> list[Bin]:
    return equal_bins(said.max(axis=1), said.argmax(axis=1) == truth)

"""Studies in the order in which they should be read, and what that order is worth: `make_worklist`, `measure_alerts`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.findings import is_critical
from radmine.train.known import Known, known_elsewhere, known_of
from radmine.train.measure import FEWEST, Estimate, Floats, estimate
from radmine.train.queue import Waits, simulate_queue


@dataclass(frozen=True, slots=True)
class Entry:
    """A study on the worklist."""

    study_id: str
    patient_id: str
    probability: float  # the largest of a critical finding on one of its images
    finding: str  # of which it is that
    alert: bool
    critical: bool | None  # what its labels say; None: nothing


@dataclass(frozen=True, slots=True)
class Worklist:
    """Studies, the most urgent first, and how good the order is where the labels tell."""

    entries: tuple[Entry, ...]
    findings: tuple[str, ...]  # that count as critical, of those that the network knows
    alert_rate: float
    known: int  # studies of which it is known whether they are critical
    positives: int
    sensitivity: Estimate  # share of the critical studies among the alerts
    precision: Estimate  # share of the alerts that are critical
    load: float
    critical_waits: Waits | None  # in reading times; None with fewer than five patients of either kind
    other_waits: Waits | None


def measure_alerts(
    scores: NDArray[np.floating],
    critical: NDArray[np.bool_],
    patients: Sequence[str],
    rate: float,
    *,
    seed: int = 0,
) -> tuple[Estimate, Estimate]:
    """Return sensitivity and precision where the share `rate` of studies with the highest scores is alerted, with intervals by patient.

    Of studies with the same score all are alerted to the same share, so that no order among them counts; each draw of patients
    has its own highest.

    Parameters
    ----------
    scores, critical, patients
        Of studies, shape (n,).
    rate
        Between 0 and 1.
    """
    if not len(scores):
        return Estimate(None), Estimate(None)
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    ranked, there = scores[order], critical[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def hits(weights: Floats) -> tuple[Floats, Floats, Floats]:
        total = np.add.reduceat(weights[:, order], starts, axis=1)
        positive = np.add.reduceat(weights[:, order] * there, starts, axis=1)
        room = rate * total.sum(axis=1, keepdims=True) - (np.cumsum(total, axis=1) - total)
        taken = np.clip(room, 0, total)
        share = np.divide(taken, total, out=np.zeros_like(total), where=total > 0)
        return (share * positive).sum(axis=1), positive.sum(axis=1), taken.sum(axis=1)

    def ratio(weights: Floats, of: int) -> Floats:
        found = hits(weights)
        empty = np.full(len(weights), np.nan)
        return np.asarray(np.divide(found[0], found[of], out=empty, where=found[of] > 0))

    return (
        estimate(lambda w: ratio(w, 1), patients, seed=seed),
        estimate(lambda w: ratio(w, 2), patients, seed=seed),
    )


def make_worklist(
    corpus: Corpus,
    *,
    on: Corpus | None = None,
    findings: Sequence[str] | None = None,
    alert_rate: float = 0.1,
    load: float = 0.9,
    seed: int = 0,
) -> Worklist:
    """Return the studies of the test part by the probability of a critical finding, the highest first.

    With fewer than five patients of whom critical studies are known, or others, there are no intervals and no delays.

    Parameters
    ----------
    corpus
        Its network is trained.
    on
        Another corpus, all studies of which are ordered; they are predicted now.
    findings
        Those that count as critical; None: those of `radmine.findings.is_critical`.
    alert_rate
        Share of the studies that are alerted.
    load
        Share of the time that the simulated reader reads.
    seed
        Of the bootstrap and the queue.

    Raises
    ------
    InputError
        There is no network, it knows none of the findings, or no study is left.
    """
    known = next(
        (
            k
            for k in (known_of(corpus) if on is None else known_elsewhere(corpus, on))
            if k.target.is_multilabel
        ),
        None,
    )
    classes = () if known is None else known.target.classes
    wanted = tuple(c for c in classes if (is_critical(c) if findings is None else c in findings))
    unknown = sorted(set(findings or ()) - set(classes))
    if known is None or not wanted or unknown:
        raise InputError(
            f"The image network does not know {', '.join(unknown)}."
            if unknown
            else "The image network knows no critical finding.",
            where=corpus.name,
            do=f"Name some that it knows with --findings: {', '.join(classes)}."
            if classes
            else "Train it on findings.",
        )
    studies = _studies(on or corpus, known, wanted)
    if not studies:
        raise InputError("No study is in the test part.", where=corpus.name, do="Ingest more patients.")
    alerts = int(alert_rate * len(studies) + 1e-9)
    entries = tuple(
        Entry(s.study_id, s.patient_id, s.probability, s.finding, place < alerts, s.critical)
        for place, s in enumerate(sorted(studies, key=lambda s: (-s.probability, s.study_id)))
    )
    told = [e for e in entries if e.critical is not None]
    critical = np.array([bool(e.critical) for e in told], bool)
    scores = np.array([e.probability for e in told])
    sensitivity, precision = measure_alerts(
        scores, critical, [e.patient_id for e in told], alert_rate, seed=seed
    )
    waits: tuple[Waits | None, Waits | None] = None, None
    of_kinds = ({e.patient_id for e in told if e.critical is kind} for kind in (True, False))
    if min(map(len, of_kinds)) < FEWEST:
        sensitivity, precision = Estimate(sensitivity.value), Estimate(precision.value)
    else:
        waits = simulate_queue(np.array([e.alert for e in told]), critical, load=load, seed=seed)
    return Worklist(
        entries, wanted, alert_rate, len(told), int(critical.sum()), sensitivity, precision, load, *waits
    )


def _studies(corpus: Corpus, known: Known, wanted: Sequence[str]) -> list[Entry]:
    """Return the studies of the test part, without alerts; an image of no study is one of its own."""
    rows = corpus.read("images", columns=["image_id", "study_id", "report_id"]).to_pylist()
    study_of = {r["image_id"]: r["study_id"] or r["report_id"] or r["image_id"] for r in rows}
    columns = [known.target.classes.index(name) for name in wanted]
    images: dict[str, list[int]] = {}
    for row in np.flatnonzero(known.parts == "test"):
        images.setdefault(study_of[known.image_ids[row]], []).append(int(row))
    found = []
    for study, own in images.items():
        said, truth = known.said[np.ix_(own, columns)], known.target.values[np.ix_(own, columns)]
        best = int(said.max(axis=0).argmax())
        nothing = bool(np.isnan(truth).all())
        critical = None if nothing else bool((np.nan_to_num(truth) > 0.5).any())
        patient = known.patients[own[0]]
        found.append(Entry(study, patient, float(said.max()), wanted[best], False, critical))
    return found

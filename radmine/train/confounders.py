"""Whether a network may tell findings by where and of whom images were made: `find_confounders`.

After Zech et al., PLoS Med. 15, 2018: how well its features tell the site, what the site alone tells of a finding, and what of the network's
AUC is left where the site tells nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.models import model_facts
from radmine.run import Progress, no_progress
from radmine.train.features import LookedAt, cross_predicted, reduced, unlearned
from radmine.train.groups import LEAST, read_groups
from radmine.train.known import Known, known_of, truth_of
from radmine.train.measure import FEWEST, Estimate, Floats, Patients, accuracy, estimate, interval, macro_auc
from radmine.train.model import MODEL
from radmine.train.targets import read_cases

# Of the regressions: scikit-learn's usual one. A weak one says of each part of the patients little more than how common a group is among
# the others, which ranks the parts the wrong way round.
_STRENGTH = 1.0
_LEVELS = 256  # of probability that intervals tell apart
_NAMES = ("column_auc", "network_auc", "within_auc", "balanced_auc")


@dataclass(frozen=True, slots=True)
class Told:
    """How well the features of a network tell one column of images, of patients that nothing was learned from."""

    column: str  # site, scanner, view, sex, ...
    groups: tuple[str, ...]  # of at least five patients
    n: int  # images
    majority: float  # accuracy of always saying the commonest group
    accuracy: Estimate
    auc: Estimate  # of each group against the others, their mean


@dataclass(frozen=True, slots=True)
class Confounded:
    """What a column alone tells of one finding on the test part, and the network with and without it."""

    finding: str
    column: str
    n: int
    positives: int
    column_auc: Estimate  # of how common the finding is in the image's group in the training part
    network_auc: Estimate  # of the same images
    within_auc: Estimate  # of pairs of images of one group alone
    balanced_auc: Estimate  # where images are weighted so that the finding is as common in every group


@dataclass(frozen=True, slots=True)
class Confounders:
    """What a network may tell findings by."""

    told: tuple[Told, ...]
    findings: tuple[Confounded, ...]  # those first of which a column alone tells most


def measure_confounding(
    said: NDArray[np.floating],
    truth: NDArray[np.bool_],
    groups: NDArray[np.int64],
    common: Floats,
    patients: Patients,
    kept: NDArray[np.int64],
) -> dict[str, Estimate]:
    """Return the four AUCs of `Confounded` by name, with 95 % intervals by a bootstrap over patients.

    Values are exact; for the intervals probabilities within a 256th of the ranks count as ties.

    Parameters
    ----------
    said, truth, groups
        Of the images of which finding and group are known, shape (n,); groups are numbered from 0.
    common
        How common the finding is in each group, by which the column alone tells it, shape (groups,).
    patients, kept
        The patients of all images, and which of these are meant.
    """
    order = np.unique(common, return_inverse=True)[1]

    def sums_of(most: int) -> tuple[NDArray[np.int64], int]:
        values, level = np.unique(said, return_inverse=True)
        if len(values) > most:
            edges = np.unique(np.quantile(said, np.linspace(0, 1, most, endpoint=False), method="lower"))
            values, level = edges, np.searchsorted(edges, said, side="right") - 1
        return (groups * 2 + ~truth) * len(values) + level, len(values)

    def areas(sums: Floats, levels: int) -> Mapping[str, Floats]:
        return _areas(sums.reshape(len(common), 2, levels, -1), order)

    cells, levels = sums_of(len(said))
    whole = np.bincount(cells, minlength=len(common) * 2 * levels).astype(np.float64)
    value = areas(whole, levels)
    cells, levels = sums_of(_LEVELS)
    drawn = patients.resample(kept, cells, len(common) * 2 * levels, lambda sums: areas(sums, levels))
    return {name: interval(float(value[name][0]), drawn.get(name, np.zeros(0))) for name in _NAMES}


def _areas(sums: Floats, order: NDArray[np.int64]) -> Mapping[str, Floats]:
    """Return the AUCs of sums (groups, kinds, levels, draws): kinds are present and absent, levels lowest first."""
    there, absent = sums[:, 0], sums[:, 1]
    positives, negatives = there.sum(axis=1), absent.sum(axis=1)  # (groups, draws)
    levels = order.max() + 1
    by_column = np.zeros((2, levels, sums.shape[-1]))
    np.add.at(by_column[0], order, positives)
    np.add.at(by_column[1], order, negatives)
    both = (positives > 0) & (negatives > 0)
    total = np.where(both, positives + negatives, 0.0)
    weigh_there = np.divide(total, positives, out=np.zeros_like(total), where=both)[:, None]
    weigh_absent = np.divide(total, negatives, out=np.zeros_like(total), where=both)[:, None]
    each = [_pairs(t, a) for t, a in zip(there, absent, strict=True)]
    right, pairs = sum(r for r, _ in each), sum(p for _, p in each)
    return {
        "column_auc": _share(*_pairs(*by_column)),
        "network_auc": _share(*_pairs(there.sum(axis=0), absent.sum(axis=0))),
        "within_auc": _share(np.asarray(right), np.asarray(pairs)),
        "balanced_auc": _share(
            *_pairs((there * weigh_there).sum(axis=0), (absent * weigh_absent).sum(axis=0))
        ),
    }


def _pairs(there: Floats, absent: Floats) -> tuple[Floats, Floats]:
    """Return how many pairs of a present and an absent image are in order, ties half, and how many there are."""
    below = np.cumsum(absent, axis=0) - absent / 2
    return (there * below).sum(axis=0), there.sum(axis=0) * absent.sum(axis=0)


def _share(right: Floats, pairs: Floats) -> Floats:
    return np.asarray(np.divide(right, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0))


def find_confounders(corpus: Corpus, *, seed: int = 0, progress: Progress = no_progress) -> Confounders:
    """Return by what the network of a corpus may tell findings: site, scanner, view, modality, sex, age, images of the patient.

    Its features are of images of the validation and the test part; the AUCs are of the test part. Groups of fewer than five patients, or
    ten test images, are left out, and columns that leave fewer than two.

    Raises
    ------
    InputError
        There is no network, or it learned no findings.
    """
    known = next((k for k in known_of(corpus) if k.target.is_multilabel), None)
    if known is None:
        raise InputError(
            "The image network learned no findings.", where=corpus.name, do="Train it on labels."
        )
    found = _confounded(corpus, known, seed)
    told = _told(corpus, unlearned(corpus, own=True, progress=progress), seed)
    found.sort(key=lambda c: (-(c.column_auc.value or 0.0), c.finding, c.column))
    return Confounders(tuple(told), tuple(found))


def _told(corpus: Corpus, seen: LookedAt, seed: int) -> list[Told]:
    features, found = reduced(seen.features, seed=seed), []
    for column, names in read_groups(corpus, seen.cases.image_ids).items():
        groups = _large(names, seen.cases.patients, FEWEST)
        rows = np.flatnonzero([name in groups for name in names])
        truth = np.array([groups.index(names[row] or "") for row in rows], np.int64)
        patients = [seen.cases.patients[row] for row in rows]
        said = cross_predicted(features[rows], truth, patients, strength=_STRENGTH, seed=seed)
        if said is None:
            continue
        right, one_hot = said.argmax(axis=1) == truth, np.eye(len(groups), dtype=np.float32)[truth]
        found.append(
            Told(
                column,
                groups,
                len(rows),
                float(np.bincount(truth).max() / len(rows)),
                estimate(lambda w, right=right: accuracy(right, w), patients, seed=seed),  # type: ignore[misc]
                estimate(lambda w, s=said, t=one_hot: macro_auc(s, t, w), patients, seed=seed),  # type: ignore[misc]
            )
        )
    return found


def _confounded(corpus: Corpus, known: Known, seed: int) -> list[Confounded]:
    facts = model_facts(corpus.folder / MODEL)
    assert facts is not None  # known_of read it
    every = read_cases(corpus, corpus.read("pixels", columns=["image_id"]).column(0).to_pylist())
    training = every.rows("train")
    learned = truth_of(corpus, "labels", known.target.classes, facts["settings"], every).values[training]
    columns = read_groups(corpus, [every.image_ids[row] for row in training])
    patients, found = Patients(known.patients, seed=seed), []
    for place, finding in enumerate(known.target.classes):
        rows, said, truth = known.of("test", place)
        for column, names in known.groups.items():
            own = [names[row] for row in rows]
            groups = _large(own, rows, LEAST)
            here = np.flatnonzero([name in groups for name in own])
            kinds = (rows[here][kind] for kind in (truth[here], ~truth[here]))
            if len(groups) < 2 or min(map(patients.count, kinds)) < FEWEST:
                continue
            code = np.array([groups.index(own[row] or "") for row in here], np.int64)
            common = _common(learned[:, place], columns[column], groups)
            measures = measure_confounding(said[here], truth[here], code, common, patients, rows[here])
            found.append(Confounded(finding, column, len(here), int(truth[here].sum()), **measures))
    return found


def _large(
    names: Sequence[str | None], units: Sequence[object] | NDArray[np.int64], least: int
) -> tuple[str, ...]:
    """Return the groups that have at least so many different units (patients, images)."""
    of: dict[str, set[object]] = {}
    for name, unit in zip(names, units, strict=True):
        if name:
            of.setdefault(name, set()).add(unit)
    return tuple(sorted(name for name, own in of.items() if len(own) >= least))


def _common(values: NDArray[np.float32], names: Sequence[str | None], groups: Sequence[str]) -> Floats:
    """Return how common a finding is in each group; over all where it is known of none of the group."""
    over_all = float(np.nanmean(values)) if not np.isnan(values).all() else 0.0
    own = np.array([name or "" for name in names], dtype=object)
    known = ~np.isnan(values)
    return np.array(
        [values[here].mean() if (here := known & (own == g)).any() else over_all for g in groups], np.float64
    )

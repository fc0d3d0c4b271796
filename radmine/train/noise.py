"""Labels that are suspected to be wrong, by confident learning: `confident_errors` of arrays, `suspected` of a corpus.

Northcutt, Jiang and Chuang, Confident Learning, JAIR 70, 2021; each finding is a question of its own, with two answers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.run import Progress, no_progress
from radmine.train.features import cross_predicted, reduced, unlearned
from radmine.train.measure import FEWEST, Floats
from radmine.train.targets import read_target

_NEAR = 1e-6  # probabilities that differ by less are one
STRENGTH = 0.01  # of the regressions, see scripts/results/suspects.md


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is suspected to be wrong."""

    image_id: str
    finding: str
    there: bool  # what the label says
    probability: float  # that the finding is there, by images of other patients
    threshold: float  # mean probability of what the label denies, among images of which that is said
    score: (
        float  # probability of what the label says, by its mean among images of which it is said; low: wrong
    )


@dataclass(frozen=True, slots=True)
class Suspects:
    """The labels of a corpus that are suspected to be wrong, the likeliest first."""

    found: tuple[Suspect, ...]
    images: int  # that were looked at
    judged: tuple[str, ...]  # findings
    few: tuple[str, ...]  # findings with too few patients to be judged
    of: str  # what was looked at, in words


def confident_errors(there: Floats, labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which labels of one finding are suspected to be wrong.

    Suspected is a label whose opposite is the likelier answer, and at least as likely as it is on average among the images that
    are labelled so.

    Parameters
    ----------
    there
        Shape (n,), the probability that the finding is there, from what learned of other images alone.
    labels
        Shape (n,), whether it is said to be there; both kinds occur.
    """
    opposite = np.where(labels, 1 - there, there)
    return np.asarray(
        (opposite > 1 - opposite + _NEAR) & (opposite >= _mean_of(~labels, there, labels) - _NEAR)
    )


def relative_confidence(there: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Return the probability of each label by its mean among those of its kind: what is rare is doubted no more for that.

    Within one finding and one answer the order is that of the probability itself (self-confidence). Over several findings it puts
    more of those that are wrong first (scripts/results/suspects.md).
    """
    own = np.where(labels, there, 1 - there)
    return np.asarray(own / _mean_of(labels, there, labels))


def _mean_of(answers: NDArray[np.bool_], there: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Return for each answer its mean probability among the images that are labelled with it."""
    return np.asarray(np.where(answers, there[labels].mean(), (1 - there[~labels]).mean()))


def suspected(
    corpus: Corpus, *, finding: str | None = None, seed: int = 0, progress: Progress = no_progress
) -> Suspects:
    """Return the labels of images that are suspected to be wrong, those that the images speak against most strongly first.

    Probabilities are those of logistic regressions on features that know nothing of the labels (see `unlearned`), cross-validated
    by patient. Labels that are uncertain are not judged.

    Parameters
    ----------
    finding
        This one alone.
    seed
        Of the folds.
    progress
        Told of images, then of findings.

    Raises
    ------
    InputError
        There is no network, or the finding is not among those of which images are labelled.
    """
    seen = unlearned(corpus, progress=progress)
    every = tuple("train" for _ in seen.cases.parts)  # all of them tell which findings there are
    cases = type(seen.cases)(seen.cases.image_ids, seen.cases.patients, every, seen.cases.texts)
    target = read_target(corpus, "labels", cases, least=FEWEST, uncertain="mask")
    names = target.classes if finding is None else (finding,)
    if finding is not None and finding not in target.classes:
        raise InputError(
            f"No more than {FEWEST - 1} images are labelled with this finding.",
            where=finding,
            do=f"Findings of images: {', '.join(target.classes[:20])}"
            + (", ..." if len(target.classes) > 20 else "."),
        )
    features = reduced(seen.features, seed=seed)
    found: list[Suspect] = []
    few = []
    for place, name in enumerate(names):
        progress(place, len(names), "findings")
        values = target.values[:, target.classes.index(name)]
        rows = np.flatnonzero(~np.isnan(values))
        labels = values[rows] > 0.5
        patients = [cases.patients[r] for r in rows]
        said = cross_predicted(
            features[rows], labels.astype(np.int64), patients, strength=STRENGTH, seed=seed
        )
        if said is None:
            few.append(name)
            continue
        there = said[:, 1]
        mean, score = _mean_of(~labels, there, labels), relative_confidence(there, labels)
        found += (
            Suspect(
                cases.image_ids[rows[i]],
                name,
                bool(labels[i]),
                float(there[i]),
                float(mean[i]),
                float(score[i]),
            )
            for i in np.flatnonzero(confident_errors(there, labels))
        )
    found.sort(key=lambda s: (s.score, s.finding, s.image_id))
    judged = tuple(n for n in names if n not in few)
    return Suspects(tuple(found), len(cases.image_ids), judged, tuple(few), seen.of)

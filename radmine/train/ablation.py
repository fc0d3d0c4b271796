"""Trainings that differ in their settings, scored on the same images: `ablate`.

Each is trained in a folder of its own below the corpus' work folder: its model, tables and manifests stay as they are.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import digest, read_checked, write_checked
from radmine.run import Device, NotApplicable, Progress, choose_device, no_progress, stage_inputs
from radmine.train.lesson import Lesson, read_lesson
from radmine.train.measure import Estimate, Floats, accuracy, estimate, mean_of_known
from radmine.train.merit import merit
from radmine.train.settings import TrainSettings
from radmine.train.stage import STAGE, check_training
from radmine.train.targets import Target
from radmine.train.tasks import CLASS, LABELS, ORDINAL, REGRESSION, SURVIVAL, task_of

FOLDER = "work/ablate"  # in a corpus
LEAST_FOLDS = 3  # one is learned from, one chooses the epoch, one is asked about
_RESULT, _CHECKPOINT, _FEATURES = "said.npz", "checkpoint.pt", "features"
_METRICS = {
    LABELS: ("auc_macro",),
    CLASS: ("auc_macro", "accuracy"),
    ORDINAL: ("auc_macro", "accuracy"),
    REGRESSION: ("c_index",),
    SURVIVAL: ("c_index",),
}
_VERSION = 1  # raised when the same inputs would give other numbers


@dataclass(frozen=True, slots=True)
class Ablated:
    """How good one variant is at one target, and how it differs from the first variant on the same images."""

    variant: str
    target: str
    metric: str  # auc_macro | accuracy
    value: float | None  # mean over seeds and folds
    low: float | None
    high: float | None
    difference: (
        float | None
    )  # to the first variant; None of itself, and where that was asked about other classes or images
    difference_low: float | None
    difference_high: float | None
    spread: float | None  # between the best and the worst of the seeds; None of one seed
    n: int  # images asked about
    patients: int
    seconds: float  # of all its epochs; features of a frozen trunk, which variants share, are not counted
    epochs: tuple[int, ...]  # that were kept, one of each training


@dataclass(frozen=True, slots=True)
class _Said:
    """What one training said of the images that it was asked about."""

    rows: NDArray[np.int64]
    probabilities: Mapping[str, NDArray[np.float32]]
    epoch: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Variant:
    """A variant: what it was to learn, and what each of its trainings said, by seed and fold."""

    lesson: Lesson
    said: Mapping[int, Sequence[_Said]]


def ablate(
    corpus: Corpus,
    variants: Mapping[str, TrainSettings],
    *,
    on: str = "validation",
    folds: int = 0,
    seeds: int = 1,
    device: str = "auto",
    progress: Progress = no_progress,
    done: Callable[[str, float], None] = lambda _variant, _seconds: None,
) -> list[Ablated]:
    """Return how good the variants of a training are, a row for each target and measure.

    A training that was finished before is not repeated; a killed one goes on after its last whole epoch. Values are means over
    seeds and folds, each fold with its own AUC (Forman and Scholz, SIGKDD Explorations 12, 2010); intervals are by a bootstrap
    over patients, of differences on the same draws.

    Parameters
    ----------
    corpus
        Its pixels and labels are there; nothing of it is changed but the folder `work/ablate`.
    variants
        Settings by name; the first is what others are compared with.
    on
        The part that is asked about: "validation", which chose the epoch too, or "test".
    folds
        Cross-validation: the patients of train and validation in so many parts, of which one is asked about, the next
        chooses the epoch and the others are learned from, in turn; 0: none.
    seeds
        How many trainings of each, with one seed after the other.
    device
        Where networks are trained.
    progress
        Told of the training at hand.
    done
        Told of each variant that is finished, with the seconds of its epochs.

    Raises
    ------
    InputError
        There is nothing to learn or to ask about, or the folds are too few or too many.
    """
    where = choose_device(device)
    if folds and (folds < LEAST_FOLDS or on != "validation"):
        raise InputError(
            f"{folds} folds of the part {on} do not tell.",
            where=corpus.name,
            do=f"Use {LEAST_FOLDS} or more, of the train and validation part.",
        )
    found: dict[str, _Variant] = {}
    with corpus.writing():
        for name, settings in variants.items():
            check_training(settings)
            try:
                lesson = read_lesson(corpus, settings, device=where, reads=STAGE.reads)
            except NotApplicable as reason:
                raise InputError(f"There is nothing to learn: {reason}.", where=name, do="") from None
            parts = _folds(corpus, lesson, folds) if folds else [_as_split(lesson, on)]
            if not all(len(asked) for *_, asked in parts):
                raise InputError(
                    "There are no images to ask about.",
                    where=f"{corpus.name}, variant {name}",
                    do="Use another part, or fewer folds.",
                )
            told = partial(_tell, progress, name)
            found[name] = _Variant(
                lesson,
                {
                    seed: [
                        _trained(
                            corpus, lesson, replace(settings, seed=settings.seed + seed), of, where, told
                        )
                        for of in parts
                    ]
                    for seed in range(seeds)
                },
            )
            done(name, _seconds(found[name]))
    return [*_rows(found)]


def _tell(progress: Progress, variant: str, done: int, total: int | None, what: str) -> None:
    name, colon, state = what.partition(": ")
    progress(done, total, f"{name} ({variant}){colon}{state}")


Parts = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]  # learned from, choosing, asked about


def _as_split(lesson: Lesson, on: str) -> Parts:
    return lesson.parts["train"], lesson.parts["validation"], lesson.parts[on]


def _folds(corpus: Corpus, lesson: Lesson, folds: int) -> list[Parts]:
    """Return folds of the train and validation part by patient; patients who share images stand in one, as in `splits`."""
    group_of = {s.patient_id: s.group for s in corpus.records("splits")}
    rows = np.union1d(lesson.parts["train"], lesson.parts["validation"])
    groups = np.array([group_of[lesson.cases.patients[row]] for row in rows], dtype=object)
    names = np.unique(groups.astype(str))
    if len(names) < folds:
        raise InputError(
            f"{len(names):,} patients cannot be in {folds} folds.", where=corpus.name, do="Use fewer folds."
        )
    order = np.random.default_rng(0).permutation(len(names))
    fold = order[np.searchsorted(names, groups.astype(str))] % folds
    return [
        (rows[(fold != k) & (fold != (k + 1) % folds)], rows[fold == (k + 1) % folds], rows[fold == k])
        for k in range(folds)
    ]


def _trained(
    corpus: Corpus, lesson: Lesson, settings: TrainSettings, parts: Parts, device: Device, progress: Progress
) -> _Said:
    """Return what a training says of the images that it is asked about: read where it was finished before."""
    inputs = stage_inputs(corpus, STAGE, settings)
    mark = digest(_VERSION, inputs, [part.tolist() for part in parts])
    folder = corpus.folder / FOLDER / mark
    kept = read_checked(folder / _RESULT)
    if kept is not None:
        return _read(kept)
    progress(0, None, "loading the network")
    from radmine.train.members import learn_members

    training, validation, asked = parts
    folder.mkdir(parents=True, exist_ok=True)
    learned = learn_members(
        lesson.squares,
        lesson.targets,
        training,
        validation,
        facts=lesson.facts,
        settings=settings,
        device=device,
        checkpoint=folder / _CHECKPOINT,
        progress=progress,
        asked=asked,
        features=corpus.folder / FOLDER / _FEATURES,
    )
    said = _Said(asked, learned.said, learned.epoch, round(learned.seconds, 2))
    write_checked(folder / _RESULT, _written(said))
    for checkpoint in folder.glob("checkpoint*.pt"):
        checkpoint.unlink()
    return said


def _written(said: _Said) -> bytes:
    stream = io.BytesIO()
    arrays: dict[str, Any] = {f"of {target}": values for target, values in said.probabilities.items()}
    facts = json.dumps({"epoch": said.epoch, "seconds": said.seconds})
    np.savez(stream, rows=said.rows, facts=np.array(facts), **arrays)
    return stream.getvalue()


def _read(data: bytes) -> _Said:
    with np.load(io.BytesIO(data), allow_pickle=False) as kept:
        facts = json.loads(str(kept["facts"]))
        of = {name.removeprefix("of "): kept[name] for name in kept.files if name.startswith("of ")}
        return _Said(kept["rows"], of, facts["epoch"], facts["seconds"])


# -- from what was said to rows -------------------------------------------------------------------------


def _seconds(variant: _Variant) -> float:
    return round(sum(said.seconds for each in variant.said.values() for said in each), 1)


def _rows(variants: Mapping[str, _Variant]) -> Iterator[Ablated]:
    """Yield the rows, by target, measure and variant."""
    first = next(iter(variants.values()))
    names = dict.fromkeys(t.name for v in variants.values() for t in v.lesson.targets)
    for target in names:
        for metric in _METRICS[task_of(target)]:
            for name, variant in variants.items():
                if any(t.name == target for t in variant.lesson.targets):
                    yield _row(name, variant, first, target, metric)


class _Asked:
    """The images that a variant was asked about of one target, and the mean of a measure over its trainings."""

    def __init__(self, variant: _Variant, target: str, metric: str) -> None:
        self.target: Target = next(t for t in variant.lesson.targets if t.name == target)
        rows = np.unique(np.concatenate([said.rows for each in variant.said.values() for said in each]))
        self.rows = rows[~np.isnan(self.target.values[rows]).all(axis=1)]
        self.patients = [variant.lesson.cases.patients[row] for row in self.rows]
        self.ids = [variant.lesson.cases.image_ids[row] for row in self.rows]
        self._said = variant.said
        self._metric = metric

    def is_like(self, other: "_Asked") -> bool:
        """Return whether another was asked the same of the same images."""
        mine, theirs = self.target.values[self.rows], other.target.values[other.rows]
        return (self.target.classes, self.ids) == (other.target.classes, other.ids) and np.array_equal(
            mine, theirs, equal_nan=True
        )

    def mean(self, weights: Floats) -> Floats:
        """Return the mean over seeds and folds of the measure."""
        return mean_of_known(np.array([self.of_seed(seed, weights) for seed in self._said]))

    def of_seed(self, seed: int, weights: Floats) -> Floats:
        """Return the mean over folds of the measure."""
        return mean_of_known(np.array([self._of(said, weights) for said in self._said[seed]]))

    def _of(self, said: _Said, weights: Floats) -> Floats:
        kept = np.isin(said.rows, self.rows)
        here = weights[:, np.searchsorted(self.rows, said.rows[kept])]
        truth, predicted = (
            self.target.values[said.rows[kept]],
            said.probabilities[self.target.name][kept],
        )
        if self._metric == "accuracy":
            return accuracy(predicted.argmax(axis=1) == truth.argmax(axis=1), here)
        return merit(self.target, predicted, truth, here)


def _row(name: str, variant: _Variant, first: _Variant, target: str, metric: str) -> Ablated:
    asked = _Asked(variant, target, metric)
    value = estimate(asked.mean, asked.patients) if asked.patients else Estimate(None)
    gap = Estimate(None)
    if variant is not first and any(t.name == target for t in first.lesson.targets):
        base = _Asked(first, target, metric)
        if asked.patients and asked.is_like(base):
            gap = estimate(lambda weights: asked.mean(weights) - base.mean(weights), asked.patients)
    one = np.ones((1, len(asked.rows)))
    each = [float(asked.of_seed(seed, one)[0]) for seed in variant.said]
    return Ablated(
        name,
        target,
        metric,
        value.value,
        value.low,
        value.high,
        gap.value,
        gap.low,
        gap.high,
        max(each) - min(each) if len(each) > 1 and not np.isnan(each).any() else None,
        len(asked.rows),
        len(set(asked.patients)),
        _seconds(variant),
        tuple(said.epoch for runs in variant.said.values() for said in runs),
    )

"""A training without epochs: classical classifiers on the features of a frozen trunk, their strength chosen by validation."""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radmine.run import Progress
from radmine.train.allowance import Allowance
from radmine.train.classical import FOREST, Classical, fit_classical, strengths
from radmine.train.epochs import Epoch, Learned, is_better
from radmine.train.losses import Losses, class_weights
from radmine.train.measure import macro_auc
from radmine.train.model import mean_outputs, probabilities
from radmine.train.settings import TrainSettings
from radmine.train.sides import mirrored_truth
from radmine.train.sources import Features
from radmine.train.targets import Target

_WHAT = "classifiers fitted"
Rows = NDArray[np.int64]


def fit(
    source: Features,
    targets: Sequence[Target],
    training: Rows,
    validation: Rows,
    *,
    settings: TrainSettings,
    allowance: Allowance,
    progress: Progress,
    asked: Rows | None,
    clock: Callable[[], float] = time.perf_counter,
) -> Learned:
    """Return classifiers fitted on the training rows; each strength that was tried stands in the course as an epoch.

    Parameters
    ----------
    source
        The features of all these rows.
    targets, training, validation, settings, progress, asked
        As for `radmine.train.learn.learn`.
    allowance
        The time left: no further strength is tried without any.
    """
    started = clock()
    losses = Losses(targets, training, settings, "cpu")
    parts = [*source.stacked(training)]
    features = np.concatenate([part.cpu().numpy() for part, _ in parts])
    truths = {t.name: _truths(t, training, [mirrored for _, mirrored in parts]) for t in targets}
    weights = {t.name: class_weights(t, training, settings.balance).tolist() for t in targets}
    tried = strengths(settings.classifier, validated=len(validation) > 0)
    course: list[Epoch] = []
    best: dict[str, Classical] = {}
    kept: Epoch | None = None
    progress(0, len(tried) * len(targets), _WHAT)
    for strength in tried:
        if best and allowance.is_used_up():
            break
        fitted = {}
        for target in targets:
            fitted[target.name] = fit_classical(
                settings.classifier,
                features,
                target,
                truths[target.name],
                weights[target.name],
                strength=strength,
                seed=settings.seed,
            )
            progress(len(course) * len(targets) + len(fitted), len(tried) * len(targets), _WHAT)
        _, loss = _judged(fitted, source, training, losses)
        epoch = Epoch(len(course) + 1, loss or 0.0, *_judged(fitted, source, validation, losses))
        course.append(epoch)
        if is_better(epoch, kept):
            best, kept = fitted, epoch
    seconds, views = clock() - started, range(settings.test_views + 1)
    return Learned(
        {} if settings.classifier == FOREST else dict(_state(best)),
        kept.epoch if kept else 0,
        tuple(course),
        len(training) * len(course) / seconds if seconds else 0.0,
        "the classifier is fitted",
        True,
        seconds,
        {}
        if asked is None
        else probabilities(mean_outputs([_outputs(best, source, asked, view) for view in views])),
    )


def _truths(target: Target, rows: Rows, mirrored: Sequence[Tensor]) -> NDArray[np.float32]:
    """Return what is true of the rows, once for each variation of their pictures."""
    values = torch.from_numpy(target.values[rows])
    parts = [
        mirrored_truth(values, which, target.classes, several=target.is_multilabel) for which in mirrored
    ]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _outputs(
    fitted: dict[str, Classical], source: Features, rows: Rows, view: int = 0
) -> dict[str, NDArray[np.float32]]:
    features = source.plain(rows, view).cpu().numpy()
    return {name: one.outputs(features) for name, one in fitted.items()}


def _judged(
    fitted: dict[str, Classical], source: Features, rows: Rows, losses: Losses
) -> tuple[float | None, float | None]:
    """Return the mean over the targets of the macro AUC on these rows, None where it cannot be computed, and the loss."""
    if not len(rows):
        return None, None
    outputs = _outputs(fitted, source, rows)
    truth = {name: one.target.values[rows] for name, one in fitted.items()}
    loss = float(
        losses(
            {name: torch.from_numpy(values) for name, values in outputs.items()},
            {name: torch.from_numpy(values) for name, values in truth.items()},
        )
    )
    areas = [
        float(macro_auc(said, truth[name], np.ones((1, len(rows))))[0])
        for name, said in probabilities(outputs).items()
    ]
    known = [area for area in areas if not math.isnan(area)]
    return sum(known) / len(known) if known else None, loss


def _state(fitted: dict[str, Classical]) -> dict[str, Tensor]:
    """Return the weights of the outputs of a head without layers of its own."""
    state = {}
    for name, one in fitted.items():
        state[f"outputs.{name}.weight"] = torch.from_numpy(np.asarray(one.weights))
        state[f"outputs.{name}.bias"] = torch.from_numpy(np.asarray(one.bias))
    return state

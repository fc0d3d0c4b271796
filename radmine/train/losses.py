"""What is minimised: for each target its loss over what is known, as a share of what guessing costs."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radmine.train.settings import TrainSettings
from radmine.train.targets import FROM_TEXT, Target
from radmine.train.tasks import ORDINAL, REGRESSION, SURVIVAL
from radmine.train.terms import as_read, class_loss, cox_loss, finding_terms, number_loss


class Losses:
    """The losses of all targets, each as a share of that of always guessing how frequent its classes are.

    So a target of 2 classes counts as much as one of 200. Targets that were read from text count as one together: they are
    several readings of the same words.

    Parameters
    ----------
    targets
        What is learned.
    rows
        The training images, of which the frequencies are taken.
    settings
        Balance and smoothing.
    device
        Name of the device of the outputs.
    """

    def __init__(
        self, targets: Sequence[Target], rows: NDArray[np.int64], settings: TrainSettings, device: str
    ) -> None:
        self._settings = settings
        self._weights = {t.name: class_weights(t, rows, settings.balance).to(device) for t in targets}
        self._several = {t.name: t.is_multilabel for t in targets}
        self._tasks = {t.name: t.task for t in targets}
        self._spread = {t.name: _spread(t, rows) for t in targets if t.task == REGRESSION}
        self._device = device
        # How often a class is read as another, by target; empty: not corrected.
        self.read: dict[str, Tensor] = {}
        texts = sum(t.name in FROM_TEXT for t in targets)
        self._shares = {
            t.name: 1 / (max(_guessing(t, rows, settings), 1e-3) * (texts if t.name in FROM_TEXT else 1))
            for t in targets
        }

    def __call__(self, outputs: Mapping[str, Tensor], truth: Mapping[str, Tensor]) -> Tensor:
        """Return the sum of the losses of a batch."""
        each = [self._loss(name, outputs[name].float(), truth[name]) * self._shares[name] for name in truth]
        return torch.stack(each).sum()

    def correct(self, read: Mapping[str, Tensor]) -> None:
        """Take the loss from now on of what would be read of what is there (see `radmine.train.terms.transitions`)."""
        self.read = {name: values.to(self._device) for name, values in read.items()}

    def _loss(self, name: str, outputs: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss over what is known, of the kind that the task of the target wants."""
        known, weights, kind = ~torch.isnan(truth), self._weights[name], self._settings.loss
        if not self._several[name] and not bool(known[:, 0].any()):
            return outputs.sum() * 0
        if self._tasks[name] == REGRESSION:
            return number_loss(outputs[known], truth[known], spread=self._spread[name])
        if self._tasks[name] == SURVIVAL:
            rows = known[:, 0]
            return cox_loss(outputs[rows, 0], truth[rows, 0], truth[rows, 1] > 0.5)
        if name in self.read:
            outputs = as_read(outputs, self.read[name], several=self._several[name])
        if self._several[name]:
            each = finding_terms(kind, outputs, truth.nan_to_num(), weights)
            return (each * known).sum() / known.sum().clamp(min=1)
        rows = known[:, 0]
        answers, smoothing = truth[rows].argmax(1), self._settings.smoothing
        return class_loss(kind, outputs[rows], answers, weights, smoothing=smoothing)


def class_weights(target: Target, rows: NDArray[np.int64], balance: str) -> Tensor:
    """Return a weight for each class: 1, or the root of how rare it is, between 1/4 and 4; of numbers and grades 1.

    The root, since full balance makes a few examples of a rare class outweigh everything else.
    """
    values = target.values[rows]
    positive = np.nansum(values, axis=0) + 1.0
    known = (~np.isnan(values)).sum(axis=0) + 1.0
    if balance == "none" or target.task in (ORDINAL, REGRESSION, SURVIVAL):
        rare = np.ones(len(positive))
    elif target.is_multilabel:
        rare = np.sqrt((known - positive + 1.0) / positive)  # of a positive against a negative
    else:
        rare = np.sqrt(positive.mean() / positive)
    return torch.from_numpy(np.clip(rare, 0.25, 4).astype(np.float32))


def _spread(target: Target, rows: NDArray[np.int64]) -> float:
    return max(float(np.nanstd(target.values[rows])), 1e-6)


def _guessing(target: Target, rows: NDArray[np.int64], settings: TrainSettings) -> float:
    """Return the loss of always guessing: of frequencies the entropy (of labels its mean), the mean number, equal risks."""
    values = target.values[rows]
    if target.task == REGRESSION:
        numbers = torch.from_numpy(values[~np.isnan(values)])
        return float(number_loss(numbers.mean().expand_as(numbers), numbers, spread=_spread(target, rows)))
    if target.task == SURVIVAL:  # the mean logarithm of how many of a batch are left
        share = (~np.isnan(values[:, 0])).mean()
        count = max(2, round(settings.batch_size * float(share)))
        return math.lgamma(count + 1) / count
    known = (~np.isnan(values)).sum(axis=0)
    share = np.clip((np.nansum(values, axis=0) + 0.5) / (known + 1), 1e-6, 1 - 1e-6)
    if target.is_multilabel:
        return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)).mean())
    return float(-(share * np.log(share)).sum())

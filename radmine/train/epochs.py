"""What a training came to, epoch by epoch, and which of them is kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to."""

    epoch: int  # from 1
    loss: float  # mean over the training images
    validation: float | None  # mean merit over the targets; None where it cannot be computed
    validation_loss: float | None = None  # mean over the validation images; None without any


@dataclass(frozen=True, slots=True)
class Learned:
    """The best weights, the epoch they come from, the course of the training and its rate."""

    state: Mapping[str, Tensor]
    epoch: int
    course: tuple[Epoch, ...]
    images_per_second: float
    stopped: str  # why it ended
    is_whole: bool  # at least one whole epoch was learned
    seconds: float  # of the epochs, without what was computed once before
    said: Mapping[str, NDArray[np.float32]]  # probabilities by target of the rows that were asked about


def is_better(epoch: Epoch, best: Epoch | None) -> bool:
    """Whether the weights of an epoch are kept in place of the best so far: AUC decides, of equal ones the loss.

    Without validation nothing can be compared: the last is kept.
    """
    if best is None or epoch.validation_loss is None:
        return True
    return _rank(epoch) > _rank(best)


def _rank(epoch: Epoch) -> tuple[float, float]:
    auc, loss = epoch.validation, epoch.validation_loss
    return -math.inf if auc is None else auc, -math.inf if loss is None or math.isnan(loss) else -loss

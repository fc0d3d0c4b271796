"""How the weights go on from batch to batch: the learning rate, and their average."""

import math

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def set_rate(
    optimizer: torch.optim.Optimizer, highest: float, epoch: float, epochs: int, schedule: str
) -> None:
    """Set the learning rate: one epoch of warming up, then as the schedule says."""
    warm, share = min(1.0, epoch + 0.1), epoch / epochs
    if schedule == "cosine":
        shape = 0.505 + 0.495 * math.cos(math.pi * share)
    elif schedule == "step":
        shape = 0.1 ** ((share >= 0.5) + (share >= 0.75))
    else:
        shape = 1.0
    for group in optimizer.param_groups:
        group["lr"] = highest * warm * shape


def averaged(network: nn.Module, decay: float) -> AveragedModel:
    """Return the moving average of the weights of a network, and of its running statistics; it is told of each batch.

    Parameters
    ----------
    decay
        Share of the earlier average that stays.
    """
    mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean, use_buffers=True)

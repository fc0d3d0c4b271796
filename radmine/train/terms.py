"""What each answer of a network costs: cross entropy, focal or asymmetric; and what answers are worth where labels have errors."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

FOCUS = 2.0  # the exponent of Lin et al., ICCV 2017
ABSENT_FOCUS, MARGIN = 4.0, 0.05  # of what is absent: Ridnik et al., ICCV 2021
_SURE = 97  # percentile of the images of which a class is most sure (Patrini et al., CVPR 2017, section 4.1)
_LEAST = 1e-6  # of a probability, before its logarithm


def finding_terms(kind: str, outputs: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Return the loss of each output of several yes or no, shape (n, classes).

    Parameters
    ----------
    kind
        cross_entropy | focal | asymmetric.
    outputs
        Logits, shape (n, classes).
    truth
        From 0 to 1, of the same shape.
    weights
        Of what is there against what is not, shape (classes,).
    """
    if kind == "asymmetric":
        said = torch.sigmoid(outputs)
        shifted = (said - MARGIN).clamp(min=0)
        there = truth * torch.log(said.clamp(min=_LEAST)) * weights
        absent = (1 - truth) * torch.log((1 - shifted).clamp(min=_LEAST)) * shifted**ABSENT_FOCUS
        return -(there + absent)
    each = functional.binary_cross_entropy_with_logits(outputs, truth, pos_weight=weights, reduction="none")
    if kind == "focal":
        said = torch.sigmoid(outputs)
        each = each * (1 - said * truth - (1 - said) * (1 - truth)) ** FOCUS
    return each


def class_loss(kind: str, outputs: Tensor, answers: Tensor, weights: Tensor, *, smoothing: float) -> Tensor:
    """Return the mean loss of one of several classes; asymmetric is of findings, here it is cross entropy.

    Parameters
    ----------
    kind
        cross_entropy | focal | asymmetric.
    outputs
        Logits, shape (n, classes).
    answers
        The class of each, shape (n,).
    weights
        Of classes.
    smoothing
        Share of the answer that goes to all classes alike.
    """
    each = functional.cross_entropy(
        outputs, answers, weight=weights, label_smoothing=smoothing, reduction="none"
    )
    if kind == "focal":
        right = outputs.softmax(1).gather(1, answers[:, None])[:, 0]
        each = each * (1 - right) ** FOCUS
    return each.sum() / weights[answers].sum()


def number_loss(outputs: Tensor, truth: Tensor, *, spread: float) -> Tensor:
    """Return the mean loss of numbers: squares of small errors, sizes of large ones (Huber, Ann. Math. Stat. 35, 1964).

    Parameters
    ----------
    outputs, truth
        Numbers in one unit, of one shape.
    spread
        Their standard deviation, which tells small from large.
    """
    return functional.smooth_l1_loss(outputs / spread, truth / spread)


def cox_loss(risks: Tensor, times: Tensor, events: Tensor) -> Tensor:
    """Return the mean of the negative logarithm of Cox's partial likelihood over the events of a batch; 0 without any.

    Of equal times by Breslow's method (Cox, J. R. Stat. Soc. B 34, 1972; Katzman et al., BMC Med. Res. Methodol. 18, 2018).

    Parameters
    ----------
    risks
        Logarithms of hazards, shape (n,).
    times
        Until the event, or until nothing more is known.
    events
        Whether the event came.
    """
    if not bool(events.any()):
        return risks.sum() * 0
    at_risk = times[None, :] >= times[:, None]
    every = risks.expand(len(risks), -1).masked_fill(~at_risk, -torch.inf).logsumexp(1)
    return (every - risks)[events].mean()


def transitions(probabilities: NDArray[np.floating], *, several: bool) -> Tensor:
    """Return how often a class is read as another, estimated from a network that learned what was read (Patrini et al.).

    Of each class the image is taken of which the network is surest, but for the surest three in a hundred.

    Parameters
    ----------
    probabilities
        Of training images, shape (n, classes).
    several
        Whether an image may have several classes.

    Returns
    -------
    Shape (classes, classes): the true class by the one that is read; of several (classes, 2): how often it is read where it is
    not there, and where it is.
    """
    if several:
        low = np.percentile(probabilities, 100 - _SURE, axis=0, method="nearest")
        high = np.percentile(probabilities, _SURE, axis=0, method="nearest")
        return torch.from_numpy(np.stack([low, high], 1).astype(np.float32))
    order = np.argsort(probabilities, axis=0, kind="stable")
    surest = order[round(_SURE / 100 * (len(probabilities) - 1))]
    return torch.from_numpy(np.asarray(probabilities[surest], np.float32))


def as_read(outputs: Tensor, read: Tensor, *, several: bool) -> Tensor:
    """Return the logits of what would be read, of the logits of what is there (forward correction, Patrini et al.).

    Parameters
    ----------
    outputs
        Shape (n, classes).
    read
        As `transitions` returns it.
    several
        Whether an image may have several classes.
    """
    if several:
        there = torch.sigmoid(outputs)
        return torch.logit(there * read[:, 1] + (1 - there) * read[:, 0], eps=_LEAST)
    return torch.log((outputs.softmax(1) @ read).clamp(min=_LEAST))

"""The last layers of a network, one for each kind of answer: `answer_layer`."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from radmine.train.tasks import ORDINAL, REGRESSION, task_of

_LEAST = 1e-6  # of a probability, before its logarithm


class Grades(nn.Module):
    """Logarithms of the probabilities of grades, from one slope and growing thresholds.

    The proportional odds model (McCullagh, J. R. Stat. Soc. B 42, 1980): the odds of a higher grade grow alike at each threshold,
    so probabilities of "at least this grade" never cross.
    """

    def __init__(self, dimension: int, count: int) -> None:
        super().__init__()
        self.slope = nn.Linear(dimension, 1, bias=False)
        self.first = nn.Parameter(torch.tensor([1.0 - count / 2]))
        self.steps = nn.Parameter(torch.full((count - 2,), 0.54))  # softplus of it is 1

    def forward(self, features: Tensor) -> Tensor:
        """Return logarithms of probabilities, shape (n, count), of features of shape (n, dimension)."""
        thresholds = torch.cumsum(torch.cat([self.first, functional.softplus(self.steps)]), 0)
        above = torch.sigmoid(self.slope(features) - thresholds)
        each = torch.cat([1 - above[:, :1], above[:, :-1] - above[:, 1:], above[:, -1:]], 1)
        return torch.log(each.clamp(min=_LEAST))


class Number(nn.Module):
    """A number in its own unit: a linear layer's, times the spread of the training images, plus their mean."""

    centre: Tensor
    spread: Tensor

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dimension, 1)
        self.register_buffer("centre", torch.zeros(1))
        self.register_buffer("spread", torch.ones(1))

    def scale(self, centre: float, spread: float) -> None:
        """Take numbers to have this mean and this standard deviation."""
        self.centre.fill_(centre)
        self.spread.fill_(spread)

    def forward(self, features: Tensor) -> Tensor:
        """Return numbers, shape (n, 1), of features of shape (n, dimension)."""
        found: Tensor = self.linear(features) * self.spread + self.centre
        return found


def answer_layer(target: str, dimension: int, count: int) -> nn.Module:
    """Return the layer from features to the outputs of a target.

    Logits of findings and classes, logarithms of probabilities of grades, a number in its unit, the logarithm of a hazard.
    """
    task = task_of(target)
    if task == ORDINAL:
        return Grades(dimension, count)
    return Number(dimension) if task == REGRESSION else nn.Linear(dimension, count)

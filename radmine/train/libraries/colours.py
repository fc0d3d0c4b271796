"""Grey pictures for a network of colours."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Colours(nn.Module):
    """A network of three channels that takes grey pictures, and normalises them as its own were.

    Parameters
    ----------
    network
        Maps (n, 3, size, size) to (n, dimension).
    mean, std
        By channel, of values in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features of images in [0, 1], shape (n, 1, size, size)."""
        features: Tensor = self.network((images - self.mean) / self.std)
        return features

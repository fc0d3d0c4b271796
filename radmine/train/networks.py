"""The image networks, by name: a trunk that ends in pooled features, and one linear head for each target."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from radmine.train.trunks import NETWORKS as NETWORKS
from radmine.train.trunks import trunk_named


class ImageNetwork(nn.Module):
    """A trunk and its heads: logits for each target, from the same features."""

    def __init__(self, trunk: nn.Module, dimension: int, heads: Mapping[str, int], dropout: float) -> None:
        super().__init__()
        self.trunk = trunk
        self.dimension = dimension
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(dimension, outputs) for name, outputs in heads.items()})

    def features(self, images: Tensor) -> Tensor:
        """Return the pooled features, shape (n, dimension), of images of shape (n, 1, size, size)."""
        return torch.flatten(self.trunk(images), 1)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the logits by target, each of shape (n, outputs)."""
        features = self.dropout(self.features(images))
        return {name: head(features) for name, head in self.heads.items()}


def build_network(
    name: str, heads: Mapping[str, int], *, dropout: float = 0.0, seed: int = 0
) -> ImageNetwork:
    """Return a network with freshly drawn weights.

    Parameters
    ----------
    name
        One of `NETWORKS`, or "timm:NAME" for a network of timm (extra `vision`).
    heads
        How many outputs each target has.
    dropout
        Share of the features left out in training, before the heads.
    seed
        Of the weights; torch's own random state stays as it is.

    Raises
    ------
    SettingsError
        There is no network of this name.
    NotAvailable
        It is timm's, and timm is not installed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        trunk, dimension = trunk_named(name)
        return ImageNetwork(trunk, dimension, heads, dropout)

"""The image networks, by name: a trunk that ends in pooled features, and a head on it with one output layer for each target."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from radmine.train.answers import answer_layer
from radmine.train.libraries import Plan
from radmine.train.model import ModelFacts
from radmine.train.tasks import LABELS, has_classes
from radmine.train.trunks import NETWORKS as NETWORKS
from radmine.train.trunks import trunk_named
from radmine.train.views import shown_views


class Standardised(nn.BatchNorm1d):
    """Batch normalisation without weights, which exporters take of features whose number they do not see."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension, affine=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of mean 0 and variance 1: those of the batch in training, else those seen in training."""
        if self.training or self.running_mean is None or self.running_var is None:
            return super().forward(features)
        return (features - self.running_mean) * torch.rsqrt(self.running_var + self.eps)


class Head(nn.Module):
    """From a trunk's features to embeddings, and from these to the outputs of each target."""

    def __init__(
        self, dimension: int, outputs: Mapping[str, int], *, hidden: Sequence[int] = (), dropout: float = 0.0
    ) -> None:
        super().__init__()
        widths = (dimension, *hidden)
        layers: list[nn.Module] = [Standardised(dimension)] if hidden else []
        for inputs, width in zip(widths, hidden, strict=False):
            layers += [nn.Dropout(dropout), nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()]
        self.neck = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.outputs = nn.ModuleDict({n: answer_layer(n, widths[-1], count) for n, count in outputs.items()})
        self.dimension = widths[-1]

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Return the outputs by target, each of shape (n, outputs), of features of shape (n, dimension)."""
        embedded = self.dropout(self.neck(features))
        return {name: layer(embedded) for name, layer in self.outputs.items()}


class ImageNetwork(nn.Module):
    """A trunk and its head: outputs for each target, from the same features."""

    def __init__(self, trunk: nn.Module, head: Head) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head

    @property
    def dimension(self) -> int:
        """Length of a feature vector."""
        return self.head.dimension

    def features(self, images: Tensor) -> Tensor:
        """Return what the outputs are made from, shape (n, dimension), of images of shape (n, channels, size, size)."""
        embedded: Tensor = self.head.neck(torch.flatten(self.trunk(images), 1))
        return embedded

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the outputs by target, each of shape (n, outputs)."""
        made: dict[str, Tensor] = self.head(torch.flatten(self.trunk(images), 1))
        return made


class Outputs(nn.Module):
    """A network as a function of images alone: a tuple of its features and the outputs of each target."""

    def __init__(self, network: ImageNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the features, then the outputs by target in the order of the targets."""
        features = self.network.features(images)
        return features, *(layer(features) for layer in self.network.head.outputs.values())


class OfBytes(nn.Module):
    """A network that takes uint8 squares and normalises them itself."""

    def __init__(self, network: nn.Module, mean: float, std: float) -> None:
        super().__init__()
        self.network = network
        self.mean, self.std = mean, std

    def forward(self, squares: Tensor) -> Any:
        """Return what the network returns for squares of shape (n, channels, size, size)."""
        return self.network((squares.float() / 255 - self.mean) / self.std)


class Probabilities(nn.Module):
    """A network as a function of pictures in [0, 1]: the answers to all targets, one behind the other."""

    def __init__(self, network: ImageNetwork, mean: float, std: float) -> None:
        super().__init__()
        self.network = network
        self.mean, self.std = mean, std

    def forward(self, images: Tensor) -> Tensor:
        """Return probabilities (numbers and risks as they are), shape (n, outputs of all targets), of images of shape (n, channels, size, size)."""
        outputs = self.network((images - self.mean) / self.std)
        return torch.cat([_answers(name, values) for name, values in outputs.items()], 1)


def _answers(target: str, outputs: Tensor) -> Tensor:
    if not has_classes(target):
        return outputs
    return outputs.sigmoid() if target == LABELS else outputs.softmax(1)


def build_network(
    name: str,
    outputs: Mapping[str, int],
    *,
    hidden: Sequence[int] = (),
    dropout: float = 0.0,
    seed: int = 0,
    pretrained: bool = False,
    channels: int = 1,
    layout: str = "channels",
    plan: Plan | None = None,
    size: int = 0,
) -> ImageNetwork:
    """Return a network with freshly drawn weights, or with a trunk that was trained elsewhere.

    Parameters
    ----------
    name
        One of `NETWORKS`, or "LIBRARY:NAME" (see `radmine.train.libraries`).
    outputs
        How many outputs each target has.
    hidden
        Widths of the layers between the trunk and the outputs; the last one is the length of a feature vector.
    dropout
        Share of the features left out in training, before each layer of the head.
    seed
        Of the weights that are drawn; torch's own random state stays as it is.
    pretrained
        Whether the trunk gets its pretrained weights.
    channels, layout
        How many views of an image it is shown, and how (see `radmine.train.views`).
    plan
        What a library's network is built of, where that is known; else its library is asked.
    size
        Pixels a side of the pictures that a library's network shall take; 0: its own.

    Raises
    ------
    SettingsError
        There is no network of this name, or it does not take pictures of this size.
    NotAvailable
        Its library is not installed, or the pretrained weights are not there.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        trunk, dimension = trunk_named(name, pretrained=pretrained, plan=plan, size=size)
        trunk = shown_views(trunk, name, channels=channels, layout=layout, pretrained=pretrained)
        return ImageNetwork(trunk, Head(dimension, outputs, hidden=hidden, dropout=dropout))


def network_of(
    facts: ModelFacts, *, dropout: float = 0.0, seed: int = 0, pretrained: bool = False
) -> ImageNetwork:
    """Return a network as the facts of a model have it; its weights are drawn, or its trunk's pretrained ones.

    Parameters
    ----------
    facts
        Of the model; of several networks that are asked together it is one.
    dropout, seed, pretrained
        As for `build_network`.
    """
    return build_network(
        facts.network,
        {name: len(classes) for name, classes in facts.targets.items()},
        hidden=facts.hidden,
        dropout=dropout,
        seed=seed,
        pretrained=pretrained,
        channels=facts.count_of_channels,
        layout=facts.layout,
        plan=facts.plan,
        size=facts.size,
    )

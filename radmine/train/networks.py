"""The image networks, by name: a trunk that ends in pooled features, and one linear head for each target."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from radmine.errors import SettingsError
from radmine.run import require

Trunk = tuple[nn.Module, int]  # maps (n, 1, size, size) to (n, dimension); the dimension


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


def _monai_resnet(block: str, layers: tuple[int, ...], widths: tuple[int, ...], dimension: int) -> Trunk:
    from monai.networks.nets import ResNet

    # MONAI's first convolution has stride 1 by default; the 2-D networks that people know have stride 2.
    trunk = ResNet(
        block,
        list(layers),
        list(widths),
        spatial_dims=2,
        n_input_channels=1,
        conv1_t_size=7,
        conv1_t_stride=2,
        feed_forward=False,
    )
    return trunk, dimension


def _small() -> Trunk:
    """0.7 million weights: ResNet-18's depth, a quarter of its width; for a CPU."""
    return _monai_resnet("basic", (2, 2, 2, 2), (16, 32, 64, 128), 128)


def _medium() -> Trunk:
    """2.8 million weights: ResNet-18's depth, half its width."""
    return _monai_resnet("basic", (2, 2, 2, 2), (32, 64, 128, 256), 256)


def _resnet18() -> Trunk:
    return _monai_resnet("basic", (2, 2, 2, 2), (64, 128, 256, 512), 512)


def _resnet50() -> Trunk:
    return _monai_resnet("bottleneck", (3, 4, 6, 3), (64, 128, 256, 512), 2048)


def _densenet121() -> Trunk:
    from monai.networks.nets import DenseNet121

    network = DenseNet121(spatial_dims=2, in_channels=1, out_channels=1)
    network.class_layers.out = nn.Identity()
    return network, 1024


NETWORKS: dict[str, Callable[[], Trunk]] = {
    "small": _small,
    "medium": _medium,
    "resnet18": _resnet18,
    "resnet50": _resnet50,
    "densenet121": _densenet121,
}


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
        trunk, dimension = _timm(name[5:]) if name.startswith("timm:") else _named(name)
        return ImageNetwork(trunk, dimension, heads, dropout)


def _named(name: str) -> Trunk:
    if name not in NETWORKS:
        raise SettingsError(
            f"There is no network {name!r}.",
            where="train: network",
            do=f"Use one of {', '.join(NETWORKS)}, or timm:NAME.",
        )
    return NETWORKS[name]()


def _timm(name: str) -> Trunk:
    timm: Any = require("timm", extra="vision", purpose=f"The network timm:{name}")
    if name not in timm.list_models():
        raise SettingsError(
            f"timm has no network {name!r}.", where="train: network", do="See timm.list_models()."
        )
    trunk = timm.create_model(name, pretrained=False, in_chans=1, num_classes=0)
    return trunk, int(trunk.num_features)

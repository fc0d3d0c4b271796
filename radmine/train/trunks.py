"""The trunks of image networks by name; what builds them is loaded when one is built."""

import difflib
from collections.abc import Callable
from typing import Any, TypeAlias

from radmine.errors import SettingsError
from radmine.run import require
from radmine.train.weights import WEIGHTS, check_weights, weights_file

Trunk: TypeAlias = tuple[Any, int]  # a module that maps (n, 1, size, size) to (n, dimension); the dimension
_TIMM = "timm:"


def _resnet(layers: tuple[int, ...], width: int, *, bottleneck: bool = False) -> Trunk:
    from radmine.train.resnet import ResNet

    trunk = ResNet(layers, width, bottleneck=bottleneck)
    return trunk, trunk.dimension


def _small() -> Trunk:
    """0.7 million weights: ResNet-18's depth, a quarter of its width; for a CPU."""
    return _resnet((2, 2, 2, 2), 16)


def _medium() -> Trunk:
    """2.8 million weights: ResNet-18's depth, half its width."""
    return _resnet((2, 2, 2, 2), 32)


def _resnet18() -> Trunk:
    return _resnet((2, 2, 2, 2), 64)


def _resnet50() -> Trunk:
    return _resnet((3, 4, 6, 3), 64, bottleneck=True)


def _alexnet() -> Trunk:
    from radmine.train.plain import alexnet

    trunk = alexnet()
    return trunk, trunk.dimension


def _vgg() -> Trunk:
    from radmine.train.plain import vgg

    trunk = vgg()
    return trunk, trunk.dimension


def _densenet121() -> Trunk:
    from monai.networks.nets import DenseNet121
    from torch import nn

    network = DenseNet121(spatial_dims=2, in_channels=1, out_channels=1)
    network.class_layers.out = nn.Identity()
    return network, 1024


def _lite0() -> Trunk:
    from radmine.train.lite0 import DIMENSION, Lite0

    return Lite0(1), DIMENSION


NETWORKS: dict[str, Callable[[], Trunk]] = {
    "lite0": _lite0,
    "small": _small,
    "medium": _medium,
    "resnet18": _resnet18,
    "resnet50": _resnet50,
    "densenet121": _densenet121,
    "alexnet": _alexnet,
    "vgg": _vgg,
}


AUTO = "auto"
LEAST_SIDE = {
    "densenet121": 32,
    "vgg": 32,
}  # pixels a side that a network needs, where that is more than can be stored
_SIDE = 128  # pixels a side that a network takes where nothing is asked for, and it has no pretrained weights


def chosen(network: str, start: str) -> tuple[str, bool]:
    """Return the name of a network, and whether it starts from pretrained weights, where either is left open.

    The network is lite0 if it is to start from weights, or may and they are installed; else small.
    """
    if network == AUTO:
        pretrained = start == "pretrained" or (start == AUTO and weights_file("lite0") is not None)
        return ("lite0" if pretrained else "small"), pretrained
    return network, start == "pretrained" or (start == AUTO and weights_file(network) is not None)


def side_of(network: str, stored: int) -> int:
    """Return the pixels a side that a network takes of stored squares where nothing is asked for."""
    return min(stored, WEIGHTS[network].size if network in WEIGHTS else _SIDE)


def check_network(name: str, *, size: int = 0) -> None:
    """Check that a network has a name that can be built, and takes pictures of a side; timm's own are known to timm alone.

    Raises
    ------
    SettingsError
        There is no network of this name, or its pictures are too small.
    """
    if 0 < size < LEAST_SIDE.get(name, 1):
        raise SettingsError(
            f"The network {name} needs pictures of {LEAST_SIDE[name]} pixels a side, not {size}.",
            where="size",
            do="Set another size under [train], or another network.",
        )
    if (
        name != AUTO
        and name not in NETWORKS
        and not (name.startswith(_TIMM) and name[len(_TIMM) :].replace(".", "_").isidentifier())
    ):
        raise SettingsError(
            f"There is no network {name!r}.",
            where="network",
            do=f"Use one of {', '.join((AUTO, *NETWORKS))}, or timm:NAME.",
        )


def check_timm(name: str) -> None:
    """Check that a network that timm is to build is one that timm has; of any other name nothing is loaded.

    Raises
    ------
    SettingsError
        timm has none of this name.
    NotAvailable
        timm is not installed.
    """
    if not name.startswith(_TIMM):
        return
    name = name[len(_TIMM) :]
    timm: Any = require("timm", extra="vision", purpose=f"The network timm:{name}")
    if name not in timm.list_models():
        near = difflib.get_close_matches(name, timm.list_models(), n=3)
        raise SettingsError(
            f"timm has no network {name!r}.",
            where="network",
            do=f"Near: {', '.join(near)}." if near else "See timm.list_models().",
        )


def trunk_named(name: str) -> Trunk:
    """Return a trunk with freshly drawn weights, and the number of its features.

    Raises
    ------
    SettingsError
        There is no network of this name.
    NotAvailable
        It is timm's, and timm is not installed.
    """
    check_network(name)
    return NETWORKS[name]() if name in NETWORKS else _timm(name[len(_TIMM) :])


def pretrained_trunk(name: str) -> Trunk:
    """Return a trunk with the weights that it got elsewhere, and the number of its features.

    Raises
    ------
    NotAvailable
        There are none for it, or they are not installed.
    """
    check_weights(name)
    from radmine.train.lite0 import DIMENSION, pretrained_lite0

    return pretrained_lite0(1), DIMENSION


def _timm(name: str) -> Trunk:
    check_timm(_TIMM + name)
    import timm

    trunk = timm.create_model(name, pretrained=False, in_chans=1, num_classes=0)
    return trunk, int(trunk.num_features)

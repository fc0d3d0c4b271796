"""The trunks of image networks by name; what builds them is loaded when one is built."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias

from radmine.errors import SettingsError
from radmine.models import model_facts, model_fingerprint
from radmine.run import stops
from radmine.train.libraries import LIBRARIES, Plan, library_of
from radmine.train.weights import WEIGHTS, check_weights, weights_file

Trunk: TypeAlias = tuple[Any, int]  # a module that maps (n, 1, size, size) to (n, dimension); the dimension


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


GROUP = (
    "radmine.train"  # of the entry points by which a package offers a network: a function like those above
)
AUTO = "auto"
LEAST_SIDE = {
    "densenet121": 32,
    "vgg": 32,
}  # pixels a side that a network needs, where that is more than can be stored
_SIDE = 128  # pixels a side that a network takes where nothing is asked for, and it has no pretrained weights


@dataclass(frozen=True, slots=True)
class Origin:
    """What a network is built of, and what its trunk starts from."""

    network: str
    pretrained: bool  # its trunk starts from weights that were learned elsewhere
    size: int  # pixels a side that it takes where nothing is asked for
    plan: Plan = field(default_factory=dict)  # of a library's network, see radmine.train.libraries
    scale: tuple[float, float] | None = None  # mean and std of values in [0, 1]; None: of the training pixels


def chosen(network: str, start: str, start_from: str = "") -> tuple[str, bool]:
    """Return the name of a network, and whether it starts from pretrained weights, where either is left open.

    The network is lite0 if it is to start from weights, or may and they are installed; else small. Of a model that it starts from it is that
    model's.
    """
    if start_from:
        facts = model_facts(start_from) or {}
        return (str(facts.get("network", network)) if network == AUTO else network), True
    if network == AUTO:
        pretrained = start == "pretrained" or (start == AUTO and weights_file("lite0") is not None)
        return ("lite0" if pretrained else "small"), pretrained
    library = library_of(network)
    here = weights_file(network) is not None if library is None else library[0].own
    return network, start == "pretrained" or (start == AUTO and here)


def origin_of(network: str, start: str, start_from: str = "") -> Origin:
    """Return what a network is built of; a library's is looked up there, unless a model that it starts from knows.

    Raises
    ------
    NotAvailable
        The library is not installed, or what it tells of the network cannot be fetched.
    """
    name, pretrained = chosen(network, start, start_from)
    facts = (model_facts(start_from) or {}) if start_from else {}
    if facts:
        scale = float(facts["mean"]), float(facts["std"])
        return Origin(name, pretrained, int(facts["size"]), facts.get("plan") or {}, scale)
    found = plan_of(name)
    if found:  # one that takes colours normalises by itself
        return Origin(name, pretrained, int(found["size"]), found, (0.0, 1.0) if "mean" in found else None)
    weights = WEIGHTS.get(name)
    scale_of = (weights.mean, weights.std) if weights and pretrained else None
    return Origin(name, pretrained, weights.size if weights else _SIDE, scale=scale_of)


def started_from(start_from: str) -> str:
    """Return the fingerprint of the model that a network starts from, "" of none."""
    return (model_fingerprint(start_from) or "") if start_from else ""


def plan_of(network: str) -> Plan:
    """Return what a library's network is built of; nothing of one of `NETWORKS`."""
    found = library_of(network)
    return {} if found is None or network in NETWORKS else found[0].plan(found[1])


def check_network(name: str, *, size: int = 0) -> None:
    """Check that a network has a name that can be built, and takes pictures of a side; a library's own are known to it alone.

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
    if name != AUTO and name not in NETWORKS and library_of(name) is None and name not in _offered():
        raise SettingsError(
            f"There is no network {name!r}.",
            where="network",
            do=f"Use one of {', '.join((AUTO, *NETWORKS, *sorted(_offered()), *(f'{of}:NAME' for of in LIBRARIES)))}.",
        )


def check_library(name: str) -> None:
    """Check that a network that a library is to build is one that it has; of any other name nothing is loaded.

    Raises
    ------
    SettingsError
        The library has none of this name.
    NotAvailable
        It is not installed.
    """
    found = library_of(name)
    if found is not None and name not in NETWORKS:
        found[0].check(found[1])


def check_start(network: str, start: str, start_from: str = "") -> None:
    """Check that what a network is to start from is there, as far as that can be known without fetching.

    Raises
    ------
    SettingsError
        The model that it is to start from is none, or of another network.
    NotAvailable
        It has no weights that can be installed, or they are not installed.
    """
    name, pretrained = chosen(network, start, start_from)
    if start_from:
        own = (model_facts(start_from) or {}).get("network")
        if own is None or own != name:
            what = "there is no image model in this folder" if own is None else f"its network is {own}"
            raise SettingsError(
                f"The network {network} cannot start from there: {what}.",
                where=f"start_from {start_from}",
                do="Name a folder like corpora/NAME/models/image, and leave network out.",
            )
    elif pretrained and library_of(name) is None:
        check_weights(name)


def trunk_named(name: str, *, pretrained: bool = False, plan: Plan | None = None, size: int = 0) -> Trunk:
    """Return a trunk, and the number of its features.

    Parameters
    ----------
    pretrained
        Whether it has the weights that it got elsewhere; else they are freshly drawn.
    plan
        What a library's network is built of, where that is known; else its library is asked.
    size
        Pixels a side that it shall take; 0: its own.

    Raises
    ------
    SettingsError
        There is no network of this name, or it does not take pictures of this size.
    NotAvailable
        Its library or its weights are not there.
    """
    check_network(name)
    found = library_of(name)
    if found is not None and name not in NETWORKS:
        library, own = found
        return _of_library(name, library.build, own, plan or plan_of(name), pretrained, size)
    if not pretrained:
        return NETWORKS[name]() if name in NETWORKS else _offered_trunk(name)
    check_weights(name)
    from radmine.train.lite0 import DIMENSION, pretrained_lite0

    return pretrained_lite0(1), DIMENSION


def _offered() -> dict[str, EntryPoint]:
    """Return the networks that installed packages offer, by name."""
    return {point.name: point for point in entry_points(group=GROUP)}


def _offered_trunk(name: str) -> Trunk:
    try:
        made: Trunk = _offered()[name].load()()
    except (Exception, SystemExit) as error:  # anybody's module
        if stops(error):
            raise
        raise SettingsError(
            f"The network {name} cannot be built: {type(error).__name__}.",
            where="network",
            do="Mend or remove the package that offers it.",
        ) from error
    return made


def _of_library(
    name: str, build: Callable[[str, Plan, bool], Any], own: str, plan: Plan, pretrained: bool, size: int
) -> Trunk:
    """Return a library's trunk; its features are counted on an empty picture."""
    import torch

    from radmine.train.libraries.colours import Colours

    trunk = build(own, plan, pretrained)
    if "mean" in plan:
        trunk = Colours(trunk, plan["mean"], plan["std"])
    side = size or int(plan["size"])
    try:
        with torch.no_grad():
            made = torch.flatten(trunk.eval()(torch.zeros(1, 1, side, side)), 1)
    except Exception as error:  # of anybody's network
        if stops(error):
            raise
        raise SettingsError(
            f"The network {name} gives no features of pictures of {side} pixels a side; its own have {plan['size']}.",
            where="size",
            do="Set another size under [train] (and under [pixels], where that is less), or another network.",
        ) from error
    return trunk.train(), int(made.shape[1])

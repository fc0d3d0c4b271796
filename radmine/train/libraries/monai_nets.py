"""MONAI's classification networks, for two dimensions and one channel; none has weights of its own here."""

from collections.abc import Mapping
from typing import Any

from radmine.errors import NotAvailable
from radmine.train.libraries.names import check_name
from radmine.train.libraries.tops import without_top

_RESNETS = ("resnet10", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet200")
_DENSENETS = ("densenet121", "densenet169", "densenet201", "densenet264")
_SENETS = ("senet154", "seresnet50", "seresnet101", "seresnet152", "seresnext50", "seresnext101")
_EFFICIENT = tuple(f"efficientnet-b{n}" for n in range(9))
NAMES = (*_RESNETS, *_DENSENETS, *_SENETS, *_EFFICIENT)


def check(name: str) -> None:
    """Check that there is a network of this name."""
    check_name("monai", name, NAMES)


def plan(_name: str) -> Mapping[str, Any]:
    """Return nothing but a usual side: it is built of its name alone, and normalised by the corpus."""
    return {"size": 128}


def build(name: str, _plan: Mapping[str, Any], pretrained: bool) -> Any:
    """Return the module, with weights drawn anew.

    Raises
    ------
    NotAvailable
        Weights are asked for: MONAI has none for two dimensions.
    """
    if pretrained:
        raise NotAvailable(
            f"MONAI has no weights for the network {name} in two dimensions.",
            where="start",
            do='Set start = "scratch" under [train].',
        )
    from monai.networks import nets

    if name in _RESNETS:  # MONAI's own first stride is 1; the networks that people know by these names have 2
        return getattr(nets, name)(
            spatial_dims=2, n_input_channels=1, conv1_t_size=7, conv1_t_stride=2, feed_forward=False
        )
    if name in _EFFICIENT:
        made = nets.EfficientNetBN(name, pretrained=False, spatial_dims=2, in_channels=1)
        return without_top(made)
    last = "out_channels" if name in _DENSENETS else "num_classes"
    return without_top(getattr(nets, name)(spatial_dims=2, in_channels=1, **{last: 1}))

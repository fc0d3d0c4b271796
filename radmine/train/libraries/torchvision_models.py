"""torchvision's classification networks (extra `vision`), with the ImageNet weights that it fetches or drawn anew."""

from collections.abc import Mapping
from typing import Any

from radmine.run import require
from radmine.train.libraries.downloads import fetching
from radmine.train.libraries.names import check_name
from radmine.train.libraries.tops import without_top

_SEVERAL_OUTPUTS = ("googlenet", "inception_v3")  # in training


def _models(name: str) -> Any:
    return require("torchvision.models", extra="vision", purpose=f"The network torchvision:{name}")


def check(name: str) -> None:
    """Check that torchvision has a network of this name."""
    models = _models(name)
    check_name(
        "torchvision", name, [n for n in models.list_models(module=models) if n not in _SEVERAL_OUTPUTS]
    )


def plan(name: str) -> Mapping[str, Any]:
    """Return how the pictures of its weights were normalised, and their side."""
    used = _models(name).get_model_weights(name).DEFAULT.transforms()
    return {"mean": list(used.mean), "std": list(used.std), "size": int(used.crop_size[0])}


def build(name: str, _plan: Mapping[str, Any], pretrained: bool) -> Any:
    """Return the module.

    Raises
    ------
    NotAvailable
        Weights are asked for, and they cannot be fetched.
    """
    models = _models(name)
    with fetching(f"torchvision:{name}"):
        return without_top(models.get_model(name, weights="DEFAULT" if pretrained else None))

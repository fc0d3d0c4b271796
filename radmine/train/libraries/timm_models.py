"""timm's networks (extra `vision`), with the weights that its authors keep on the hub or drawn anew."""

from collections.abc import Mapping
from typing import Any

from radmine.errors import SettingsError
from radmine.run import require
from radmine.train.libraries.downloads import fetching
from radmine.train.libraries.names import check_name


def _timm(name: str) -> Any:
    return require("timm", extra="vision", purpose=f"The network timm:{name}")


def check(name: str) -> None:
    """Check that timm has a network of this name; after a dot, the name of its weights."""
    check_name("timm", name.split(".")[0], _timm(name).list_models())


def plan(name: str) -> Mapping[str, Any]:
    """Return how its pictures were normalised, and their side."""
    found = _timm(name).models.get_pretrained_cfg(name)
    if found is None:  # of weights that it does not have
        raise SettingsError(
            f"timm knows no weights {name!r}.", where="network", do="See timm.list_pretrained()."
        )
    return {"mean": list(found.mean), "std": list(found.std), "size": int(found.input_size[-1])}


def build(name: str, _plan: Mapping[str, Any], pretrained: bool) -> Any:
    """Return the module.

    Raises
    ------
    NotAvailable
        Weights are asked for, and there are none or the hub cannot be reached.
    """
    timm = _timm(name)
    with fetching(f"timm:{name}"):
        return timm.create_model(
            name if pretrained else name.split(".")[0], pretrained=pretrained, num_classes=0
        )

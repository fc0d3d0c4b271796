"""Networks of other libraries, named `LIBRARY:NAME`: what each tells of one without building it, and how it builds one.

A library's network takes colours as its own pictures were normalised; here it is fed grey pictures, and ends in features.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from radmine.train.libraries import hub, monai_nets, timm_models, torchvision_models

# JSON-able: what a network is built of without its source; "mean" and "std" by channel, "size".
Plan = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """How the networks of one library are found and built.

    Parameters
    ----------
    check
        Raises SettingsError where there is none of a name, NotAvailable where the library is not installed.
    plan
        Returns what a network of a name is built of, from then on without the network's source.
    build
        Returns the module of a name and a plan, with the weights that its library has for it or drawn anew; raises
        NotAvailable where these cannot be had.
    own
        Whether a name stands for weights of its own: they are what it starts from where nothing is said.
    """

    check: Callable[[str], None]
    plan: Callable[[str], Plan]
    build: Callable[[str, Plan, bool], Any]
    own: bool = False


LIBRARIES: dict[str, Library] = {
    "monai": Library(monai_nets.check, monai_nets.plan, monai_nets.build),
    "timm": Library(timm_models.check, timm_models.plan, timm_models.build),
    "torchvision": Library(torchvision_models.check, torchvision_models.plan, torchvision_models.build),
    "hf": Library(hub.check, hub.plan, hub.build, own=True),
}


def library_of(network: str) -> tuple[Library, str] | None:
    """Return the library that a network's name begins with, and its name there; None of a name without one."""
    library, colon, name = network.partition(":")
    return (LIBRARIES[library], name) if colon and name.strip() and library in LIBRARIES else None

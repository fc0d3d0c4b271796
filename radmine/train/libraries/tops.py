"""The last linear layer of a network, which names the classes of whoever trained it, and comes off."""

from typing import Any

from radmine.errors import SettingsError


def without_top(network: Any) -> Any:
    """Return a network whose last linear layer hands on what it gets.

    Raises
    ------
    SettingsError
        It has no such layer.
    """
    from torch import nn

    last = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not last:
        raise SettingsError(
            "The network ends in no linear layer: its features cannot be told from its classes.",
            where="network",
            do="Use another one.",
        )
    *above, name = last[-1].split(".")
    setattr(network.get_submodule(".".join(above)), name, nn.Identity())
    return network

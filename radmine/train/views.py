"""Trunks that are shown several views of an image: as channels of the first layer, or side by side."""

import torch
from torch import Tensor, nn

from radmine.errors import SettingsError


class SideBySide(nn.Module):
    """A trunk of grey pictures that is shown all channels as one wide picture."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, images: Tensor) -> Tensor:
        """Return the features of images of shape (n, channels, rows, columns)."""
        count, channels, rows, columns = images.shape
        beside = images.permute(0, 2, 1, 3).reshape(count, 1, rows, channels * columns)
        features: Tensor = self.trunk(beside)
        return features


def shown_views(trunk: nn.Module, name: str, *, channels: int, layout: str, pretrained: bool) -> nn.Module:
    """Return a trunk of grey pictures as one that takes so many channels.

    Parameters
    ----------
    trunk
        The module; it is changed.
    name
        Of the network.
    channels
        How many.
    layout
        "channels": the first convolution gets so many, with weights drawn anew, or of pretrained ones, of lite0 its three of
        colours where there are three, else each the same share; "side_by_side".
    pretrained
        Whether its weights were learned elsewhere.

    Raises
    ------
    SettingsError
        Its first layer takes no grey pictures.
    """
    if channels == 1:
        return trunk
    if layout == "side_by_side":
        return SideBySide(trunk)
    first = next((module for module in trunk.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None or first.in_channels != 1:
        raise SettingsError(
            f"The first layer of the network {name} cannot take {channels} channels.",
            where="layout",
            do='Set layout = "side_by_side" under [train], or another network.',
        )
    with torch.no_grad():
        first.weight = nn.Parameter(_weights(first.weight, name, channels, pretrained))
    first.in_channels = channels
    return trunk


def _weights(grey: Tensor, name: str, channels: int, pretrained: bool) -> Tensor:
    if not pretrained:
        deviation = float(grey.std()) / channels**0.5
        drawn: Tensor = torch.randn(len(grey), channels, *grey.shape[2:]) * deviation
        return drawn
    if name == "lite0" and channels == 3:
        from radmine.train.lite0 import pretrained_lite0

        return next(pretrained_lite0(3).parameters()).detach().clone()
    return grey.repeat(1, channels, 1, 1) / channels

"""A network whose weights are set by hand, so that the place that it looks at is known."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from radmine.run import choose_device
from radmine.train.exported import Exported, to_onnx
from radmine.train.model import FEATURES, ImageModel, ModelFacts
from radmine.train.networks import Head, ImageNetwork, Outputs

SIDE = 32
TARGETS = {"labels": ("bright", "dark")}


class Brightness(nn.Module):
    """Two channels, a quarter of the size: how far above, and below, a middle grey a place is; then their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.relu = nn.AvgPool2d(4), nn.ReLU()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pooled = self.pool(images) - 0.5
        made: torch.Tensor = self.relu(torch.cat((pooled, -pooled), 1)).mean((2, 3))
        return made


def model_of(network: ImageNetwork, *, name: str = "by hand", exported: bool = False) -> ImageModel:
    facts = ModelFacts(
        name, TARGETS, SIDE, SIDE, False, 0.0, 1.0, "", "", {}, 1, "here", "0", dimension=network.dimension
    )
    network.eval()
    run = None
    if exported:
        run = Exported(to_onnx(Outputs(network), (FEATURES, *TARGETS), size=SIDE, mean=0.0, std=1.0))
    return ImageModel(facts, choose_device("cpu"), "x", build=lambda: network, exported=run)


def sized(model: ImageModel, side: int) -> ImageModel:
    return ImageModel(
        replace(model.facts, size=side, stored_size=side), model.device, "x", build=lambda: model.network
    )


def by_hand() -> ImageNetwork:
    """Return a network that says "bright" of bright places, and "dark" of dark ones."""
    network = ImageNetwork(Brightness(), Head(2, {"labels": 2}))
    with torch.no_grad():
        network.head.outputs["labels"].weight.copy_(torch.tensor([[9.0, -9.0], [-9.0, 9.0]]))
        network.head.outputs["labels"].bias.zero_()
    return network


def picture(top: int, left: int, *, grey: int = 128, spot: int = 250) -> NDArray[np.uint8]:
    square = np.full((SIDE, SIDE), grey, np.uint8)
    square[top : top + 8, left : left + 8] = spot
    return square

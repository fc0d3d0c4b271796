"""Grad-CAM: `gradcam` (Selvaraju et al., ICCV 2017). MONAI has it too, at seven seconds to import; a test holds ours equal to it."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from radmine.train.heatmaps.scaled import scaled
from radmine.train.model import ImageModel, fit, normalise

_AT_ONCE = 8  # images


def gradcam(model: ImageModel, squares: NDArray[np.uint8], target: str, column: int) -> NDArray[np.float32]:
    """Return where the last feature map of the trunk speaks for a class, shape (n, side, side), in [0, 1].

    Each channel of the map counts by the mean gradient of the class's output, what speaks against it is cut off, and the
    largest value of a picture becomes 1; a picture where nothing speaks for the class is 0 all over.
    """
    side = squares.shape[-1]
    parts = [
        _maps(model, squares[start : start + _AT_ONCE], target, column)
        for start in range(0, len(squares), _AT_ONCE)
    ]
    coarse = torch.cat(parts) if parts else torch.zeros(0, 1, 1)
    fine = functional.interpolate(coarse[:, None], size=(side, side), mode="bilinear", align_corners=False)
    return scaled(fine[:, 0].numpy())


def _maps(model: ImageModel, squares: NDArray[np.uint8], target: str, column: int) -> Tensor:
    """Return the coarse maps of a batch, shape (n, rows, columns), on the CPU."""
    network = model.network
    images = torch.from_numpy(fit(squares, model.facts.size)).to(model.device.name).unsqueeze(1).float() / 255
    seen: list[Tensor] = []

    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.requires_grad and _is_map(output):
            seen.append(output)

    hooks = [module.register_forward_hook(keep) for module in network.trunk.modules()]
    try:
        with torch.enable_grad():
            # A trunk whose weights stay as they are needs no gradient of them, but of what flows through it.
            outputs = network(normalise(images, model.facts, model.device).requires_grad_())
            said = outputs[target][:, column].sum()
    finally:
        for hook in hooks:
            hook.remove()
    for features in reversed(seen):
        (slope,) = torch.autograd.grad(said, features, retain_graph=True, allow_unused=True)
        if slope is not None and bool(_spatial(slope).any()):
            weights = _spatial(slope).mean((2, 3), keepdim=True)
            found: Tensor = (weights * _spatial(features)).sum(1).relu().detach().float().cpu()
            return found
    return torch.zeros(len(squares), 1, 1)


def _is_map(output: Tensor) -> bool:
    """Whether an output says something of places: a feature map, or the tokens of patches with or without one for the class."""
    if output.ndim == 4:
        return min(output.shape[2:]) > 1
    return output.ndim == 3 and _patches(output.shape[1]) > 1


def _patches(tokens: int) -> int:
    """Return how many patches a side there are of so many tokens, 0 where they make no square."""
    side = math.isqrt(tokens)
    return side if tokens in (side * side, side * side + 1) else 0


def _spatial(values: Tensor) -> Tensor:
    """Return features as a map, shape (n, channels, rows, columns); the token of the class comes first and is left out."""
    if values.ndim == 4:
        return values
    side = _patches(values.shape[1])
    return values[:, -side * side :].transpose(1, 2).reshape(len(values), -1, side, side)

"""Occlusion: `occlusion` (Zeiler and Fergus, ECCV 2014). It needs what a network says and no gradient: on CPUs, no torch."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from radmine.train.heatmaps.scaled import scaled
from radmine.train.model import ImageModel

_PATCH = 5  # a side of a patch is this part of the picture's
_STEPS = 12  # places of the patch along a side


def occlusion(model: ImageModel, squares: NDArray[np.uint8], target: str, column: int) -> NDArray[np.float32]:
    """Return where a class loses when it is covered, shape (n, side, side), in [0, 1].

    A patch of the picture's mean grey is moved over it. Each pixel gets the mean loss of the class's log-odds over the patches
    that cover it; what gains is cut off, and the largest value of a picture becomes 1.
    """
    maps = [_map(model, square, target, column) for square in squares]
    return scaled(np.stack(maps)) if maps else np.zeros(squares.shape, np.float32)


def _map(model: ImageModel, square: NDArray[np.uint8], target: str, column: int) -> NDArray[np.float64]:
    side = len(square)
    patch = max(1, side // _PATCH)
    # The patch may stand over the edge by half, so that pixels there are covered as often as others.
    starts = np.unique(np.linspace(-patch // 2, side - patch + patch // 2, _STEPS).round().astype(int))
    places = [(slice(max(0, y), y + patch), slice(max(0, x), x + patch)) for y in starts for x in starts]
    covered = np.repeat(square[None], len(places) + 1, axis=0)
    grey = round(float(square.mean()))
    for number, place in enumerate(places, start=1):
        covered[number][place] = grey
    said = logit(np.clip(model.predict(covered)[target][:, column].astype(np.float64), 1e-7, 1 - 1e-7))
    lost, times = np.zeros(square.shape), np.zeros(square.shape)
    for place, loss in zip(places, said[0] - said[1:], strict=True):
        lost[place] += loss
        times[place] += 1
    return lost / times

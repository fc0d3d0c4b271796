"""The check with random weights: does a heat map depend on what was learned? `randomised`, `likeness` (Adebayo et al., NeurIPS 2018)."""

import copy

import numpy as np
from numpy.typing import NDArray

from radmine.train.heatmaps.maps import Maps, heatmap
from radmine.train.model import ImageModel

PARTS = ("head", "network")


def randomised(model: ImageModel, part: str, *, seed: int = 0) -> ImageModel:
    """Return a model with freshly drawn weights: of the head on a trunk that stays ("head"), or all of them ("network")."""
    from radmine.train.joined import drawn_network

    fresh = drawn_network(model.facts, seed=seed).eval()
    if part == "head":
        fresh.trunk = copy.deepcopy(model.network.trunk)
    return model.with_network(fresh, f"{model.fingerprint} with random weights of the {part}, {seed}")


def likeness(
    drawn: ImageModel,
    squares: NDArray[np.uint8],
    target: str,
    name: str,
    maps: Maps,
    *,
    method: str = "gradcam",
) -> NDArray[np.float64]:
    """Return Spearman's correlation of each picture's map with that of a model whose weights were drawn anew, shape (n,).

    Near 1: the map shows the picture, not what the network learned. NaN of a map that is one value all over.

    Parameters
    ----------
    drawn
        See `randomised`.
    squares, target, name, method
        As for `heatmap`.
    maps
        What that returned of the model as it was trained.
    """
    return rank_correlation(maps, heatmap(drawn, squares, target, name, method=method))


def rank_correlation(some: Maps, others: Maps) -> NDArray[np.float64]:
    """Return Spearman's correlation of each map with another, shape (n,)."""
    from scipy.stats import rankdata

    one, two = (rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (some, others))
    one, two = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (one, two))
    spread = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    found = np.full(len(some), np.nan)
    np.divide((one * two).sum(axis=1), spread, out=found, where=spread > 0)
    return found

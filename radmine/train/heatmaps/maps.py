"""Where in a picture a network sees a class: `heatmap`."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.train.model import ImageModel
from radmine.train.tasks import has_classes

Maps: TypeAlias = NDArray[np.float32]
Method: TypeAlias = Callable[[ImageModel, NDArray[np.uint8], str, int], Maps]


def _gradcam(model: ImageModel, squares: NDArray[np.uint8], target: str, column: int) -> Maps:
    from radmine.train.heatmaps.gradcam import gradcam  # torch

    return gradcam(model, squares, target, column)


def _occlusion(model: ImageModel, squares: NDArray[np.uint8], target: str, column: int) -> Maps:
    from radmine.train.heatmaps.occlusion import occlusion  # scipy

    return occlusion(model, squares, target, column)


METHODS: dict[str, Method] = {"gradcam": _gradcam, "occlusion": _occlusion}


def heatmap(
    model: ImageModel, squares: NDArray[np.uint8], target: str, name: str, *, method: str = "gradcam"
) -> Maps:
    """Return where a network sees a class in stored squares, shape (n, side, side), in [0, 1], the largest value of a picture 1.

    Parameters
    ----------
    model
        Any network of ours.
    squares
        Shape (n, stored_size, stored_size), as `model.square` and the pixel store give them.
    target, name
        What it learned ("labels", "modality", ...), and which finding or class of that.
    method
        gradcam: by the gradient at the trunk's last feature map, by torch. occlusion: by what the class loses when a patch of
        the picture is covered; no gradient, without torch where the network runs by onnxruntime, some 150 pictures each.

    Raises
    ------
    InputError
        There is no such method, the network did not learn this, or it is shown windows or slices.
    """
    if model.facts.channels:
        raise InputError(
            f"A heat map is of one picture; this network is shown {', '.join(model.facts.channels)}.",
            where=model.fingerprint,
            do="Train one without channels.",
        )
    if method not in METHODS:
        raise InputError(
            f"There is no method {method!r} for heat maps.", where="method", do=f"Use {' or '.join(METHODS)}."
        )
    return METHODS[method](model, squares, target, column_of(model, target, name))


def column_of(model: ImageModel, target: str, name: str) -> int:
    """Return the place of a class among the outputs of a target.

    Raises
    ------
    InputError
        The network did not learn it, or it is no class.
    """
    known = model.facts.targets
    if target not in known:
        raise InputError(
            f"The network did not learn {target!r}.", where=target, do=f"It learned {', '.join(known)}."
        )
    if not has_classes(target):
        raise InputError(
            f"A heat map is of a class; {target} is a number or a time.",
            where=target,
            do=f"It learned classes of {', '.join(t for t in known if has_classes(t)) or 'nothing'}.",
        )
    if name not in known[target]:
        raise InputError(
            f"The network did not learn {name!r} of {target}.",
            where=name,
            do=f"It learned {', '.join(known[target])}.",
        )
    return known[target].index(name)

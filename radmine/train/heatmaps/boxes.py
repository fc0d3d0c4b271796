"""Boxes from heat maps, and how they lie to others: `boxes_of`, `iou`, `iobb`, `hits`."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD, MOST = 0.5, 3


class Box(NamedTuple):
    """Half-open rows and columns, in pixels of the source."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Pixels in it."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)


def boxes_of(heat: NDArray[np.floating], *, threshold: float = THRESHOLD, most: int = MOST) -> list[Box]:
    """Return the boxes of the connected parts of a map that are hot, the largest first, at most so many.

    Parameters
    ----------
    heat
        Shape (rows, columns).
    threshold
        What is hot: this share of the largest value. Of a map that is 0 all over nothing is.
    """
    from scipy import ndimage

    if not heat.size or heat.max() <= 0:
        return []
    parts, _ = ndimage.label(heat >= threshold * heat.max())
    sizes = np.bincount(parts.ravel())[1:]
    places = ndimage.find_objects(parts)
    largest = np.argsort(-sizes, kind="stable")[:most]
    return [Box(p[0].start, p[0].stop, p[1].start, p[1].stop) for p in (places[i] for i in largest)]


def _shared(one: Box, other: Box) -> int:
    tops, bottoms, lefts, rights = zip(one, other, strict=True)
    return Box(max(tops), min(bottoms), max(lefts), min(rights)).area


def iou(one: Box, other: Box) -> float:
    """Return the shared area over the area of either, 0 of two empty boxes."""
    shared = _shared(one, other)
    either = one.area + other.area - shared
    return shared / either if either else 0.0


def iobb(found: Box, true: Box) -> float:
    """Return the shared area over the area of the box that was found (Wang et al., CVPR 2017), 0 where that is empty."""
    return _shared(found, true) / found.area if found.area else 0.0


def hits(heat: NDArray[np.floating], boxes: Sequence[Box], *, tolerance: float = 0.0) -> bool:
    """Whether the hottest point of a map lies in a box: the pointing game (Zhang et al., IJCV 126, 2018).

    Of several hottest points the middle counts; a map that is 0 all over hits nothing.

    Parameters
    ----------
    heat
        Shape (rows, columns).
    boxes
        Any of which will do.
    tolerance
        Pixels by which the point may lie outside.
    """
    if not heat.size or heat.max() <= 0:
        return False
    y, x = np.argwhere(heat == heat.max()).mean(axis=0)
    return any(
        box.top - tolerance <= y < box.bottom + tolerance
        and box.left - tolerance <= x < box.right + tolerance
        for box in boxes
    )

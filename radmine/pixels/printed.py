"""Print on a picture: where it is, and the picture without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # top, bottom, left, right: half-open rows and columns

_FADES = 2  # pixels of a box of print in which it fades
_AROUND = 2  # pixels: a patch takes the grey level of as wide a rim


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels of a picture that are print."""

    top: int
    left: int
    mask: NDArray[np.bool_]  # shape (rows, columns) of the patch


def blank(pixels: NDArray[Any], patches: Sequence[Patch]) -> NDArray[Any]:
    """Return a picture, of whatever type it is, without the print: each patch has the median of the pixels around it."""
    if not patches:
        return pixels
    made = pixels.copy()
    for patch in patches:
        height, width = patch.mask.shape
        top, left = max(0, patch.top - _AROUND), max(0, patch.left - _AROUND)
        part = made[top : patch.top + height + _AROUND, left : patch.left + width + _AROUND]
        mask = np.zeros(part.shape, bool)
        mask[patch.top - top :, patch.left - left :][:height, :width] = patch.mask
        rim = np.sort(part[grown(mask, _AROUND) & ~mask])
        part[mask] = rim[len(rim) // 2] if len(rim) else part.min()
    return made


def blank_boxes(pixels: NDArray[Any], boxes: Sequence[Box]) -> NDArray[Any]:
    """Return a picture without what stands in some boxes, and two pixels around each, where print fades."""
    patches = []
    for top, bottom, left, right in boxes:
        first, start = max(0, top - _FADES), max(0, left - _FADES)
        height, width = bottom + _FADES - first, right + _FADES - start
        inside = min(height, pixels.shape[0] - first), min(width, pixels.shape[1] - start)
        patches.append(Patch(first, start, np.ones(inside, bool)))
    return blank(pixels, patches)


def grown(mask: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Return a mask and all within some steps up, down and sideways of it."""
    for _ in range(steps):
        wider = mask.copy()
        wider[1:] |= mask[:-1]
        wider[:-1] |= mask[1:]
        wider[:, 1:] |= mask[:, :-1]
        wider[:, :-1] |= mask[:, 1:]
        mask = wider
    return mask

"""Pictures as a network takes them: burned-in text and empty borders left out, padded to a square, resized."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.pixels.content import Bytes, Content, find_content
from radmine.pixels.grey import AT_ONCE
from radmine.pixels.placed import placed
from radmine.pixels.printed import Box, blank_boxes


@dataclass(frozen=True, slots=True)
class Square:
    """A square picture and what was kept of its source."""

    array: Bytes  # shape (size, size)
    crop: Box  # top, bottom, left, right kept, in pixels of the source
    blanked: NDArray[np.bool_]  # which of the pixels that were kept were blanked, at their size in the source


def to_square(
    grey: NDArray[np.generic], *, size: int = 128, crop: bool = True, printed: Sequence[Box] = ()
) -> Square:
    """Return a picture padded (never stretched) to a square of black and resized with antialiasing.

    Parameters
    ----------
    grey
        Shape (rows, columns): uint8, or float in [0, 1].
    size
        Of the square, in pixels.
    crop
        Leave out a footer of text, constant borders, and letters that stand alone in a corner (`find_content`).
    printed
        Boxes of burned-in text, which are blanked first (`burned_in`).
    """
    original = as_bytes(grey)
    pixels = blank_boxes(original, printed)
    content = find_content(pixels) if crop else Content((0, pixels.shape[0], 0, pixels.shape[1]))
    kept = content.cut(pixels)
    top, bottom, left, right = content.box
    return Square(padded_square(kept, size), content.box, kept != original[top:bottom, left:right])


def padded_square(pixels: Bytes, size: int) -> Bytes:
    """Return a picture in the middle of a black square, resized with antialiasing."""
    from PIL import Image

    rows, columns = pixels.shape
    y, x, height, width = placed(rows, columns, size)
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.BILINEAR)
    square = np.zeros((size, size), np.uint8)
    square[y : y + height, x : x + width] = np.asarray(small)
    return square


def as_bytes(grey: NDArray[np.generic]) -> Bytes:
    """Return a grey picture as uint8; floats are taken to be in [0, 1].

    Raises
    ------
    InputError
        The array is not two-dimensional, empty, of another type or out of range.
    """
    do = "Give a grey picture of shape (rows, columns), uint8 or float in [0, 1]."
    if grey.ndim != 2 or not grey.size:
        raise InputError(f"The array has shape {grey.shape}.", where="picture", do=do)
    if grey.dtype == np.uint8:
        same: Bytes = grey.astype(np.uint8, copy=False)
        return same
    if not np.issubdtype(grey.dtype, np.floating):
        raise InputError(f"The array holds {grey.dtype}.", where="picture", do=do)
    levels = np.empty(grey.shape, np.uint8)
    step = max(1, AT_ONCE // grey.shape[1])
    for top in range(0, len(grey), step):
        part = grey[top : top + step]
        low, high = part.min(), part.max()
        if not np.isfinite(low + high):
            part = np.nan_to_num(part)
            low, high = part.min(), part.max()
        if low < -0.01 or high > 1.01:
            raise InputError("The array holds values outside [0, 1].", where="picture", do=do)
        if low < 0 or high > 1:
            part = np.clip(part, 0, 1)
        scaled = np.asarray(part * 255)
        np.add(scaled, 0.5, out=scaled)
        levels[top : top + step] = scaled
    return levels

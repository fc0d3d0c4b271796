"""Where a picture lies in its square, and the way back: `placed`, `to_source`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def placed(rows: int, columns: int, size: int) -> tuple[int, int, int, int]:
    """Return top, left, height and width that a picture takes in a square: never stretched, in the middle."""
    scale = size / max(rows, columns)
    height, width = max(1, round(rows * scale)), max(1, round(columns * scale))
    return (size - height) // 2, (size - width) // 2, height, width


def to_source(
    heat: NDArray[np.floating], crop: Sequence[int], rows: int, columns: int
) -> NDArray[np.float32]:
    """Return a map of a square on the pixels of its source, shape (rows, columns): padding and crop undone, 0 where nothing was kept.

    Parameters
    ----------
    heat
        Shape (side, side), of the square that `to_square` made, at any side.
    crop
        Top, bottom, left and right that were kept, in pixels of the source (`Square.crop`, `Pixels.crop`).
    rows, columns
        Of the source.
    """
    from PIL import Image

    top, bottom, left, right = crop
    y, x, height, width = placed(bottom - top, right - left, len(heat))
    part = Image.fromarray(np.ascontiguousarray(heat[y : y + height, x : x + width], np.float32))
    found = np.zeros((rows, columns), np.float32)
    large = part.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    found[top:bottom, left:right] = np.asarray(large)
    return found

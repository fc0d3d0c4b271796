"""Pictures as a network takes them: burned-in text and empty borders left out, padded to a square, resized."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.pixels.grey import AT_ONCE

Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # top, bottom, left, right: half-open rows and columns

_FAINT = 10  # grey levels of 255 by which a pixel may differ from the background and still count as empty
_MARGIN = 0.01  # of the longer side, left around the content
_BLACK = 12  # grey levels up to which a strip of text is black
_BETWEEN = 0.2  # of rows of text is black, at least, between and in the letters
_LETTERS = 60  # pieces that stand alone in corners, at most, to be taken for print
_LEAST = 0.25  # of either side: a smaller content box is not believed


@dataclass(frozen=True, slots=True)
class Square:
    """A square picture and what was kept of its source."""

    array: Bytes  # shape (size, size)
    crop: Box  # top, bottom, left, right kept, in pixels of the source


def to_square(grey: NDArray[np.generic], *, size: int = 128, crop: bool = True) -> Square:
    """Return a picture padded (never stretched) to a square of black and resized with antialiasing.

    Parameters
    ----------
    grey
        Shape (rows, columns): uint8, or float in [0, 1].
    size
        Of the square, in pixels.
    crop
        Leave out a footer of text, constant borders, and letters that stand alone in a corner (`find_content`).
    """
    from PIL import Image

    pixels = as_bytes(grey)
    box = (0, pixels.shape[0], 0, pixels.shape[1])
    if crop:
        pixels, box = find_content(pixels)
    top, bottom, left, right = box
    kept = pixels[top:bottom, left:right]
    rows, columns = kept.shape
    scale = size / max(rows, columns)
    width, height = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = Image.fromarray(np.ascontiguousarray(kept)).resize((width, height), Image.Resampling.BILINEAR)
    square = np.zeros((size, size), np.uint8)
    y, x = (size - height) // 2, (size - width) // 2
    square[y : y + height, x : x + width] = np.asarray(small)
    return Square(square, box)


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
        part = np.nan_to_num(grey[top : top + step])
        if part.min() < -0.01 or part.max() > 1.01:
            raise InputError("The array holds values outside [0, 1].", where="picture", do=do)
        levels[top : top + step] = (np.clip(part, 0, 1) * 255 + 0.5).astype(np.uint8)
    return levels


def find_content(pixels: Bytes) -> tuple[Bytes, Box]:
    """Return the picture with lone corner text blanked, and the box of its content.

    Careful by design: only rows that look like printed text on black at the very bottom are taken for a footer; a
    border must be constant within a few grey levels; only small pieces that touch nothing else and stand wholly in a
    corner are blanked (a logo over anatomy stays). Where little would be left, nothing is cropped.
    """
    rows, columns = pixels.shape
    bottom = rows - footer_rows(pixels)
    body = pixels[:bottom]
    background = _background(body)
    contrast = np.abs(body.astype(np.int16) - background)
    lone = _corner_pieces(contrast > 2 * _FAINT)  # letters stand out from noise that fills the corner
    filled = (contrast > _FAINT) & ~lone
    ys, xs = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    if not len(ys) or ys[-1] - ys[0] < _LEAST * rows or xs[-1] - xs[0] < _LEAST * columns:
        return pixels, (0, bottom, 0, columns)
    margin = max(1, round(_MARGIN * max(rows, columns)))
    box = (
        max(0, int(ys[0]) - margin),
        min(bottom, int(ys[-1]) + 1 + margin),
        max(0, int(xs[0]) - margin),
        min(columns, int(xs[-1]) + 1 + margin),
    )
    if lone.any():
        pixels = pixels.copy()
        pixels[:bottom][lone] = background
    return pixels, box


def footer_rows(pixels: Bytes) -> int:
    """Return how many rows at the bottom are a strip of printed text on black, 0 where there is none.

    A row of text changes from dark to light and back many times and keeps black between its letters; a footer is a
    run of such rows (with gaps between lines) that ends close to the bottom edge and is no higher than a sixth of
    the picture. Noise fills more than that or is less black, anatomy changes less often.
    """
    rows, columns = int(pixels.shape[0]), int(pixels.shape[1])
    if rows < 64 or columns < 64:
        return 0
    reach = rows // 5
    strip = pixels[rows - reach :].astype(np.int16)[::-1]  # bottom row first
    text = _text_rows(strip)
    height, blank, seen = 0, 0, 0
    for index in range(reach):
        if text[index]:
            seen, blank, height = seen + 1, 0, index + 1
        else:
            blank += 1
            if blank > (rows // 48 if seen else rows // 24):
                break
    if seen < 4 or height > rows // 6 or seen < 0.4 * height:
        return 0
    if np.mean(strip[:height][text[:height]] <= _BLACK) < _BETWEEN:
        return 0
    return min(height + 1, reach)


def _text_rows(strip: NDArray[np.int16]) -> NDArray[np.bool_]:
    columns = strip.shape[1]
    dark = np.percentile(strip, 10, axis=1)
    light = np.percentile(strip, 97, axis=1)
    level = (dark + light)[:, None] / 2
    above = strip > level
    changes = np.count_nonzero(above[:, 1:] != above[:, :-1], axis=1)
    text: NDArray[np.bool_] = (dark <= _BLACK) & (light - dark >= 16) & (changes >= 0.12 * columns)
    return text


def _background(pixels: Bytes) -> int:
    """Return the grey level of the border: black, unless nearly all of the outermost ring has another."""
    ring = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    levels = np.bincount(ring, minlength=256)
    commonest = int(levels.argmax())
    return commonest if levels[commonest] >= 0.9 * len(ring) else int(ring.min())


def _corner_pieces(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask of small pieces that stand wholly in a corner: letters of a logo, a slice number, a window."""
    from scipy import ndimage

    rows, columns = filled.shape
    labels, count = ndimage.label(filled, structure=np.ones((3, 3)))
    keep = np.zeros(count + 1, bool)
    for number, (ys, xs) in enumerate(ndimage.find_objects(labels), 1):
        at_edge = ys.stop <= 0.15 * rows or ys.start >= 0.85 * rows
        at_side = xs.stop <= 0.4 * columns or xs.start >= 0.45 * columns
        keep[number] = at_edge and at_side and ys.stop - ys.start <= 0.09 * rows
    if keep.sum() > _LETTERS:
        keep[:] = False  # as many are noise
    pieces = keep[labels]
    fringe = ndimage.binary_dilation(pieces, iterations=2) & ~filled
    mask: NDArray[np.bool_] = pieces | fringe
    return mask

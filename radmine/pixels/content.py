"""What of a picture is content: its box, without a footer of text and empty borders, and print that stands alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.pixels.printed import Box, Patch, blank, grown

Bytes = NDArray[np.uint8]

_FAINT = 10  # grey levels of 255 by which a pixel may differ from the background and still count as empty
_MARGIN = 0.01  # of the longer side, left around the content
_BLACK = 12  # grey levels up to which a strip of text is black
_BETWEEN = 0.2  # of rows of text is black, at least, between and in the letters
_LETTERS = 60  # pieces that stand alone in corners, at most, to be taken for print
_EDGE = 0.15  # of the rows: how close to the top or the bottom such pieces stand
_HIGH = 0.09  # of the rows: how high they are, at most
_FRINGE = 2  # pixels around a letter that belong to it
_LEAST = 0.25  # of either side: a smaller content box is not believed
_SMALLEST = 64  # pixels: on a picture with a shorter side nobody prints


@dataclass(frozen=True, slots=True)
class Content:
    """The box of a picture's content and the print in it, for its grey levels and for its values alike."""

    box: Box
    printed: tuple[Patch, ...] = ()

    def cut(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the content of the picture, of whatever type it is, with its print blanked."""
        top, bottom, left, right = self.box
        return blank(pixels, self.printed)[top:bottom, left:right]


def find_content(pixels: Bytes) -> Content:
    """Return the box of a picture's content, and the letters that stand alone in its corners.

    Careful by design: only rows that look like printed text on black at the very bottom are taken for a footer; a
    border must be constant within a few grey levels; only small pieces that touch nothing else and stand wholly in a
    corner are print (a logo over anatomy is not). Where little would be left, nothing is cut.
    """
    rows, columns = pixels.shape
    bottom = rows - footer_rows(pixels)
    body = pixels[:bottom]
    background = _background(body)
    printed = _corner_letters(body, background)
    ys, xs = _filled(body, background, printed)
    if not len(ys) or ys[-1] - ys[0] < _LEAST * rows or xs[-1] - xs[0] < _LEAST * columns:
        return Content((0, bottom, 0, columns))
    margin = max(1, round(_MARGIN * max(rows, columns)))
    box = (
        max(0, int(ys[0]) - margin),
        min(bottom, int(ys[-1]) + 1 + margin),
        max(0, int(xs[0]) - margin),
        min(columns, int(xs[-1]) + 1 + margin),
    )
    return Content(box, printed)


def footer_rows(pixels: Bytes) -> int:
    """Return how many rows at the bottom are a strip of printed text on black, 0 where there is none.

    A row of text changes from dark to light and back many times and keeps black between its letters; a footer is a
    run of such rows (with gaps between lines) that ends close to the bottom edge and is no higher than a sixth of
    the picture. Noise fills more than that or is less black, anatomy changes less often.
    """
    rows, columns = pixels.shape
    if min(rows, columns) < _SMALLEST:
        return 0
    reach, below = rows // 5, rows // 24  # rows that are looked at; empty rows below the text, at most
    strip = pixels[rows - reach :][::-1]  # bottom row first
    if not _text_rows(strip[: below + 1]).any():
        return 0
    text = _text_rows(strip)
    height, empty, seen = 0, 0, 0
    for index in range(reach):
        if text[index]:
            seen, empty, height = seen + 1, 0, index + 1
        else:
            empty += 1
            if empty > (rows // 48 if seen else below):
                break
    if seen < 4 or height > rows // 6 or seen < 0.4 * height:
        return 0
    if np.mean(strip[:height][text[:height]] <= _BLACK) < _BETWEEN:
        return 0
    return int(min(height + 1, reach))


def _text_rows(strip: Bytes) -> NDArray[np.bool_]:
    dark, light = _quantiles(strip, 0.1, 0.97)
    above = strip > ((dark + light) / 2).astype(np.uint8)[:, None]
    changes = np.count_nonzero(above[:, 1:] != above[:, :-1], axis=1)
    text: NDArray[np.bool_] = (dark <= _BLACK) & (light - dark >= 16) & (changes >= 0.12 * strip.shape[1])
    return text


def _quantiles(strip: Bytes, *wanted: float) -> list[NDArray[np.float64]]:
    """Return quantiles of the rows as `numpy.quantile` does, five times as fast: bytes are sorted by counting."""
    ordered = np.sort(strip, axis=1, kind="stable").astype(float)
    places = [share * (strip.shape[1] - 1) for share in wanted]
    return [
        ordered[:, int(at)] + (at - int(at)) * (ordered[:, int(at) + 1] - ordered[:, int(at)])
        for at in places
    ]


def _background(pixels: Bytes) -> int:
    """Return the grey level of the border: black, unless nearly all of the outermost ring has another."""
    ring = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    levels = np.bincount(ring, minlength=256)
    commonest = int(levels.argmax())
    return commonest if levels[commonest] >= 0.9 * len(ring) else int(ring.min())


def _differs(pixels: Bytes, background: int, by: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (pixels > min(255, background + by)) | (pixels < max(0, background - by))
    return found


def _corner_letters(body: Bytes, background: int) -> tuple[Patch, ...]:
    """Return small pieces that stand wholly in a corner, above and below: letters of a logo, a slice number, a window."""
    from scipy import ndimage

    rows, columns = body.shape
    if min(rows, columns) < _SMALLEST:
        return ()
    patches, letters = [], 0
    upper, lower = math.floor(_EDGE * rows), math.ceil((1 - _EDGE) * rows)
    for top, bottom in (
        (0, upper + 1),
        (lower - 1, rows),
    ):  # one row more: a piece that reaches it is not wholly there
        filled = _differs(
            body[top:bottom], background, 2 * _FAINT
        )  # letters stand out from noise in a corner
        labels, count = ndimage.label(filled, structure=np.ones((3, 3)))
        if not count:
            continue
        bounds = [(y.start, y.stop, x.start, x.stop) for y, x in ndimage.find_objects(labels)]
        first, last, left, right = np.array(bounds).T
        at_edge = (last <= upper) if top == 0 else (first > 0)
        at_side = (right <= 0.4 * columns) | (left >= 0.45 * columns)
        keep = at_edge & at_side & (last - first <= _HIGH * rows)
        letters += int(keep.sum())
        if letters > _LETTERS:
            return ()  # as many are noise
        if keep.any():
            pieces = np.concatenate(([False], keep))[labels]
            patches.append(_with_fringe(body, background, pieces, top))
    return tuple(patches)


def _with_fringe(body: Bytes, background: int, pieces: NDArray[np.bool_], top: int) -> Patch:
    """Return the patch of some pieces whose mask begins at a row, with the faint pixels around them."""
    ys, xs = np.flatnonzero(pieces.any(axis=1)), np.flatnonzero(pieces.any(axis=0))
    first, last = max(0, top + int(ys[0]) - _FRINGE), min(len(body), top + int(ys[-1]) + 1 + _FRINGE)
    left, right = max(0, int(xs[0]) - _FRINGE), min(body.shape[1], int(xs[-1]) + 1 + _FRINGE)
    mask = np.zeros((last - first, right - left), bool)
    y, x = top + int(ys[0]) - first, int(xs[0]) - left
    part = pieces[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    fringe = grown(mask, _FRINGE) & ~_differs(body[first:last, left:right], background, 2 * _FAINT)
    return Patch(first, left, mask | fringe)


def _filled(
    body: Bytes, background: int, printed: Sequence[Patch]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and the columns in which something, other than the print, differs from the background."""
    down, across = np.zeros(len(body), bool), np.zeros(body.shape[1], bool)
    start = 0
    for patch in (*printed, None):  # rows without print are read faster
        stop = patch.top if patch else len(body)
        if start < stop:
            rows = body[start:stop]
            for axis, found in ((1, down[start:stop]), (0, across)):
                found |= _differs(rows.min(axis=axis), background, _FAINT)
                found |= _differs(rows.max(axis=axis), background, _FAINT)
        if patch:
            height, width = patch.mask.shape
            filled = _differs(body[stop : stop + height], background, _FAINT)
            filled[:, patch.left : patch.left + width] &= ~patch.mask
            down[stop : stop + height] |= filled.any(axis=1)
            across |= filled.any(axis=0)
            start = stop + height
    return np.flatnonzero(down), np.flatnonzero(across)

"""Marks: the same print in the same corner of many pictures of a source, as a publisher's logo over anatomy.

A mark is learned without reading it: over pictures of one size what stands out from its surroundings in most of them, at
the same pixels, is print; anatomy moves. It is looked for at other scales, too, as pictures of a source are often
brought to one size after the print was made; its distance to the corner scales with it.
"""

import base64
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radmine.pixels.content import Bytes
from radmine.pixels.printed import Box, grown

_GROUP = 16  # pictures of one size, at least
_EDGE, _SIDE = 0.15, 0.45  # of the rows and of the columns: the corners that are looked at
_WIDE = 15  # pixels: surroundings from which print stands out
_STANDS_OUT = 12  # grey levels of 255, in the middle half of the pictures
_NEAR = 4  # pixels: pieces of print as close are one mark
_SMALLEST = (6, 20, 60)  # rows, columns and pixels of print of a mark
_SCALES = sorted((1.04**step for step in range(-27, 24)), key=lambda scale: abs(np.log(scale)))
_SHIFT = 1  # pixels by which a mark may be beside its place
_ALIKE = 0.42  # correlation from which on it is the mark
_SURE = 0.8  # from which on no other scale is tried


@dataclass(frozen=True, slots=True)
class Mark:
    """Print that many pictures have in one corner: how far it stands out, and where."""

    lower: bool  # in a lower corner, not in an upper one
    right: bool
    down: int  # pixels from its box to the edge above or below
    along: int  # and to the edge at the side
    rows: int
    columns: int
    levels: str  # rows x columns of int8, base64

    def __str__(self) -> str:
        return f"{'lower' if self.lower else 'upper'} {'right' if self.right else 'left'}"

    @property
    def template(self) -> NDArray[np.int8]:
        """By how many grey levels each pixel stands out from its surroundings, shape (rows, columns)."""
        return np.frombuffer(base64.b64decode(self.levels), np.int8).reshape(self.rows, self.columns)


def learn_marks(pictures: Sequence[Bytes]) -> tuple[Mark, ...]:
    """Return the marks of pictures of a source; pictures of one size are compared, those of the commonest size first."""
    groups = defaultdict(list)
    for picture in pictures:
        groups[picture.shape].append(picture)
    marks: list[Mark] = []
    for shape, group in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        if len(group) < _GROUP or min(shape) < 64:
            continue
        if sum(bool(find_marks(picture, marks)) for picture in group) >= len(group) / 2:
            continue  # the same, at another scale
        for lower in (False, True):
            for right in (False, True):
                marks += _marks_in(
                    np.stack([_corner(p, lower=lower, right=right) for p in group]), lower, right
                )
    return tuple(marks)


def find_marks(pixels: Bytes, marks: Sequence[Mark]) -> tuple[Box, ...]:
    """Return the boxes of the marks that a picture has, each mark at most once."""
    found = (_find(pixels, mark) for mark in marks)
    return tuple(box for box in found if box)


def _corner(pixels: Bytes, *, lower: bool, right: bool) -> NDArray[np.float32]:
    """Return how far the pixels of a corner stand out, turned so that the corner is at the upper left."""
    rows, columns = pixels.shape
    high, wide = int(_EDGE * rows), int(_SIDE * columns)
    part = pixels[rows - high :] if lower else pixels[:high]
    part = part[:, columns - wide :] if right else part[:, :wide]
    return _standing_out(part)[:: -1 if lower else 1, :: -1 if right else 1]


def _standing_out(part: Bytes) -> NDArray[np.float32]:
    from scipy import ndimage

    levels = part.astype(np.float32)
    out: NDArray[np.float32] = levels - ndimage.uniform_filter(levels, _WIDE)
    return out


def _marks_in(corners: NDArray[np.float32], lower: bool, right: bool) -> list[Mark]:
    """Return the marks of one corner, of the corners of many pictures, shape (n, rows, columns)."""
    from scipy import ndimage

    low, middle = np.percentile(corners, (40, 50), axis=0)
    strokes = low > _STANDS_OUT
    labels, count = ndimage.label(grown(strokes, _NEAR))
    marks = []
    for number in range(1, count + 1):
        own = strokes & (labels == number)
        y, x = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        height, width = int(y[-1] - y[0] + 1), int(x[-1] - x[0] + 1)
        if height < _SMALLEST[0] or width < _SMALLEST[1] or own.sum() < _SMALLEST[2]:
            continue
        template = np.clip(np.rint(middle[y[0] : y[-1] + 1, x[0] : x[-1] + 1]), -127, 127).astype(np.int8)
        template = np.ascontiguousarray(template[:: -1 if lower else 1, :: -1 if right else 1])
        levels = base64.b64encode(template.tobytes()).decode()
        marks.append(Mark(lower, right, int(y[0]), int(x[0]), height, width, levels))
    return marks


@lru_cache(maxsize=512)
def _scaled(mark: Mark, scale: float) -> NDArray[np.float32]:
    """Return the template of a mark at a scale, with mean 0 and length 1."""
    from PIL import Image

    size = max(2, round(mark.columns * scale)), max(2, round(mark.rows * scale))
    image = Image.fromarray(mark.template.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    levels = np.asarray(image)
    levels = levels - levels.mean()
    scaled: NDArray[np.float32] = levels / max(float(np.linalg.norm(levels)), 1e-6)
    return scaled


def _find(pixels: Bytes, mark: Mark) -> Box | None:
    """Return the box of a mark on a picture at the scale at which it is most alike, None where it is not."""
    rows, columns = pixels.shape
    best, box = _ALIKE, None
    for scale in _SCALES:
        template = _scaled(mark, scale)
        height, width = template.shape
        if height > _EDGE * rows * 1.5 or width > _SIDE * columns * 1.5:
            continue
        down, along = round(mark.down * scale), round(mark.along * scale)
        top = rows - down - height if mark.lower else down
        left = columns - along - width if mark.right else along
        first, start = max(0, top - _SHIFT), max(0, left - _SHIFT)
        part = pixels[first : top + height + _SHIFT, start : left + width + _SHIFT].astype(np.float32)
        if part.shape[0] < height or part.shape[1] < width:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(part, template.shape)
        total = windows.sum(axis=(2, 3))
        varies = np.einsum("ijkl,ijkl->ij", windows, windows) - total**2 / template.size
        alike = np.einsum("ijkl,kl->ij", windows, template) / np.sqrt(np.maximum(varies, template.size))
        if (most := float(alike.max())) > best:
            y, x = np.unravel_index(int(alike.argmax()), alike.shape)
            best, box = (
                most,
                (first + int(y), first + int(y) + height, start + int(x), start + int(x) + width),
            )
            if best > _SURE:
                break
    return box

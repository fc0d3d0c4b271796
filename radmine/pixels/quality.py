"""What speaks against a picture, by its header and by its pixels."""

from collections.abc import Sequence

import numpy as np

from radmine.ingest import is_screen_save
from radmine.pixels.content import Bytes
from radmine.pixels.placed import placed
from radmine.pixels.printed import Box

_FAINT = 10  # grey levels of 255
_LEAST = 0.01  # of the pixels
_WHITE = 0.2  # of the pixels
_KEPT = 0.5  # of the area

FLAGS = {
    "empty": f"fewer than {_LEAST:.0%} of the pixels differ from the commonest grey by more than {_FAINT} of 255",
    "saturated": f"at least {_WHITE:.0%} of the pixels are white, so that what was there cannot be told",
    "cropped": f"less than {_KEPT:.0%} of the picture was kept: the rest is empty border, letters or a footer",
    "secondary_capture": "the SOP class says that it was captured, scanned or drawn, not acquired",
    "screen_save": "Image Type says that a screen was saved",
    "localizer": "Image Type says that slices were planned on it",
}


def quality_of(
    square: Bytes, *, crop: Box, shape: tuple[int, int], kind: str, image_type: Sequence[str]
) -> tuple[str, ...]:
    """Return the names of `FLAGS` that hold of a picture, in their order.

    Parameters
    ----------
    square
        As it is stored.
    crop
        What was kept of the picture.
    shape
        Its rows and columns.
    kind
        Of the image (`Image.kind`).
    image_type
        The values of Image Type (PS3.3 C.7.6.1.1.2), as `is_screen_save` takes them.
    """
    top, bottom, left, right = crop
    picture = _inside(square, bottom - top, right - left)
    levels = np.bincount(picture.reshape(-1), minlength=256)
    commonest = int(levels.argmax())
    near = int(levels[max(0, commonest - _FAINT) : commonest + _FAINT + 1].sum())
    screen = is_screen_save(image_type)
    holds = {
        "empty": near > (1 - _LEAST) * picture.size,
        "saturated": int(levels[255]) >= _WHITE * picture.size,
        "cropped": (bottom - top) * (right - left) < _KEPT * shape[0] * shape[1],
        "secondary_capture": kind == "secondary_capture" and not screen,
        "screen_save": screen,
        "localizer": kind == "localizer",
    }
    return tuple(name for name in FLAGS if holds[name])


def _inside(square: Bytes, rows: int, columns: int) -> Bytes:
    """Return a square without the black that made it one."""
    y, x, height, width = placed(rows, columns, len(square))
    return square[y : y + height, x : x + width]

"""Views of values: the windows that are asked for, as channels or side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.pixels.content import Bytes
from radmine.pixels.square import padded_square
from radmine.pixels.values import Values
from radmine.pixels.windows import CT_WINDOWS, ends_of

SHOWN, PERCENTILES = "shown", "percentiles"
WINDOWS = (*CT_WINDOWS, SHOWN, PERCENTILES)  # by name
LAYOUTS = ("channels", "side_by_side")
Window = str | tuple[float, float]


def view(
    values: Values, *, windows: Sequence[Window], layout: str = "channels", size: int | None = None
) -> Bytes:
    """Return values as one picture for each window: channels, shape (n, rows, columns), or side by side, (rows, n x columns).

    Parameters
    ----------
    values
        From `read_pixels(path, values=True)` or the pixel store.
    windows
        Each a name of `CT_WINDOWS`; "shown", as the header says or what is taken in its place; "percentiles", the 0.5th to
        the 99.5th, for values without a scale as of MR; or (centre, width) in the unit of the values. A CT's window of values
        that are no Hounsfield units is "shown".
    layout
        "channels" or "side_by_side".
    size
        Of squares, in pixels: each picture is padded and resized as the pixel store does; None: as large as the values.

    Raises
    ------
    InputError
        There is no such window or layout.
    """
    if layout not in LAYOUTS or not windows:
        raise InputError(
            f"There is no layout {layout!r} of {len(windows)} windows.",
            where="view",
            do=f"Name windows, and {' or '.join(LAYOUTS)}.",
        )
    pictures = [_shown(values, window) for window in windows]
    if size is not None:
        pictures = [padded_square(picture, size) for picture in pictures]
    return laid_out(np.stack(pictures), layout)


def laid_out(channels: NDArray[np.uint8], layout: str) -> Bytes:
    """Return channels, shape (..., n, rows, columns), as they are, or side by side, shape (..., rows, n x columns)."""
    if layout == "channels":
        return channels
    beside = np.moveaxis(channels, -3, -2)
    return np.ascontiguousarray(beside).reshape(*beside.shape[:-2], -1)


def _shown(values: Values, window: Window) -> Bytes:
    if isinstance(window, str):
        if window not in WINDOWS:
            raise InputError(
                f"There is no window {window!r}.",
                where="view",
                do=f"Use {', '.join(WINDOWS)}, or (centre, width).",
            )
        if window == PERCENTILES:
            return values.shown(*values.percentiles())
        if window == SHOWN or values.unit != "HU":
            return values.shown(*values.window)
        return values.shown(*ends_of(CT_WINDOWS[window]))
    return values.shown(*ends_of(window))

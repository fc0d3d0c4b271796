"""Grey values in [0, 1], right way up, and how they came there: a few rows at a time, so that a large picture fits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radmine.run import Limits, check_size

if TYPE_CHECKING:
    from radmine.pixels.values import Values

Grey = NDArray[np.float32]

AT_ONCE = 1 << 22  # pixels that are worked on together
_ROBUST = (0.5, 99.5)  # percentiles
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in DICOM's YBR


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and how it was brought into [0, 1]."""

    grey: Grey  # shape (rows, columns), float32 in [0, 1]; 0 is black
    window: tuple[float, float]  # the values that became 0 and 1
    inverted: bool  # MONOCHROME1 turned right way up
    # Elements of the header that were missing or odd, as they were read: "RescaleSlope=1".
    assumed: tuple[str, ...] = ()
    # What the picture was made of, where it was asked for and is no colour.
    values: "Values | None" = None
    position: float | None = None  # of a slice along its normal, in mm


def check_pixels(rows: int, columns: int, limits: Limits, *, bytes_of_pixel: float = 4) -> None:
    """Refuse a picture that is larger than the limits allow; one of more than 4 bytes a pixel counts for several.

    Raises
    ------
    TooLargeError
        It is.
    """
    check_size(
        "The picture has {} million pixels of 4 bytes.",
        rows * columns * max(1, bytes_of_pixel / 4) / 1e6,
        limits.megapixels,
        limit="megapixels",
    )


def by_rows(
    make: Callable[[NDArray[Any]], NDArray[Any]], values: NDArray[Any], *, out: Grey | None = None
) -> Grey:
    """Return what a function makes of a picture, some rows at a time, in `out` (the values themselves, maybe) if given."""
    made = np.empty(values.shape[:2], np.float32) if out is None else out
    step = max(1, AT_ONCE // max(1, values.shape[1]))
    for top in range(0, len(values), step):
        made[top : top + step] = make(values[top : top + step])
    return made


def to_grey(colour: NDArray[np.generic], *, full: float) -> Grey:
    """Return the luma of an RGB array of shape (rows, columns, 3 or more), of which `full` becomes 1."""
    return np.asarray(colour[..., :3].astype(np.float32) @ (LUMA / np.float32(full)), np.float32)


def robust_range(
    values: Grey, *, counts: NDArray[np.int64] | None = None, consume: bool = False
) -> tuple[float, float]:
    """Return the 0.5th and 99.5th percentile: a window for values that come without one.

    Parameters
    ----------
    counts
        How often each value is there; None: once.
    consume
        The values are nobody else's: they are put into another order instead of being copied.
    """
    if not values.size:
        return 0.0, 1.0
    if counts is None:
        low, high = (float(v) for v in np.percentile(values, _ROBUST, overwrite_input=consume))
    else:
        low, high = (_percentile(values, counts, q) for q in _ROBUST)
    if low == high:
        low, high = float(values.min()), float(values.max())
    return low, high


def _percentile(values: Grey, counts: NDArray[np.int64], percent: float) -> float:
    """Return what `numpy.percentile` returns of values that are there several times."""
    order = np.argsort(values)
    ends = np.cumsum(counts[order])
    place = percent / 100 * (int(ends[-1]) - 1)
    below = int(place)
    a, b = values[order[np.searchsorted(ends, (below, below + 1), side="right").clip(max=len(order) - 1)]]
    part = place - below
    return float(b) - float(b - a) * (1 - part) if part >= 0.5 else float(a) + float(b - a) * part


def rescale(values: Grey, low: float, high: float) -> Grey:
    """Return the values, changed in place, with `low` at 0 and `high` at 1, clipped; constant values become 0."""
    if high <= low:
        values.fill(0)
        return values
    return by_rows(
        lambda part: np.clip((part - np.float32(low)) / np.float32(high - low), 0, 1), values, out=values
    )

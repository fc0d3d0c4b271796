"""Grey values in [0, 1], right way up, and how they came there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in DICOM's YBR


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and how it was brought into [0, 1]."""

    grey: Grey  # shape (rows, columns), float32 in [0, 1]; 0 is black
    window: tuple[float, float]  # the values that became 0 and 1
    inverted: bool  # MONOCHROME1 turned right way up


def to_grey(colour: NDArray[np.generic], *, full: float) -> Grey:
    """Return the luma of an RGB array of shape (rows, columns, 3 or more), of which `full` becomes 1."""
    return np.asarray(colour[..., :3].astype(np.float32) @ (_LUMA / np.float32(full)), np.float32)


def robust_range(values: Grey) -> tuple[float, float]:
    """Return the 0.5th and 99.5th percentile: a window for values that come without one."""
    if not values.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    if low == high:
        low, high = float(values.min()), float(values.max())
    return low, high


def rescale(values: Grey, low: float, high: float) -> Grey:
    """Return the values with `low` at 0 and `high` at 1, clipped; constant values become 0."""
    if high <= low:
        return np.zeros_like(values)
    scaled: Grey = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return scaled

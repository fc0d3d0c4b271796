"""The values behind a picture, 16 bits each: Hounsfield units of a CT, what the modality's transformation gives of others."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.pixels.grey import Grey, by_rows

PADDING = -32768  # stands for no value: padding, what is no number, letters that were blanked
_LOW, _HIGH = PADDING + 1, 32767
_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a picture: `array * slope + intercept`, in `unit`.

    Whole numbers that fit into 16 bits are exact, with slope 1; others are within half a slope, which is 1/65,534 of their range.
    """

    array: NDArray[np.int16]  # shape (rows, columns); PADDING where there is no value
    slope: float
    intercept: float
    unit: str  # HU, or what Rescale Type says; "" where it says nothing
    window: tuple[float, float]  # the values that become black and white as the picture is meant to be shown
    inverted: bool  # the higher the darker (MONOCHROME1)

    def cut(self, crop: tuple[int, int, int, int], blanked: NDArray[np.bool_]) -> "Values":
        """Return the values of a crop (top, bottom, left, right), those that were blanked in it left out."""
        top, bottom, left, right = crop
        array = self.array[top:bottom, left:right].copy()
        array[blanked] = PADDING
        return replace(self, array=array)

    def real(self) -> Grey:
        """Return the values in their unit, NaN where there is none."""

        def scaled(part: NDArray[Any]) -> NDArray[Any]:
            found = part * np.float64(self.slope) + self.intercept
            return np.where(part == PADDING, np.nan, found)

        return by_rows(scaled, self.array)

    def shown(self, low: float, high: float) -> NDArray[np.uint8]:
        """Return the picture in which `low` becomes 0 and `high` becomes 255; 0 where there is no value.

        A table of all that 16 bits can be is looked up: no value is computed twice.
        """
        numbers = np.arange(1 << 16, dtype=np.uint16).view(np.int16) * np.float64(self.slope) + self.intercept
        width = high - low
        table = np.clip((numbers - low) / width, 0, 1) if width > 0 else np.zeros_like(numbers)
        if self.inverted:
            table = 1 - table
        table[-PADDING] = 0
        levels = (table * 255 + 0.5).astype(np.uint8)
        picture: NDArray[np.uint8] = levels[self.array.view(np.uint16)]
        return picture

    def percentiles(self) -> tuple[float, float]:
        """Return the 0.5th and 99.5th percentile of the values that there are: a window for values without a scale, as of MR."""
        there = self.array[self.array != PADDING]
        if not there.size:
            return 0.0, 0.0
        low, high = (float(v) for v in np.percentile(there, _PERCENTILES))
        if low == high:
            low, high = float(there.min()), float(there.max())
        return low * self.slope + self.intercept, high * self.slope + self.intercept


def kept_of(values: Grey, padding: NDArray[np.bool_] | None) -> tuple[NDArray[np.int16], float, float]:
    """Return values as 16 bits with their slope and intercept.

    Parameters
    ----------
    values
        After the modality transformation, shape (rows, columns).
    padding
        Where they stand for nothing.
    """
    if values.size and values.min() >= _LOW and values.max() <= _HIGH:  # neither is so where one is no number
        array = values.astype(np.int16)
        if np.array_equal(array, values):  # as nearly all are
            if padding is not None:
                array[padding] = PADDING
            return array, 1.0, 0.0
    nothing = ~np.isfinite(values)
    if padding is not None:
        nothing |= padding
    there = values[~nothing] if nothing.any() else values.reshape(-1)
    if not there.size:
        return np.full(values.shape, PADDING, np.int16), 1.0, 0.0
    low, high = float(there.min()), float(there.max())
    if high - low <= _HIGH - _LOW and np.array_equal(there, np.rint(there)):
        slope = 1.0
        intercept = 0.0 if low >= _LOW and high <= _HIGH else low - _LOW
    else:
        slope = (high - low) / (_HIGH - _LOW) or 1.0
        intercept = low - _LOW * slope
    array = np.empty(values.shape, np.int16)
    with np.errstate(invalid="ignore"):
        array[:] = np.clip(np.rint((values - np.float64(intercept)) / slope), _LOW, _HIGH)
    array[nothing] = PADDING
    return array, slope, intercept

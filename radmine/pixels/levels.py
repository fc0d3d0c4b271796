"""The distinct values of a picture of whole numbers: what becomes of each is worked out once and looked up for each pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)

_AT_ONCE = (
    1 << 15
)  # pixels, or eight times the length of a table that is made of them: what a processor's cache holds
_MOST = 1 << 16  # values between the lowest and the highest, for which a table is made


@dataclass(frozen=True, slots=True)
class Levels:
    """The distinct values of a picture."""

    values: NDArray[Any]  # shape (1, n), rising, of the type of the picture's values
    counts: NDArray[np.int64]  # shape (n,): pixels of each

    def spread(self, of_each: NDArray[Kind], pixels: NDArray[Any]) -> NDArray[Kind]:
        """Return a picture in which each value is what `of_each`, of shape (1, n), has in its place."""
        low = int(self.values[0, 0])
        places = self.values[0].astype(np.intp) - low
        table = np.zeros(int(places[-1]) + 1, of_each.dtype)
        table[places] = of_each[0]
        made = np.empty(pixels.shape, of_each.dtype)
        for part, room in zip(_parts(pixels, low, len(table)), _rows(made, len(table)), strict=True):
            np.take(table, part, out=room, mode="clip")
        return made


def levels_of(pixels: NDArray[Any]) -> Levels | None:
    """Return the distinct values of a picture; None where they are no whole numbers, or too far apart for a table."""
    if pixels.ndim != 2 or pixels.dtype.kind not in "ui" or not pixels.size:
        return None
    low, high = int(pixels.min()), int(pixels.max())
    if high - low >= _MOST:
        return None
    counts = np.zeros(high - low + 1, np.int64)
    for part in _parts(pixels, low, len(counts)):
        counts += np.bincount(part.ravel(), minlength=len(counts))
    there = np.flatnonzero(counts)
    return Levels((there + low).astype(pixels.dtype)[None], counts[there])


def _parts(pixels: NDArray[Any], low: int, table: int) -> Iterator[NDArray[np.intp]]:
    """Yield the places of the pixels' values in a table of this length that begins at `low`, some rows at a time."""
    for rows in _rows(pixels, table):
        places = rows.astype(np.intp)
        places -= low
        yield places


def _rows(pixels: NDArray[Any], table: int) -> Iterator[NDArray[Any]]:
    step = max(1, max(_AT_ONCE, 8 * table) // pixels.shape[1])
    for top in range(0, len(pixels), step):
        yield pixels[top : top + step]

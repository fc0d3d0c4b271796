"""What a header says of how a frame is to be shown: slope and intercept, windows, lookup tables (PS3.3 C.11.1, C.11.2).

Each is taken from the frame's functional groups, else from those of all frames, else from the file: the first that can
be used. What had to be assumed is noted.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from radmine.ingest import Numbers, frame_groups, items_of, numbers_of
from radmine.pixels.tables import Table, table_of
from radmine.run import Limits

_ABSURD = 1e15  # no window ends where values are so large


class Transformations:
    """The transformations that a header has for a frame."""

    def __init__(self, dataset: Dataset, index: int, limits: Limits) -> None:
        self._sources = [dataset, *_functional_groups(dataset, index, limits)][::-1]
        self._little = bool(dataset.original_encoding[1])
        self.assumed: list[str] = []

    def _numbers(self, keyword: str) -> Numbers:
        """Return the numbers of the first source that has one, else those of any that has the element."""
        found = Numbers(())
        for source in self._sources:
            numbers = numbers_of(source, keyword)
            if numbers.first is not None:
                return numbers
            found = numbers if numbers.values else found
        return found

    def _assume(self, keyword: str, value: float) -> None:
        self.assumed.append(f"{keyword}={value:g}")

    def slope_and_intercept(self, stored: NDArray[Any]) -> tuple[float, float] | None:
        """Return them, None where the header has neither: 1 and 0 where one cannot be used."""
        slopes, intercepts = self._numbers("RescaleSlope"), self._numbers("RescaleIntercept")
        if not slopes.values and not intercepts.values:
            return None
        slope = 1.0 if slopes.first is None else slopes.first
        intercept = 0.0 if intercepts.first is None else intercepts.first
        known = stored[np.isfinite(stored)] if stored.dtype.kind == "f" else stored
        ends = np.array([known.min(), known.max()], np.float64) if known.size else np.zeros(2)
        if not _is_seen(ends, slope, 0.0):
            slope = 1.0
        if not _is_seen(ends, slope, intercept):
            intercept = 0.0
        for keyword, numbers, value in (
            ("RescaleSlope", slopes, slope),
            ("RescaleIntercept", intercepts, intercept),
        ):
            if not numbers.plain or numbers.first != value or len(set(numbers.values)) > 1:
                self._assume(keyword, value)
        return slope, intercept

    def unit(self, *, is_ct: bool) -> str:
        """Return the unit of the values after slope and intercept: as Rescale Type says, else HU of a CT (PS3.3 C.11.1.1.2), else ""."""
        for source in self._sources:
            try:
                said = str(source.get("RescaleType") or "").strip(" \0").upper()
            except Exception:  # pydicom converts on access: a broken value raises whatever its converter does
                said = ""
            if said:
                return "" if said == "US" else said  # which is: not specified
        return "HU" if is_ct and self._numbers("RescaleIntercept").values else ""

    def window(self) -> tuple[float, float] | None:
        """Return the first window that can be used as (centre, width), None where there is none."""
        odd = False
        for source in self._sources:
            # There is a good default for a window: one that is not written as numbers is none.
            centres, widths = (
                numbers_of(source, f"Window{name}", loose=False) for name in ("Center", "Width")
            )
            odd = odd or not (centres.plain and widths.plain)
            for centre, width in zip(centres.values, widths.values, strict=False):
                if centre is not None and width is not None and _is_window(centre, width):
                    if odd:
                        self._assume("WindowCenter", centre)
                        self._assume("WindowWidth", width)
                    return centre, width
                odd = True
            odd = odd or bool(centres.values) != bool(widths.values)
        if odd:
            self.assumed.append("WindowWidth=none")
        return None

    def function(self) -> str:
        """Return LINEAR, LINEAR_EXACT or SIGMOID."""
        for source in self._sources:
            try:
                said = str(source.get("VOILUTFunction") or "")
            except Exception:  # pydicom converts on access: a broken value raises whatever its converter does
                said = "?"
            if said:
                word = "_".join(said.strip(" \0").upper().replace("_", " ").replace("-", " ").split())
                if word in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
                    return word
                self.assumed.append("VOILUTFunction=LINEAR")
                return "LINEAR"
        return "LINEAR"

    def table(self, sequence: str, values: NDArray[Any]) -> Table | None:
        """Return the first lookup table of a sequence that can be used, None where there is none."""
        there = False
        for source in self._sources:
            for item in items_of(source, sequence):
                there = True
                table = table_of(item, "LUTDescriptor", "LUTData", little=self._little, values=values)
                if table is not None:
                    if table.odd:
                        self.assumed.append(f"{sequence}=of {len(table.entries)} up to {table.full:g}")
                    return table
        if there:
            self.assumed.append(f"{sequence}=none")
        return None


def _functional_groups(dataset: Dataset, index: int, limits: Limits) -> Iterator[Dataset]:
    """Yield the pixel value and VOI groups of an enhanced file (PS3.3 C.7.6.16), shared ones first."""
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    for group in (*shared, *islice(frame_groups(dataset, limits, first=index), 1)):
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            yield from items_of(group, name)


def _is_seen(ends: NDArray[np.float64], slope: float, intercept: float) -> bool:
    """Return whether slope and intercept leave values that are numbers and differ as the stored ones do."""
    with np.errstate(all="ignore"):
        low, high = (ends * slope + intercept).astype(np.float32)
        seen = low != high or ends[0] == ends[1]
        return bool(slope != 0 and np.isfinite((low, high, high - low)).all() and seen)


def _is_window(centre: float, width: float) -> bool:
    if not (width > 0 and abs(centre) + width < _ABSURD):
        return False
    return bool(np.float32(centre - width) < np.float32(centre + width))

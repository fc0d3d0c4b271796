"""Lookup tables of DICOM files, as odd as they come: the data counts, not what the descriptor says of them."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement

from radmine.ingest import numbers_of
from radmine.pixels.grey import Grey

_MOST = 65_536  # entries


@dataclass(frozen=True, slots=True)
class Table:
    """What a value becomes."""

    entries: Grey
    first: int  # the value of the first entry; lower ones become the same, and those behind the last what that becomes
    full: float  # the largest number of as many bits as the largest entry has
    odd: bool  # whether its descriptor is missing or does not fit it

    def __call__(self, values: NDArray[Any]) -> Grey:
        """Return what values become, the nearest whole number counting."""
        if values.dtype.kind == "f":
            values = np.rint(np.nan_to_num(values, posinf=_MOST * 2, neginf=-_MOST * 2))
        last = len(self.entries) - 1
        place = np.clip(values.astype(np.int64) - self.first, 0, last)
        return np.asarray(self.entries[place], np.float32)


def table_of(
    item: Dataset, descriptor: str, data: str, *, little: bool, values: NDArray[Any] | None
) -> Table | None:
    """Return a lookup table (PS3.3 C.11.1.1.1), None where it has no data.

    Parameters
    ----------
    item
        The data set that holds it.
    descriptor, data
        The keywords of its elements.
    little
        The order of bytes in the file.
    values
        Those that it is for: by them the first value has a sign or none.
    """
    count, first, bits = _descriptor(item, descriptor, little)
    entries = _entries(item, data, count, bits, little)
    if entries is None or not len(entries):
        return None
    if count and len(entries) > count:
        entries = entries[:count]
    if first > 32_767 and (values is None or values.size == 0 or values.min() < 0 or values.max() <= 32_767):
        first -= 65_536
    own = max(1, int(entries.max()).bit_length())
    odd = not (own == bits and (count or _MOST) == len(entries))
    return Table(entries.astype(np.float32), first, float(2**own - 1), odd)


def _raw(item: Dataset, keyword: str) -> bytes | None:
    """Return the bytes of an element as they stand in the file, None where it holds no binary numbers or was converted."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in item:
        return None
    element = item.get_item(tag)
    if isinstance(element, RawDataElement):
        return element.value if element.VR not in {"DS", "IS", "LO", "SH", "UT"} else None
    return element.value if isinstance(element.value, bytes) else None


def _descriptor(item: Dataset, keyword: str, little: bool) -> tuple[int, int, int]:
    """Return the number of entries (0: not said), the first value and the bits of an entry (0: not said)."""
    raw = _raw(item, keyword)
    if raw is not None and len(raw) >= 6:
        count, first, bits = struct.unpack("<3H" if little else ">3H", raw[:6])
    else:
        said = [int(number or 0) & 0xFFFF for number in numbers_of(item, keyword).values[:3]]
        count, first, bits = (*said, 0, 0, 0)[:3]
        if len(said) < 2:
            return 0, 0, 0
    return count or _MOST, first, bits if bits <= 16 else 0


def _entries(item: Dataset, keyword: str, count: int, bits: int, little: bool) -> NDArray[np.uint16] | None:
    raw = _raw(item, keyword)
    if raw is None:
        numbers = numbers_of(item, keyword).values
        return np.array([int(number or 0) & 0xFFFF for number in numbers], np.uint16) if numbers else None
    in_bytes = count <= len(raw) < 2 * count if count else 0 < bits <= 8
    if in_bytes:
        return np.frombuffer(raw, np.uint8).astype(np.uint16)
    return np.frombuffer(raw[: len(raw) // 2 * 2], "<u2" if little else ">u2").astype(np.uint16)

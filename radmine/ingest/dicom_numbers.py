"""Numbers of DICOM headers as they stand in files: with decimal commas, brackets, units, under another VR than theirs."""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radmine.ingest.dicom_elements import element_of, is_raw, vr_of
from radmine.run import stops

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TEXT = frozenset({"AE", "CS", "DS", "IS", "LO", "LT", "SH", "ST", "UC", "UN", "UT"})
_MOST = 4096  # characters of a value that are looked at
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LOOSE = re.compile(r"(?<![\d.])[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_NO_NUMBER = re.compile(r"\b(?:nan|inf(?:inity)?)\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d*)")  # 1,000.5 or 1.000,5
_LIST = re.compile(r"[\[({;|]|, ")  # brackets, or signs that no decimal comma is


@dataclass(frozen=True, slots=True)
class Numbers:
    """The values of an element, None where one is no number; `plain` where all stand as DICOM wants them."""

    values: tuple[float | None, ...]
    plain: bool = True

    @property
    def first(self) -> float | None:
        """The first of them that is a number."""
        return next((value for value in self.values if value is not None), None)


_NOTHING = Numbers(())


def numbers_of(dataset: "Dataset", keyword: str, *, loose: bool = True) -> Numbers:
    """Return the numbers of an element; none where it is missing or empty.

    Parameters
    ----------
    loose
        A number is read out of a text that has more than it: "[400]", "400 HU".
    """
    try:
        element = element_of(dataset, keyword)
        if element is None:
            return _NOTHING
        if is_raw(element):
            vr, data = element.VR, element.value or b""
            if vr is None or vr == "UN":
                vr = vr_of(element.tag)
            if vr == "US" and len(data) == 2:  # most often: one is read faster here
                return Numbers((int.from_bytes(data, "little" if element.is_little_endian else "big"),))
            if vr in _TEXT:
                return _of_text(data[:_MOST].decode("latin-1"), loose)
        return _of_value(dataset[element.tag].value, loose)
    # pydicom converts on access: what is broken raises whatever its converter does
    except BaseException as error:
        if stops(error):
            raise
        return Numbers((None,), plain=False)


def _of_value(value: Any, loose: bool) -> Numbers:
    if value is None or (isinstance(value, str | bytes) and not value.strip()):
        return _NOTHING
    if isinstance(value, bytes):
        return Numbers((None,), plain=False)
    if isinstance(value, str):
        return _of_text(value, loose)
    if isinstance(value, int | float):
        return Numbers((_finite(float(value)),))
    parts = [_of_value(part, loose) for part in value]
    return Numbers(
        tuple(part.values[0] if part.values else None for part in parts), all(part.plain for part in parts)
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _of_text(text: str, loose: bool) -> Numbers:
    text = text.strip(" \0\t\r\n")
    if not text:
        return _NOTHING
    parts = [part.strip(" \0") for part in text.split("\\")]
    if all(_PLAIN.fullmatch(part) or not part for part in parts):
        return Numbers(tuple(_finite(float(part)) if part else None for part in parts))
    values = list[float | None]()
    for part in parts:
        point = part.replace(",", ".")
        if _PLAIN.fullmatch(point) or not loose:
            values.append(_finite(float(point)) if _PLAIN.fullmatch(point) else None)
            continue
        pieces = re.split(r"[\[\](){};|]|,\s*", part) if _LIST.search(part) else [part]
        found = [_loose(piece) for piece in pieces if piece.strip(" '\"")]
        values += found or [None]
    return Numbers(tuple(values), plain=False)


def _loose(text: str) -> float | None:
    """Return the first number in a text: a comma in it is a decimal one, but where a point follows."""
    if _NO_NUMBER.search(text):
        return None
    text = re.sub(r"([+-])\s+(?=[\d.,])", r"\1", text)
    if thousands := _THOUSANDS.search(text):
        whole, part = re.split(r"[.,](?=\d*$)", thousands[0])
        return float(f"{re.sub('[.,]', '', whole)}.{part}")
    number = _LOOSE.search(text)
    return _finite(float(number[0].replace(",", "."))) if number else None

"""Elements of a DICOM header as they stand in the file: what they hold is read without making pydicom's objects of them."""

from functools import cache
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement, RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

# VRs whose values are their bytes, where these are ASCII: then every character set reads them alike.
_PLAIN = frozenset({"AE", "AS", "CS", "DA", "LO", "SH", "TM", "UI"})
_ESCAPE = 0x1B  # before a change of the character set (PS3.5 6.1.2.5)
_LONGEST_IS = 12  # bytes (PS3.5 6.2)


@cache
def tag_of(keyword: str) -> "BaseTag | None":
    """Return the tag of an element, None where DICOM knows none of this keyword."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.tag import Tag

    tag = tag_for_keyword(keyword)
    return None if tag is None else Tag(tag)


@cache
def vr_of(tag: int) -> str:
    """Return the VR that the dictionary has for a tag, UN where it has none."""
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def element_of(dataset: "Dataset", keyword: str) -> "DataElement | RawDataElement | None":
    """Return an element as it was read, None where it is missing."""
    tag = tag_of(keyword)
    return None if tag is None else dataset.get_item(tag)


def is_raw(element: "DataElement | RawDataElement | None") -> "TypeGuard[RawDataElement]":
    """Return whether an element is as it was read, and not converted yet."""
    return isinstance(
        element, tuple
    )  # what a DataElement is not; pydicom is imported only where it is needed


def plain_texts(element: "RawDataElement") -> list[str] | None:
    """Return the values of an element of text, None where that takes pydicom."""
    value, vr = element.value, element.VR or vr_of(element.tag)
    if vr not in _PLAIN or not value or not value.isascii() or _ESCAPE in value:
        return None
    return value.decode("ascii").rstrip(" \0").split("\\")


def plain_number(element: "RawDataElement") -> int | None:
    """Return the one value of an IS without a sign, None where that takes pydicom."""
    value = element.value
    if (element.VR or vr_of(element.tag)) != "IS" or not value or len(value) > _LONGEST_IS:
        return None
    digits = value.strip()
    return int(digits) if digits.isdigit() else None

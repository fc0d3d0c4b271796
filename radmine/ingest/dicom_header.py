"""What DICOM headers hold, element by element; values that break their own rules are None, never an error."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from radmine.ingest.composition import field_text, whole_number
from radmine.ingest.dicom_elements import element_of, is_raw, plain_number, plain_texts
from radmine.ingest.dicom_file import frame_groups, items_of
from radmine.ingest.dicom_image import image_pixel
from radmine.ingest.dicom_numbers import numbers_of
from radmine.ingest.dicom_pixels import FrameShape
from radmine.run import MEGABYTE, Limits, check_size

_LARGEST = 2**31 - 1  # of VR IS (PS3.5 6.2)


def value_of(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value, the first of several, None where it is missing or broken."""
    element = element_of(dataset, keyword)
    if element is None:
        return None
    if is_raw(element):
        texts = plain_texts(element)
        if texts is not None:
            return texts[0]
    try:
        value = dataset[element.tag].value
    except Exception:  # pydicom converts on access: a broken value raises whatever its converter does
        return None
    if isinstance(value, MultiValue):
        return value[0] if len(value) else None
    return value


def text_of(dataset: Dataset, keyword: str) -> str | None:
    """Return an element's value as trimmed text, None where it is missing or broken."""
    try:
        return field_text(value_of(dataset, keyword))
    except Exception:
        return None


def number_of(dataset: Dataset, keyword: str) -> int | None:
    """Return an element's value as a whole number, None where it is missing, broken or larger than DICOM allows."""
    element = element_of(dataset, keyword)
    if is_raw(element):
        plain = plain_number(element)
        if plain is not None:
            return plain if plain <= _LARGEST else None
    try:
        number = whole_number(value_of(dataset, keyword))
    except Exception:
        return None
    return number if number is not None and abs(number) <= _LARGEST else None


def meaning_of(dataset: Dataset, keyword: str) -> str | None:
    """Return the code meaning of the first item of a code sequence."""
    items = items_of(dataset, keyword)
    return text_of(items[0], "CodeMeaning") if items else None


def patient_of(dataset: Dataset) -> str | None:
    """Return the patient: issuer and id joined by "|", the id alone where no issuer is named, else the study."""
    patient, issuer = text_of(dataset, "PatientID"), text_of(dataset, "IssuerOfPatientID")
    if patient is None:
        return text_of(dataset, "StudyInstanceUID")
    return f"{issuer}|{patient}" if issuer else patient


def instance_of(dataset: Dataset) -> str | None:
    """Return the SOP instance UID, from the file meta information where the data set lacks it."""
    meta = getattr(dataset, "file_meta", None) or Dataset()
    return text_of(dataset, "SOPInstanceUID") or text_of(meta, "MediaStorageSOPInstanceUID")


def class_of(dataset: Dataset) -> str:
    """Return the SOP class UID, from the file meta information where the data set lacks it, else ""."""
    meta = getattr(dataset, "file_meta", None) or Dataset()
    return text_of(dataset, "SOPClassUID") or text_of(meta, "MediaStorageSOPClassUID") or ""


def plane_of(orientation: Iterable[Any] | None) -> str | None:
    """Return axial, coronal or sagittal by the largest part of the image's normal.

    `orientation` is Image Orientation (Patient): direction cosines of the row, then of the column (DICOM PS3.3
    C.7.6.2.1.1; x runs to the patient's left, y to the back, z to the head).
    """
    try:
        x1, y1, z1, x2, y2, z2 = (float(v) for v in orientation or ())
    except (TypeError, ValueError):
        return None
    normal = {
        "sagittal": abs(y1 * z2 - z1 * y2),
        "coronal": abs(z1 * x2 - x1 * z2),
        "axial": abs(x1 * y2 - y1 * x2),
    }
    plane = max(normal, key=lambda name: normal[name])
    return plane if normal[plane] > 0 else None


def _orientation(dataset: Dataset) -> tuple[float | None, ...]:
    return numbers_of(dataset, "ImageOrientationPatient").values


def _group_orientation(groups: Iterable[Dataset]) -> tuple[float | None, ...]:
    for group in groups:
        for item in items_of(group, "PlaneOrientationSequence"):
            return _orientation(item)
    return ()


def planes_of(dataset: Dataset, frames: int, limits: Limits) -> list[str | None]:
    """Return the plane of each frame, from the image or from its functional groups (enhanced multi-frame)."""
    shared = _orientation(dataset) or _group_orientation(items_of(dataset, "SharedFunctionalGroupsSequence"))
    if shared:
        return [plane_of(shared)] * frames
    per_frame = islice(frame_groups(dataset, limits), frames)
    planes = [plane_of(_group_orientation([group])) for group in per_frame]
    return planes + [None] * (frames - len(planes))


def shape_of(dataset: Dataset, *, keyword: str, length: int | None) -> FrameShape | None:
    """Return the shape of the frames, None where the header does not say it or says what cannot be.

    Parameters
    ----------
    keyword
        Of the pixel data.
    length
        Of its value in bytes; None where it is compressed.
    """
    pixel = image_pixel(dataset, keyword=keyword, length=length)
    if pixel is None:
        return None
    return FrameShape(
        rows=pixel.rows,
        columns=pixel.columns,
        samples=pixel.samples,
        bits=pixel.allocated,
        photometric=text_of(dataset, "PhotometricInterpretation") or "",
        frames=pixel.frames,
        bits_of_frame=pixel.bits_of_frame,
    )


def image_type_of(dataset: Dataset) -> list[str]:
    """Return the values of Image Type, none where it is missing or broken."""
    element = element_of(dataset, "ImageType")
    if is_raw(element):
        texts = plain_texts(element)
        if texts is not None:
            return texts
    try:
        value = dataset.get("ImageType") or ()
        return [value] if isinstance(value, str) else [str(v) for v in value]
    except Exception:
        return []


_NOT_KEPT = frozenset(
    ("PN", "SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN")
)  # names of people, and what is no text


def can_be_kept(keyword: str) -> bool | None:
    """Return whether an element goes to `meta` where the user names it, None where DICOM knows none of this keyword."""
    tag = tag_for_keyword(keyword)
    return None if tag is None else _NOT_KEPT.isdisjoint(dictionary_VR(tag).split(" or "))


def meta_of(dataset: Dataset, keep: Iterable[str]) -> str:
    """Return what else the header says, as JSON; `keep` names elements that a user wants."""
    values = {keyword: text_of(dataset, keyword) for keyword in keep if can_be_kept(keyword)} | {
        "sop_class": class_of(dataset),
        "image_type": image_type_of(dataset),
        "photometric": text_of(dataset, "PhotometricInterpretation"),
        "laterality": text_of(dataset, "ImageLaterality") or text_of(dataset, "Laterality"),
        "protocol": text_of(dataset, "ProtocolName"),
        "burned_in": text_of(dataset, "BurnedInAnnotation"),
    }
    return json.dumps({k: v for k, v in values.items() if v}, ensure_ascii=False)


def check_repeated(values: Iterable[Any], rows: int, limits: Limits) -> None:
    """Refuse values that are said again in so many rows that these would be larger than a document may be."""
    characters = sum(len(value) for value in values if isinstance(value, str))
    check_size(
        "The header, said again in each row, has {} megabytes.",
        characters * rows / MEGABYTE,
        limits.document_mb,
        limit="document_mb",
    )

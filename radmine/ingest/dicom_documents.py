"""DICOM documents: structured reports become reports; key object selections and presentation states, key objects.

The text of a structured report is composed from its content tree, in its order (DICOM PS3.3 C.17.3). A container
below the root is a section: its concept name in capitals, a colon, its content. A text item right below the root is a
section of its own. Inside a section a text stands as it is where its concept is the section's own ("Finding" in
"Findings"), else after its concept's name, as codes, numbers and dates do. Left out: items of context (who observed,
modifiers), names of people, UIDs, references to images (their ids go to `meta`), coordinates.
"""

import json
from collections.abc import Iterator

from pydicom.dataset import Dataset

from radmine.ingest.composition import clean, compose
from radmine.ingest.dates import iso_date
from radmine.ingest.dicom_file import items_of
from radmine.ingest.dicom_header import (
    check_repeated,
    instance_of,
    meaning_of,
    patient_of,
    text_of,
    value_of,
)
from radmine.records import KeyObject, Report
from radmine.run import Limits

_CONTEXT = ("HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD")
_KEY_OBJECT_DESCRIPTION = "113012"


def _singular(name: str) -> str:
    return name.lower().rstrip("s")


def _value(item: Dataset) -> str | None:
    """Return what a content item says in words, None for kinds that say nothing."""
    kind = text_of(item, "ValueType")
    if kind == "TEXT":
        return text_of(item, "TextValue")
    if kind == "CODE":
        return meaning_of(item, "ConceptCodeSequence")
    if kind == "NUM":
        for measured in items_of(item, "MeasuredValueSequence"):
            number = text_of(measured, "NumericValue")
            unit = items_of(measured, "MeasurementUnitsCodeSequence")
            symbol = text_of(unit[0], "CodeValue") if unit else None
            return None if number is None else f"{number} {symbol}" if symbol and symbol != "1" else number
    if kind in ("DATE", "DATETIME", "TIME"):
        return text_of(item, {"DATE": "Date", "DATETIME": "DateTime", "TIME": "Time"}[kind])
    return None


def _lines(item: Dataset, section: str, depth: int = 0) -> Iterator[str]:
    """Yield the paragraphs of a section's content items, depth first."""
    if depth > 50 or text_of(item, "RelationshipType") in _CONTEXT:
        return
    name = meaning_of(item, "ConceptNameCodeSequence") or ""
    value = _value(item)
    if value is not None:
        own = not name or _singular(name) == _singular(section)
        yield value if own else f"{name}: {value}"
    for child in items_of(item, "ContentSequence"):
        yield from _lines(child, section, depth + 1)


def _sections(item: Dataset, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield (name, body) of the containers and texts below a container, in order."""
    loose = list[str]()
    for child in items_of(item, "ContentSequence"):
        if text_of(child, "RelationshipType") in _CONTEXT:
            continue
        name = meaning_of(child, "ConceptNameCodeSequence") or ""
        kind = text_of(child, "ValueType")
        if kind == "CONTAINER" and depth < 50:
            inner = [c for c in items_of(child, "ContentSequence") if text_of(c, "ValueType") != "CONTAINER"]
            body = "\n".join(line for c in inner for line in _lines(c, name))
            if body:
                yield name, body
            nested = Dataset()
            nested.ContentSequence = [
                c for c in items_of(child, "ContentSequence") if text_of(c, "ValueType") == "CONTAINER"
            ]
            yield from _sections(nested, depth + 1)
        elif kind == "TEXT":
            yield name, "\n".join(_lines(child, name))
        else:
            loose += _lines(child, "")
    if loose:
        yield "", "\n".join(loose)


def _walk(item: Dataset, depth: int = 0) -> Iterator[Dataset]:
    yield item
    if depth < 50:
        for child in items_of(item, "ContentSequence"):
            yield from _walk(child, depth + 1)


def _referenced(item: Dataset) -> list[str]:
    """Return the ids of the images (frames) that an item refers to."""
    found = list[str]()
    for reference in items_of(item, "ReferencedSOPSequence"):
        found += _frames_of(reference)
    return found


def _frames_of(reference: Dataset) -> list[str]:
    """Return the image ids that one reference names: the instance, or each of the frames that it lists."""
    uid = text_of(reference, "ReferencedSOPInstanceUID")
    if uid is None:
        return []
    try:
        numbers = reference.get("ReferencedFrameNumber")
        numbers = [numbers] if isinstance(numbers, int | str) else list(numbers or ())
        return [f"{uid}#{int(n)}" for n in numbers] or [uid]
    except Exception:  # a broken frame number: the instance as a whole
        return [uid]


def report_of(dataset: Dataset, *, path: str) -> Report | None:
    """Return a structured report as a report, None where none of its items is a text."""
    items = list(_walk(dataset))
    if not any(text_of(i, "ValueType") == "TEXT" and text_of(i, "TextValue") for i in items):
        return None
    pieces = [(name.upper(), clean(body)) for name, body in _sections(dataset)]
    named, _ = compose((name, body) for name, body in pieces if name)
    bare = "\n".join(body for name, body in pieces if not name)
    report_id = instance_of(dataset) or ""
    images = [uid for i in items if text_of(i, "ValueType") == "IMAGE" for uid in _referenced(i)]
    meta = {
        "title": meaning_of(dataset, "ConceptNameCodeSequence"),
        "completion": text_of(dataset, "CompletionFlag"),
        "verification": text_of(dataset, "VerificationFlag"),
        "images": list(dict.fromkeys(images)),
    }
    return Report(
        report_id=report_id,
        patient_id=patient_of(dataset) or report_id,
        text="\n\n".join(part for part in (bare, named) if part),
        source="dicom",
        study_id=text_of(dataset, "StudyInstanceUID"),
        accession_number=text_of(dataset, "AccessionNumber"),
        study_date=iso_date(value_of(dataset, "StudyDate")),
        path=path,
        meta=json.dumps({k: v for k, v in meta.items() if v}, ensure_ascii=False),
    )


def _study_of_images(dataset: Dataset) -> dict[str, str | None]:
    """Return the study of each instance that the evidence of a document lists."""
    return {
        text_of(instance, "ReferencedSOPInstanceUID") or "": text_of(study, "StudyInstanceUID")
        for study in items_of(dataset, "CurrentRequestedProcedureEvidenceSequence")
        for series in items_of(study, "ReferencedSeriesSequence")
        for instance in items_of(series, "ReferencedSOPSequence")
    }


def key_objects_of(dataset: Dataset, limits: Limits) -> list[KeyObject]:
    """Return the images that a key object selection document names (DICOM PS3.3 A.35.4), in its order.

    An instance without a frame number is named as a whole: `image_id` is its SOP instance UID.
    """
    items = list(_walk(dataset))
    images = [uid for i in items if text_of(i, "ValueType") == "IMAGE" for uid in _referenced(i)]
    described = [
        text_of(i, "TextValue")
        for i in items
        if text_of(i, "ValueType") == "TEXT"
        and any(
            text_of(c, "CodeValue") == _KEY_OBJECT_DESCRIPTION for c in items_of(i, "ConceptNameCodeSequence")
        )
    ]
    return _key_objects(
        dataset,
        images,
        studies=_study_of_images(dataset),
        title=meaning_of(dataset, "ConceptNameCodeSequence"),
        description="\n".join(d for d in described if d) or None,
        limits=limits,
    )


def presented_of(dataset: Dataset, limits: Limits) -> list[KeyObject]:
    """Return the images that a presentation state names (DICOM PS3.3 A.33), in its order."""
    images = [
        uid
        for series in items_of(dataset, "ReferencedSeriesSequence")
        for reference in items_of(series, "ReferencedImageSequence")
        for uid in _frames_of(reference)
    ]
    return _key_objects(
        dataset,
        images,
        studies={},
        title=text_of(dataset, "ContentLabel"),
        description=text_of(dataset, "ContentDescription"),
        limits=limits,
    )


def _key_objects(
    dataset: Dataset,
    images: list[str],
    *,
    studies: dict[str, str | None],
    title: str | None,
    description: str | None,
    limits: Limits,
) -> list[KeyObject]:
    own = text_of(dataset, "StudyInstanceUID")
    said = (own, instance_of(dataset), patient_of(dataset), title, description)
    check_repeated(said, len(images), limits)
    return [
        KeyObject(
            document_id=instance_of(dataset) or "",
            image_id=image_id,
            ordinal=ordinal,
            study_id=studies.get(image_id.partition("#")[0]) or own,
            patient_id=patient_of(dataset),
            title=title,
            description=description,
        )
        for ordinal, image_id in enumerate(dict.fromkeys(images), start=1)
    ]

"""From a DICOM header to the records of its images, one for each frame."""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from radmine.ingest import dicom_header as header
from radmine.ingest.dates import iso_date
from radmine.ingest.dicom_facts import facts_of
from radmine.ingest.dicom_kind import kind_of
from radmine.ingest.dicom_pixels import FrameShape
from radmine.records import Image
from radmine.run import Limits


def images_of(
    dataset: Dataset,
    *,
    image_id: str,
    path: str,
    shape: FrameShape,
    hashes: Sequence[str],
    limits: Limits,
    keep: Sequence[str] = (),
) -> list[Image]:
    """Return one image for each frame of a DICOM file.

    Parameters
    ----------
    dataset
        Its header.
    image_id
        Its SOP instance UID.
    path
        The file.
    shape
        Of its frames.
    hashes
        The content hash of each frame.
    limits
        Of what is read.
    keep
        Keywords of elements that go to `meta`; what is none, or cannot be kept, is passed over.

    Raises
    ------
    TooLargeError
        The header is so long that its words, said again for each frame, are larger than the limits allow.
    """
    several = shape.frames > 1
    planes = header.planes_of(dataset, shape.frames, limits)
    facts = facts_of(dataset, limits, oriented=any(planes))
    fields: dict[str, Any] = {
        "patient_id": header.patient_of(dataset) or image_id,
        "path": path,
        "study_id": header.text_of(dataset, "StudyInstanceUID"),
        "series_id": header.text_of(dataset, "SeriesInstanceUID"),
        "accession_number": header.text_of(dataset, "AccessionNumber"),
        "study_date": iso_date(header.value_of(dataset, "StudyDate")),
        "study_description": header.text_of(dataset, "StudyDescription"),
        "series_description": header.text_of(dataset, "SeriesDescription"),
        "series_number": header.number_of(dataset, "SeriesNumber"),
        "instance_number": header.number_of(dataset, "InstanceNumber"),
        "modality": facts.modality,
        "body_part": facts.body_part,
        "view": facts.view,
        "contrast": facts.contrast,
        "said_by": facts.said_by,
        "rows": shape.rows,
        "columns": shape.columns,
        "kind": kind_of(
            header.class_of(dataset),
            header.image_type_of(dataset),
            header.text_of(dataset, "SeriesDescription"),
        ),
        "source": "dicom",
        "meta": header.meta_of(dataset, (*keep, *facts.reworded)),
    }
    header.check_repeated(fields.values(), shape.frames, limits)
    return [
        Image(
            image_id=f"{image_id}#{n}" if several else image_id,
            frame=n if several else None,
            plane=plane or facts.plane,
            content_hash=content_hash,
            **fields,
        )
        for n, (plane, content_hash) in enumerate(zip(planes, hashes, strict=True), start=1)
    ]

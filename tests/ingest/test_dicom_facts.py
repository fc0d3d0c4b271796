"""What headers say of contrast, body part, plane and view, by their elements or by words, and which it was."""

from pathlib import Path
from typing import Any

import pytest

from radmine.ingest import dicom
from radmine.ingest.dicom_words import body_part_in, contrast_in, plane_in, view_in
from radmine.records import Image
from radmine.run import Limits
from tests.ingest.made import AXIAL, Dataset, write_dicom


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *((words, "yes") for words in ("CT Chest C+", "T1 +C", "CT ABD W CONTRAST", "w/IV contrast", "T1_AX_POST_GD", "Gd+")),
        *((words, "yes") for words in ("MRT Kopf mit KM", "T1 KM+", "nach KM", "post gad", "portal venous phase", "ce-MRA")),
        *((words, "yes") for words in ("contrast enhanced CT", "scanner avec injection")),
        *((words, "no") for words in ("CHEST C-", "CT abdomen w/o contrast", "without IV contrast", "NONCONTRAST", "ohne KM")),
        *((words, "no") for words in ("T1 SAG pre contrast", "Thorax nativ", "unenhanced", "sans injection", "non-con")),
        *((words, None) for words in ("w/ and w/o contrast", "with and without contrast", "mit und ohne KM", "W/WO", "C-SPINE")),
        *((words, None) for words in ("contrast", "high contrast resolution", "CT C+T+A", "T2 TSE", "Abdomen 5.0 B30f", "")),
    ],
)  # fmt: skip
def test_words_of_contrast(words: str, said: str | None) -> None:
    assert contrast_in(words) == said


def test_words_of_part_plane_and_view() -> None:
    parts = {"Thorax 1.0": "CHEST", "MRT Schädel": "HEAD", "head brain": "BRAIN", "HWS seitl.": "CSPINE", "chest/abdomen": None, "scan": None}  # fmt: skip
    assert {words: body_part_in(words) for words in parts} == parts
    planes = {"T2_TSE_SAG": "sagittal", "ax": "axial", "AX from SAG": None, "taxi": None}
    assert {words: plane_in(words) for words in planes} == planes
    views = {"Chest PA": "PA", "lat": "LATERAL", "PA and lateral": None, "page": None}
    assert {words: view_in(words) for words in views} == views


@pytest.mark.parametrize(
    ("fields", "fact", "value", "said_by"),
    [
        ({"ContrastBolusAgent": "Made-up 300"}, "contrast", "yes", "contrast=ContrastBolusAgent"),
        ({"ContrastBolusAgent": "NONE"}, "contrast", "no", "contrast=ContrastBolusAgent"),
        ({"ContrastBolusAgent": "X", "SeriesDescription": "T1 pre gad"}, "contrast", "no", "contrast=SeriesDescription"),
        ({"ContrastBolusVolume": "80"}, "contrast", "yes", "contrast=ContrastBolusVolume"),
        ({"ContrastBolusVolume": "0"}, "contrast", None, None),
        ({"ContrastBolusAgent": ""}, "contrast", None, None),
        ({"StudyDescription": "CT with contrast"}, "contrast", "yes", "contrast=StudyDescription"),
        ({"Modality": "", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, "modality", "MR", "modality=SOPClassUID"),
        ({"BodyPartExamined": "Thorax"}, "body_part", "CHEST", "body_part=BodyPartExamined"),
        ({"BodyPartExamined": "LUNG"}, "body_part", "LUNG", None),
        ({"ProtocolName": "Knie rechts"}, "body_part", "KNEE", "body_part=ProtocolName"),
        ({"Modality": "DX", "ViewPosition": "POSTERO_ANTERIOR"}, "view", "PA", "view=ViewPosition"),
        ({"Modality": "DX", "SeriesDescription": "Chest lat"}, "view", "LATERAL", "body_part=SeriesDescription,view=SeriesDescription"),
        ({"SeriesDescription": "COR T1", "Modality": "MR"}, "plane", "coronal", "plane=SeriesDescription"),
        ({"SeriesDescription": "COR T1", "Modality": "MR", "ImageOrientationPatient": AXIAL}, "plane", "axial", None),
    ],
)  # fmt: skip
def test_an_element_or_its_words_say_it(
    tmp_path: Path, fields: dict[str, Any], fact: str, value: str | None, said_by: str | None
) -> None:
    image = ingested(tmp_path, **fields)
    assert (getattr(image, fact), image.said_by) == (value, said_by)
    if said_by and "=BodyPartExamined" in said_by:
        assert '"BodyPartExamined": "Thorax"' in str(image.meta)


def test_an_orientation_with_decimal_commas_gives_a_plane(tmp_path: Path) -> None:
    file = tmp_path / "x"
    write_dicom(file, ImageOrientationPatient=["1.0", "0.0", "0.0", "0.0", "0.0", "-1"])
    data = file.read_bytes()
    assert data.count(b"1.0\\0.0\\0.0") == 1
    file.write_bytes(data.replace(b"1.0\\0.0\\0.0\\0.0\\0.0", b"1,0\\0,0\\0,0\\0,0\\0,0"))
    (image,) = dicom.read_file(str(file), "x", Limits()).images
    assert image.plane == "coronal"


def ingested(tmp_path: Path, **fields: Any) -> Image:
    file = tmp_path / "x"
    made: Dataset = write_dicom(file, **fields)
    assert made.SOPInstanceUID
    batch = dicom.read_file(str(file), "x", Limits())
    assert not batch.rejected
    return batch.images[0]

"""What a DICOM image is: a picture of a patient, a localizer, a captured screen, a dose report."""

from pathlib import Path

import pytest
from pydicom.uid import CTImageStorage

from radmine.ingest.dicom_kind import kind_of
from tests.ingest.made import STORAGE, ingest, write_dicom

CAPTURE = STORAGE + "7"


@pytest.mark.parametrize(
    ("sop_class", "image_type", "series", "kind"),
    [
        (CTImageStorage, ["ORIGINAL", "PRIMARY", "AXIAL"], "Dose report", "image"),
        (CTImageStorage, ["ORIGINAL", "PRIMARY", "LOCALIZER"], "Scout", "localizer"),
        (CTImageStorage, ["DERIVED", "SECONDARY", "REFORMATTED"], "MPR", "image"),
        (CTImageStorage, ["DERIVED", "SECONDARY", "SCREEN SAVE"], "Dose Report", "dose_report"),
        (CTImageStorage, ["DERIVED", "SECONDARY", "SCREEN SAVE"], "3D", "secondary_capture"),
        (CAPTURE, ["DERIVED", "SECONDARY"], "Patient Protocol", "dose_report"),
        (CAPTURE, [], None, "secondary_capture"),
        (CAPTURE, ["ORIGINAL", "PRIMARY"], "Low dose chest", "secondary_capture"),
        (CAPTURE + ".4", ["DERIVED", "SECONDARY"], "Dosisprotokoll", "dose_report"),
        (STORAGE + "77.1.5.1", [], None, "image"),
    ],
)
def test_kind(sop_class: str, image_type: list[str], series: str | None, kind: str) -> None:
    assert kind_of(sop_class, image_type, series) == kind


def test_the_kind_of_each_image_stands_in_the_table(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_dicom(folder / "a", SOPInstanceUID="1.1", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"])
    write_dicom(folder / "b", seed=1, SOPInstanceUID="1.2", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_dicom(folder / "c", seed=2, SOPInstanceUID="1.3", ImageType="LOCALIZER")
    write_dicom(folder / "d", seed=3, SOPInstanceUID="1.4", sop_class=CAPTURE)
    corpus = ingest(tmp_path, "dicom", folder)
    assert {i.image_id: i.kind for i in corpus.records("images")} == {
        "1.1": "image",
        "1.2": "localizer",
        "1.3": "localizer",
        "1.4": "secondary_capture",
    }

import json
import logging
import random
import warnings
from pathlib import Path

import pytest
from pydicom.sequence import Sequence as Items

from radmine.corpus import Corpus
from radmine.ingest import dicom
from radmine.run import Limits
from tests.ingest.made import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    STORAGE,
    Dataset,
    code,
    compressed,
    content,
    dicom_dataset,
    ingest,
    reasons,
    with_pixels,
    write_dicom,
)


def images(corpus: Corpus) -> dict:
    return {i.image_id: i for i in corpus.records("images")}


def test_header_becomes_an_image(tmp_path: Path) -> None:
    made = write_dicom(
        tmp_path / "in" / "deep" / "IM0001",
        IssuerOfPatientID="HOSP",
        AccessionNumber="A7",
        BodyPartExamined="CHEST",
        ImageOrientationPatient=CORONAL,
        StudyDescription="CT chest",
    )
    corpus = ingest(tmp_path, "dicom", tmp_path / "in")
    image = images(corpus)[made.SOPInstanceUID]
    assert image.patient_id == "HOSP|P1"
    assert (image.study_id, image.series_id, image.accession_number) == ("1.2.3", "1.2.3.4", "A7")
    assert (image.study_date, image.modality, image.body_part, image.plane) == (
        "2024-01-31",
        "CT",
        "CHEST",
        "coronal",
    )
    assert (image.rows, image.columns, image.frame) == (8, 8, None)
    (study,) = corpus.records("studies")
    assert (study.study_id, study.patient_id, study.modality, study.description) == (
        "1.2.3",
        "HOSP|P1",
        "CT",
        "CT chest",
    )
    (series,) = corpus.records("series")
    assert (series.series_id, series.series_number, series.plane) == ("1.2.3.4", 2, "coronal")


def test_frames_are_images_with_their_own_hash_and_plane(tmp_path: Path) -> None:
    dataset = with_pixels(dicom_dataset(sop_class=STORAGE + "2.1"), frames=3)
    groups = []
    for orientation in (AXIAL, SAGITTAL, CORONAL):
        plane, group = Dataset(), Dataset()
        plane.ImageOrientationPatient = orientation
        group.PlaneOrientationSequence = Items([plane])
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Items(groups)
    dataset.save_as(tmp_path / "mf.dcm", enforce_file_format=True)
    found = images(ingest(tmp_path, "dicom", tmp_path / "mf.dcm"))
    uid = dataset.SOPInstanceUID
    assert list(found) == [f"{uid}#1", f"{uid}#2", f"{uid}#3"]
    assert [i.plane for i in found.values()] == ["axial", "sagittal", "coronal"]
    assert len({i.content_hash for i in found.values()}) == 3


def test_same_pixels_same_hash_whatever_the_header(tmp_path: Path) -> None:
    one = write_dicom(tmp_path / "in" / "a", seed=1, PatientID="P1")
    two = write_dicom(tmp_path / "in" / "b", seed=1, PatientID="P2", InstanceNumber=9)
    other = write_dicom(tmp_path / "in" / "c", seed=2)
    blank = write_dicom(tmp_path / "in" / "d", blank=True)
    corpus = ingest(tmp_path, "dicom", tmp_path / "in")
    found = images(corpus)
    assert found[one.SOPInstanceUID].content_hash == found[two.SOPInstanceUID].content_hash
    assert found[one.SOPInstanceUID].content_hash != found[other.SOPInstanceUID].content_hash
    assert found[blank.SOPInstanceUID].content_hash.startswith("blank:")
    assert len({s.split for s in corpus.records("splits")}) == 1


@pytest.mark.parametrize("frames", [1, 2])
def test_encapsulated_frames_are_hashed_by_fragment(tmp_path: Path, frames: int) -> None:
    dataset = with_pixels(dicom_dataset(), frames=frames)
    compressed(dataset, [bytes([n]) * 40 for n in range(frames)]).save_as(
        tmp_path / "x", enforce_file_format=True
    )
    found = images(ingest(tmp_path, "dicom", tmp_path / "x"))
    assert len(found) == len({i.content_hash for i in found.values()}) == frames
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "x").write_bytes(data[:-30])
    write_dicom(tmp_path / "cut" / "y")
    assert reasons(ingest(tmp_path, "dicom", tmp_path / "cut", name="cut")) == {"x": "truncated_dicom"}


def test_a_file_without_preamble_is_read(tmp_path: Path) -> None:
    made = write_dicom(tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bare").write_bytes(data[132:])
    assert list(images(ingest(tmp_path, "dicom", folder))) == [made.SOPInstanceUID]


def test_what_is_no_image_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_dicom(folder / "good.dcm")
    data = (folder / "good.dcm").read_bytes()
    (folder / "cut.dcm").write_bytes(data[:-20])
    (folder / "cut_in_header.dcm").write_bytes(data[:400])
    (folder / "empty.dcm").write_bytes(b"")
    (folder / "notes.txt").write_text("not an image")
    (folder / "DICOMDIR").write_bytes(data)
    (folder / ".hidden").write_bytes(b"x")
    write_dicom(folder / "seg.dcm", sop_class=STORAGE + "66.4")
    for name, sop_class in {
        "struct": "481.3",
        "pdf": "104.1",
        "dose_sr": "88.67",
        "header_only": "2",
    }.items():
        dicom_dataset(sop_class=STORAGE + sop_class).save_as(folder / f"{name}.dcm", enforce_file_format=True)
    (folder / "good_again.dcm").write_bytes(data)
    corpus = ingest(tmp_path, "dicom", folder)
    found = reasons(corpus)
    assert found.pop("good_again.dcm") == "duplicate_id"
    assert found.pop("cut_in_header.dcm") in ("truncated_dicom", "no_pixel_data")
    assert found == {
        "cut.dcm": "truncated_dicom",
        "empty.dcm": "empty_file",
        "notes.txt": "not_dicom",
        "seg.dcm": "not_an_image",
        "struct.dcm": "not_an_image",
        "pdf.dcm": "encapsulated_document",
        "dose_sr.dcm": "not_a_report",
        "header_only.dcm": "no_pixel_data",
    }
    assert corpus.manifest("ingest").notes["left out on purpose"] == {"hidden_file": 1, "index_file": 1}
    assert corpus.rows("images") == 1


def test_a_structured_report_becomes_a_text_with_sections(tmp_path: Path) -> None:
    report = dicom_dataset(sop_class=STORAGE + "88.11", Modality="SR", AccessionNumber="A1")
    report.ValueType, report.ConceptNameCodeSequence = (
        "CONTAINER",
        code("18748-4", "Diagnostic imaging report"),
    )
    finding = content(
        "CONTAINER",
        "Findings",
        children=[
            content("TEXT", "Finding", "The heart is normal."),
            content("TEXT", "Comment", "Seen before."),
            content("NUM", "Diameter", ("12", "mm")),
            content("PNAME", "Person Observer Name", "SOMEBODY^ELSE"),
        ],
    )
    report.ContentSequence = Items(
        [
            content("PNAME", "Person Observer Name", "WHO^WAS^IT", relation="HAS OBS CONTEXT"),
            content("TEXT", "Indication", "Cough."),
            finding,
            content("CONTAINER", "Impressions", children=[content("TEXT", "Impression", "No pneumonia.")]),
            content("IMAGE", "Source", ("1.2.9", 4)),
        ]
    )
    report.save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    (found,) = ingest(tmp_path, "dicom", tmp_path / "sr.dcm").records("reports")
    assert found.text == (
        "INDICATION: Cough.\n\nFINDINGS: The heart is normal.\nComment: Seen before.\nDiameter: 12 mm"
        "\n\nIMPRESSIONS: No pneumonia."
    )
    assert (found.report_id, found.study_id, found.accession_number) == (report.SOPInstanceUID, "1.2.3", "A1")
    assert json.loads(found.meta)["images"] == ["1.2.9#4"]
    assert "WHO" not in found.text + found.meta
    assert "SOMEBODY" not in found.text + found.meta


def test_key_object_selection_and_presentation_state_name_images(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    document = dicom_dataset(sop_class=STORAGE + "88.59", Modality="KO", SOPInstanceUID="1.1")
    document.ValueType, document.ConceptNameCodeSequence = "CONTAINER", code("113004", "For Teaching")
    described = content("TEXT", "Key Object Description", "Nodule")
    described.ConceptNameCodeSequence = code("113012", "Key Object Description")
    document.ContentSequence = Items(
        [described, content("IMAGE", "", ("1.2.9",)), content("IMAGE", "", ("1.2.8", 2, 5))]
    )
    document.save_as(folder / "ko", enforce_file_format=True)
    state = dicom_dataset(sop_class=STORAGE + "11.1", SOPInstanceUID="1.3", ContentLabel="WINDOW")
    series, reference = Dataset(), Dataset()
    reference.ReferencedSOPInstanceUID = "1.2.9"
    series.ReferencedImageSequence = Items([reference])
    state.ReferencedSeriesSequence = Items([series])
    state.save_as(folder / "pr", enforce_file_format=True)
    write_dicom(folder / "image")
    rows = list(ingest(tmp_path, "dicom", folder).records("key_objects"))
    assert [(r.document_id, r.image_id, r.ordinal) for r in rows] == [
        ("1.1", "1.2.9", 1), ("1.1", "1.2.8#2", 2), ("1.1", "1.2.8#5", 3), ("1.3", "1.2.9", 1),
    ]  # fmt: skip
    assert (rows[0].title, rows[0].description, rows[3].title) == ("For Teaching", "Nodule", "WINDOW")


def test_broken_values_are_none_and_nothing_is_said_of_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.dcm"
    write_dicom(path, StudyDate="20240131", InstanceNumber=12345678, PatientID="SECRET^NAME")
    path.write_bytes(
        path.read_bytes().replace(b"20240131", b"soon....").replace(b"12345678", b"four\\\xff\xfe2")
    )
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        (image,) = ingest(tmp_path, "dicom", path).records("images")
    assert (image.study_date, image.instance_number) == (None, None)
    assert "SECRET" not in caplog.text


def test_damaged_files_never_raise_and_are_never_dropped(tmp_path: Path) -> None:
    source, path = tmp_path / "whole", tmp_path / "damaged"
    write_dicom(source, frames=2, ImageOrientationPatient=AXIAL)
    data, rng = source.read_bytes(), random.Random(5)
    with dicom.quiet():
        for number in range(300):
            damaged = bytearray(data[: rng.randrange(len(data))] if number % 3 == 0 else data)
            for _ in range(rng.randrange(1, 12) if number % 3 else 0):
                damaged[rng.randrange(132, len(damaged))] = rng.randrange(256)
            path.write_bytes(damaged)
            batch = dicom.read_file(str(path), "damaged", Limits())
            assert batch.images or batch.reports or batch.key_objects or batch.rejected

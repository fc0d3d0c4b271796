import json
from pathlib import Path

import pytest

from radmine.errors import InputError
from tests.ingest.made import (
    ingest,
    openi_xml,
    reasons,
    write_archive,
    write_csv,
    write_dicom,
    write_medpix,
    write_png,
)


def test_openi_composes_sections_and_keeps_mesh_apart(tmp_path: Path) -> None:
    sections = {"COMPARISON": "", "FINDINGS": "Clear lungs.", "IMPRESSION": "Normal."}
    archive = write_archive(
        tmp_path / "o.tgz",
        {
            "x/1.xml": openi_xml("CXR1", sections, ["CXR1_a"], ["Cardiomegaly"]),
            "x/2.xml": b"<other/>",
            "x/3.xml": b"<eCitation><uId id='CXR3'/>",
            "x/4.xml": openi_xml("CXR4", {}, ["CXR4_a"]),
            "x/bomb.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><eCitation>&b;</eCitation>',
            "x/README": b"hello",
        },
    )
    headers = write_csv(
        tmp_path / "h.csv",
        [
            {
                "imageid": "CXR1_a",
                "Modality": "CR",
                "Study Instance UID": "1.2",
                "View Position": "PA",
                "Study Date": "20110328",
            }
        ],
    )
    corpus = ingest(tmp_path, "openi", archive, headers)
    (report,) = corpus.records("reports")
    assert report.text == "FINDINGS: Clear lungs.\n\nIMPRESSION: Normal."
    assert (report.report_id, report.patient_id, report.study_id, report.study_date) == (
        "CXR1",
        "CXR1",
        "1.2",
        "2011-03-28",
    )
    assert json.loads(report.meta)["mesh"]["major"] == ["Cardiomegaly"]
    image, untied = corpus.records("images")
    assert (image.image_id, image.report_id, image.figure_id, image.view, image.path) == (
        "CXR1_a",
        "CXR1",
        "F1",
        "PA",
        None,
    )
    assert (untied.image_id, untied.report_id, untied.patient_id) == ("CXR4_a", None, "CXR4")
    assert reasons(corpus) == {
        "x/2.xml": "unknown_xml", "x/3.xml": "broken_xml", "x/bomb.xml": "broken_xml", "CXR4": "empty_report",
    }  # fmt: skip


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "o.tgz", {"1.xml": openi_xml("C", {"FINDINGS": "x" * 5000})})
    archive.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(InputError, match="archive"):
        ingest(tmp_path, "openi", archive)


def medpix_folder(folder: Path) -> Path:
    described = {"Modality": "CT", "ACR Codes": "1.2", "Age": "5", "Sex": "male", "Figure Part": None}
    image = {"U_id": "M1", "Type": "CT", "Location": "Chest", "Location Category": "Thorax", "split": "dev"}
    images = [
        {**image, "image": "M1_a", "Description": {**described, "Plane": "Transverse", "Caption": "A mass."}},
        {**image, "image": "M1_b", "Description": {**described, "Plane": "Lateral", "Caption": "A mass. "}},
        {
            **image,
            "image": "M1_c",
            "Description": {**described, "Plane": "Coronal", "Caption": "Replace this - X."},
        },
        {**image, "image": "M1_d", "Description": {**described, "Plane": "Axial", "Caption": "Second."}},
    ]
    case = {
        "U_id": "M1",
        "Case": {
            "Title": "Answer",
            "History": "Cough.",
            "Exam": "N/A",
            "Findings": "Mass.",
            "Case Diagnosis": "Answer",
        },
        "Topic": {"Title": "Answer"},
    }
    return write_medpix(folder, [case], images)


def test_medpix_case_is_a_report_with_captions_tied_to_images(tmp_path: Path) -> None:
    folder = medpix_folder(tmp_path / "m")
    (folder / "images" / "M1_d.png").unlink()
    corpus = ingest(tmp_path, "medpix", folder)
    (report,) = corpus.records("reports")
    assert report.text == "HISTORY: Cough.\n\nFINDINGS: Mass.\n\nCAPTION: A mass.\n\nCAPTION: Second."
    assert (report.patient_id, report.study_id, report.source_split) == ("M1", "M1", "test")
    assert "Answer" in report.meta
    a, b, c = corpus.records("images")
    assert (
        report.text[a.caption_start : a.caption_end]
        == report.text[b.caption_start : b.caption_end]
        == "A mass."
    )
    assert c.caption_start is None
    assert (a.plane, b.plane, b.view, c.plane) == ("axial", None, "lateral", "coronal")
    assert (a.modality, a.body_part, a.location, a.report_id) == ("CT", "Thorax", "Chest", "M1")
    assert reasons(corpus) == {"images/M1_d.png": "missing_file"}


def test_text_files_at_any_depth(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "p10" / "s1").mkdir(parents=True)
    (folder / "p10" / "s1" / "a.txt").write_bytes("\ufeffNormal.\r\nNo change.".encode())
    (folder / "b.txt").write_bytes("Größe".encode("cp1252"))
    (folder / "c.txt").write_bytes("Wide".encode("utf-16"))
    (folder / "empty.txt").write_text(" \n")
    (folder / "long.txt").write_text("x" * 1_000_001)
    (folder / "bin.txt").write_bytes(bytes(range(256)))
    (folder / "README.md").write_text("about")
    corpus = ingest(tmp_path, "text", folder)
    assert {r.report_id: r.text for r in corpus.records("reports")} == {
        "b": "Größe", "c": "Wide", "p10/s1/a": "Normal.\nNo change.",
    }  # fmt: skip
    assert reasons(corpus) == {"bin.txt": "undecodable", "empty": "empty_report", "long": "report_too_long"}
    assert corpus.manifest("ingest").notes["left out on purpose"] == {"companion_file": 1}


def test_a_folder_of_everything(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    made = write_dicom(folder / "dicom" / "IM1")
    write_png(folder / "pictures" / "loose.png", seed=1)
    write_png(folder / "pictures" / "named.png", seed=2)
    (folder / "notes").mkdir()
    (folder / "notes" / "n.txt").write_text("A note.")
    write_csv(folder / "r.csv", [{"id": "R1", "text": "Words.", "path": "named.png"}])
    write_csv(folder / "other.csv", [{"a": "1"}])
    write_archive(folder / "o.tgz", {"1.xml": openi_xml("CXR1", {"FINDINGS": "Clear."})})
    medpix_folder(folder / "m")
    (folder / "x.bin").write_bytes(b"nothing known")
    (folder / "README.txt").write_text("about")
    (folder / "README").write_text("about")
    corpus = ingest(tmp_path, "folder", folder)
    assert {r.report_id for r in corpus.records("reports")} == {"R1", "CXR1", "M1", "notes/n"}
    images = {i.image_id: i.report_id for i in corpus.records("images")}
    assert images == {
        made.SOPInstanceUID: None, "pictures/loose.png": None, "named.png": "R1",
        **{f"M1_{letter}": "M1" for letter in "abcd"},
    }  # fmt: skip
    assert reasons(corpus) == {
        "x.bin": "unknown_file",
        "README": "unknown_file",
        "other.csv": "unknown_table",
    }
    assert corpus.manifest("ingest").notes["left out on purpose"] == {
        "companion_file": 1,
        "named_in_table": 1,
    }


def test_linked_folders_are_followed_and_odd_names_are_counted(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.txt").write_text("Far.")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "b.txt").write_text("Near.")
    (folder / "link").symlink_to(tmp_path / "far")
    (folder / "circle").symlink_to(folder)
    with open(bytes(folder) + b"/\xff.txt", "w") as stream:
        stream.write("Odd.")
    corpus = ingest(tmp_path, "text", folder)
    assert [r.report_id for r in corpus.records("reports")] == ["b", "link/a"]
    assert corpus.manifest("ingest").notes["left out on purpose"] == {"unreadable_name": 1}

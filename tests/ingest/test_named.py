"""Names of files and folders tie reports and images that nothing else ties, and never two patients."""

from pathlib import Path
from typing import Any

import pytest

from radmine.corpus import Corpus
from radmine.ingest import STAGE, IngestSettings, stage
from radmine.ingest.names import Places, ids_in, stem_of
from radmine.ingest.source import add_source
from radmine.records import Report
from radmine.run import run_stage
from tests.ingest.made import ingest, tables, write_csv, write_dicom, write_png


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ACC00001", {"ACC00001"}),
        ("ACC00001_report", {"ACC00001", "ACC00001_report"}),
        ("acc 00001-1", {"00001", "acc 00001", "acc 00001-1", "00001-1"}),
        ("2024-A17.final", {"2024-A17", "2024-A17.final", "A17.final"}),
        ("1.2.840.113619.2.55", {"1.2.840.113619.2.55"}),
        ("report_1.2.840.113619.2.55", {"1.2.840.113619.2.55", "report_1.2.840.113619.2.55"}),
        ("s50414267", {"s50414267", "50414267"}),
        ("20210304", set()),
        ("1234", set()),
        ("12345", {"12345"}),
        ("IM1", set()),
        ("reports", set()),
    ],
)
def test_what_a_name_may_stand_for(name: str, found: set[str]) -> None:
    assert ids_in(name) == found


def test_names_on_the_way_begin_at_the_folder_that_the_user_named() -> None:
    places = Places(["/home/J12345/export"])
    assert list(places.ids("/home/J12345/export/P00017/ACC01.txt")) == [{"ACC01"}, {"P00017"}]
    assert stem_of("a/1.2.840.17") == "1.2.840.17"
    assert stem_of("a/1.2.840.17.dcm") == "1.2.840.17"


def study(folder: Path, number: int, *, patient: str = "", images: int = 1, **more: Any) -> None:
    """Write the radiographs of a study."""
    for n in range(images):
        values = {
            "PatientID": patient or f"PAT{number:05d}",
            "StudyInstanceUID": f"1.2.840.99.{number}",
            "SeriesInstanceUID": f"1.2.840.99.{number}.1",
            "AccessionNumber": f"ACC{number:05d}",
            "Modality": "CR",
            "InstanceNumber": n + 1,
            **more,
        }
        write_dicom(folder / f"IM{number}{n}", seed=10 * number + n, **values)


def texts(folder: Path, *names: str) -> None:
    for n, name in enumerate(names):
        path = folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Report number {n}.")


def ties(corpus: Corpus) -> dict[str, tuple[str | None, str | None, str]]:
    """How each report is named, its study, and its patient."""
    reports: list[Report] = list(corpus.records("reports"))
    return {r.report_id: (r.named_by, r.study_id, r.patient_id) for r in reports}


def test_a_report_is_of_the_study_that_its_file_or_folder_is_named_by(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(1, 6):
        study(folder / "dicom", number)
    texts(
        folder, "ACC00001", "out/ACC00002_report", "1.2.840.99.3/final", "PAT00004/text", "1.2.840.99.5.1-r"
    )
    corpus = ingest(tmp_path, "folder", folder)
    assert ties(corpus) == {
        "ACC00001": ("accession_number", "1.2.840.99.1", "PAT00001"),
        "out/ACC00002_report": ("accession_number", "1.2.840.99.2", "PAT00002"),
        "1.2.840.99.3/final": ("study_id", "1.2.840.99.3", "PAT00003"),
        "PAT00004/text": ("patient_id", "1.2.840.99.4", "PAT00004"),
        "1.2.840.99.5.1-r": ("series_id", "1.2.840.99.5", "PAT00005"),
    }
    assert {r.accession_number for r in corpus.records("reports")} == {f"ACC0000{n}" for n in range(1, 6)}
    assert {s.patient_id for s in corpus.records("splits")} == {f"PAT0000{n}" for n in range(1, 6)}
    assert "5 reports are tied to a study or patient by the names" in corpus.manifest("ingest").said[0]  # type: ignore[union-attr]


def test_what_is_not_the_same_or_means_several_ties_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    study(folder / "dicom", 1)
    study(folder / "dicom", 2)
    study(folder / "dicom", 3, AccessionNumber="20210304", PatientID="1234")
    study(folder / "dicom", 4, AccessionNumber="ACC00005")
    study(folder / "dicom", 5)
    names = (
        "ACC0001", "acc00001", "ACC000011", "xACC00001",  # not the same
        "20210304", "1234",  # a date, a short number
        "ACC00001/ACC00002", "PAT00002/ACC00001",  # two patients
        "ACC00005",  # two studies
    )  # fmt: skip
    texts(folder, *names)
    assert ties(ingest(tmp_path, "folder", folder)) == {name: (None, None, name) for name in names}


def test_a_patient_alone_is_enough_for_one_study_and_one_report(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    study(folder / "dicom", 1, patient="MRN777")
    study(folder / "dicom", 2, patient="MRN777")
    study(folder / "dicom", 3)
    study(folder / "dicom", 4)
    write_csv(folder / "r.csv", [{"id": "R4", "accession_number": "ACC00004", "text": "Said."}])
    texts(folder, "MRN777/one", "PAT00003/one", "PAT00003/two", "PAT00004/other")
    corpus = ingest(tmp_path, "folder", folder)
    assert ties(corpus) == {
        "R4": (None, None, "R4"),
        "MRN777/one": ("patient_id", None, "MRN777"),
        "PAT00003/one": ("patient_id", None, "PAT00003"),
        "PAT00003/two": ("patient_id", None, "PAT00003"),
        "PAT00004/other": ("patient_id", None, "PAT00004"),
    }


def test_what_a_report_says_itself_goes_before_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in (1, 2, 3):
        study(folder / "dicom", number)
    for name, row in (
        ("ACC00001", {"id": "A", "patient_id": "OTHER", "text": "Of another patient."}),
        ("ACC00002", {"id": "B", "accession_number": "ACC00003", "text": "Of another study."}),
        ("ACC00003", {"id": "C", "patient_id": "PAT00003", "text": "Of this patient."}),
    ):
        write_csv(folder / f"{name}.csv", [row])
    write_csv(folder / "PAT00001.csv", [{"id": f"D{n}", "text": f"Row {n}."} for n in range(2)])
    assert ties(ingest(tmp_path, "folder", folder)) == {
        "A": (None, None, "OTHER"),
        "B": (None, None, "B"),
        "C": (None, None, "PAT00003"),
        "D0": (None, None, "D0"),
        "D1": (None, None, "D1"),
    }


def test_images_are_of_the_report_that_their_folder_or_file_is_named_by(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    texts(folder / "texts", "CASE001", "CASE002", "CASE003", "other/CASE004", "more/CASE004")
    write_png(folder / "png" / "CASE001" / "a.png", seed=1)
    write_png(folder / "png" / "CASE001" / "b.png", seed=2)
    write_png(folder / "png" / "CASE002.png", seed=3)
    write_png(folder / "png" / "CASE004.png", seed=4)
    write_png(folder / "png" / "CASE001" / "CASE002.png", seed=5)
    study(folder / "dicom" / "CASE003", 3, images=2)
    corpus = ingest(tmp_path, "folder", folder)
    images = {
        i.image_id: (i.named_by, i.report_id, i.patient_id)
        for i in corpus.records("images")
        if not i.study_id
    }
    assert images == {
        "png/CASE001/a.png": ("report_id", "texts/CASE001", "texts/CASE001"),
        "png/CASE001/b.png": ("report_id", "texts/CASE001", "texts/CASE001"),
        "png/CASE002.png": ("report_id", "texts/CASE002", "texts/CASE002"),
        "png/CASE004.png": (None, None, "png/CASE004.png"),
        "png/CASE001/CASE002.png": (None, None, "png/CASE001/CASE002.png"),
    }
    assert ties(corpus)["texts/CASE003"] == ("report_id", "1.2.840.99.3", "PAT00003")


def test_who_was_drawn_before_keeps_his_part(tmp_path: Path) -> None:
    numbers = range(1, 13)
    texts(tmp_path / "texts", *(f"ACC{n:05d}" for n in numbers))
    before = {s.patient_id: s.split for s in ingest(tmp_path, "folder", tmp_path / "texts").records("splits")}
    assert len(set(before.values())) == 3
    for number in numbers:
        study(tmp_path / "dicom", number)
    corpus = ingest(tmp_path, "folder", tmp_path / "dicom")
    after = {s.patient_id: s.split for s in corpus.records("splits")}
    assert {after[f"PAT{n:05d}"] == before[f"ACC{n:05d}"] for n in numbers} == {True}
    assert set(after) == {f"PAT{n:05d}" for n in numbers}
    again = ingest(tmp_path, "folder", tmp_path / "texts")
    assert {s.patient_id: s.split for s in again.records("splits")} == after


def test_identical_images_are_in_one_part_when_texts_come_before_their_images(tmp_path: Path) -> None:
    numbers = range(1, 13)
    texts(tmp_path / "g1", *(f"ACC{n:05d}" for n in numbers))
    for number in numbers:
        study(tmp_path / "g1", number, patient=f"PA{number}", AccessionNumber=f"OLD{number:05d}")
        uid = f"1.2.840.98.{number}"
        study(tmp_path / "g2", number, patient=f"PB{number}", StudyInstanceUID=uid, SeriesInstanceUID=uid)
    ingest(tmp_path, "folder", tmp_path / "g1")
    corpus = ingest(tmp_path, "folder", tmp_path / "g2")
    part = {s.patient_id: s.split for s in corpus.records("splits")}
    assert part.keys() == {f"P{x}{n}" for x in "AB" for n in numbers}
    assert [n for n in numbers if part[f"PA{n}"] != part[f"PB{n}"]] == []
    assert any("changed their part: " in said for said in corpus.manifest("ingest").said)  # type: ignore[union-attr]


def test_an_extended_corpus_is_as_one_made_at_once_and_reads_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts(tmp_path / "a", "ACC00001", "ACC00002", "CASE007")
    study(tmp_path / "a", 1)
    study(tmp_path / "a", 2)
    write_png(tmp_path / "a" / "CASE007.png")
    first = ingest(tmp_path, "folder", tmp_path / "a")
    assert ties(first)["ACC00002"][:2] == ("accession_number", "1.2.840.99.2")
    study(tmp_path / "b", 3, AccessionNumber="ACC00002")  # now the number means two studies
    texts(tmp_path / "b", "ACC00003")
    read = list[str]()
    real = stage.read_chunk
    monkeypatch.setattr(
        stage, "read_chunk", lambda s, units: read.extend(u.item for u in units) or real(s, units)
    )
    extended = ingest(tmp_path, "folder", tmp_path / "b")
    assert sorted(read) == ["ACC00003.txt", "IM30"]
    assert ties(extended)["ACC00002"] == (None, None, "ACC00002")
    assert ties(extended)["ACC00001"] == ("accession_number", "1.2.840.99.1", "PAT00001")
    monkeypatch.undo()
    whole = Corpus.create("whole", home=tmp_path)
    for folder in ("a", "b"):
        add_source(whole, "folder", [tmp_path / folder])
    run_stage(whole, STAGE, IngestSettings())
    drawn_apart = {"splits": None}  # of a corpus that grew, who has a part keeps it
    assert tables(extended) | drawn_apart == tables(whole) | drawn_apart

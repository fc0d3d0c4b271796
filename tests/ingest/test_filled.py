"""Reports get from the images of their study what they do not say themselves."""

from pathlib import Path

from radmine.corpus import Corpus
from radmine.records import Report
from tests.ingest.made import ingest, write_csv, write_dicom


def study(folder: Path, number: int, *modalities: str) -> None:
    for n, modality in enumerate(modalities):
        values = {"StudyInstanceUID": f"1.2.9.{number}", "SeriesInstanceUID": f"1.2.9.{number}.{n}"}
        more = {"PatientID": f"P{number}", "AccessionNumber": f"AC{number:05d}", "BodyPartExamined": "CHEST"}
        write_dicom(folder / f"{number}-{n}", seed=10 * number + n, Modality=modality, **values, **more)


def facts(corpus: Corpus) -> dict[str, tuple[str | None, ...]]:
    reports: list[Report] = list(corpus.records("reports"))
    return {r.report_id: (r.modality, r.body_part, r.study_date, r.by_study) for r in reports}


def test_a_report_has_the_modality_body_part_and_date_of_its_study(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        study(tmp_path / "in", number, "CR", "CR")
    study(tmp_path / "in", 4, "PT", "CT")
    rows = [
        {"id": "by accession", "accession": "AC00001", "study_id": "", "modality": "", "date": ""},
        {"id": "by study", "accession": "", "study_id": "1.2.9.2", "modality": "DX", "date": "2020-05-06"},
        {"id": "two modalities", "accession": "", "study_id": "1.2.9.4", "modality": "", "date": ""},
        {"id": "of none", "accession": "AC00009", "study_id": "", "modality": "", "date": ""},
    ]
    write_csv(tmp_path / "in" / "r.csv", [row | {"text": f"Report {row['id']}."} for row in rows])
    (tmp_path / "in" / "AC00003.txt").write_text("Clear lungs.")
    expected = {
        "by accession": ("CR", "CHEST", "2024-01-31", "modality,body_part,study_date"),
        "by study": ("DX", "CHEST", "2020-05-06", "body_part"),
        "two modalities": (None, "CHEST", "2024-01-31", "body_part,study_date"),
        "of none": (None, None, None, None),
        "AC00003": ("CR", "CHEST", "2024-01-31", "modality,body_part,study_date"),
    }
    assert facts(ingest(tmp_path, "folder", tmp_path / "in")) == expected
    study(tmp_path / "more", 1, "CR", "CR", "SR")  # the same study says two things by now
    grown = facts(ingest(tmp_path, "folder", tmp_path / "more"))
    assert grown["by accession"] == (None, "CHEST", "2024-01-31", "body_part,study_date")
    assert grown == {**expected, "by accession": grown["by accession"]}

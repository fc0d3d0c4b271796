import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from radmine.errors import InputError
from radmine.pipeline import settings_tables
from radmine.records import Assertion
from radmine.run import read_settings
from radmine.sample import generate_reports, read_truth, write_sample

READABLE = {"ImageOrientationPatient": [[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]]}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return folder, write_sample(folder, reports=45, imaged=40, workers=1)


@pytest.fixture(scope="module")
def truth(sample):
    return read_truth(sample[0])


@pytest.fixture(scope="module")
def rows(sample):
    with (sample[0] / "source" / "reports.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def datasets(sample):
    """Every file that pydicom reads, by its path below the source folder."""
    source = sample[0] / "source"
    found = {}
    for path in sorted((source / "dicom").rglob("*")):
        if path.is_file():
            try:
                found[path.relative_to(source).as_posix()] = dcmread(path)
            except InvalidDicomError:
                continue
    return found


def _images(datasets):
    return {p: d for p, d in datasets.items() if "PixelData" in d or "Rows" in d}


def _digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_the_summary_counts_what_is_there(sample, rows, truth):
    folder, summary = sample
    files = [p for p in (folder / "source" / "dicom").rglob("*") if p.is_file()]
    assert summary.reports == len(rows) >= 45
    assert summary.files == len(files)
    assert summary.bytes == sum(p.stat().st_size for p in files)
    assert summary.traps == len(truth.traps)


def test_same_arguments_same_bytes_whatever_the_workers(sample, tmp_path):
    write_sample(tmp_path / "a", reports=12, imaged=8, workers=1)
    write_sample(tmp_path / "b", reports=12, imaged=8, workers=2)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")
    write_sample(tmp_path / "c", reports=12, pixels=False, seed=1)
    assert (tmp_path / "a/source/reports.csv").read_bytes() != (
        tmp_path / "c/source/reports.csv"
    ).read_bytes()


def test_rows_are_the_generated_reports(rows):
    texts = {row["report_id"]: row["text"] for row in rows}
    for report in generate_reports(45, seed=0):
        assert texts[report.report.report_id] == report.report.text


def test_truth_spans_match_the_texts_of_the_table(rows, truth):
    texts = {row["report_id"]: row["text"] for row in rows}
    for record in (*truth.sections, *truth.sentences, *truth.mentions, *truth.links):
        assert 0 <= record.start < record.end <= len(texts[record.report_id])


def test_images_are_valid_and_agree_with_their_truth(datasets, truth):
    facts = {image.image_id: image for image in truth.images}
    seen = set()
    traps = {trap.item: trap.kind for trap in truth.traps}
    for path, dataset in _images(datasets).items():
        if traps.get(path) in {"truncated_dicom", "multi_frame", "duplicate_image", "shared_image"}:
            continue
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
        assert not Path(path).suffix
        fact = facts[dataset.SOPInstanceUID]
        seen.add(dataset.SOPInstanceUID)
        assert (dataset.PatientID, dataset.Modality) == (fact.patient_id, fact.modality)
        pixels = dataset.pixel_array
        assert pixels.shape == (dataset.Rows, dataset.Columns)
        assert 128 <= dataset.Rows <= 256
        assert pixels.std() > 0
        if fact.plane:
            plane = {"axial": 0, "coronal": 1, "sagittal": 2}[fact.plane]
            assert list(dataset.ImageOrientationPatient) == READABLE["ImageOrientationPatient"][plane]
    assert len(seen) > 0.98 * len(facts) - 6


def test_series_are_consistent(datasets):
    series: dict[str, list] = {}
    for path, dataset in _images(datasets).items():
        if "MISC" not in path:
            series.setdefault(dataset.SeriesInstanceUID, []).append(dataset)
    for images in series.values():
        assert len({(i.StudyInstanceUID, i.PatientID, i.Rows, i.SeriesNumber) for i in images}) == 1
        if "ImageOrientationPatient" in images[0]:
            images.sort(key=lambda i: i.InstanceNumber)
            assert [i.InstanceNumber for i in images] == list(range(1, len(images) + 1))
            normal = np.cross(images[0].ImageOrientationPatient[:3], images[0].ImageOrientationPatient[3:])
            at = [float(np.dot(normal, i.ImagePositionPatient)) for i in images]
            steps = np.diff(at)
            assert np.allclose(steps, steps[0], atol=0.05)
            assert len({i.FrameOfReferenceUID for i in images}) == 1


def test_ct_is_stored_signed_and_unsigned_in_hounsfield_units(datasets):
    kinds = set()
    for dataset in _images(datasets).values():
        if dataset.Modality == "CT":
            kinds.add((dataset.PixelRepresentation, dataset.BitsStored))
            values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
            assert values[0, 0] < -900
    assert kinds == {(0, 12), (1, 16)}


def test_key_objects_name_images_that_are_there(datasets):
    highdicom = pytest.importorskip("highdicom")
    images = {d.SOPInstanceUID: d for d in _images(datasets).values()}
    documents = [d for d in datasets.values() if d.get("Modality") == "KO"]
    assert len(documents) > 2
    for document in documents:
        evidence = document.CurrentRequestedProcedureEvidenceSequence[0]
        for series in evidence.ReferencedSeriesSequence:
            for reference in series.ReferencedSOPSequence:
                image = images[reference.ReferencedSOPInstanceUID]
                assert image.SOPClassUID == reference.ReferencedSOPClassUID
                assert image.SeriesInstanceUID == series.SeriesInstanceUID
                assert image.StudyInstanceUID == document.StudyInstanceUID
        read = highdicom.ko.KeyObjectSelectionDocument.from_dataset(document)
        assert read.content.get_references()


def test_links_name_images_that_are_there(truth):
    images = {image.image_id for image in truth.images}
    assert truth.links
    assert {link.image_id for link in truth.links} <= images


def test_images_show_the_findings_of_their_reports(truth, rows):
    patient_of = {row["report_id"]: row["patient_id"] for row in rows}
    said: dict[str, set[str]] = {}
    for label in truth.labels:
        if label.report_id and label.assertion != Assertion.ABSENT:
            said.setdefault(patient_of[label.report_id], set()).add(label.finding)
    shown = {image.image_id: image.patient_id for image in truth.images}
    present = [t for t in truth.labels if t.image_id and t.assertion == Assertion.PRESENT]
    assert len(present) > 50
    assert all(patient_id in said for patient_id in {shown[t.image_id] for t in present})


def test_traps_are_as_they_are_written_down(sample, truth, rows, datasets):
    source = sample[0] / "source"
    by_kind: dict[str, list] = {}
    for trap in truth.traps:
        by_kind.setdefault(trap.kind, []).append(trap.item)
    assert {
        "empty_file", "not_dicom", "dicomdir", "duplicate_image", "images_without_report", "truncated_dicom",
        "shared_image", "multi_frame", "key_object_of_rejected_image", "monochrome1", "empty_report",
        "duplicate_report", "repeated_text", "report_without_images", "prior_reference", "vertebral_level",
        "clock_time",
    } <= set(by_kind)  # fmt: skip
    assert (source / by_kind["empty_file"][0]).stat().st_size == 0
    copy = datasets[by_kind["duplicate_image"][0]]
    assert (
        sum(d.SOPInstanceUID == copy.SOPInstanceUID for d in datasets.values() if "SOPInstanceUID" in d) == 2
    )
    shared = datasets[by_kind["shared_image"][0]]
    twins = {d.PatientID for d in _images(datasets).values() if d.get("PixelData") == shared.PixelData}
    assert len(twins) == 2
    with pytest.raises((ValueError, AttributeError)):
        _ = datasets[by_kind["truncated_dicom"][0]].pixel_array
    assert datasets[by_kind["multi_frame"][0]].pixel_array.shape[0] == 4
    for item in by_kind["monochrome1"]:
        assert datasets[item].PhotometricInterpretation == "MONOCHROME1"
    ids = [row["report_id"] for row in rows]
    assert {i for i in ids if ids.count(i) > 1} == set(by_kind["duplicate_report"])
    assert {row["report_id"] for row in rows if not row["text"]} == set(by_kind["empty_report"])
    texts = [row["text"] for row in rows if row["text"]]
    again = {row["report_id"] for row in rows if row["report_id"] in by_kind["repeated_text"]}
    assert all(texts.count(row["text"]) > 1 for row in rows if row["report_id"] in again)


def test_a_large_sample_has_few_files(tmp_path):
    summary = write_sample(tmp_path / "many", reports=300, imaged=3, workers=1)
    assert summary.reports >= 300
    assert summary.files < 150
    truth = read_truth(tmp_path / "many")
    images = {image.image_id for image in truth.images}
    assert {link.image_id for link in truth.links} <= images


def test_without_pixels_there_are_reports_alone(tmp_path):
    summary = write_sample(tmp_path / "text", reports=20, pixels=False)
    assert (summary.files, summary.studies) == (0, 0)
    assert not (tmp_path / "text/source/dicom").exists()
    truth = read_truth(tmp_path / "text")
    assert truth.mentions
    assert not truth.images
    assert not any(trap.kind == "report_without_images" for trap in truth.traps)


def test_bad_input_is_said_so(tmp_path):
    def stop(_done: int, _total: int | None, _what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, reports=1, pixels=False, progress=stop)
    assert not (tmp_path / "source").exists()  # it is there when it is whole
    write_sample(tmp_path, reports=1, pixels=False)
    assert [path.name for path in (tmp_path / "source").iterdir()] == ["reports.csv"]
    with pytest.raises(InputError, match="holds a source"):
        write_sample(tmp_path, reports=1, pixels=False)
    with pytest.raises(InputError, match="at least one"):
        write_sample(tmp_path / "x", reports=0)
    with pytest.raises(InputError, match="no truth"):
        read_truth(tmp_path / "nowhere")
    (tmp_path / "truth" / "mentions.jsonl").write_text("[1]\n")
    with pytest.raises(InputError, match="not a record"):
        read_truth(tmp_path)


def test_settings_that_suit_it_lie_beside_it_and_none_of_the_users_are_replaced(sample, tmp_path):
    folder, _ = sample
    settings = read_settings(folder / "settings.toml", settings_tables())
    assert settings["train"].seconds == 70
    (tmp_path / "settings.toml").write_text("[topics]\ntopics = 3\n")
    with pytest.raises(InputError, match="holds settings already"):
        write_sample(tmp_path, reports=1)
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]

"""One DICOM file never stops the others: what it claims is bounded before it is read."""

import json
import os
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from radmine.ingest import IngestSettings, dicom
from radmine.ingest.reader import Batch
from radmine.run import Limits
from tests.ingest.made import (
    AXIAL,
    CORONAL,
    STORAGE,
    compressed,
    content,
    dicom_dataset,
    ingest,
    reasons,
    with_pixels,
    write_dicom,
)

HUGE = "99999999999999999999"

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of what these files are made with


def read(path: Path, **limits: float) -> Batch:
    with dicom.quiet():
        return dicom.read_file(str(path), "x", Limits(**limits))  # type: ignore[arg-type]


def reason(path: Path, **limits: float) -> str:
    batch = read(path, **limits)
    assert not batch.images
    assert not batch.reports
    (row,) = batch.rejected
    return row.reason


def save(dataset: FileDataset, path: Path) -> Path:
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(
    "keyword", ["SeriesNumber", "InstanceNumber", "NumberOfFrames", "Rows", "BitsAllocated"]
)
def test_a_number_that_no_table_can_hold_stops_nothing(tmp_path: Path, keyword: str) -> None:
    folder = tmp_path / "in"
    write_dicom(folder / "good")
    dataset = with_pixels(dicom_dataset())
    dataset.remove_private_tags()
    dataset.add_new(keyword, "IS", "77777777777777777777")
    save(dataset, folder / "bad")
    data = (folder / "bad").read_bytes()
    assert b"7" * 20 in data
    (folder / "bad").write_bytes(data.replace(b"7" * 20, HUGE.encode()))
    corpus = ingest(tmp_path, "dicom", folder)
    kept = keyword != "Rows"
    assert corpus.rows("images") == (2 if kept else 1)
    assert reasons(corpus) == ({} if kept else {"bad": "broken_dicom"})
    assert all(i.series_number in (2, None) for i in corpus.records("images"))


@pytest.mark.parametrize(("frames", "why"), [(1_000_000, "too_large"), (50_000, "broken_dicom")])
def test_frames_that_the_file_cannot_hold_are_no_images(tmp_path: Path, frames: int, why: str) -> None:
    dataset = compressed(with_pixels(dicom_dataset()), [b"frame one."])
    dataset.NumberOfFrames = frames
    started = time.process_time()
    assert reason(save(dataset, tmp_path / "x")) == why
    assert time.process_time() - started < 2


def test_native_frames_that_the_file_cannot_hold_are_no_images(tmp_path: Path) -> None:
    dataset = with_pixels(dicom_dataset())
    dataset.NumberOfFrames = 50_000
    assert reason(save(dataset, tmp_path / "x")) == "truncated_dicom"


def test_a_video_has_many_frames_in_one_fragment(tmp_path: Path) -> None:
    dataset = compressed(with_pixels(dicom_dataset()), [bytes(range(250)) * 4])
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    dataset.NumberOfFrames = 30
    assert len(read(save(dataset, tmp_path / "x")).images) == 30
    dataset.NumberOfFrames = 90_000
    assert reason(save(dataset, tmp_path / "x")) == "broken_dicom"


def test_a_header_is_bounded(tmp_path: Path) -> None:
    dataset = with_pixels(dicom_dataset())
    dataset.add_new(0x00091010, "OB", bytes(200_000))
    assert reason(save(dataset, tmp_path / "x"), document_mb=0.1) == "too_large"
    assert len(read(tmp_path / "x", document_mb=0.3).images) == 1
    many = with_pixels(dicom_dataset())
    for number in range(4_000):
        many.add_new(0x00110000 + (number // 200 << 17) + 0x1000 + number % 200, "UN", b"")
    assert reason(save(many, tmp_path / "y"), document_mb=0.1) == "too_large"
    assert len(read(tmp_path / "y").images) == 1


def test_a_value_that_is_longer_than_its_kind_can_be_is_none(tmp_path: Path) -> None:
    dataset = with_pixels(dicom_dataset(SeriesDescription="A" * 300_000, StudyDescription="Kept"))
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    (image,) = read(save(dataset, tmp_path / "x")).images
    assert (image.series_description, image.study_description) == (None, "Kept")


def test_a_header_that_is_said_again_for_each_frame_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_dicom(path, frames=50, StudyDescription="A" * 4_000)
    assert len(read(path).images) == 50
    assert reason(path, document_mb=0.1) == "too_large"


def test_a_document_is_bounded(tmp_path: Path) -> None:
    report = dicom_dataset(sop_class=STORAGE + "88.11")
    report.ValueType = "CONTAINER"
    report.ContentSequence = Items([content("TEXT", "Finding", "Clear lungs.") for _ in range(2_000)])
    path = save(report, tmp_path / "x")
    assert len(read(path).reports) == 1
    assert reason(path, document_mb=1) == "too_large"


def test_sequences_without_end_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    write_dicom(path)
    data = path.read_bytes()
    place = data.index(b"\x28\x00\x02\x00US")
    level = struct.pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    path.write_bytes(data[:place] + level * 300_000)
    assert reason(path) == "broken_dicom"


def test_what_a_file_inflates_to_is_bounded(tmp_path: Path) -> None:
    plain, packed, bomb = tmp_path / "plain", tmp_path / "packed", tmp_path / "bomb"
    write_dicom(plain, frames=3)
    dataset = dcmread(plain)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    save(dataset, packed)
    hashes = [i.content_hash for i in read(plain).images]
    assert [i.content_hash for i in read(packed).images] == hashes
    large = with_pixels(dicom_dataset())
    large.Rows = large.Columns = 2_000
    large.PixelData = bytes(8_000_000)
    large.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert save(large, bomb).stat().st_size < 30_000
    assert reason(bomb, inflated_mb=1) == "too_large"
    assert len(read(bomb, inflated_mb=9).images) == 1
    packed.write_bytes(packed.read_bytes()[:-40])
    assert reason(packed) == "truncated_dicom"


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert reason(tmp_path / "pipe") == "not_a_file"
    assert reason(tmp_path / "zero") == "not_a_file"
    assert reason(tmp_path) in ("not_a_file", "unreadable_file")
    assert reason(tmp_path / "none") == "missing_file"


def test_long_functional_groups_are_read_frame_by_frame(tmp_path: Path) -> None:
    dataset = with_pixels(dicom_dataset(), frames=400)
    groups = []
    for number in range(400):
        group, plane = Dataset(), Dataset()
        plane.ImageOrientationPatient = CORONAL if number % 3 else AXIAL
        group.PlaneOrientationSequence = Items([plane])
        group.add_new(0x00091010, "OB", bytes(800))
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Items(groups)
    path = save(dataset, tmp_path / "x")
    for limits in ({}, {"document_mb": 0.4}):
        planes = [i.plane for i in read(path, **limits).images]
        assert planes == ["coronal" if n % 3 else "axial" for n in range(400)]
    assert reason(path, document_mb=0.01) == "too_large"


def test_limits_are_settings(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_dicom(folder / "one")
    write_dicom(folder / "several", frames=4)
    corpus = ingest(tmp_path, "dicom", folder, settings=IngestSettings(limits=Limits(frames=3)))
    assert reasons(corpus) == {"several": "too_large"}
    (row,) = corpus.records("rejected")
    assert row.detail == "The header names 4 frames."
    meta: dict[str, Any] = json.loads(next(iter(corpus.records("images"))).meta)
    assert meta["sop_class"] == STORAGE + "2"

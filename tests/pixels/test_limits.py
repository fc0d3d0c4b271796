"""One image never stops the others: what a file claims is looked at before anything is decoded."""

import io
import os
import struct
import subprocess
import sys
import textwrap
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Bitmap
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

import radmine.pixels.apart as apart
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ingest.picture import read_picture
from radmine.pixels import STAGE, PixelsSettings, read_pixels
from radmine.records import Image
from radmine.run import Limits, TooLargeError, run_stage
from tests.peak import PRINT_PEAK
from tests.pixels.files import ramp, write_dicom
from tests.pixels.test_stage import make_corpus, make_images


def claim(path: Path, rows: int, columns: int) -> Path:
    """Change what the header says of the size."""
    dataset = dcmread(path)
    dataset.Rows, dataset.Columns = rows, columns
    dataset.save_as(path)
    return path


def write_jpeg(path: Path, *, size: tuple[int, int] = (64, 256)) -> Path:
    """Write a DICOM file with a JPEG frame."""
    stream = io.BytesIO()
    Bitmap.fromarray(ramp(*size)).save(stream, "JPEG")
    dataset = dcmread(write_dicom(path, ramp(*size)))
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = encapsulate([stream.getvalue()])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    return path


def png(rows: int, columns: int) -> bytes:
    """A PNG that claims a size and has a row of it at most."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">LLBBBBB", columns, rows, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(99)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless])
def test_a_frame_is_refused_by_its_header(tmp_path: Path, syntax: UID | None) -> None:
    path = claim(write_dicom(tmp_path / "x", ramp(64), compress=syntax), 30_000, 30_000)
    started = time.process_time()
    with pytest.raises(TooLargeError, match="900 million pixels"):
        read_pixels(path)
    assert time.process_time() - started < 2
    with pytest.raises(InputError, match=r"cannot be decoded|not as its header"):
        read_pixels(path, limits=Limits(megapixels=1_000))


def test_a_wide_pixel_counts_for_several(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "x", np.zeros((100, 100, 3), np.uint16), photometric="RGB")
    with pytest.raises(TooLargeError):
        read_pixels(path, limits=Limits(megapixels=0.014))
    assert read_pixels(path, limits=Limits(megapixels=0.016)).grey.shape == (100, 100)


def test_a_frame_that_is_larger_than_its_header_says_is_not_decoded(tmp_path: Path) -> None:
    j2k = write_dicom(tmp_path / "j2k", ramp(64), compress=JPEG2000Lossless)
    for path, marker, offset in (
        (j2k, b"\xff\x4f\xff\x51", 8),
        (write_jpeg(tmp_path / "jpeg"), b"\xff\xc0", 5),
    ):
        assert read_pixels(path).grey.shape == (64, 256)
        data = bytearray(path.read_bytes())
        place = data.index(marker) + offset
        size = struct.pack(">LL", 60_000, 60_000) if path == j2k else struct.pack(">HH", 60_000, 60_000)
        data[place : place + len(size)] = size
        path.write_bytes(data)
        with pytest.raises(InputError, match="not as its header says"):
            read_pixels(path)


@pytest.mark.parametrize(("rows", "columns"), [(13_000, 13_000), (60_000, 60_000), (1, 2**31 - 1)])
def test_bitmaps_are_refused_by_their_header_and_nothing_is_said(
    tmp_path: Path, rows: int, columns: int
) -> None:
    files = {"x.png": png(rows, columns)}
    if columns < 2**16:
        files["x.gif"] = b"GIF89a" + struct.pack("<HHBBB", columns, rows, 0x80, 0, 0) + bytes(6) + b";"
        files["x.bmp"] = (
            b"BM"
            + struct.pack("<LLL", 1_000, 0, 54)
            + struct.pack("<LllHHLLllLL", 40, columns, rows, 1, 24, 0, 0, 0, 0, 0, 0)
            + bytes(900)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
            with pytest.raises(InputError):
                read_pixels(tmp_path / name)
            with pytest.raises((InputError, ValueError)):
                read_picture(tmp_path / name, Limits())


def test_tiff_with_absurd_tags_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    for tag, kind, count, value in ((273, 4, 2**31 - 1, 8), (258, 3, 2**32 - 1, 8), (320, 3, 2**30, 8)):
        entries = [
            (256, 4, 1, 50),
            (257, 4, 1, 50),
            (258, 3, 1, 8),
            (262, 3, 1, 1),
            (tag, kind, count, value),
        ]
        packed = b"".join(struct.pack("<HHLL", *entry) for entry in entries)
        path.write_bytes(b"II*\0" + struct.pack("<LH", 8, len(entries)) + packed + bytes(100))
        with pytest.raises(InputError):
            read_pixels(path)


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero"), tmp_path):
        with pytest.raises((InputError, IsADirectoryError)):
            read_pixels(path)


def test_one_frame_is_read_of_a_large_file(tmp_path: Path) -> None:
    """3 GB of frames, most of them holes in the file; what reads one of them takes little memory."""
    frames, side = 3_000, 1_000
    path = write_dicom(tmp_path / "x", np.zeros((1, side, side), np.uint8), WindowCenter=128, WindowWidth=256)
    data = path.read_bytes().replace(struct.pack("<L", side * side), struct.pack("<L", frames * side * side))
    data = data.replace(b"\x28\x00\x08\x00IS\x02\x001 ", b"\x28\x00\x08\x00IS\x04\x003000")
    start = len(data) - side * side
    with path.open("wb") as stream:
        stream.write(data[:start])
        stream.seek(start + 1_999 * side * side)
        stream.write(bytes([51]) * side * side)
        stream.truncate(start + frames * side * side)
    code = f"""
        from radmine.pixels import read_pixels
        print(*(round(float(read_pixels({str(path)!r}, frame=n).grey.mean()), 3) for n in (1, 1999, 2000, 3000)))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + PRINT_PEAK], capture_output=True, text=True, check=True
    )
    means, peak = run.stdout.splitlines()
    assert means == "0.0 0.0 0.2 0.0"
    assert int(peak) < 500_000  # KB


def test_frames_of_a_deflated_file_are_told_apart(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 4096, (3, 90, 80)).astype(np.uint16)
    plain = write_dicom(tmp_path / "plain", values)
    dataset = dcmread(plain)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(tmp_path / "packed", enforce_file_format=True)
    for frame in (2, 1, 3):
        expected = read_pixels(plain, frame=frame).grey
        np.testing.assert_array_equal(read_pixels(tmp_path / "packed", frame=frame).grey, expected)


def test_a_large_picture_is_worked_on_a_few_rows_at_a_time_and_looks_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(1).integers(0, 4096, (70, 90)).astype(np.uint16)
    colour = np.random.default_rng(2).integers(0, 256, (70, 90, 3)).astype(np.uint8)
    write_dicom(tmp_path / "mono", values, photometric="MONOCHROME1", RescaleSlope=2, RescaleIntercept=-9)
    write_dicom(tmp_path / "ybr", colour, photometric="YBR_FULL")
    Bitmap.fromarray(colour).save(tmp_path / "x.png")
    paths = [tmp_path / name for name in ("mono", "ybr", "x.png")]
    whole = [read_pixels(path).grey for path in paths]
    monkeypatch.setattr("radmine.pixels.grey.AT_ONCE", 500)
    for path, grey in zip(paths, whole, strict=True):
        np.testing.assert_allclose(read_pixels(path).grey, grey, atol=1e-6)


# -- decoders that break down ---------------------------------------------------------------------------------


def broken_rle(path: Path) -> Path:
    """Write a frame whose run goes on for longer than there is room: the decoder of pylibjpeg panics."""
    values = np.random.default_rng(0).integers(0, 4096, (40, 60)).astype(np.uint16)
    write_dicom(path, values, compress=RLELossless)
    data = path.read_bytes()
    start = data.index(struct.pack("<LL", 2, 64)) + 64
    path.write_bytes(data[:start] + bytes([0x81, 7]) * ((len(data) - start - 8) // 2) + data[-8:])
    return path


def test_a_decoder_that_panics_or_dies_harms_no_other_frame(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = write_dicom(tmp_path / "good", ramp(), compress=RLELossless)
    expected = read_pixels(good).grey
    with pytest.raises(InputError, match="cannot be decoded"):
        read_pixels(broken_rle(tmp_path / "bad"))
    process = apart.decoder_process()._process
    assert process is not None
    process.kill()
    np.testing.assert_array_equal(read_pixels(good).grey, expected)
    assert capfd.readouterr() == ("", "")


def test_a_decoder_that_does_not_come_back_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sleeps.py").write_text("import time\ntime.sleep(600)")
    monkeypatch.setattr(apart, "_PROGRAM", tmp_path / "sleeps.py")
    monkeypatch.setattr(apart, "_GRACE", 0.1)
    decoder = apart.DecoderProcess()
    with pytest.raises(InputError, match=r"more than 0\.1 seconds"):
        decoder.decode(b"x" * 200_000, syntax=RLELossless, options={}, seconds=0.1)
    assert decoder._process is None


# -- the stage ------------------------------------------------------------------------------------------------


def test_images_that_break_are_set_aside_and_the_others_come_through(tmp_path: Path) -> None:
    images = make_images(tmp_path, 3)
    os.mkfifo(tmp_path / "pipe")
    write_dicom(tmp_path / "large", np.zeros((200, 300), np.uint8))
    broken_rle(tmp_path / "panic")
    (tmp_path / "bomb.png").write_bytes(png(13_000, 13_000))
    bad = {
        "pipe": "not_a_file",
        "none": "missing_file",
        "large": "too_large",
        "panic": "undecodable_pixels",
        "bomb.png": "too_large",
    }
    images = [images[0], *(Image(name, "p", str(tmp_path / name)) for name in bad), *images[1:]]
    corpus: Corpus = make_corpus(tmp_path, images)
    run_stage(corpus, STAGE, PixelsSettings(size=16, limits=Limits(megapixels=0.05)))
    assert {row.image_id for row in corpus.records("pixels")} == {"i0", "i1", "i2"}
    assert {row.item: row.reason for row in corpus.records("rejected")} == bad
    assert not [row for row in corpus.records("rejected") if str(tmp_path) in row.detail]

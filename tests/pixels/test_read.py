"""Pictures are shown as their file says."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom import config, dcmread
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from radmine.errors import InputError
from radmine.pixels import read_pixels
from tests.pixels.files import lut, ramp, write_dicom


def test_a_plain_file_without_a_window_spans_its_percentiles(tmp_path: Path) -> None:
    picture = read_pixels(write_dicom(tmp_path / "a.dcm", ramp().astype(np.uint16) * 16))
    assert picture.grey.dtype == np.float32
    assert picture.grey.min() == 0
    assert picture.grey.max() == 1
    assert (np.diff(picture.grey, axis=1) >= 0).all()
    assert not picture.inverted


def test_monochrome1_is_turned_right_way_up(tmp_path: Path) -> None:
    usual = read_pixels(write_dicom(tmp_path / "a.dcm", ramp()))
    turned = read_pixels(write_dicom(tmp_path / "b.dcm", ramp(), photometric="MONOCHROME1"))
    assert turned.inverted
    np.testing.assert_allclose(turned.grey, 1 - usual.grey, atol=1e-6)


def test_ct_goes_through_rescale_and_window(tmp_path: Path) -> None:
    stored = np.array([[-200, 0, 900], [1000, 1040, 1100], [1240, 1300, 3000]], np.int16)
    path = write_dicom(
        tmp_path / "ct.dcm",
        stored,
        Modality="CT",
        RescaleSlope=1,
        RescaleIntercept=-1000,
        WindowCenter=[40, -600],
        WindowWidth=[400, 1500],
    )
    picture = read_pixels(path)
    assert picture.window == (
        -160.0,
        239.0,
    )  # PS3.3 C.11.2.1.2.1: c - 0.5 - (w - 1) / 2, c - 0.5 + (w - 1) / 2
    expected = np.clip((stored - 1000.0 + 160) / 399, 0, 1)
    np.testing.assert_allclose(picture.grey, expected, atol=1e-6)


@pytest.mark.parametrize(
    "fields",
    [
        {"RescaleSlope": slope, "RescaleIntercept": intercept}
        for slope, intercept in [
            ("0", "0"), ("NaN", "0"), ("inf", "0"), ("1e308", "0"), ("1e-300", "0"),
            ("1", "NaN"), ("1", "-inf"), ("1", "1e308"), ("1", "1e30"),
        ]
    ]
    + [
        {"WindowCenter": centre, "WindowWidth": width}
        for centre, width in [("1e308", "9"), ("-1e12", "9"), ("NaN", "9"), ("9", "inf"), ("9", "1e308"), ("9", "0")]
    ],
    ids=str,
)  # fmt: skip
def test_numbers_by_which_nothing_is_seen_are_as_good_as_none(tmp_path: Path, fields: dict[str, str]) -> None:
    values = ramp().astype(np.uint16) * 16
    usual = read_pixels(write_dicom(tmp_path / "a.dcm", values))
    with config.disable_value_validation():
        absurd = read_pixels(write_dicom(tmp_path / "b.dcm", values, **fields))
    np.testing.assert_array_equal(absurd.grey, usual.grey)
    assert absurd.window == usual.window


@pytest.mark.parametrize(
    ("function", "expected"),
    [("LINEAR_EXACT", [0.0, 0.25, 0.5, 1.0]), ("SIGMOID", [0.1192, 0.26894, 0.5, 0.88080])],
)
def test_other_window_functions(tmp_path: Path, function: str, expected: list[float]) -> None:
    stored = np.array([[0, 25, 50, 100]], np.uint8)
    path = write_dicom(tmp_path / "f.dcm", stored, WindowCenter=50, WindowWidth=100, VOILUTFunction=function)
    np.testing.assert_allclose(read_pixels(path).grey[0], expected, atol=1e-4)


def test_voi_lut_is_followed(tmp_path: Path) -> None:
    table = np.array([4095, 2048, 1024, 0], np.uint16)
    path = write_dicom(
        tmp_path / "l.dcm", np.array([[0, 1, 2, 3]], np.uint8), VOILUTSequence=[lut([4, 0, 12], table)]
    )
    np.testing.assert_allclose(read_pixels(path).grey[0], table / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("part", "window"), [("HEAD", (0.0, 80.0)), ("CHEST", (-1350.0, 150.0)), ("", (-160.0, 240.0))]
)
def test_a_ct_without_a_window_gets_one_for_its_body_part(
    tmp_path: Path, part: str, window: tuple[float, float]
) -> None:
    values = np.tile(np.arange(-1024, 1024, dtype=np.int16), (4, 1))
    picture = read_pixels(write_dicom(tmp_path / "w.dcm", values, Modality="CT", BodyPartExamined=part))
    assert picture.window == window


def test_padding_counts_in_no_window_and_is_black(tmp_path: Path) -> None:
    values = np.tile(np.arange(100, 300, dtype=np.int16), (8, 1))
    values[:, :50] = -2000
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        path = write_dicom(tmp_path / "p.dcm", values, photometric=photometric, PixelPaddingValue=-2000)
        picture = read_pixels(path)
        assert (picture.grey[:, :50] == 0).all()
        assert picture.window[0] > 100


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed_files_decode_to_the_same(tmp_path: Path, syntax: str) -> None:
    values = np.random.default_rng(0).integers(0, 4096, (40, 60)).astype(np.uint16)
    plain = read_pixels(write_dicom(tmp_path / "a.dcm", values))
    packed = read_pixels(write_dicom(tmp_path / "b.dcm", values, compress=syntax))
    np.testing.assert_array_equal(plain.grey, packed.grey)


def test_frames_are_told_apart(tmp_path: Path) -> None:
    values = np.stack([np.full((8, 8), v, np.uint8) for v in (10, 60, 110)])
    path = write_dicom(tmp_path / "m.dcm", values, WindowCenter=128, WindowWidth=256)
    found = [read_pixels(path, frame=f).grey.mean() for f in (1, 2, 3)]
    np.testing.assert_allclose(found, [10 / 255, 60 / 255, 110 / 255], atol=1e-3)
    assert read_pixels(path).grey.mean() == found[0]
    with pytest.raises(InputError, match="3 frame"):
        read_pixels(path, frame=4)


def test_colours_become_their_luma(tmp_path: Path) -> None:
    values = np.zeros((2, 3, 3), np.uint8)
    values[:, range(3), range(3)] = 255
    picture = read_pixels(write_dicom(tmp_path / "c.dcm", values, photometric="RGB"))
    np.testing.assert_allclose(picture.grey[0], [0.299, 0.587, 0.114], atol=1e-3)


def test_palette_colours_are_looked_up(tmp_path: Path) -> None:
    ramp_of = (np.arange(256, dtype=np.uint16) * 257)[::-1]
    more = {}
    for colour in ("Red", "Green", "Blue"):
        more[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        more[f"{colour}PaletteColorLookupTableData"] = ramp_of.astype("<u2").tobytes()
    picture = read_pixels(write_dicom(tmp_path / "p.dcm", ramp(), photometric="PALETTE COLOR", **more))
    np.testing.assert_allclose(picture.grey, 1 - ramp() / 255, atol=1e-3)


def test_a_truncated_file_is_an_error(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "t.dcm", ramp())
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match="cannot be decoded"):
        read_pixels(path)


def test_files_without_pixels_are_an_error(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "n.dcm", ramp())
    dataset = dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)
    for content in (path.read_bytes(), b"", b"no image at all", b"\x89PNG\r\n\x1a\n broken"):
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_pixels(path)
    with pytest.raises(FileNotFoundError):
        read_pixels(tmp_path / "none.dcm")


def test_a_file_without_a_transfer_syntax_is_read(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "s.dcm", ramp())
    expected = read_pixels(path).grey
    dataset = dcmread(path)
    del dataset.file_meta.TransferSyntaxUID
    dataset.save_as(path, enforce_file_format=False, implicit_vr=False, little_endian=True)
    np.testing.assert_array_equal(read_pixels(path).grey, expected)


@given(st.sampled_from(["L", "RGB", "P", "RGBA", "LA"]), st.integers(0, 255))
def test_bitmaps_of_one_grey_have_that_grey(mode: str, level: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.png"
        Image.new("L", (9, 7), level).convert(mode).save(path)
        picture = read_pixels(path)
    assert picture.grey.shape == (7, 9)
    np.testing.assert_allclose(picture.grey, level / 255, atol=1e-3)


def test_sixteen_bit_pictures_span_their_percentiles(tmp_path: Path) -> None:
    Image.fromarray(ramp().astype(np.uint16) * 10).save(tmp_path / "x.png")
    grey = read_pixels(tmp_path / "x.png").grey
    assert grey.min() == 0
    assert grey.max() == 1


def test_what_is_transparent_is_black(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 255, 255, 0)).save(tmp_path / "x.png")
    assert read_pixels(tmp_path / "x.png").grey.max() == 0

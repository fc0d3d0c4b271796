"""Header values that are missing or odd cost no picture, and never change its grey levels in silence."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import DataElement, Dataset, config, dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGExtended12Bit, RLELossless

from radmine.errors import InputError
from radmine.ingest.dicom import read_file
from radmine.pixels import STAGE, PixelsSettings, read_pixels
from radmine.records import Image
from radmine.run import Limits, run_stage
from tests.pixels.files import ramp, write_dicom
from tests.pixels.test_stage import make_corpus

TWELVE = np.tile((np.arange(256) * 4095 // 255).astype(np.uint16), (16, 1))
WINDOW: dict[str, Any] = {"WindowCenter": 2048, "WindowWidth": 4096}
SHOWN = TWELVE / 4095
COLOUR = np.random.default_rng(5).integers(0, 256, (12, 16, 3)).astype(np.uint8)
LUMA = COLOUR @ np.array([0.299, 0.587, 0.114]) / 255


def odd(path: Path, values: NDArray[Any], fields: dict[str, Any], **more: Any) -> Path:
    """Write a file with elements left out (None), as text under their own VR ("=...") or under another, or of any value."""
    write_dicom(path, values, **more)
    dataset, texts = dcmread(path), []
    with config.disable_value_validation():
        for keyword, value in fields.items():
            tag = tag_for_keyword(keyword) or 0
            if value is None:
                del dataset[tag]
            elif isinstance(value, tuple):
                dataset[tag] = DataElement(tag, *value)
            elif isinstance(value, str) and value.startswith("="):
                texts.append((tag, dataset[tag].VR if tag in dataset else "DS"))
                dataset.add_new(tag, "UC", value[1:])
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(path)
    data = path.read_bytes()
    for tag, vr in texts:
        name = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        place = data.index(name + b"UC")
        length = struct.unpack_from("<L", data, place + 8)[0]
        data = data[:place] + name + vr.encode() + struct.pack("<H", length) + data[place + 12 :]
    path.write_bytes(data)
    return path


def check(path: Path, shown: NDArray[Any], assumed: list[str] | None = None, *, off: float = 0.004) -> None:
    """The picture is shown so, what was assumed is told, and ingest takes the file."""
    picture = read_pixels(path)
    np.testing.assert_allclose(picture.grey, shown, atol=off)
    if assumed is not None:
        assert list(picture.assumed) == assumed
    batch = read_file(str(path), "x", Limits())
    assert (len(batch.images), batch.rejected) == (1, [])


# -- the image pixel module -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "assumed"),
    [
        ({}, []),
        ({"PhotometricInterpretation": None}, ["PhotometricInterpretation=MONOCHROME2"]),
        ({"PhotometricInterpretation": "monochrome2"}, []),
        ({"PhotometricInterpretation": "Monochrome 2"}, []),
        ({"PhotometricInterpretation": "MONOCHROME2\0"}, []),
        ({"PhotometricInterpretation": ["MONOCHROME2", "MONOCHROME2"]}, []),
        ({"PhotometricInterpretation": "GREYISH"}, ["PhotometricInterpretation=MONOCHROME2"]),
        ({"PhotometricInterpretation": "RGB"}, ["PhotometricInterpretation=MONOCHROME2"]),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, ["PhotometricInterpretation=MONOCHROME2"]),
        ({"SamplesPerPixel": None}, ["SamplesPerPixel=1"]),
        ({"SamplesPerPixel": 0}, ["SamplesPerPixel=1"]),
        ({"SamplesPerPixel": 3}, ["SamplesPerPixel=1"]),
        ({"PixelRepresentation": None}, ["PixelRepresentation=0"]),
        ({"PixelRepresentation": 7}, ["PixelRepresentation=0"]),
        ({"BitsAllocated": None}, ["BitsAllocated=16"]),
        ({"BitsAllocated": 12}, ["BitsAllocated=16"]),
        ({"BitsAllocated": 8, "HighBit": 11}, ["BitsAllocated=16"]),
        ({"BitsStored": None}, ["BitsStored=12"]),
        ({"BitsStored": 0}, ["BitsStored=12"]),
        ({"BitsStored": 99}, ["BitsStored=12"]),
        ({"BitsStored": None, "HighBit": None}, ["BitsStored=16", "HighBit=15"]),
        ({"HighBit": None}, ["HighBit=11"]),
        ({"HighBit": 3}, ["HighBit=11"]),
        ({"HighBit": 40}, ["HighBit=11"]),
        ({"HighBit": 15}, ["HighBit=11"]),  # the bits below are used, those above are not
        ({"NumberOfFrames": 0}, []),
        ({"NumberOfFrames": "=two"}, ["NumberOfFrames=as many as there are"]),
        ({"Rows": ("IS", "16"), "BitsStored": ("DS", "12.0")}, []),
        ({"SamplesPerPixel": None, "PhotometricInterpretation": None, "PixelRepresentation": None}, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("syntax", [None, RLELossless], ids=["native", "rle"])
def test_an_image_pixel_module_with_a_hole_is_filled(
    tmp_path: Path, fields: dict[str, Any], assumed: list[str] | None, syntax: Any
) -> None:
    if syntax and (fields.get("SamplesPerPixel") == 3 or {"BitsAllocated", "NumberOfFrames"} & set(fields)):
        pytest.skip("nothing but the length says so")
    path = odd(tmp_path / "x", TWELVE, fields, compress=syntax, BitsStored=12, HighBit=11, **WINDOW)
    check(path, SHOWN, assumed)


def test_values_that_end_in_the_highest_bit_are_brought_down(tmp_path: Path) -> None:
    overlay = TWELVE << 4 | 9  # the bits below are no part of the value
    check(write_dicom(tmp_path / "a", overlay, BitsStored=12, HighBit=15, **WINDOW), SHOWN, [])
    middle = (TWELVE << 2) | (1 << 15)
    check(write_dicom(tmp_path / "b", middle, BitsStored=12, HighBit=13, **WINDOW), SHOWN, [])
    signed = (TWELVE.astype(np.int16) - 2048) << 4
    path = write_dicom(tmp_path / "c", signed, BitsStored=12, HighBit=15, WindowCenter=0, WindowWidth=4096)
    check(path, SHOWN, [])
    check(
        write_dicom(tmp_path / "d", overlay, BitsStored=12, HighBit=15, compress=RLELossless, **WINDOW), SHOWN
    )


def test_bytes_that_are_said_to_be_words_are_bytes(tmp_path: Path) -> None:
    fields = {"BitsAllocated": 16, "WindowCenter": 128, "WindowWidth": 256}
    check(odd(tmp_path / "x", ramp(), fields), ramp() / 255, ["BitsAllocated=8"])


@pytest.mark.parametrize(
    ("fields", "assumed"),
    [
        ({"PlanarConfiguration": None}, ["PlanarConfiguration=0"]),
        ({"PlanarConfiguration": 5}, ["PlanarConfiguration=0"]),
        ({"SamplesPerPixel": None}, ["SamplesPerPixel=3"]),
        ({"SamplesPerPixel": 1}, ["SamplesPerPixel=3"]),
        ({"PhotometricInterpretation": None}, ["PhotometricInterpretation=RGB"]),
        ({"PhotometricInterpretation": "MONOCHROME2"}, ["PhotometricInterpretation=RGB"]),
        ({"PhotometricInterpretation": "rgb "}, []),
        ({"BitsAllocated": None}, ["BitsAllocated=8"]),
        ({"BitsStored": 16}, ["BitsStored=8"]),
        ({"PhotometricInterpretation": None, "SamplesPerPixel": None, "BitsAllocated": None}, None),
    ],
    ids=str,
)
def test_colours_with_a_hole_in_the_header(
    tmp_path: Path, fields: dict[str, Any], assumed: list[str] | None
) -> None:
    check(odd(tmp_path / "x", COLOUR, fields, photometric="RGB"), LUMA, assumed)


def test_subsampled_or_not_is_what_the_length_says(tmp_path: Path) -> None:
    ybr = np.full((8, 10, 3), 128, np.uint8)
    ybr[..., 0] = np.arange(80).reshape(8, 10) * 3
    whole = odd(tmp_path / "a", ybr, {"PhotometricInterpretation": "YBR_FULL_422"}, photometric="YBR_FULL")
    check(whole, ybr[..., 0] / 255, ["PhotometricInterpretation=YBR_FULL"], off=0.01)
    half = np.concatenate([ybr[:, 0::2, :1], ybr[:, 1::2, :1], ybr[:, 0::2, 1:]], axis=-1)  # Y Y Cb Cr
    dataset = dcmread(whole)
    dataset.PhotometricInterpretation, dataset.PixelData = "YBR_FULL", half.tobytes()
    dataset.save_as(tmp_path / "b")
    check(tmp_path / "b", ybr[..., 0] / 255, ["PhotometricInterpretation=YBR_FULL_422"], off=0.01)


def test_what_cannot_be_known_is_refused(tmp_path: Path) -> None:
    for number, fields in enumerate(({"Rows": None}, {"Columns": 0}, {"NumberOfFrames": 9})):
        path = odd(tmp_path / str(number), TWELVE, fields)
        with pytest.raises(InputError):
            read_pixels(path)
        assert len(read_file(str(path), "x", Limits()).rejected) == 1


def jpeg_of_blocks(levels: NDArray[np.int64], *, precision: int) -> bytes:
    """A JPEG (extended, process 4 where precision is 12) of blocks of 8 x 8 pixels, each of one level."""
    rows, columns = levels.shape
    bits, before = "", 0
    for level in levels.ravel().tolist():
        value = level - (
            1 << precision - 1
        )  # what the constant part of a block says with a quantization of 8
        size = abs(value - before).bit_length()
        left = value - before if value > before else value - before + (1 << size) - 1
        bits += f"{size:04b}" + (f"{left:0{size}b}" if size else "") + "0"  # 0: no other part
        before = value
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    sizes = bytes(range(14))  # the codes of all of them have 4 bits

    def part(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    return (
        b"\xff\xd8"
        + part(0xDB, b"\0" + bytes([8]) * 64)
        + part(0xC1, struct.pack(">BHHBBBB", precision, rows * 8, columns * 8, 1, 1, 0x11, 0))
        + part(0xC4, b"\0" + bytes([0, 0, 0, len(sizes), *[0] * 12]) + sizes)
        + part(0xC4, b"\x10" + bytes([1, *[0] * 15]) + b"\0")
        + part(0xDA, bytes([1, 1, 0, 0, 63, 0]))
        + scan
        + b"\xff\xd9"
    )


@pytest.mark.parametrize(
    ("precision", "fields"),
    [
        (12, {}),
        (12, {"BitsStored": None}),
        (12, {"BitsStored": 16, "HighBit": 15}),
        (12, {"BitsStored": 8, "BitsAllocated": 8}),
        (12, {"SamplesPerPixel": 3, "PhotometricInterpretation": None}),
        (8, {}),
        (8, {"BitsAllocated": None, "PixelRepresentation": None}),
    ],
    ids=str,
)
def test_a_jpeg_has_the_bits_that_it_says_itself(
    tmp_path: Path, precision: int, fields: dict[str, Any]
) -> None:
    levels = np.random.default_rng(2).integers(0, 1 << precision, (4, 6))
    full = (1 << precision) - 1
    path = odd(tmp_path / "x", np.zeros((32, 48), np.uint16), {"BitsStored": 12, "HighBit": 11, **fields})
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGExtended12Bit
    dataset.PixelData = encapsulate([jpeg_of_blocks(levels, precision=precision)])
    dataset["PixelData"].VR = "OB"
    dataset.WindowCenter, dataset.WindowWidth = (full + 1) / 2, full + 1
    dataset.save_as(path)
    check(path, np.kron(levels, np.ones((8, 8))) / full)


# -- slope and intercept --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "assumed"),
    [
        ({"RescaleIntercept": -1000}, ["RescaleSlope=1"]),
        ({"RescaleSlope": 0, "RescaleIntercept": -1000}, ["RescaleSlope=1"]),
        ({"RescaleSlope": "", "RescaleIntercept": -1000}, ["RescaleSlope=1"]),
        ({"RescaleSlope": [1, 1], "RescaleIntercept": [-1000, -1000]}, []),
        ({"RescaleSlope": [1, 2], "RescaleIntercept": -1000}, ["RescaleSlope=1"]),
        ({"RescaleSlope": "=1,0", "RescaleIntercept": "=-1000,00"}, ["RescaleSlope=1", "RescaleIntercept=-1000"]),
        ({"RescaleSlope": "=x", "RescaleIntercept": "=-1000 HU"}, ["RescaleSlope=1", "RescaleIntercept=-1000"]),
        ({"RescaleSlope": "=[1]", "RescaleIntercept": "=[-1000]"}, ["RescaleSlope=1", "RescaleIntercept=-1000"]),
        ({"RescaleSlope": "=1e400", "RescaleIntercept": "=\\-1000"}, ["RescaleSlope=1", "RescaleIntercept=-1000"]),
    ],
    ids=str,
)  # fmt: skip
def test_slope_and_intercept_are_mended_each_by_itself(
    tmp_path: Path, fields: dict[str, Any], assumed: list[str]
) -> None:
    path = odd(tmp_path / "x", TWELVE, {**fields, "WindowCenter": 1048, "WindowWidth": 4096})
    check(path, SHOWN, assumed)


def test_a_slope_without_an_intercept_counts(tmp_path: Path) -> None:
    fields = {"RescaleSlope": 2, "WindowCenter": 4096, "WindowWidth": 8192}
    check(odd(tmp_path / "x", TWELVE, fields), TWELVE * 2 / 8191, ["RescaleIntercept=0"])


# -- windows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("centre", "width"),
    [
        ("=2048,0", "=4096,0"),
        ("=2048.0\\40", "=4096\\400"),
        (["100", "2048"], ["0", "4096"]),
        (["100", "2048"], ["-50", "4096"]),
        ("=\\2048", "=400\\4096"),
        ("=x\\2048", "=400\\4096"),
        (" 2048 ", "+4096"),
        ("2.048e3", "4096."),
    ],
    ids=str,
)
def test_the_first_window_that_can_be_used_is_taken(tmp_path: Path, centre: Any, width: Any) -> None:
    check(odd(tmp_path / "x", TWELVE, {"WindowCenter": centre, "WindowWidth": width}), SHOWN)


@pytest.mark.parametrize(
    ("centre", "width"),
    [
        ("=[40]", "=[400]"),
        ("=none", "=none"),
        (40, None),
        (None, 400),
        ("", 400),
        (40, -400),
        (40, [0, 0]),
        ("=40 / 80", "=400"),
    ],
    ids=str,
)
def test_a_window_that_is_none_is_told_and_percentiles_are_shown(
    tmp_path: Path, centre: Any, width: Any
) -> None:
    usual = read_pixels(write_dicom(tmp_path / "a", TWELVE))
    both = {"WindowCenter": centre, "WindowWidth": width}
    start = {name: 1 for name, value in both.items() if value is None}
    path = odd(tmp_path / "b", TWELVE, both, **start)
    check(path, usual.grey, ["WindowWidth=none"], off=0)
    assert usual.assumed == ()


@pytest.mark.parametrize("function", ["linear_exact", "LINEAR EXACT", "Linear-Exact "])
def test_a_function_in_another_spelling_is_the_same(tmp_path: Path, function: str) -> None:
    path = odd(tmp_path / "x", TWELVE, {**WINDOW, "VOILUTFunction": function})
    assert read_pixels(path).window == (0, 4096)
    path = odd(tmp_path / "y", TWELVE, {**WINDOW, "VOILUTFunction": "CURVED"})
    check(path, SHOWN, ["VOILUTFunction=LINEAR"])


def test_a_linear_window_narrower_than_one_spans_its_width(tmp_path: Path) -> None:
    fields = {"RescaleSlope": 1 / 4096, "RescaleIntercept": 0, "WindowCenter": 0.25, "WindowWidth": 0.5}
    check(odd(tmp_path / "x", TWELVE, fields), np.clip(TWELVE / 2048, 0, 1), [])


# -- lookup tables --------------------------------------------------------------------------------------------

CURVE = (np.arange(4096, dtype=np.uint32) ** 2 >> 12).astype(np.uint16)  # 12 bits


def table(descriptor: list[int], data: NDArray[Any], vr: str = "OW") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if min(descriptor) < 0 else "US", descriptor)
    item.add_new("LUTData", vr, data.tolist() if vr == "US" else data.tobytes())
    return item


@pytest.mark.parametrize("vr", ["OW", "US", "OB", "UN"])
@pytest.mark.parametrize(
    ("descriptor", "data", "full"),
    [
        ([4096, 0, 12], CURVE, 4095),
        ([4096, 0, 16], CURVE, 4095),  # its own range counts
        ([4096, 0, 8], CURVE, 4095),
        ([4096, 0, 0], CURVE, 4095),
        ([4096, 0, 16], CURVE * 16, 65535),
        ([4096, 0, 10], CURVE >> 2, 1023),
        ([0, 0, 16], CURVE * 16, 65535),  # 0: 65536, and fewer there
        ([9999, 0, 12], CURVE, 4095),
    ],
)  # fmt: skip
def test_a_voi_table_is_followed(
    tmp_path: Path, descriptor: list[int], data: NDArray[Any], full: int, vr: str
) -> None:
    path = write_dicom(tmp_path / "x", TWELVE, VOILUTSequence=[table(descriptor, data, vr)])
    check(path, data[TWELVE] / full)
    fits = descriptor[0] == 4096 and 2 ** descriptor[2] - 1 == full
    assert bool(read_pixels(path).assumed) != fits


@pytest.mark.parametrize("vr", ["OW", "US"])
def test_a_table_for_all_values_there_are(tmp_path: Path, vr: str) -> None:
    data = np.arange(65536, dtype=np.uint16)[::-1]
    path = write_dicom(tmp_path / "x", TWELVE * 16, VOILUTSequence=[table([0, 0, 16], data, vr)])
    check(path, 1 - TWELVE * 16 / 65535, [])


def test_a_table_of_bytes(tmp_path: Path) -> None:
    data = (CURVE >> 4).astype(np.uint8)
    for name, bits in (("x", 8), ("y", 16)):
        path = write_dicom(tmp_path / name, TWELVE, VOILUTSequence=[table([4096, 0, bits], data)])
        check(path, data[TWELVE] / 255, off=0.002)


@pytest.mark.parametrize("first", [-1024, 64512])
def test_the_first_value_of_a_table_has_a_sign_where_the_values_do(tmp_path: Path, first: int) -> None:
    path = write_dicom(
        tmp_path / "x",
        TWELVE,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        VOILUTSequence=[table([4096, first, 12], CURVE)],
    )
    check(path, CURVE[TWELVE] / 4095)


def test_values_outside_of_a_table_become_its_ends(tmp_path: Path) -> None:
    path = write_dicom(
        tmp_path / "x", TWELVE, VOILUTSequence=[table([1024, 1000, 10], np.arange(1024, dtype="<u2"))]
    )
    check(path, np.clip(TWELVE.astype(int) - 1000, 0, 1023) / 1023, [])


def test_a_modality_table_gives_the_values_that_the_window_is_for(tmp_path: Path) -> None:
    for number, vr in enumerate(("OW", "US", "UN")):
        item = table([4096, 0, 16], np.arange(4096, dtype=np.uint16) * 3, vr)
        more: dict[str, Any] = {"WindowCenter": 6144, "WindowWidth": 12288, "ModalityLUTSequence": [item]}
        check(write_dicom(tmp_path / str(number), TWELVE, **more), TWELVE * 3 / 12287)


def test_a_table_without_data_is_none(tmp_path: Path) -> None:
    for name in ("ModalityLUTSequence", "VOILUTSequence"):
        item = table([4096, 0, 12], CURVE)
        del item.LUTData
        usual = read_pixels(write_dicom(tmp_path / "a", TWELVE)).grey
        check(write_dicom(tmp_path / name, TWELVE, **{name: [item]}), usual, [f"{name}=none"])


def test_a_table_without_a_descriptor_begins_at_0(tmp_path: Path) -> None:
    item = table([4096, 0, 12], CURVE)
    del item.LUTDescriptor
    check(write_dicom(tmp_path / "x", TWELVE, VOILUTSequence=[item]), CURVE[TWELVE] / 4095)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_tables_are_read_in_the_order_of_the_file(tmp_path: Path, syntax: Any) -> None:
    values = TWELVE if syntax.is_little_endian else TWELVE.byteswap()
    data = CURVE if syntax.is_little_endian else CURVE.byteswap()
    sequence = [table([4096, 0, 12], data)]
    check(
        write_dicom(tmp_path / "x", values, syntax=syntax, VOILUTSequence=sequence), CURVE[TWELVE] / 4095, []
    )


@pytest.mark.parametrize(
    ("bits", "kind", "scale"),
    [(8, np.uint8, 1), (8, np.uint16, 257), (16, np.uint16, 257), (16, np.uint16, 1)],
)
def test_a_palette_is_as_wide_as_its_entries(tmp_path: Path, bits: int, kind: Any, scale: int) -> None:
    levels = (np.arange(256)[::-1] * scale).astype(kind)
    more: dict[str, Any] = {}
    for colour in ("Red", "Green", "Blue"):
        more[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        more[f"{colour}PaletteColorLookupTableData"] = levels.tobytes()
    check(write_dicom(tmp_path / "x", ramp(), photometric="PALETTE COLOR", **more), 1 - ramp() / 255)
    path = odd(
        tmp_path / "y", ramp(), {"PhotometricInterpretation": None}, photometric="PALETTE COLOR", **more
    )
    check(path, 1 - ramp() / 255, ["PhotometricInterpretation=PALETTE COLOR"])


# -- padding, and what is told --------------------------------------------------------------------------------


def test_padding_whose_sign_is_wrong_is_padding(tmp_path: Path) -> None:
    values = np.tile(np.arange(100, 300, dtype=np.int16), (8, 1))
    values[:, :50] = -2000
    for name, value in (("a", 63536), ("b", [63536, 0])):
        path = write_dicom(tmp_path / name, values)
        dataset = dcmread(path)
        dataset.add_new("PixelPaddingValue", "US", value)
        dataset.save_as(path)
        picture = read_pixels(path)
        assert (picture.grey[:, :50] == 0).all()
        assert picture.window[0] > 100


def test_the_stage_tells_what_was_assumed(tmp_path: Path) -> None:
    odd(tmp_path / "a", TWELVE, {"PixelRepresentation": None, "PhotometricInterpretation": None})
    odd(tmp_path / "b", TWELVE, {"PixelRepresentation": None})
    write_dicom(tmp_path / "c", TWELVE)
    corpus = make_corpus(tmp_path, [Image(name, "p", str(tmp_path / name)) for name in "abc"])
    outcome = run_stage(corpus, STAGE, PixelsSettings(size=16))
    assert {row.image_id: row.assumed for row in corpus.records("pixels")} == {
        "a": ("PhotometricInterpretation=MONOCHROME2", "PixelRepresentation=0"),
        "b": ("PixelRepresentation=0",),
        "c": (),
    }
    assert [said for said in outcome.said if "odd" in said] == [
        "header values of 2 images were missing or odd and are read as `assumed` in `pixels` says: "
        "PixelRepresentation 2, PhotometricInterpretation 1"
    ]

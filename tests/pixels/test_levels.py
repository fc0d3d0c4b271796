"""A table of the distinct values makes the same picture, bit for bit, as working on each pixel."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

import radmine.pixels.dicom as module
from radmine.pixels import read_pixels
from radmine.pixels.decoding import _FASTEST
from radmine.pixels.grey import robust_range
from radmine.pixels.levels import levels_of
from tests.pixels.files import lut, write_dicom

RANDOM = np.random.default_rng(3)
UNSIGNED = RANDOM.normal(1024, 300, (40, 50)).clip(0, 4095).astype(np.uint16)
SIGNED = (UNSIGNED.astype(np.int16) - 1024).astype(np.int16)
BYTES = RANDOM.integers(0, 256, (40, 50)).astype(np.uint8)
WHOLE = RANDOM.integers(0, 65_536, (300, 300)).astype(np.uint16)
HOUNSFIELD: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": -1024}
PALETTE = {
    f"{colour}PaletteColorLookupTable{part}": value
    for colour in ("Red", "Green", "Blue")
    for part, value in (("Descriptor", [256, 0, 16]), ("Data", bytes(range(256)) * 2))
}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (UNSIGNED, {"WindowCenter": 1100, "WindowWidth": 401}),
        (UNSIGNED, {"WindowCenter": 40, "WindowWidth": 400, **HOUNSFIELD}),
        (
            UNSIGNED,
            {"WindowCenter": 40.5, "WindowWidth": 350, "VOILUTFunction": "LINEAR_EXACT", **HOUNSFIELD},
        ),
        (UNSIGNED, {"WindowCenter": 40, "WindowWidth": 400, "VOILUTFunction": "SIGMOID", **HOUNSFIELD}),
        (UNSIGNED, {"WindowCenter": 1000, "WindowWidth": 1}),
        (UNSIGNED, {"RescaleSlope": -0.37, "RescaleIntercept": 11.3}),
        (
            UNSIGNED,
            {"ModalityLUTSequence": [lut([100, 900, 16], RANDOM.integers(0, 65_536, 100).astype("u2"))]},
        ),
        (UNSIGNED, {"VOILUTSequence": [lut([300, 900, 16], np.arange(300, dtype=np.uint16) * 200)]}),
        (UNSIGNED, {"photometric": "MONOCHROME1"}),
        (UNSIGNED, {"PixelPaddingValue": int(UNSIGNED[0, 0]), "PixelPaddingRangeLimit": 900}),
        (SIGNED, {"PixelPaddingValue": int(SIGNED[3, 3]), "photometric": "MONOCHROME1"}),
        (SIGNED, {"BodyPartExamined": "CHEST", "Modality": "CT"}),
        (SIGNED, {"RescaleSlope": "2.5", "RescaleIntercept": "-3"}),
        (SIGNED, {"VOILUTSequence": [lut([300, 65_436, 16], np.arange(300, dtype=np.uint16)[::-1] * 200)]}),
        (BYTES, {}),
        (BYTES, {"photometric": "PALETTE COLOR", **PALETTE}),
        (WHOLE, {}),
        (WHOLE, {"RescaleSlope": 3e-3, "RescaleIntercept": 1e4}),
        (np.full((9, 9), 7, np.uint16), {}),
    ],
)
def test_a_table_makes_the_same_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: NDArray[Any], fields: dict[str, Any]
) -> None:
    file = write_dicom(tmp_path / "x", values, **fields)
    assert levels_of(dcmread(file).pixel_array) is not None
    by_table = read_pixels(file)
    monkeypatch.setattr(module, "levels_of", lambda _values: None)
    by_pixel = read_pixels(file)
    np.testing.assert_array_equal(by_table.grey, by_pixel.grey)
    assert (by_table.window, by_table.assumed) == (by_pixel.window, by_pixel.assumed)


def test_percentiles_of_counted_values_are_numpys() -> None:
    for _ in range(200):
        values = (
            RANDOM.integers(0, RANDOM.integers(1, 900), RANDOM.integers(1, 900)) * RANDOM.normal()
        ).astype("f4")
        distinct, counts = np.unique(values, return_counts=True)
        order = RANDOM.permutation(len(distinct))
        assert robust_range(distinct[order], counts=counts[order]) == robust_range(values)


def test_values_far_apart_have_no_table() -> None:
    assert levels_of(np.array([[0, 70_000]], np.uint32)) is None
    assert levels_of(np.zeros((2, 2), np.float32)) is None


@pytest.mark.parametrize(("syntax", "plugin"), _FASTEST.items())
def test_the_fastest_decoders_are_there_under_these_names(syntax: str, plugin: str) -> None:
    assert plugin in get_decoder(UID(syntax)).available_plugins

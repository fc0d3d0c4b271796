"""Values are kept as they are, and windows that are chosen later give what they would have given at reading."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.pixels import CT_WINDOWS, STAGE, PixelsSettings, Values, as_bytes, open_pixels, read_pixels, view
from radmine.pixels.store import is_whole
from radmine.pixels.values import PADDING
from radmine.records import Image
from radmine.run import run_stage
from tests.pixels.files import lut, write_dicom
from tests.pixels.test_stage import make_corpus

HU: dict[str, Any] = {"Modality": "CT", "RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU"}


def stored(rows: int = 60, columns: int = 44, top: int = 4096) -> NDArray[np.uint16]:
    return np.random.default_rng(rows).integers(0, top, (rows, columns)).astype(np.uint16)


def values_of(path: Path) -> Values:
    values = read_pixels(path, values=True).values
    assert values is not None
    return values


@pytest.mark.parametrize(
    ("kind", "header", "unit"),
    [
        (np.uint16, HU, "HU"),
        (np.int16, HU, "HU"),
        (np.uint16, {**HU, "RescaleType": "US"}, ""),  # not specified
        (np.uint16, {"Modality": "CT"}, ""),
        (np.uint16, {"Modality": "PT", "RescaleSlope": 1.25, "RescaleIntercept": 0.5, "RescaleType": "CNTS"}, "CNTS"),
        (np.uint16, {"Modality": "CR", "PhotometricInterpretation": "MONOCHROME1"}, ""),
    ],
)  # fmt: skip
def test_values_are_what_slope_and_intercept_make(
    tmp_path: Path, kind: type, header: dict[str, Any], unit: str
) -> None:
    numbers = stored(top=32768).astype(kind)
    values = values_of(write_dicom(tmp_path / "a.dcm", numbers, **header))
    expected = numbers.astype(float) * header.get("RescaleSlope", 1.0) + header.get("RescaleIntercept", 0)
    assert (values.array.dtype, values.unit) == (np.int16, unit)
    np.testing.assert_allclose(
        values.real(), expected, atol=0 if values.slope == 1 else values.slope / 2 + 1e-3
    )
    assert values.slope == 1 or values.slope <= np.ptp(expected) / 65_500


def test_a_modality_table_and_padding_count(tmp_path: Path) -> None:
    table = lut([8, 0, 16], np.arange(100, 900, 100, np.uint16))
    looked_up = values_of(
        write_dicom(tmp_path / "a.dcm", np.arange(64, dtype=np.uint8).reshape(8, 8) % 8, ModalityLUTSequence=[table])
    )  # fmt: skip
    np.testing.assert_array_equal(looked_up.real()[0], np.arange(100, 900, 100))
    padded = stored()
    padded[:9] = 63_536
    values = values_of(
        write_dicom(tmp_path / "b.dcm", padded, Modality="CR", PixelPaddingValue=63_536,
                    photometric="MONOCHROME1")
    )  # fmt: skip
    assert (values.array[:9] == PADDING).all()
    assert np.isnan(values.real()[:9]).all()
    assert not view(values, windows=["percentiles", (0, 100)])[:, :9].any()  # black, and counted nowhere


def test_sixteen_bits_are_all_kept(tmp_path: Path) -> None:
    full = np.array([[0, 65_534], [40_000, 7]], np.uint16)
    np.testing.assert_array_equal(values_of(write_dicom(tmp_path / "a.dcm", full)).real(), full)
    Pillow.fromarray(full).save(tmp_path / "a.png")
    np.testing.assert_array_equal(values_of(tmp_path / "a.png").real(), full)
    Pillow.fromarray(full.astype(np.uint8)).save(tmp_path / "b.png")
    assert read_pixels(tmp_path / "b.png", values=True).values is None  # as it is shown is all there is
    same = values_of(write_dicom(tmp_path / "c.dcm", np.full((4, 4), 7, np.uint16)))
    assert not view(same, windows=["percentiles"]).any()


@pytest.mark.parametrize("name", [*CT_WINDOWS, "shown"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_window_chosen_later_is_the_window_at_reading(tmp_path: Path, name: str, photometric: str) -> None:
    centre, width = CT_WINDOWS.get(name, (17.5, 333.0))
    window: dict[str, Any] = {"WindowCenter": centre, "WindowWidth": width, "VOILUTFunction": "LINEAR_EXACT"}
    at_reading = read_pixels(
        write_dicom(tmp_path / "a.dcm", stored(), photometric=photometric, **HU, **window)
    ).grey
    values = values_of(
        write_dicom(tmp_path / "b.dcm", stored(), photometric=photometric, **HU,
                    **(window if name == "shown" else {}))
    )  # fmt: skip
    later = view(values, windows=[name])
    assert later.shape == (1, 60, 44)
    assert np.abs(later[0].astype(int) - as_bytes(at_reading)).max() <= 1


def test_views_stand_as_channels_or_side_by_side(tmp_path: Path) -> None:
    values = values_of(write_dicom(tmp_path / "a.dcm", stored(), **HU))
    channels = view(values, windows=["lung", "soft", (0, 10)], size=32)
    assert channels.shape == (3, 32, 32)
    beside = view(values, windows=["lung", "soft", (0, 10)], size=32, layout="side_by_side")
    np.testing.assert_array_equal(beside, np.hstack(list(channels)))
    for windows, layout in ((["lungs"], "channels"), ([], "channels"), (["lung"], "above")):
        with pytest.raises(InputError):
            view(values, windows=windows, layout=layout)
    no_units = replace(values, unit="")
    np.testing.assert_array_equal(*(view(no_units, windows=[name])[0] for name in ("lung", "shown")))


def make_ct(tmp_path: Path) -> Corpus:
    ct = stored(80, 100)
    ct[:12] = ct[-20:] = 0  # a border of air
    ct[30, 40] = 1024 + 77
    files = [write_dicom(tmp_path / "ct.dcm", ct, WindowCenter=40, WindowWidth=400, **HU),
             write_dicom(tmp_path / "mr.dcm", stored(70, 70), Modality="MR")]  # fmt: skip
    return make_corpus(
        tmp_path,
        [Image(f.stem, "p", str(f), modality=f.stem.upper()) for f in files]
        + [Image("twin", "q", str(files[0]), modality="CT")],
    )


def test_the_store_keeps_values_of_the_same_crop(tmp_path: Path) -> None:
    corpus = make_ct(tmp_path)
    run_stage(corpus, STAGE, PixelsSettings(size=32))
    store = open_pixels(corpus)
    assert store.values("mr") is None
    values, row = store.values("ct"), next(r for r in corpus.records("pixels") if r.image_id == "ct")
    assert values is not None
    top, bottom, left, right = row.crop
    assert values.array.shape == (bottom - top, right - left) < (80, 100)
    assert (values.real()[30 - top, 40 - left], values.unit, values.inverted) == (77, "HU", False)
    shown = view(values, windows=["shown"], size=store.size)[0]
    assert np.abs(shown.astype(int) - store["ct"]).max() <= 1
    (file,) = (corpus.folder / "arrays").glob("values-*.npy")
    assert np.load(file).size == values.array.size  # of twins once
    run_stage(corpus, STAGE, PixelsSettings(size=32, values="all"))
    assert open_pixels(corpus).values("mr") is not None
    run_stage(corpus, STAGE, PixelsSettings(size=32, values="none"))
    assert not list((corpus.folder / "arrays").glob("values-*.npy"))
    assert open_pixels(corpus).values("ct") is None


def test_damaged_values_are_found_and_made_again(tmp_path: Path) -> None:
    corpus = make_ct(tmp_path)
    run_stage(corpus, STAGE, PixelsSettings(size=32))
    (file,) = (corpus.folder / "arrays").glob("values-*.npy")
    whole = file.read_bytes()
    file.write_bytes(whole[:-2] + b"xy")
    assert not is_whole(file)
    with pytest.raises(CorpusError, match="array file"):
        open_pixels(corpus).values("ct")
    file.unlink()
    (corpus.folder / "manifests" / "pixels.json").unlink()
    run_stage(corpus, STAGE, PixelsSettings(size=32))
    assert file.read_bytes() == whole

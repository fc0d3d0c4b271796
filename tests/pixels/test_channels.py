"""Windows and neighbouring slices of an image as channels: the same from the store as from the file."""

from pathlib import Path

import numpy as np

from radmine.corpus import Corpus
from radmine.pixels import (
    STAGE,
    PixelsSettings,
    open_pixels,
    picture_channels,
    read_pixels,
    stored_channels,
    to_square,
    view,
)
from radmine.records import Image
from radmine.run import run_stage
from tests.pixels.files import write_dicom
from tests.pixels.test_stage import make_corpus
from tests.pixels.test_values import HU, stored


def make_series(tmp_path: Path) -> Corpus:
    """Four axial slices whose order in the table is not that in the patient, one without a position, one of another series."""
    images = []
    places = {"high": 9.0, "low": -4.5, "middle": 0.0, "nowhere": None, "other": 1.0}
    for n, (name, z) in enumerate(places.items()):
        position = {} if z is None else {"ImagePositionPatient": [-100, 50, z], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}  # fmt: skip
        path = write_dicom(tmp_path / f"{name}.dcm", stored(40 + n, 40), **HU, **position)
        images.append(Image(name, "p", str(path), series_id="s2" if name == "other" else "s", modality="CT"))
    grey = write_dicom(tmp_path / "cr.dcm", stored(50, 50), Modality="CR")
    corpus = make_corpus(tmp_path, [*images, Image("cr", "p", str(grey), modality="CR")])
    run_stage(corpus, STAGE, PixelsSettings(size=32))
    return corpus


def test_channels_are_windows_or_slices(tmp_path: Path) -> None:
    corpus = make_series(tmp_path)
    store = open_pixels(corpus)
    assert [row.position for row in corpus.records("pixels")] == [9, -4.5, 0, None, 1, None]
    assert store.neighbours == {
        "low": {"next": "middle"},
        "middle": {"previous": "low", "next": "high"},
        "high": {"previous": "middle"},
        "other": {},
    }
    order = ("previous", "this", "next")
    slices = stored_channels(store, ["middle", "high", "nowhere"], order)
    expected = [["low", "middle", "high"], ["middle", "high", "high"], ["nowhere"] * 3]
    np.testing.assert_array_equal(slices, [[store[i] for i in row] for row in expected])
    np.testing.assert_array_equal(stored_channels(store, ["cr"], ()), [store["cr"]])
    windows = ("lung", "soft", "bone")
    found = stored_channels(store, ["middle", "cr"], windows)
    values = store.values("middle")
    assert values is not None
    np.testing.assert_array_equal(found[0], view(values, windows=windows, size=32))
    np.testing.assert_array_equal(found[1], [store["cr"]] * 3)  # it has no values: as it is shown
    picture = read_pixels(tmp_path / "middle.dcm", values=True)
    square = to_square(picture.grey, size=32)
    np.testing.assert_array_equal(picture_channels(picture.values, square, windows), found[0])
    np.testing.assert_array_equal(picture_channels(picture.values, square, order), [store["middle"]] * 3)

"""The same picture is found again however it was saved; the same anatomy is another picture."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter

from radmine.pixels import STAGE, PixelsSettings
from radmine.pixels.near import _candidates, hashes_of, near_groups
from radmine.records import Image, NearDuplicate
from radmine.run import run_stage
from tests.pixels.test_stage import make_corpus

Bytes = NDArray[np.uint8]


def body(seed: int, *, anatomy: int = 0, side: int = 224) -> Bytes:
    """Return a picture of a shape that all of an anatomy share, with texture of its own."""
    shared, own = np.random.default_rng(anatomy), np.random.default_rng(1000 + seed)
    coarse = gaussian_filter(shared.normal(0, 1, (224, 224)), 40)
    fine = gaussian_filter(own.normal(0, 1, (224, 224)), 4)
    picture = coarse / coarse.std() + 0.25 * fine / fine.std()
    grey = np.clip(128 + 45 * picture, 0, 255).astype(np.uint8)
    return np.asarray(Pillow.fromarray(grey).resize((side, side)))


def as_jpeg(picture: Bytes) -> Bytes:
    stream = io.BytesIO()
    Pillow.fromarray(picture).save(stream, "JPEG", quality=40)
    return np.asarray(Pillow.open(stream))


def grouped(pictures: list[Bytes]) -> list[list[int]]:
    return near_groups([hashes_of(p) for p in pictures], pictures.__getitem__)


@pytest.mark.parametrize(
    "again",
    [
        as_jpeg,
        lambda p: np.clip(p * 0.8 + 20, 0, 255).astype(np.uint8),
        lambda p: (255 * (p / 255) ** 0.8).astype(np.uint8),
        lambda p: np.asarray(Pillow.fromarray(p).resize((112, 112)).resize((224, 224))),
        lambda p: np.clip(p + np.random.default_rng(0).normal(0, 4, p.shape), 0, 255).astype(np.uint8),
    ],
)
def test_a_picture_saved_anew_is_found_and_its_anatomy_is_not(again: object) -> None:
    pictures = [body(seed) for seed in range(12)]
    assert grouped(pictures) == []
    assert callable(again)
    assert grouped([*pictures, again(pictures[7]), again(pictures[2])]) == [[2, 13], [7, 12]]


def test_candidates_are_all_pairs_of_few_bits_each_once() -> None:
    rng = np.random.default_rng(0)
    numbers = np.repeat(rng.integers(0, 2**64, 12, dtype=np.uint64), 20)
    for _ in range(3):
        numbers ^= np.uint64(1) << rng.integers(0, 64, len(numbers)).astype(np.uint64)
    found = [tuple(sorted(p)) for a, b in _candidates(numbers) for p in zip(a.tolist(), b.tolist(), strict=True)]  # fmt: skip
    differ = np.bitwise_count(numbers[:, None] ^ numbers[None])
    assert sorted(found) == [tuple(p) for p in np.argwhere(np.triu(differ <= 3, 1)).tolist()]


def test_the_table_names_them(tmp_path: Path) -> None:
    pictures = {"a": body(1, side=250), "b": body(2), "black": np.zeros((99, 90), np.uint8)}
    pictures |= {"a2": as_jpeg(pictures["a"]), "a3": pictures["a"], "black2": pictures["black"]}
    images = []
    for name, picture in pictures.items():
        path = tmp_path / f"{name}.png"
        Pillow.fromarray(picture).save(path)
        images.append(Image(name, name, str(path)))
    corpus = make_corpus(tmp_path, images)
    run_stage(corpus, STAGE, PixelsSettings())
    found = list(corpus.records("near_duplicates"))
    assert found == [NearDuplicate(i, "a") for i in ("a", "a2", "a3")]
    assert corpus.manifest("pixels").notes["near_duplicates"] == {"images": 3, "groups": 1}  # type: ignore[union-attr]

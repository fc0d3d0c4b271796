"""What speaks against a picture, each flag where it holds and nowhere else."""

import numpy as np
import pytest

from radmine.pixels import FLAGS, to_square
from radmine.pixels.quality import quality_of

NOISE = np.random.default_rng(0).integers(30, 200, (120, 80)).astype(np.uint8)
WHITE = NOISE.copy()
WHITE[:30] = 255
SMALL = np.zeros((300, 300), np.uint8)
SMALL[90:210, 100:180] = NOISE


@pytest.mark.parametrize(
    ("pixels", "kind", "image_type", "expected"),
    [
        (NOISE, "image", ("ORIGINAL", "PRIMARY"), ()),
        (np.full((50, 40), 128, np.uint8), "image", (), ("empty",)),
        (np.full((50, 40), 255, np.uint8), "image", (), ("empty", "saturated")),
        (WHITE, "image", (), ("saturated",)),
        (SMALL, "image", (), ("cropped",)),
        (NOISE, "secondary_capture", ("DERIVED",), ("secondary_capture",)),
        (NOISE, "secondary_capture", ("DERIVED", "SECONDARY", "Screen Save "), ("screen_save",)),
        (NOISE, "localizer", ("ORIGINAL", "PRIMARY", "LOCALIZER"), ("localizer",)),
    ],
)
def test_a_flag_holds_where_it_should(
    pixels: np.ndarray, kind: str, image_type: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    square = to_square(pixels, size=64)
    found = quality_of(
        square.array, crop=square.crop, shape=pixels.shape[:2], kind=kind, image_type=image_type
    )
    assert found == expected
    assert set(expected) <= FLAGS.keys()

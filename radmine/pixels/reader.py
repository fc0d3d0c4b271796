"""From an image file to its square, its values and what is said of them; the settings of that. `Reader`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.pixels.burned_in import burned_in
from radmine.pixels.content import Bytes
from radmine.pixels.left_out import KINDS
from radmine.pixels.marks import Mark
from radmine.pixels.near import hashes_of
from radmine.pixels.printed import Box
from radmine.pixels.quality import quality_of
from radmine.pixels.read import read_pixels
from radmine.pixels.square import as_bytes, to_square
from radmine.run import Limits, require_choice, require_within, uses


@dataclass(frozen=True, slots=True)
class PixelsSettings:
    """Which images are decoded, and to what."""

    # linked: those that a report speaks of or a table labels (all of them, where there are none) | all
    images: str = "linked"
    # Kinds of DICOM images that are left out; secondary captures only where their study has other images.
    leave_out: tuple[str, ...] = KINDS
    # Pixels a side of the stored square.
    size: int = 224
    # Leave out text footers, empty borders and letters that stand alone in a corner.
    crop: bool = True
    # Blank print that many PNG or JPEG images have in the same corner, as a publisher's logo over anatomy.
    marks: bool = True
    # Blank text that OCR reads, about a second an image (extra `ocr`): none | series (where the first image of its series
    # has text; secondary captures each for themselves) | all (each image for itself)
    ocr: str = "none"
    # Of which images the values are kept beside the squares, 2 bytes a pixel that the crop leaves: none | ct | all that have some (colours have none).
    values: str = "ct"
    limits: Limits = field(
        default=Limits(), metadata=uses("seconds", "document_mb", "inflated_mb", "frames", "megapixels")
    )

    def __post_init__(self) -> None:
        require_choice(self, images=("linked", "all"), values=("none", "ct", "all"), leave_out=KINDS)
        require_choice(self, ocr=("none", "series", "all"))
        require_within(self, size=(16, 4096))


@dataclass(frozen=True, slots=True)
class Source:
    """An image to decode and the file that holds it."""

    image_id: str
    path: str
    frame: int | None
    patient: str
    modality: str | None = None
    kind: str = "image"
    image_type: tuple[str, ...] = ()
    # Whose text OCR reads in its place: the first of its series, or itself; None: nobody's.
    text_of: tuple[str, int | None] | None = None


class Reader:
    """Reads images, and the text of the first of each series once."""

    def __init__(self, settings: PixelsSettings, marks: Sequence[Mark]) -> None:
        self._settings = settings
        self._marks = marks
        self._of_series: dict[tuple[str, int | None], tuple[tuple[int, ...], tuple[Box, ...]]] = {}

    def read(self, source: Source) -> tuple[Bytes, NDArray[np.int16] | None, dict[str, Any]]:
        """Return the square that is stored of an image, the values that are kept, and what its row says of them."""
        settings = self._settings
        keep = settings.values == "all" or (settings.values == "ct" and source.modality == "CT")
        picture = read_pixels(source.path, frame=source.frame, limits=settings.limits, values=keep)
        facts: dict[str, Any] = {
            "window": picture.window,
            "inverted": picture.inverted,
            "assumed": picture.assumed,
            "position": picture.position,
        }
        pixels, values = as_bytes(picture.grey), picture.values
        del picture  # four times as large
        printed = self._printed(source, pixels)
        square = to_square(pixels, size=settings.size, crop=settings.crop, printed=printed)
        shape = (pixels.shape[0], pixels.shape[1])
        numbers = None
        if values is not None:
            numbers = values.cut(square.crop, square.blanked).array
            facts |= {"slope": values.slope, "intercept": values.intercept, "unit": values.unit}
        facts |= {
            "rows": shape[0],
            "columns": shape[1],
            "crop": square.crop,
            "printed": tuple(chain.from_iterable(printed)),
            "quality": quality_of(
                square.array, crop=square.crop, shape=shape, kind=source.kind, image_type=source.image_type
            ),
            "difference_hashes": hashes_of(square.array),
        }
        return square.array, numbers, facts

    def _printed(self, source: Source, pixels: Bytes) -> tuple[Box, ...]:
        """Return the boxes of text on an image: its own, or those of the first of its series where that is as large."""
        place = source.text_of
        if place is None or place == (source.path, source.frame):
            return burned_in(pixels, marks=self._marks, ocr=place is not None)
        if place not in self._of_series:
            try:
                first = as_bytes(read_pixels(place[0], frame=place[1], limits=self._settings.limits).grey)
            except (InputError, OSError):
                self._of_series[place] = (
                    (),
                    (),
                )  # set aside as itself; the others are read each for themselves
            else:
                self._of_series[place] = first.shape, burned_in(first, marks=self._marks, ocr=True)
        shape, printed = self._of_series[place]
        return printed if shape == pixels.shape else burned_in(pixels, marks=self._marks, ocr=True)

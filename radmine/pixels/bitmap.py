"""The picture in a PNG, JPEG, GIF, BMP or TIFF file."""

import warnings
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radmine.pixels.grey import Picture, by_rows, check_pixels, rescale, robust_range, to_grey
from radmine.pixels.values import Values, kept_of
from radmine.run import Limits

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF")


def is_bitmap(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is one; all else is tried as DICOM without a preamble."""
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"))


def read_bitmap(file: BinaryIO, *, limits: Limits, values: bool = False) -> Picture:
    """Return the picture in such a file; 16-bit and float values, which come without a window, by `robust_range`."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes, which are looked at here, and of broken tags
        with Image.open(file, formats=_FORMATS) as image:
            check_pixels(image.height, image.width, limits)
            ImageOps.exif_transpose(image, in_place=True)
            if image.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
                found = np.array(image, np.float32)
                window = robust_range(found)
                kept = Values(*kept_of(found, None), "", window, inverted=False) if values else None
                return Picture(rescale(found, *window), window, inverted=False, values=kept)
            return Picture(_grey(image), (0.0, 255.0), inverted=False)


def _grey(image: "Image.Image") -> NDArray[np.float32]:
    """Return the grey of a picture of 8 bits, over black where it is transparent."""
    plain = image.mode in {"1", "L"}
    image.load()

    def grey(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        part = image.crop((0, int(rows[0, 0]), image.width, int(rows[-1, 0]) + 1))
        if plain:
            return np.asarray(part.convert("L"), np.float32) / np.float32(255)
        rgba = np.asarray(part.convert("RGBA"), np.float32)
        return to_grey(rgba, full=255) * (rgba[..., 3] / np.float32(255))

    return by_rows(grey, np.broadcast_to(np.arange(image.height)[:, None], (image.height, image.width)))

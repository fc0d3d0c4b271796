"""The picture in a PNG, JPEG, GIF, BMP or TIFF file."""

from pathlib import Path

import numpy as np

from radmine.pixels.grey import Picture, rescale, robust_range, to_grey


def is_bitmap(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is one; all else is tried as DICOM without a preamble."""
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"))


def read_bitmap(file: Path) -> Picture:
    """Return the picture in such a file; 16-bit and float values, which come without a window, by `robust_range`."""
    from PIL import Image, ImageOps

    with Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
            values = np.asarray(upright, np.float32)
            low, high = robust_range(values)
            return Picture(rescale(values, low, high), (low, high), inverted=False)
        if upright.mode in {"1", "L"}:
            grey = np.asarray(upright.convert("L"), np.float32) / np.float32(255)
        else:
            rgba = np.asarray(upright.convert("RGBA"), np.float32)
            grey = to_grey(rgba, full=255) * (rgba[..., 3] / np.float32(255))  # over black
    return Picture(grey, (0.0, 255.0), inverted=False)

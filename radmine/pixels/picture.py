"""One picture as a person would see it: grey in [0, 1], right way up, from a DICOM, PNG or JPEG file."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError

Grey = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in DICOM's YBR


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and how it was brought into [0, 1]."""

    grey: Grey  # shape (rows, columns), float32 in [0, 1]; 0 is black
    window: tuple[float, float]  # the values that became 0 and 1
    inverted: bool  # MONOCHROME1 turned right way up


def read_pixels(path: str | os.PathLike[str], *, frame: int | None = None) -> Picture:
    """Return the picture in a DICOM, PNG or JPEG file (or another that Pillow reads).

    Parameters
    ----------
    path
        The file.
    frame
        Which frame of a multi-frame file, from 1; None is the first.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    InputError
        The file holds no pixels that can be decoded.
    """
    file = Path(path)
    with file.open("rb") as stream:
        head = stream.read(132)
    try:
        if head[128:] == b"DICM" or not _is_bitmap(head):
            from radmine.pixels.dicom import read_dicom

            return read_dicom(file, frame=frame)
        return _read_bitmap(file)
    except InputError:
        raise
    except Exception as error:  # decoders raise whatever they like; the caller needs one kind
        raise InputError(
            f"The pixels cannot be decoded: {type(error).__name__}.",
            where=str(file),
            do="Check the file with the program that made it.",
        ) from error


def to_grey(colour: NDArray[np.generic], *, full: float) -> Grey:
    """Return the luma of an RGB array of shape (rows, columns, 3 or more), of which `full` becomes 1."""
    return np.asarray(colour[..., :3].astype(np.float32) @ (_LUMA / np.float32(full)), np.float32)


def robust_range(values: Grey) -> tuple[float, float]:
    """Return the 0.5th and 99.5th percentile: a window for values that come without one."""
    if not values.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    if low == high:
        low, high = float(values.min()), float(values.max())
    return low, high


def rescale(values: Grey, low: float, high: float) -> Grey:
    """Return the values with `low` at 0 and `high` at 1, clipped; constant values become 0."""
    if high <= low:
        return np.zeros_like(values)
    scaled: Grey = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return scaled


def _is_bitmap(head: bytes) -> bool:
    """Tell PNG, JPEG, GIF, BMP and TIFF by their first bytes; all else is tried as DICOM without a preamble."""
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"))


def _read_bitmap(file: Path) -> Picture:
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

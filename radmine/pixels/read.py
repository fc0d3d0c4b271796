"""One picture as a person would see it: grey in [0, 1], right way up, from a DICOM, PNG or JPEG file."""

import os
from pathlib import Path

from radmine.errors import InputError
from radmine.pixels.bitmap import is_bitmap, read_bitmap
from radmine.pixels.grey import Picture


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
        if head[128:] == b"DICM" or not is_bitmap(head):
            from radmine.pixels.dicom import read_dicom

            return read_dicom(file, frame=frame)
        return read_bitmap(file)
    except InputError:
        raise
    except Exception as error:  # decoders raise whatever they like; the caller needs one kind
        raise InputError(
            f"The pixels cannot be decoded: {type(error).__name__}.",
            where=str(file),
            do="Check the file with the program that made it.",
        ) from error

"""One picture as a person would see it: grey in [0, 1], right way up, from a DICOM, PNG or JPEG file."""

import os
from pathlib import Path

from radmine.errors import InputError
from radmine.files import open_file
from radmine.pixels.bitmap import is_bitmap, read_bitmap
from radmine.pixels.grey import Picture
from radmine.run import Limits, stops


def read_pixels(
    path: str | os.PathLike[str],
    *,
    frame: int | None = None,
    limits: Limits | None = None,
    values: bool = False,
) -> Picture:
    """Return the picture in a DICOM, PNG or JPEG file (or another that Pillow reads).

    Parameters
    ----------
    path
        The file.
    frame
        Which frame of a multi-frame file, from 1; None is the first.
    limits
        What a file may take; None: the defaults.
    values
        Keep the values that the picture was made of, too, for `view`; colours, and pictures of 8 bits that are no DICOM, have none.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    OSError
        It cannot be opened or read.
    InputError
        The file holds no pixels that can be decoded, or more than the limits allow (`TooLargeError`).
    """
    limits = limits or Limits()
    file = Path(path)
    try:
        with open_file(file) as stream:
            head = stream.read(132)
            if head[128:] == b"DICM" or not is_bitmap(head):
                from radmine.pixels.dicom import read_dicom

                return read_dicom(file, frame=frame, limits=limits, values=values)
            stream.seek(0)
            return read_bitmap(stream, limits=limits, values=values)
    except InputError as error:
        raise error if error.where else type(error)(error.what, where=str(file), do=error.do) from error
    except BaseException as error:  # decoders raise whatever they like; the caller needs one kind
        if stops(error) or isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno):
            raise
        raise InputError(
            f"The pixels cannot be decoded: {type(error).__name__}.",
            where=str(file),
            do="Check the file with the program that made it.",
        ) from error

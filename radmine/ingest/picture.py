"""Image files that are not DICOM: PNG, JPEG, TIFF, BMP."""

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from radmine.files import open_file
from radmine.run import MEGABYTE, Limits, TooLargeError, check_size, stops

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
_BYTES_OF_PIXEL = 16  # that a file may take for each pixel of the largest picture, more than any format does
_TAIL = 4096


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Size of an image file in pixels, and the hash of its bytes."""

    rows: int
    columns: int
    content_hash: str  # of the whole file: becomes `Image.content_hash`


def read_picture(path: Path, limits: Limits) -> PictureFile:
    """Return size and hash of an image file, its pixels not decoded.

    Raises
    ------
    OSError
        The file cannot be read.
    NotAFileError
        It is a pipe, a device or a folder.
    TooLargeError
        It is larger than the limits allow, or its picture is.
    ValueError
        It is not an image, or it is damaged (checksums and structure, as far as the format has them).
    """
    from PIL import Image

    with open_file(path) as file:
        length = os.fstat(file.fileno()).st_size
        check_size(
            "The file has {} megabytes.",
            length / MEGABYTE,
            limits.megapixels * _BYTES_OF_PIXEL,
            limit="megapixels",
        )
        content_hash = hashlib.file_digest(
            cast(io.BufferedReader, file), lambda: hashlib.blake2b(digest_size=16)
        ).hexdigest()
        file.seek(max(0, length - _TAIL))
        tail = file.read()
        file.seek(0)
        jpeg = file.read(2) == b"\xff\xd8"
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of sizes, which are looked at here, and of broken tags
                with Image.open(file) as image:
                    columns, rows = image.size
                    image.verify()
            if jpeg and b"\xff\xd9" not in tail:
                raise ValueError("the end of the JPEG stream is missing")
        except Image.DecompressionBombError as error:
            raise TooLargeError(
                "The picture has more pixels than Pillow reads.",
                do=f"At most {limits.megapixels:,.6g} million are read (`megapixels` under [limits] in the settings).",
            ) from error
        except BaseException as error:  # Pillow raises half a dozen kinds for damaged files
            if stops(error) or isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno):
                raise
            raise ValueError(f"{type(error).__name__}") from error
    check_size(
        "The picture has {} million pixels.", rows * columns / 1e6, limits.megapixels, limit="megapixels"
    )
    return PictureFile(rows, columns, content_hash)

"""Image files that are not DICOM: PNG, JPEG, TIFF, BMP."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from radmine.run import Limits

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


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
    ValueError
        It is not an image, or it is damaged (checksums and structure, as far as the format has them).
    """
    from PIL import Image

    data = path.read_bytes()
    try:
        with Image.open(path) as image:
            columns, rows = image.size
            image.verify()
        if data.startswith(b"\xff\xd8") and b"\xff\xd9" not in data[-4096:]:
            raise ValueError("the end of the JPEG stream is missing")
    except Exception as error:  # Pillow raises half a dozen kinds for damaged files
        raise ValueError(f"{type(error).__name__}") from error
    return PictureFile(rows, columns, hashlib.blake2b(data, digest_size=16).hexdigest())

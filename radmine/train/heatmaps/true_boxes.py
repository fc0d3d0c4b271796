"""Where findings are known to be, from a CSV file: `read_boxes`."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from radmine.errors import InputError

COLUMNS = ("image", "finding", "x", "y", "width", "height")
_NIH, _NIH_BOX = "Image Index", "Bbox [x"  # ChestX-ray14's BBox_List_2017.csv
_NIH_SIDE = 1024  # pixels a side of the pictures that its boxes are of


@dataclass(frozen=True, slots=True)
class TrueBox:
    """A box around a finding in an image, from the upper left."""

    image: str  # its id, or the ending of its path
    finding: str  # as the file names it
    x: float
    y: float
    width: float
    height: float
    side: int | None = None  # pixels a side of the picture that these are of; None: those of the image


def read_boxes(path: Path) -> list[TrueBox]:
    """Return the boxes of a file: our columns (`COLUMNS`, in pixels of the image), or ChestX-ray14's BBox_List, plain or gzipped.

    Raises
    ------
    InputError
        It cannot be read, has other columns, or a line that is no box.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise InputError(
            f"The boxes cannot be read: {type(error).__name__}.", where=str(path), do="Check --boxes."
        ) from error
    return list(_boxes(csv.reader(text.splitlines()), path))


def _boxes(rows: Iterator[Sequence[str]], path: Path) -> Iterator[TrueBox]:
    heads = [cell.strip() for cell in next(iter(rows), ())]
    nih = heads[:1] == [_NIH] and len(heads) > 2 and heads[2].startswith(_NIH_BOX)
    if not nih and not set(COLUMNS) <= set(heads):
        raise InputError(
            "The file has not the columns of boxes.",
            where=str(path),
            do=f"Name them {', '.join(COLUMNS)}, in pixels of the image; ChestX-ray14's BBox_List_2017.csv is read as it is.",
        )
    places = range(6) if nih else [heads.index(name) for name in COLUMNS]
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            image, finding, *numbers = (row[place].strip() for place in places)
            x, y, width, height = map(float, numbers)
            if not (width > 0 and height > 0 and abs(x) + abs(y) + width + height < 1e7):
                raise ValueError("no box")
        except (ValueError, IndexError) as error:
            raise InputError("The line is no box.", where=f"{path}:{number}", do="Correct it.") from error
        yield TrueBox(image, finding, x, y, width, height, _NIH_SIDE if nih else None)

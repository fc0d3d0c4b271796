"""CSV files that people open in a spreadsheet: nothing in them runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from radmine.cells import safe_cell
from radmine.errors import InputError
from radmine.files import write_whole

_LONGEST = 32_000  # characters that a spreadsheet takes in a cell


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file in UTF-8 with its mark, whole or not at all; None is an empty cell.

    A cell that a spreadsheet would take for a formula begins with an apostrophe there (see `radmine.cells`).

    Raises
    ------
    InputError
        The file cannot be written.
    """
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(columns)
    table.writerows([_cell(value) for value in row] for row in rows)
    try:
        write_whole(path, written.getvalue().encode("utf-8-sig", "replace"))
    except OSError as error:
        raise InputError(
            f"The file cannot be written: {error.strerror}.", where=str(path), do="Give another path."
        ) from error


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("\0", "")
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " ..."
    return safe_cell(text)

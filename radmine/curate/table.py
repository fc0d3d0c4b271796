"""Tables of corrections, as spreadsheets write them: `read_table`."""

import csv
from collections.abc import Iterator
from pathlib import Path

from radmine.cells import plain_cell
from radmine.curate.rows import Correction, Refused
from radmine.errors import InputError
from radmine.label.answers.truth import open_table

_ITEMS = {
    "report_id": "report",
    "report": "report",
    "accession_number": "report",
    "filename": "report",
    "id": "either",
    "image_id": "image",
    "image": "image",
    "image index": "image",
    "path": "image",
}
_COLUMNS = {**_ITEMS, "finding": "finding", "answer": "answer", "by": "by", "voter": "by", "why": "why"}


def read_table(path: Path) -> Iterator[Correction | Refused]:
    """Yield what each row of a CSV or TSV file wants to be decided; a row with an image_id speaks of that image.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column.
    """
    try:
        rows = open_table(path)
        columns = [name.strip().lower() for name in next(rows, [])]
        if not ({"finding", "answer"} <= set(columns) and _ITEMS.keys() & set(columns)):
            raise InputError(
                "The corrections lack a column.",
                where=str(path),
                do="Give report_id, accession_number or image_id, finding and answer, named in the first line;"
                " by and why, if you like.",
            )
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if len(row) > len(columns):
                yield Refused(where, "bad_line")
            elif any(cell.strip() for cell in row):
                yield _correction(where, columns, row)
    except (OSError, csv.Error) as error:
        raise InputError(
            f"The corrections cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give a CSV or TSV file, or Label Studio's JSON export.",
        ) from error


def _correction(where: str, columns: list[str], row: list[str]) -> Correction:
    cells = {column: plain_cell(cell.strip()) for column, cell in zip(columns, row, strict=False)}
    said: dict[str, list[str]] = {}
    for column, means in _COLUMNS.items():  # an id before what else means the item
        if cells.get(column):
            said.setdefault(means, []).append(cells[column])
    images = tuple(said.get("image", ()))

    def one(means: str) -> str:
        return next(iter(said.get(means, ())), "")

    return Correction(
        where,
        one("finding"),
        one("answer"),
        images=images,
        reports=() if images else tuple(said.get("report", ())),
        either=() if images else tuple(said.get("either", ())),
        by=one("by"),
        why=one("why"),
    )

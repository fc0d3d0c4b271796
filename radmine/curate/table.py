"""Tables of corrections, as spreadsheets write them: `read_table`."""

import csv
from collections.abc import Iterator
from pathlib import Path

from radmine.curate.rows import Correction, Refused
from radmine.errors import InputError

_COLUMNS = {
    "report_id": "report",
    "report": "report",
    "image_id": "image",
    "image": "image",
    "finding": "finding",
    "answer": "answer",
    "by": "by",
    "voter": "by",
    "why": "why",
}


def read_table(path: Path) -> Iterator[Correction | Refused]:
    """Yield what each row of a CSV or TSV file wants to be decided; a row with an image_id speaks of that image.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            stream.seek(0)
            rows = csv.reader(stream, delimiter=max("\t;,", key=head.count))
            columns = [_COLUMNS.get(name.strip().lower(), "") for name in next(rows, [])]
            if not ({"finding", "answer"} <= set(columns) and {"report", "image"} & set(columns)):
                raise InputError(
                    "The corrections lack a column.",
                    where=str(path),
                    do="Give report_id or image_id, finding and answer, named in the first line;"
                    " by and why, if you like.",
                )
            for row in rows:
                where = f"{path.name}:{rows.line_num}"
                if len(row) > len(columns):
                    yield Refused(where, "bad_line")
                elif any(cell.strip() for cell in row):
                    yield _correction(where, columns, row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The corrections cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give a CSV or TSV file in UTF-8, or Label Studio's JSON export.",
        ) from error


def _correction(where: str, columns: list[str], row: list[str]) -> Correction:
    said: dict[str, str] = {}
    for column, cell in zip(columns, row, strict=False):
        if cell.strip():
            said.setdefault(column, cell.strip())
    image, report = said.get("image"), said.get("report")
    return Correction(
        where,
        said.get("finding", ""),
        said.get("answer", ""),
        images=(image,) if image else (),
        reports=(report,) if report and not image else (),
        by=said.get("by", ""),
        why=said.get("why", ""),
    )

"""JSON documents of reports as JSON lines: an array of objects, what pandas and others make of a table, one report alone.

A document is read as a whole, so that it may have no more megabytes than `limits` allow a document; JSON lines may be
of any length, also in a file that is called `.json`.
"""

import json
from collections.abc import Mapping, Sequence
from statistics import median
from typing import IO, Any

from radmine.ingest.reader import cannot_read, check_marks
from radmine.ingest.table_names import report_keys
from radmine.run import MEGABYTE, Limits, check_size

_LOOKED_AT = 65_536
_DEPTH = 3  # of objects in which an array of reports may lie
_WORDS = 5  # of a text, where nothing but its id is said


def is_document(stream: IO[bytes], path: str) -> bool:
    """Return whether a file of JSON is one document, and not lines of it."""
    start = stream.read(_LOOKED_AT).decode("utf-8", "replace").lstrip("\ufeff \t\r\n\0")
    stream.seek(0)
    if start.startswith("["):
        return True
    if ".json" not in path.lower().replace(".jsonl", ""):
        return False
    line, _, rest = start.partition("\n")
    if not rest.strip():
        return True
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False


def lines_of(stream: IO[bytes], path: str, limits: Limits) -> bytes:
    """Return the rows of a document as lines of JSON.

    Raises
    ------
    InputError
        It is no JSON, or larger than a document may be.
    """
    most = int(limits.document_mb * MEGABYTE)
    data = stream.read(most + 1)
    check_size(
        "The file has more than {} megabytes.", len(data) / MEGABYTE, limits.document_mb, limit="document_mb"
    )
    check_marks(data, b"{[,:")
    try:
        found = json.loads(data.decode("utf-8-sig", "replace").replace("\0", ""), strict=False)
    except (ValueError, RecursionError) as error:
        raise cannot_read(
            path,
            f"The file is no JSON: {type(error).__name__}.",
            "Check that it is whole; rows are read from an array of objects, or from JSON lines.",
        ) from error
    return b"".join(json.dumps(row, default=str).encode() + b"\n" for row in rows_of(found))


def rows_of(found: Any) -> Sequence[Any]:
    """Return the rows of a document, each with its columns as far as they are known."""
    if isinstance(found, list):
        return _with_names(found)
    if not isinstance(found, dict):
        return [found]
    if isinstance(found.get("data"), list) and isinstance(found.get("columns"), list):
        return _with_names([found["columns"], *found["data"]])
    if report_keys(tuple(found))[1]:  # one report, or columns of several
        return _rows_of_columns(found)
    values = list(found.values())
    by_id = bool(values) and all(isinstance(value, dict) for value in values)
    if not by_id or not any(report_keys(tuple(value))[1] for value in values):
        tables = _tables_in(values, 0) or _tables_in(values, _DEPTH)
        if len(tables) == 1:
            return rows_of(tables[0])
    if by_id:
        return [{"id": key, **value} for key, value in found.items()]
    words = [len(value.split()) for value in values if isinstance(value, str)]
    if words and len(words) == len(values) and median(words) >= _WORDS:
        return [{"id": key, "text": value} for key, value in found.items()]
    return [found]


def _tables_in(values: Sequence[Any], depth: int) -> list[Any]:
    """Return the arrays of objects among values, or among the members of those that are objects."""
    found = list[Any]()
    for value in values:
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            found.append(value)
        elif isinstance(value, dict) and depth:
            found += _tables_in(list(value.values()), depth - 1)
    return found


def _with_names(rows: Sequence[Any]) -> Sequence[Any]:
    """Return rows as objects where they are lists below one of names."""
    first = rows[0] if rows else None
    if not isinstance(first, list) or not all(isinstance(name, str) for name in first):
        return rows
    return [dict(zip(first, row, strict=False)) if isinstance(row, list) else row for row in rows[1:]]


def _rows_of_columns(found: Mapping[str, Any]) -> Sequence[Any]:
    """Return the rows of columns, each an object or a list of values; one row where they are no columns."""
    values = list(found.values())
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        return [{name: value.get(key) for name, value in found.items()} for key in keys]
    if all(isinstance(value, list) and len(value) == len(values[0]) for value in values):
        return [dict(zip(found, row, strict=True)) for row in zip(*values, strict=True)]
    return [found]

"""Rows as a table can hold them: what a reader made and no table can store is set aside before it is written."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from radmine.records import TABLES, to_table
from radmine.records.tables import TableSpec


def storable(table: str, rows: Sequence[Any], reject: Callable[[str, str, str], None]) -> pa.Table:
    """Return the Arrow table of those rows that it can hold.

    Parameters
    ----------
    reject
        Is called with item, reason and detail of each other row.
    """
    spec = TABLES[table]
    found = _table(spec, rows)
    if found is not None:
        return found
    kept = list[Any]()
    for row in rows:
        if _table(spec, [row]) is None:
            reject(
                str(getattr(row, spec.key[0], "")),
                "bad_value",
                f"a row of {table} holds what no table can store",
            )
        else:
            kept.append(row)
    return to_table(spec, kept)


def _table(spec: TableSpec, rows: Sequence[Any]) -> pa.Table | None:
    try:
        made = to_table(spec, rows)
    # Surrogates, numbers beyond 64 bits, values of another type, no record at all.
    except (pa.ArrowException, ValueError, TypeError, OverflowError, AttributeError):
        return None
    missing = any(made.column(f.name).null_count for f in spec.schema if not f.nullable)
    return None if missing else made

"""The files that go out: CSV or Parquet by their ending, written row by row, there when they are whole."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from radmine.cells import safe_cell
from radmine.errors import InputError
from radmine.export.layout import Row
from radmine.files import writing_whole

Write: TypeAlias = Callable[[list[Row]], None]


def check_file(path: Path) -> None:
    """Raise InputError where a file of this name cannot be written: another ending, or no such folder."""
    if path.suffix.lower() not in _WRITERS:
        raise InputError(
            "The ending says how a file is written, and this one says nothing.",
            where=str(path),
            do=f"End it in {' or '.join(_WRITERS)}.",
        )
    if not path.parent.is_dir():
        raise InputError(
            "There is no such folder.", where=str(path.parent), do="Make it, or give another path."
        )


@contextmanager
def writing_table(path: Path, schema: pa.Schema) -> Iterator[Write]:
    """Yield a function that writes rows to a file; the file takes its place when all is written, or never."""
    with writing_whole(path) as stream, _WRITERS[path.suffix.lower()](stream, schema) as write:
        yield write


@contextmanager
def _csv(stream: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, schema.names))

    def write(rows: list[Row]) -> None:
        writer.writerows(map(_cell, row) for row in rows)

    yield write
    text.detach()


def _cell(value: Any) -> Any:
    return safe_cell(value) if isinstance(value, str) else value


@contextmanager
def _parquet(stream: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:

        def write(rows: list[Row]) -> None:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))

        yield write


_WRITERS = {".csv": _csv, ".parquet": _parquet}

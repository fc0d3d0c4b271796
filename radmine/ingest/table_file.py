"""Tables as files: CSV, TSV, JSON lines, Parquet, the text formats also gzipped; cut into ranges of rows.

A row's number counts from 1. A range of a text format starts at a byte offset found by a first pass, so that the
ranges are read on their own; of a gzipped file every range unpacks all that stands before it.
"""

import codecs
import contextlib
import csv
import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from radmine.ingest.reader import Unit, cannot_read, rows_in_units

SUFFIXES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_LINES_FOR_COLUMNS = 100  # lines that are looked at to learn delimiter and columns

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row cannot be used."""

    detail: str


def is_table(path: str) -> bool:
    """Return whether a file name is one of a table."""
    return path.lower().removesuffix(".gz").endswith(SUFFIXES)


def _kind(path: str) -> str:
    suffix = Path(path.lower().removesuffix(".gz")).suffix
    return "parquet" if suffix == ".parquet" else "lines" if suffix in (".jsonl", ".ndjson") else "csv"


def _open(path: str) -> IO[bytes]:
    # The types of gzip's and the plain stream have no common name but this one.
    return gzip.open(path, "rb") if path.lower().endswith(".gz") else open(path, "rb")  # type: ignore[return-value]


@contextlib.contextmanager
def _readable(path: str) -> Iterator[None]:
    """Turn what a damaged file raises into an InputError; let the csv module take fields of any length."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    except (OSError, EOFError, csv.Error, pa.ArrowException) as error:
        raise cannot_read(
            path, f"The table cannot be read: {type(error).__name__}.", "Check that it is whole."
        ) from error
    finally:
        csv.field_size_limit(limit)


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a line as text and its encoding: UTF-8, else Windows-1252, else Latin-1, which takes any byte."""
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


class _Lines:
    """The lines of a text file as text, and the byte at which the next one starts."""

    def __init__(self, stream: IO[bytes], position: int = 0) -> None:
        self.stream = stream
        self.position = position
        self.encoding = "utf-8"  # of the lines since the last look, the weakest

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        data = self.stream.readline()
        if not data:
            raise StopIteration
        text, encoding = _decoded(data)
        self.position += len(data)
        if encoding != "utf-8":
            self.encoding = encoding
        body = text.rstrip("\r\n")
        return body.replace("\r", " ") + "\n"


def _delimiter(path: str, options: Mapping[str, str], sample: Sequence[str]) -> str:
    chosen = options.get("delimiter")
    if chosen:
        return _DELIMITERS.get(chosen, chosen)
    if path.lower().removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    return max(",;\t|", key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter explains the first lines: in how many fields all rows agree, those of the first."""
    widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    same = all(width == widths[0] for width in widths)
    return (widths[0] if same else 1, widths[0]) if widths else (0, 0)


def _reader(path: str, options: Mapping[str, str], stream: IO[bytes]) -> tuple["_Lines", Any, list[str]]:
    """Return lines and csv reader standing at the first row, and the columns; none where the file is empty."""
    if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise cannot_read(path, "The table is in UTF-16.", "Save it as UTF-8.")
    stream.seek(0)
    delimiter = _delimiter(path, options, list(islice(_Lines(stream), _LINES_FOR_COLUMNS)))
    stream.seek(0)
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter)
    columns = next(reader, [])
    if options.get("header", "yes") == "no":
        columns = [str(n) for n in range(1, len(columns) + 1)]
        stream.seek(0)
        lines.position = 0
        reader = csv.reader(lines, delimiter=delimiter)
    return lines, reader, [name.strip() for name in columns]


def columns_of(path: str, options: Mapping[str, str]) -> list[str]:
    """Return the columns of a table, in order; of JSON lines those that the first hundred name."""
    with _readable(path):
        if _kind(path) == "parquet":
            return list(pq.ParquetFile(path).schema_arrow.names)
        with _open(path) as stream:
            if _kind(path) == "csv":
                return _reader(path, options, stream)[2]
            names = dict[str, None]()
            for line in islice(_Lines(stream), _LINES_FOR_COLUMNS):
                row = _json_row(line)
                names.update(dict.fromkeys(row) if isinstance(row, dict) else {})
            return list(names)


def cut(unit: Unit, options: Mapping[str, str], rows: int) -> list[Unit]:
    """Return the ranges of a table, at most `rows` in each."""
    with _readable(unit.path):
        if _kind(unit.path) == "parquet":
            return rows_in_units(unit, pq.ParquetFile(unit.path).metadata.num_rows, rows)
        offsets, total = list[int](), 0
        with _open(unit.path) as stream:
            for start in _row_starts(unit.path, options, stream):
                if total % rows == 0:
                    offsets.append(start)
                total += 1
    return rows_in_units(unit, total, rows, offsets)


def _row_starts(path: str, options: Mapping[str, str], stream: IO[bytes]) -> Iterator[int]:
    """Yield the byte at which each row starts; empty lines are no rows."""
    if _kind(path) == "csv":
        lines, reader, _ = _reader(path, options, stream)
        start = lines.position
        for row in reader:
            if row:
                yield start
            start = lines.position
    else:
        position = 0
        for data in stream:
            if data.strip():
                yield position
            position += len(data)


def rows_of(unit: Unit, options: Mapping[str, str]) -> Iterator[tuple[int, Row | BadRow, str]]:
    """Yield (number, row, encoding) of a range."""
    with _readable(unit.path):
        if _kind(unit.path) == "parquet":
            yield from _parquet_rows(unit)
            return
        with _open(unit.path) as stream:
            if _kind(unit.path) == "csv":
                yield from _csv_rows(unit, options, stream)
            else:
                yield from _json_rows(unit, stream)


def _csv_rows(
    unit: Unit, options: Mapping[str, str], stream: IO[bytes]
) -> Iterator[tuple[int, Row | BadRow, str]]:
    _, first, columns = _reader(unit.path, options, stream)
    stream.seek(unit.offset)
    lines = _Lines(stream, unit.offset)
    number = unit.first
    for values in csv.reader(lines, dialect=first.dialect):
        if not values:
            continue
        number += 1
        encoding, lines.encoding = lines.encoding, "utf-8"
        if any(v.strip() for v in values[len(columns) :]):
            yield number, BadRow(f"{len(values)} fields for {len(columns)} columns"), encoding
        else:
            yield (
                number,
                dict(zip(reversed(columns), reversed(_padded(values, len(columns))), strict=True)),
                encoding,
            )
        if number == unit.first + unit.size:
            return


def _padded(values: list[str], length: int) -> list[str]:
    return values[:length] + [""] * (length - len(values))


def _json_row(line: str) -> Row | BadRow:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(f"no JSON: {type(error).__name__}")
    return row if isinstance(row, dict) else BadRow("not a JSON object")


def _json_rows(unit: Unit, stream: IO[bytes]) -> Iterator[tuple[int, Row | BadRow, str]]:
    stream.seek(unit.offset)
    lines = _Lines(stream, unit.offset)
    number = unit.first
    for line in lines:
        if not line.strip():
            continue
        number += 1
        encoding, lines.encoding = lines.encoding, "utf-8"
        yield number, _json_row(line), encoding
        if number == unit.first + unit.size:
            return


def _parquet_rows(unit: Unit) -> Iterator[tuple[int, Row | BadRow, str]]:
    file = pq.ParquetFile(unit.path)
    start, stop = unit.first, unit.first + unit.size
    position = 0
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if position < stop and position + size > start:
            low = max(start - position, 0)
            part = file.read_row_group(group).slice(low, min(stop - position, size) - low)
            for index, row in enumerate(part.to_pylist()):
                yield position + low + index + 1, row, "utf-8"
        position += size

"""Tables as files: CSV, TSV, JSON lines, Parquet, the text formats also gzipped; cut into ranges of rows.

A row's number counts from 1. A range of a text format starts at a byte offset found by a first pass, so that the
ranges are read on their own; of a gzipped file every range unpacks all that stands before it.
"""

import contextlib
import csv
import gzip
import os
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from radmine.files import open_file
from radmine.ingest import table_parquet as parquet
from radmine.ingest.reader import Unit, cannot_read, rows_in_units
from radmine.ingest.table_lines import (
    BadRow,
    Lines,
    csv_rows,
    has_utf16_mark,
    json_row,
    json_rows,
    preamble,
    with_line_feeds,
)
from radmine.run import MEGABYTE, Limits, check_size

SUFFIXES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_SAMPLE_LINES = 100  # that are looked at to learn delimiter and columns
_SAMPLE_BYTES = MEGABYTE
_COUNTED = 16 * MEGABYTE  # of a table that is not read, so many bytes are looked at to count its rows
_RATIO = 100  # times its size that a gzipped file may inflate to, where that is more than `inflated_mb`

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out."""

    path: str
    kind: str  # csv, lines, parquet
    columns: tuple[str, ...]
    limits: Limits
    delimiter: str = ","
    start: int = 0  # the byte at which the first row of a CSV starts
    # The first rows, by which a first line that names columns is told from one of values; None: there is no doubt.
    sample: tuple[Sequence[str], ...] | None = None
    names: frozenset[frozenset[str]] | None = (
        None  # of JSON lines: which columns the first of them have together
    )


def is_table(path: str) -> bool:
    """Return whether a file name is one of a table."""
    return path.lower().removesuffix(".gz").endswith(SUFFIXES)


def _kind(path: str) -> str:
    suffix = Path(path.lower().removesuffix(".gz")).suffix
    return "parquet" if suffix == ".parquet" else "lines" if suffix in (".jsonl", ".ndjson") else "csv"


@contextlib.contextmanager
def _readable(path: str) -> Iterator[None]:
    """Turn what a damaged file raises into an InputError; let the csv module take fields of any length."""
    longest = csv.field_size_limit(sys.maxsize)
    try:
        yield
    except (OSError, EOFError, zlib.error, csv.Error, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of what is on it
        raise cannot_read(
            path, f"The table cannot be read: {type(error).__name__}.", "Check that it is whole."
        ) from error
    finally:
        csv.field_size_limit(longest)


@contextlib.contextmanager
def _lines(path: str, limits: Limits, start: int = 0) -> Iterator[Lines]:
    """Return the lines of a text file from a byte of it, unpacked."""
    with _readable(path), open_file(path) as raw:
        size = os.fstat(raw.fileno()).st_size
        stream: IO[bytes] = raw
        most = float("inf")
        if path.lower().endswith(".gz"):
            # The types of gzip's and the plain stream have no common name but this one.
            stream = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
            most = max(limits.inflated_mb * MEGABYTE, _RATIO * size)
        with stream:
            text = with_line_feeds(stream)
            text.seek(start)
            yield Lines(text, raw, limits, position=start, most=most)


def _delimiter(path: str, options: Mapping[str, str], sample: Sequence[str]) -> str:
    chosen = options.get("delimiter")
    if chosen:
        return _DELIMITERS.get(chosen, chosen)
    if sample and sample[0].lower().startswith("sep=") and preamble(sample):
        return sample[0].rstrip("\n")[-1]
    if path.lower().removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    rows = sample[preamble(sample) :]
    return max(",;\t|", key=lambda delimiter: _regularity(rows, delimiter))


def _regularity(sample: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter explains the first lines: in how many fields all rows agree, those of the first."""
    widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    same = all(width == widths[0] for width in widths)
    return (widths[0] if same else 1, widths[0]) if widths else (0, 0)


def layout_of(path: str, options: Mapping[str, str], limits: Limits) -> Layout:
    """Return how a table is laid out; the columns of JSON lines are those that the first of them name.

    Raises
    ------
    InputError
        It is damaged, has a line or more columns than `limits` allow, or is in UTF-16.
    OSError
        It cannot be opened.
    """
    kind = _kind(path)
    layout = Layout(path, kind, (), limits)
    if kind == "parquet":
        with _readable(path):
            layout = replace(layout, columns=parquet.columns_of(path, limits))
    else:
        with _lines(path, limits) as lines:
            if has_utf16_mark(lines):
                raise cannot_read(path, "The table is in UTF-16.", "Save it as UTF-8.")
            sample = lines.first(_SAMPLE_LINES, _SAMPLE_BYTES)
        with _readable(path):
            of = _layout_of_lines if kind == "lines" else _layout_of_csv
            layout = of(layout, options, sample)
    check_size("The table has {} columns.", len(layout.columns), limits.columns, limit="columns")
    return layout


def _layout_of_lines(layout: Layout, _options: Mapping[str, str], sample: Sequence[str]) -> Layout:
    rows = [row for line in sample if isinstance(row := json_row(line), dict)]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    names = frozenset(frozenset(row) for row in rows)
    return replace(layout, columns=columns, sample=(), names=names)  # a key may be anybody's name


def _layout_of_csv(layout: Layout, options: Mapping[str, str], sample: Sequence[str]) -> Layout:
    delimiter, before = _delimiter(layout.path, options, sample), preamble(sample)
    with _lines(layout.path, layout.limits) as lines:
        for _ in range(before):
            next(lines)
        start, first = next(csv_rows(lines, delimiter), (0, []))
        if isinstance(first, BadRow):
            raise first.error(layout.path)
        if options.get("header", "yes") == "no":
            columns = tuple(str(n) for n in range(1, len(first) + 1))
            return replace(layout, columns=columns, delimiter=delimiter, start=start)
        below = tuple(csv.reader(sample[before + 1 :], delimiter=delimiter))
        columns = tuple(name.strip() for name in first)
        return replace(layout, columns=columns, delimiter=delimiter, start=lines.position, sample=below)


def cut(unit: Unit, layout: Layout, rows: int) -> list[Unit]:
    """Return the ranges of a table: at most `rows` in each, and about as many bytes as a document may have."""
    most = int(layout.limits.document_mb * MEGABYTE)
    if layout.kind == "parquet":
        with _readable(layout.path):
            total, held = parquet.size_of(layout.path, layout.limits)
        return rows_in_units(unit, total, max(1, min(rows, most // max(held, 1))), held=held)
    ranges = list[Unit]()
    with _lines(layout.path, layout.limits, layout.start) as lines:
        first = total = start = 0
        found = csv_rows(lines, layout.delimiter) if layout.kind == "csv" else json_rows(lines, parsed=False)
        for position, _ in found:
            if total - first == rows or (total > first and lines.position - start > most):
                ranges.append(
                    replace(unit, size=total - first, first=first, offset=start, held=position - start)
                )
                first = total
            if total == first:
                start = position
            total += 1
        if total > first:
            end = lines.position
            ranges.append(replace(unit, size=total - first, first=first, offset=start, held=end - start))
    return ranges


def rows_in(layout: Layout) -> str:
    """Return how many rows a table has, in words; of a long text file only its beginning is looked at."""
    if layout.kind == "parquet":
        with _readable(layout.path):
            count, whole = parquet.size_of(layout.path, layout.limits)[0], True
    else:
        count, whole = 0, True
        with _lines(layout.path, layout.limits, layout.start) as lines:
            found = (
                csv_rows(lines, layout.delimiter) if layout.kind == "csv" else json_rows(lines, parsed=False)
            )
            for position, _ in found:
                if position - layout.start > _COUNTED:
                    whole = False
                    break
                count += 1
    return f"{'' if whole else 'more than '}{count:,} row{'' if count == 1 else 's'}"


def rows_of(unit: Unit, layout: Layout, columns: Sequence[str]) -> Iterator[tuple[int, Row | BadRow, str]]:
    """Yield (number, row, encoding) of a range.

    Parameters
    ----------
    columns
        Those that are needed; a row may have others.
    """
    if layout.kind == "parquet":
        with _readable(layout.path):
            for number, fields in parquet.rows_of(layout.path, unit.first, unit.size, columns):
                yield number, fields, "utf-8"
        return
    with _lines(layout.path, layout.limits, unit.offset) as lines:
        number, names = unit.first, tuple(reversed(layout.columns))
        for _, row in csv_rows(lines, layout.delimiter) if layout.kind == "csv" else json_rows(lines):
            number += 1
            yield number, _named(row, names) if isinstance(row, list) else row, lines.encoding
            if number == unit.first + unit.size:
                return


def first_rows(unit: Unit, layout: Layout, columns: Sequence[str], count: int) -> Iterator[Row | BadRow]:
    """Yield the first rows of a table; takes and raises what `cut` and `rows_of` do."""
    if layout.kind == "parquet":
        parquet.size_of(layout.path, layout.limits)
    start = replace(unit, first=0, size=count, offset=layout.start)
    for _, row, _ in rows_of(start, layout, columns):
        yield row


def _named(values: list[str], names: Sequence[str]) -> Row | BadRow:
    """Return the fields of a CSV's row by their columns, given in reverse: of two of a name the first counts."""
    if any(v.strip() for v in values[len(names) :]):
        return BadRow(f"{len(values)} fields for {len(names)} columns")
    padded = values[: len(names)] + [""] * (len(names) - len(values))
    return dict(zip(names, reversed(padded), strict=True))


def names_in_lines(layout: Layout) -> Iterator[str]:
    """Yield the columns of JSON lines that the first of them do not name."""
    known = set(layout.columns)
    with _lines(layout.path, layout.limits) as lines:
        for _, row in json_rows(lines):
            if isinstance(row, dict):
                for name in row.keys() - known:
                    known.add(name)
                    yield name

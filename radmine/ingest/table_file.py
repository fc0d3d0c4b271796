"""Tables as files: CSV, TSV, JSON, JSON lines, Parquet, the text formats also packed; cut into ranges of rows.

A row's number counts from 1. A range of a text format starts at a byte offset found by a first pass, so that the
ranges are read on their own; of a packed file every range unpacks all that stands before it.
"""

import contextlib
import csv
import functools
import io
import lzma
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.files import open_file
from radmine.ingest import table_parquet as parquet
from radmine.ingest.composition import wide_encoding
from radmine.ingest.reader import Unit, cannot_read, rows_in_units
from radmine.ingest.table_bytes import PACKED, ZIP, in_lines, member_of, unpacked
from radmine.ingest.table_json import is_document, lines_of
from radmine.ingest.table_lines import (
    BadRow,
    Lines,
    csv_rows,
    json_row,
    json_rows,
    preamble,
)
from radmine.ingest.table_names import known_in, names_reports
from radmine.run import MEGABYTE, Limits, check_size

_LINES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (".csv", ".tsv", ".tab", ".psv", *_LINES, ".parquet")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_SAMPLE_LINES = 100  # that are looked at to learn delimiter and columns
_SAMPLE_BYTES = MEGABYTE
_MARK = "ï»¿"  # the mark of UTF-8, where it was taken for letters
_FIRST_LINE = 4096  # bytes that hold the names of a table's columns
_TITLES = 10  # rows among which the one that names the columns is looked for
_COUNTED = 16 * MEGABYTE  # of a table that is not read, so many bytes are looked at to count its rows
_RATIO = 100  # times its size that a packed file may inflate to, where that is more than `inflated_mb`

_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, csv.Error, pa.ArrowException)

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
    return _plain_name(path).endswith(SUFFIXES)


def holds_table(path: str) -> bool:
    """Return whether a file of another name holds a table.

    Of text, whose first line names ids and texts of reports; of a zip archive, whose only file is a CSV.
    """
    with open_file(path) as stream:
        start = stream.read(_FIRST_LINE)
        if start.startswith(ZIP):
            with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(stream) as archive:
                member = member_of(archive)
                return member is not None and member.filename.lower().endswith((".csv", ".tsv"))
            return False
    text = start.decode(wide_encoding(start) or "utf-8", "replace")
    line = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    return any(names_reports([name.strip(' "') for name in line.split(d)]) for d in _DELIMITERS.values())


def _plain_name(path: str) -> str:
    """Return a path as it was before it was packed, in small letters."""
    name = path.lower()
    packed = next((suffix for suffix in PACKED if name.endswith(suffix)), "")
    return name.removesuffix(packed)


def _kind(path: str) -> str:
    suffix = Path(_plain_name(path)).suffix
    return "parquet" if suffix == ".parquet" else "lines" if suffix in _LINES else "csv"


@contextlib.contextmanager
def _readable(path: str) -> Iterator[None]:
    """Turn what a damaged file raises into an InputError; let the csv module take fields of any length."""
    longest = csv.field_size_limit(sys.maxsize)
    try:
        yield
    except _DAMAGE as error:
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
        stream, packed = unpacked(raw, path)
        most = max(limits.inflated_mb * MEGABYTE, _RATIO * size) if packed else float("inf")
        with stream:
            text = in_lines(stream)
            if _kind(path) == "lines" and is_document(text, path):
                text = io.BytesIO(_document(path, size, os.fstat(raw.fileno()).st_mtime_ns, limits))
            text.seek(start)
            yield Lines(text, raw, limits, position=start, most=most)


@functools.lru_cache(maxsize=1)
def _document(path: str, _size: int, _time: int, limits: Limits) -> bytes:
    """Return the rows of a JSON document as lines; it is parsed once for all its ranges."""
    with open_file(path) as raw:
        return lines_of(in_lines(unpacked(raw, path)[0]), path, limits)


def _delimiter(path: str, options: Mapping[str, str], sample: Sequence[str]) -> str:
    chosen = options.get("delimiter")
    if chosen:
        return _DELIMITERS.get(chosen, chosen)
    if sample and sample[0].lower().lstrip('"').startswith("sep=") and preamble(sample):
        return sample[0].rstrip('"\n')[-1]
    if _plain_name(path).endswith((".tsv", ".tab")):
        return "\t"
    rows = sample[preamble(sample) :]
    return max(",;\t|^~\x01\x1f", key=lambda delimiter: _regularity(rows, delimiter))


def _regularity(sample: Sequence[str], delimiter: str) -> tuple[int, int, int]:
    """Return how well a delimiter explains the first lines.

    That is in how many fields all rows agree, those of the first, and how many rows have several.
    """
    widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    same = all(width == widths[0] for width in widths)
    several = sum(width > 1 for width in widths)
    return (widths[0] if same else 1, widths[0], several) if widths else (0, 0, 0)


def layout_of(path: str, options: Mapping[str, str], limits: Limits) -> Layout:
    """Return how a table is laid out; the columns of JSON lines are those that the first of them name.

    Raises
    ------
    InputError
        It is damaged, or has a line or more columns than `limits` allow.
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
        rows = [row for row in csv.reader(sample[before:], delimiter=delimiter) if row]
        skipped = _titles(rows)
        for _ in range(skipped):
            _, first = next(csv_rows(lines, delimiter), (0, []))
            if isinstance(first, BadRow):
                raise first.error(layout.path)
        columns = tuple(name.removeprefix(_MARK).strip(' \t\n"') for name in first)
        below = tuple(rows[skipped + 1 :])
        return replace(layout, columns=columns, delimiter=delimiter, start=lines.position, sample=below)


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows stand before the one that names the columns: titles, names of groups of columns."""
    if not rows or (known_in(rows[0]) and all(map(str.strip, rows[0])) and len(rows[0]) > 1):
        return 0
    most = known_in(rows[0])
    for number, row in enumerate(rows[:_TITLES]):
        if (known := known_in(row)) > max(most, 1) or (known == most > 1 and all(map(str.strip, row))):
            return number
    return 0


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
        found = (
            csv_rows(lines, layout.delimiter, layout.columns)
            if layout.kind == "csv"
            else json_rows(lines, parsed=False)
        )
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
                csv_rows(lines, layout.delimiter, layout.columns)
                if layout.kind == "csv"
                else json_rows(lines, parsed=False)
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
        for _, row in (
            csv_rows(lines, layout.delimiter, layout.columns) if layout.kind == "csv" else json_rows(lines)
        ):
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

"""Parquet tables: what their footer says is looked at before anything is read, and rows come a few at a time."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radmine.files import open_file
from radmine.run import MEGABYTE, Limits, TooLargeError, check_size, still_working

_ROWS_OF_BYTE = 100  # that a file may say to hold: it takes some bits to tell rows apart
_DECODED = 8 * MEGABYTE  # bytes of text that are in memory as Python objects
_BATCH = 1024


def _file(path: str, limits: Limits) -> pq.ParquetFile:
    with open_file(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(size - 8, 0))
        footer = int.from_bytes(stream.read(4), "little")
    if footer <= size:
        check_size("The footer has {} megabytes.", footer / MEGABYTE, limits.document_mb, limit="document_mb")
    return pq.ParquetFile(path)


def columns_of(path: str, limits: Limits) -> tuple[str, ...]:
    """Return the columns of a file."""
    with _file(path, limits) as file:
        return tuple(file.schema_arrow.names)


def size_of(path: str, limits: Limits) -> tuple[int, int]:
    """Return how many rows a file has, and how many bytes one of them has as a rule.

    Raises
    ------
    TooLargeError
        A row group inflates to more than `limits` allow, or it is said to hold more rows than its bytes can.
    """
    with _file(path, limits) as file:
        metadata = file.metadata
        groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
        largest = max((group.total_byte_size for group in groups), default=0)
        check_size(
            "A row group inflates to {} megabytes.",
            largest / MEGABYTE,
            limits.inflated_mb,
            limit="inflated_mb",
        )
        total = sum(group.num_rows for group in groups)
        if total > _ROWS_OF_BYTE * os.path.getsize(path):
            raise TooLargeError(f"The file says that it has {total:,} rows, more than its bytes can hold.")
        size = sum(group.total_byte_size for group in groups)
    return total, size // max(total, 1)


def rows_of(
    path: str, first: int, count: int, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (number, row) of a range; text that repeats is not held more than once."""
    schema = pq.read_schema(path)
    coded = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    with pq.ParquetFile(path, read_dictionary=coded) as file:
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
        position = 0
        groups, start = list[int](), 0
        for group, size in enumerate(sizes):
            if position < first + count and position + size > first:
                start = start if groups else position
                groups.append(group)
            position += size
        if not groups:
            return
        position = start
        wanted = [name for name in schema.names if name in set(columns)]
        for batch in file.iter_batches(_BATCH, row_groups=groups, columns=wanted):
            low, high = max(first - position, 0), min(first + count - position, batch.num_rows)
            at_once = max(1, _DECODED // max(_longest_row(batch), _DECODED // _BATCH))
            for offset in range(low, high, at_once):
                part = batch.slice(offset, min(at_once, high - offset))
                for index, row in enumerate(_decoded(part).to_pylist()):
                    yield position + offset + index + 1, row
            position += batch.num_rows
            still_working()
            if position >= first + count:
                return


def _longest_row(batch: pa.RecordBatch) -> int:
    """Return how many bytes of text a row can have."""
    coded = [column.dictionary for column in batch.columns if isinstance(column, pa.DictionaryArray)]
    return sum(pc.max(pc.binary_length(words)).as_py() or 0 for words in coded)


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [c.dictionary_decode() if isinstance(c, pa.DictionaryArray) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

"""One shard of a table as a file: written with checksums, read only where its bytes are those that were written."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radmine.errors import CorpusError
from radmine.files import bytes_digest, read_bytes, write_whole
from radmine.manifests import Shard
from radmine.records import TABLES, to_table


def write_shard(path: Path, table: str, rows: Iterable[Any] | pa.Table) -> Shard:
    """Return the shard that is written of records, row tuples or an Arrow table, whole or not at all."""
    content = rows if isinstance(rows, pa.Table) else to_table(TABLES[table], rows)
    sink = pa.BufferOutputStream()
    pq.write_table(content, sink, compression="zstd", write_page_checksum=True)
    data = sink.getvalue()
    write_whole(path, data)
    return Shard(path.name, content.num_rows, bytes_digest(data), len(data))


def parse_shard(
    data: bytes, *, columns: Sequence[str] | None = None, rows: pc.Expression | None = None
) -> pa.Table:
    """Return what the bytes of a shard hold: all columns and rows of it, or these."""
    # Of bytes, so no data set: a folder name such as "a=b" must not become a column.
    wanted, source = list(columns) if columns is not None else None, pa.BufferReader(_owned(data))
    if rows is None:
        return pq.ParquetFile(source, page_checksum_verification=True).read(columns=wanted)
    return pq.read_table(
        source, columns=wanted, filters=rows, partitioning=None, page_checksum_verification=True
    )


def _owned(data: bytes) -> pa.Buffer:
    """Return a copy that is Arrow's own.

    Its threads may let go of one after the interpreter has begun to end, where touching an object of Python's aborts the process.
    """
    copy = pa.BufferOutputStream()
    copy.write(data)
    return copy.getvalue()


def with_columns(content: pa.Table, table: str, columns: Sequence[str] | None, corpus: str) -> pa.Table:
    """Return what a shard holds, where that is all that is wanted of it.

    Raises
    ------
    CorpusError
        It lacks a column: an older version wrote it.
    """
    wanted = TABLES[table].schema.names if columns is None else columns
    missing = [name for name in wanted if name not in content.schema.names]
    if missing:
        raise CorpusError(
            f"The table {table} has no {missing[0]!r} yet: an older version of radmine wrote it.",
            where=corpus,
            do=f"Run `radmine run {corpus}`: it is made anew.",
        )
    return content


def find_shard(path: Path, table: str, listed: Shard | None) -> Shard | None:
    """Return the shard that an earlier or killed run left at a path, None where it is not there or damaged since.

    Parameters
    ----------
    listed
        What the manifest says of it; None where it lists no such shard: then its pages are checked.
    """
    try:
        data = read_bytes(path)
    except OSError:
        return None
    if listed is not None:
        return listed if bytes_digest(data) == listed.digest else None
    try:
        content = parse_shard(data)
    except (OSError, ValueError, MemoryError, pa.ArrowException):
        return None
    if not content.schema.equals(TABLES[table].schema):
        return None
    return Shard(path.name, content.num_rows, bytes_digest(data), len(data))

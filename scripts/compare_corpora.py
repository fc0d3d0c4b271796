"""Whether two corpora hold the same rows: the content of every table, whatever shards it stands in and whatever they are called.

python scripts/compare_corpora.py OLD NEW [--tolerance 1e-5]

OLD and NEW are corpus folders (`corpora/NAME`), as two commits make them of the same source and settings. Rows are compared in
their order, column by column; of floats the greatest difference is told, and counts as equal up to the tolerance. Ends with 1
where a table differs.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def read(folder: Path) -> dict[str, pa.Table]:
    """The tables of a corpus, as its manifests list them."""
    shards: dict[str, list[Path]] = {}
    for manifest in sorted((folder / "manifests").glob("*.json")):
        for table, listed in json.loads(manifest.read_text("utf-8"))["tables"].items():
            shards.setdefault(table, []).extend(folder / table / shard["file"] for shard in listed)
    return {
        table: pa.concat_tables([pq.ParquetFile(path).read() for path in paths], promote_options="permissive")
        for table, paths in sorted(shards.items())
        if paths
    }


def difference(old: pa.ChunkedArray, new: pa.ChunkedArray, tolerance: float) -> str:
    """What differs in a column, "" where nothing does."""
    flat = [column.combine_chunks() for column in (old, new)]
    while pa.types.is_list(flat[0].type):
        if not pc.list_value_length(flat[0]).equals(pc.list_value_length(flat[1])):
            return "other lengths"
        flat = [pc.list_flatten(column) for column in flat]
    if not pa.types.is_floating(flat[0].type):
        rows = pc.sum(pc.fill_null(pc.not_equal(*flat), True)).as_py() or 0
        same = pc.sum(pc.and_(pc.is_null(flat[0]), pc.is_null(flat[1]))).as_py() or 0
        return f"{rows - same} values" if rows > same else ""
    numbers = [np.nan_to_num(column.to_numpy(zero_copy_only=False), nan=-1.0) for column in flat]
    most = float(np.abs(numbers[0] - numbers[1]).max(initial=0))
    return f"floats by up to {most:.2g}" if most > tolerance else ""


def compare(old: pa.Table | None, new: pa.Table | None, tolerance: float) -> list[str]:
    """What differs between two tables, a line each."""
    if old is None or new is None:
        return [f"only in {'NEW' if old is None else 'OLD'}"]
    said = [f"column {name}: only in OLD" for name in old.column_names if name not in new.column_names]
    said += [f"column {name}: only in NEW" for name in new.column_names if name not in old.column_names]
    if old.num_rows != new.num_rows:
        return [*said, f"{old.num_rows} rows, now {new.num_rows}"]
    for name in old.column_names:
        if name in new.column_names and (what := difference(old[name], new[name], tolerance)):
            said.append(f"column {name}: {what}")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    arguments = parser.parse_args()
    old, new = read(arguments.old), read(arguments.new)
    differs = False
    for table in sorted({*old, *new}):
        said = compare(old.get(table), new.get(table), arguments.tolerance)
        differs |= bool(said)
        rows = new[table].num_rows if table in new else 0
        print(f"{table}: {'; '.join(said) if said else f'the same {rows:,} rows'}")
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())

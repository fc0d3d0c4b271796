"""The table `predictions`: what the network says of images that it did not learn from. `write_predictions`, `read_predictions`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.files import digest
from radmine.records import TABLES
from radmine.run import Job

TABLE = "predictions"
_ROWS = 50_000  # of a shard


@dataclass(frozen=True, slots=True)
class Predicted:
    """The probabilities of one target, by image."""

    image_ids: tuple[str, ...]
    parts: tuple[str, ...]  # validation | test
    probabilities: NDArray[np.float32]  # (images, classes)


def write_predictions(
    job: Job, image_ids: Sequence[str], part: str, predicted: Mapping[str, NDArray[np.float32]]
) -> None:
    """Add the probabilities of images to the table, in shards of bounded length.

    Parameters
    ----------
    image_ids
        The images of the part, in the order of what is predicted.
    part
        validation or test.
    predicted
        By target, shape (images, classes).
    """
    schema = TABLES[TABLE].schema
    for target, values in predicted.items():
        for start in range(0, len(image_ids), _ROWS):
            some = values[start : start + _ROWS]
            ends = np.arange(len(some) + 1, dtype=np.int32) * some.shape[1]
            columns = [
                pa.array(image_ids[start : start + _ROWS], pa.string()),
                pa.array([target] * len(some), pa.string()),
                pa.array([part] * len(some), pa.string()),
                pa.ListArray.from_arrays(ends, pa.array(some.ravel(), pa.float32())),
            ]
            table = pa.table([c.cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
            mark = digest(job.fingerprint, target, part)
            file = job.corpus.shard_name(TABLE, start // _ROWS, mark, stage=job.stage.name)
            job.add([{TABLE: job.corpus.write_shard(TABLE, file, table)}])


def read_predictions(corpus: Corpus) -> dict[str, Predicted]:
    """Return what the network said, by target; nothing where none was trained."""
    found: dict[str, list[tuple[list[str], list[str], NDArray[np.float32]]]] = {}
    for shard in corpus.shards(TABLE):
        table = corpus.read_shard(TABLE, shard)
        for target in table.column("target").unique().to_pylist():
            own = table.filter(pc.equal(table.column("target"), target)).combine_chunks()
            lists = own.column("probabilities").combine_chunks()
            values = lists.flatten().to_numpy().reshape(len(own), -1)
            part = own.column("part").to_pylist()
            found.setdefault(target, []).append((own.column("image_id").to_pylist(), part, values))
    return {
        target: Predicted(
            tuple(i for ids, _, _ in parts for i in ids),
            tuple(p for _, names, _ in parts for p in names),
            np.concatenate([values for _, _, values in parts]),
        )
        for target, parts in found.items()
    }

"""The table `near_duplicates` of the pictures that were stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from radmine.corpus import Shard
from radmine.pixels.content import Bytes
from radmine.pixels.near import near_groups
from radmine.pixels.store import ARRAYS
from radmine.records import NearDuplicate
from radmine.run import Job

_OPEN = 64  # array files mapped at one time
_COLUMNS = ["image_id", "content_hash", "array", "row", "difference_hashes", "quality"]


def near_duplicates(job: Job, made: Sequence[Mapping[str, Shard]]) -> list[NearDuplicate]:
    """Return the images of which others show the same picture, by group; how many there are goes to the job's notes.

    Empty pictures are nobody's duplicates.
    """
    pictures: dict[str, tuple[str, int, tuple[str, str]]] = {}  # by content: where it stands, its hashes
    images: dict[str, list[str]] = defaultdict(list)
    for shards in made:
        for row in job.corpus.read_shard("pixels", shards["pixels"], columns=_COLUMNS).to_pylist():
            if "empty" in row["quality"]:
                continue
            content = row["content_hash"]
            pictures.setdefault(content, (row["array"], row["row"], tuple(row["difference_hashes"])))
            images[content].append(row["image_id"])

    @lru_cache(_OPEN)
    def array(file: str) -> Bytes:
        mapped: Bytes = np.load(job.corpus.folder / ARRAYS / file, mmap_mode="r", allow_pickle=False)
        return mapped

    def square_of(place: int) -> Bytes:
        file, row, _ = pictures[contents[place]]
        square: Bytes = array(file)[row]
        return square

    contents = list(pictures)
    groups = [
        [i for place in group for i in images[contents[place]]]
        for group in near_groups([pictures[content][2] for content in contents], square_of)
    ]
    near = {image_id for group in groups for image_id in group}
    groups += [same for same in images.values() if len(same) > 1 and near.isdisjoint(same)]
    rows = [NearDuplicate(image_id, group[0]) for group in groups for image_id in group]
    if rows:
        job.notes["near_duplicates"] = {"images": len(rows), "groups": len(groups)}
    return sorted(rows, key=lambda row: (row.group, row.image_id))

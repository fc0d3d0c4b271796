"""Ids that come twice, over all sources: one row stays, the others are merged into it or set aside.

Of images of one id the first that has a file stays. What rows without a file say of it (a table of labels keyed by
SOP instance UID) is merged into it; such rows of a folder's table that no image answers to are left out and counted.
Of reports, and of images where none or several have a file, the first stays; of a report with another text it is said
that this is lost.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus, Shard
from radmine.files import digest
from radmine.ingest.composition import joined_meta
from radmine.ingest.reader import ABOUT_IMAGES, STAGE_NAME, Source, relative_name
from radmine.ingest.source import sources_of
from radmine.records.tables import TABLES
from radmine.run import Job, Piece

_IDS = {"reports": "report_id", "images": "image_id"}
_CAPTION = ("report_id", "caption_start", "caption_end")
_Shards = Sequence[Mapping[str, Shard]]
_Place = tuple[int, int]  # chunk and row


class _Plan:
    """What becomes of the rows of ids that come twice."""

    def __init__(self) -> None:
        self.stays: dict[str, dict[str, _Place]] = {table: {} for table in _IDS}
        self.again = defaultdict[int, dict[str, set[int]]](lambda: {table: set() for table in _IDS})
        self.gone = defaultdict[int, set[int]](set)  # images that are merged or left out
        self.merged = defaultdict[int, dict[int, list[_Place]]](dict)  # into which image go which others
        self.counts = Counter[str]()


def without_duplicates(
    job: Job, made: _Shards, pieces: Sequence[Piece]
) -> tuple[list[dict[str, Shard]], Counter[str]]:
    """Return the shards with ids made unique, and how many image rows were `merged` and `image_without_file`.

    A report that a table says again for each of its images is no duplicate. Images that are tied to a report which
    was set aside for another of the same id lose their tie.
    """
    plan = _Plan()
    for index, shards in enumerate(made):
        ids = job.corpus.read_shard("reports", shards["reports"], columns=["report_id"]).column(0).to_pylist()
        for row, report_id in enumerate(ids):
            if plan.stays["reports"].setdefault(report_id, (index, row)) != (index, row):
                plan.again[index]["reports"].add(row)
    _plan_images(job.corpus, made, plan)
    said = _rows_at(job.corpus, made, [p for m in plan.merged.values() for ps in m.values() for p in ps])
    result = list[dict[str, Shard]]()
    for index, shards in enumerate(made):
        if index in plan.again or index in plan.gone or index in plan.merged:
            result.append(_rewritten(job, made, index, plan, said, pieces[index].mark))
        else:
            result.append(dict(shards))
    return result, plan.counts


def _plan_images(corpus: Corpus, made: _Shards, plan: _Plan) -> None:
    # id -> (place, has a file, is about others)
    places = defaultdict[str, list[tuple[_Place, bool, bool]]](list)
    for index, shards in enumerate(made):
        columns = ["image_id", "path", "source"]
        for row, image in enumerate(
            corpus.read_shard("images", shards["images"], columns=columns).to_pylist()
        ):
            about = image["source"] == ABOUT_IMAGES
            places[image["image_id"]].append(((index, row), image["path"] is not None, about))
    for image_id, found in places.items():
        own = [(place, file) for place, file, about in found if not about]
        if own:
            stays, with_file = next((p for p in own if p[1]), own[0])
            plan.stays["images"][image_id] = stays
        for (index, row), file, about in found:
            if own and (index, row) == stays:
                continue
            if about or (own and with_file and not file):
                plan.gone[index].add(row)
                plan.counts["merged" if own else "image_without_file"] += 1
                if own:
                    plan.merged[stays[0]].setdefault(stays[1], []).append((index, row))
            else:
                plan.again[index]["images"].add(row)


def _rows_at(corpus: Corpus, made: _Shards, places: Iterable[_Place]) -> dict[_Place, dict[str, Any]]:
    """Return the image rows at these places."""
    wanted = defaultdict[int, list[int]](list)
    for index, row in places:
        wanted[index].append(row)
    found = dict[_Place, dict[str, Any]]()
    for index, rows in wanted.items():
        table = corpus.read_shard("images", made[index]["images"]).take(pa.array(rows, type=pa.int64()))
        found.update(((index, row), image) for row, image in zip(rows, table.to_pylist(), strict=True))
    return found


def _merge(image: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Give an image what it lacks and another row of the same id says."""
    own_patient = image["patient_id"].partition("#")[0] == image["image_id"].partition("#")[0]
    if own_patient and other["patient_id"] not in (other["report_id"], other["study_id"]):
        image["patient_id"] = other["patient_id"]
    image["meta"] = joined_meta(image["meta"], other["meta"])
    if image["report_id"] is None:
        image.update({name: other[name] for name in _CAPTION})
    for name, value in other.items():
        if image[name] is None and name not in _CAPTION:
            image[name] = value


def _rewritten(
    job: Job,
    made: _Shards,
    index: int,
    plan: _Plan,
    said: Mapping[_Place, Mapping[str, Any]],
    mark: str,
) -> dict[str, Shard]:
    """Return the shards of one chunk without the rows that go, and with what others say merged into its images."""
    shards = dict(made[index])
    again = plan.again.get(index, {table: set[int]() for table in _IDS})
    tables = {table: job.corpus.read_shard(table, shards[table]) for table in _IDS}
    untie = _set_aside(job, made, index, tables, plan, again)
    images = tables["images"].to_pylist()
    merged = plan.merged.get(index, {})
    for row, places in merged.items():
        for place in places:
            _merge(images[row], said[place])
    for image in images:
        if image["report_id"] in untie:
            image.update(dict.fromkeys(_CAPTION))
    gone = again["images"] | plan.gone.get(index, set())
    images = [image for row, image in enumerate(images) if row not in gone]
    tables["source_labels"] = _without(
        job.corpus.read_shard("source_labels", shards["source_labels"]),
        {tables["images"].column("image_id")[row].as_py() for row in plan.gone.get(index, ())}
        - plan.stays["images"].keys(),
    )
    keep = [row for row in range(tables["reports"].num_rows) if row not in again["reports"]]
    tables["reports"] = tables["reports"].take(pa.array(keep, type=pa.int64()))
    tables["images"] = pa.Table.from_pylist(images, schema=TABLES["images"].schema)
    added = [[said[place] for place in places] for places in merged.values()]
    name = digest(mark, sorted(again["reports"]), sorted(gone), sorted(untie), added)
    for table, content in tables.items():
        file = job.corpus.shard_name(table, index, name, stage=STAGE_NAME)
        shards[table] = job.corpus.write_shard(table, file, content)
    return shards


def _without(labels: pa.Table, images: Collection[str]) -> pa.Table:
    """Return the labels of a chunk but those of images that are not there."""
    of_images = pc.is_in(labels.column("image_id"), value_set=pa.array(sorted(images), pa.string()))
    return labels.filter(pc.invert(of_images))


def _set_aside(
    job: Job,
    made: _Shards,
    index: int,
    tables: Mapping[str, pa.Table],
    plan: _Plan,
    again: Mapping[str, Collection[int]],
) -> set[str]:
    """Set aside the rows of a chunk that come `again`; return the reports that its images are not tied to."""

    @lru_cache(maxsize=4)
    def of_chunk(table: str, chunk: int) -> pa.Table:
        return job.corpus.read_shard(table, made[chunk][table])

    tied = set(tables["images"].column("report_id").to_pylist())
    untie = set[str]()
    for table, key in _IDS.items():
        for row in sorted(again[table]):
            this = tables[table].slice(row, 1).to_pylist()[0]
            place, line = plan.stays[table][this[key]]
            first = of_chunk(table, place).slice(line, 1).to_pylist()[0]
            same = _content(table, this) == _content(table, first)
            if table == "reports":
                if same and this["source"] == "table" and this["path"] == first["path"] and this[key] in tied:
                    continue
                if not same and place != index:
                    untie.add(this[key])
            item = this[key] if table == "reports" else _item_of_image(this, sources_of(job.corpus))
            other = (
                "another text" if table == "reports" and this["text"] != first["text"] else "other content"
            )
            job.reject(item, "duplicate_id", "identical content" if same else other)
    return untie


def _item_of_image(row: Mapping[str, Any], sources: Sequence[Source]) -> str:
    """Return an image's file, relative to its source, with the frame where there are several; else its id."""
    path = row["path"]
    if path is None:
        return str(row["image_id"])
    root = next((r for s in sources for r in s.paths if path.startswith(os.path.join(r, ""))), path)
    return relative_name(path, root) + (f"#{row['frame']}" if row["frame"] else "")


def _content(table: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes two rows of one id the same thing."""
    names = ("text", "patient_id") if table == "reports" else ("content_hash", "patient_id", "report_id")
    return tuple(row[name] for name in names)

"""What reports get from the images of their study: modality, body part and date, where they say none themselves.

A report's study is the one that it names, else the only one with its accession number. A study says a fact where all
of its images that say it agree. The column `by_study` names the facts that a report got so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Shard
from radmine.ingest.named import written
from radmine.run import Job

FACTS = ("modality", "body_part", "study_date")
_OF_REPORT = ("study_id", "accession_number", *FACTS)

_Shards = Sequence[Mapping[str, Shard]]
_Facts = dict[str, dict[str, str | None]]  # study -> fact -> what it says, None where it says several things


def unfilled(job: Job, made: _Shards) -> list[dict[str, Shard]]:
    """Return the shards without what an earlier run filled in and left in them."""
    result = [dict(shards) for shards in made]
    for shards in result:
        by_study = job.corpus.read_shard("reports", shards["reports"], columns=["by_study"]).column(0)
        if by_study.null_count == len(by_study):
            continue
        content = job.corpus.read_shard("reports", shards["reports"])
        columns: dict[str, Any] = {"by_study": pa.nulls(len(by_study), pa.string())}
        for name in FACTS:
            got = pc.fill_null(pc.match_substring(by_study, name), False)
            columns[name] = pc.if_else(got, None, content.column(name))
        shards["reports"] = written(job, "reports", shards["reports"], content, columns)
    return result


def filled_from_studies(job: Job, made: _Shards) -> list[dict[str, Shard]]:
    """Return the shards with what the studies of reports say of them; they keep their names."""
    result = [dict(shards) for shards in made]
    facts, study_of = _Facts(), dict[str, str | None]()
    if any(shards["reports"].rows for shards in made):
        for row in _said_by_images(job, made):
            said, accession = facts.setdefault(row["study_id"], {}), row["accession_number"]
            for name in FACTS:
                if row[name] and said.setdefault(name, row[name]) != row[name]:
                    said[name] = None
            if accession and study_of.setdefault(accession, row["study_id"]) != row["study_id"]:
                study_of[accession] = None
    if not facts:
        return result
    for shards in result:
        rows = job.corpus.read_shard("reports", shards["reports"], columns=_OF_REPORT).to_pylist()
        by_study = list[str | None]()
        for row in rows:
            said = facts.get(row["study_id"] or study_of.get(row["accession_number"] or "") or "", {})
            got = {name: said[name] for name in FACTS if row[name] is None and said.get(name)}
            row.update(got)
            by_study.append(",".join(got) or None)
        if any(by_study):
            content = job.corpus.read_shard("reports", shards["reports"])
            columns = {name: [row[name] for row in rows] for name in FACTS} | {"by_study": by_study}
            shards["reports"] = written(job, "reports", shards["reports"], content, columns)
    return result


def _said_by_images(job: Job, made: _Shards) -> Iterator[dict[str, Any]]:
    """Yield what the images of studies say, each thing once a shard."""
    columns = list(_OF_REPORT)
    for shards in made:
        table = job.corpus.read_shard("images", shards["images"], columns=columns)
        table = table.filter(pc.is_valid(table.column("study_id")))
        yield from table.group_by(columns, use_threads=False).aggregate([]).to_pylist()

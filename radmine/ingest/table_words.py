"""What is said of tables when they are read: which columns became labels or text, and what could not be read of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from radmine.corpus import Shard
from radmine.ingest.reader import Unit
from radmine.ingest.table_look import LAYOUT, LOST, OWN
from radmine.run import Job

_MOST = 4  # columns of one table that are named; their names are those of findings
_UNREAD = frozenset(("unread_date", "unread_label"))  # whose detail begins with a number


def say_of_tables(job: Job, tables: Iterable[Unit]) -> None:
    """Say and note what the first rows of tables told."""
    taken, refused, texts = dict[str, list[str]](), dict[str, list[str]](), dict[str, str]()
    units = list(tables)
    for unit in units:
        if unit.labels and unit.labels.names:
            taken[unit.item] = list(unit.labels.names)
        if unit.labels and unit.labels.refused:
            refused[unit.item] = list(unit.labels.refused)
        if "text" in unit.told:
            texts[unit.item] = unit.told["text"]
    job.said += dict.fromkeys(
        f"patients of {unit.item}: from its paths, as {unit.told[LAYOUT]} has them"
        for unit in units
        if LAYOUT in unit.told
    )
    job.said += dict.fromkeys(
        f"no patient column in {unit.item}: each {unit.told[OWN]} is its own patient; --column patient_id=COLUMN"
        for unit in units
        if OWN in unit.told
    )
    job.said += dict.fromkeys(
        f"ids of {unit.item} ({', '.join(unit.told[LOST].split())}) have lost digits (1.23E+11): save the column as text"
        for unit in units
        if LOST in unit.told
    )
    for name, note in (
        ("label columns", taken),
        ("columns that are no labels", refused),
        ("text columns", texts),
    ):
        if note:
            job.notes[name] = note
    job.said += (
        f"no labels in {file}: {_named(names)} (other values than 1, 0, -1, yes, no)"
        for file, names in refused.items()
    )
    job.said += (f'text column of {file}: "{column}"' for file, column in texts.items())


def say_of_rows(job: Job, made: Sequence[Mapping[str, Shard]]) -> None:
    """Say and note how many votes the labels of tables make, and what was not read."""
    votes, unread = Counter[tuple[str, bool]](), Counter[str]()
    for shards in made:
        if shards["source_labels"].rows:
            labels = job.corpus.read_shard(
                "source_labels", shards["source_labels"], columns=["image_id", "file"]
            )
            votes.update((row["file"], row["image_id"] is None) for row in labels.to_pylist())
        if shards["rejected"].rows:
            rows = job.corpus.read_shard("rejected", shards["rejected"], columns=["reason", "detail"])
            for row in rows.to_pylist():
                count, _, rest = row["detail"].partition(" ")
                if row["reason"] in _UNREAD and count.isdecimal():
                    unread[rest] += int(count)
    for file, names in job.notes.get("label columns", {}).items():
        made_of_it = [
            f"{votes[file, of_reports]:,} votes on {kind}"
            for kind, of_reports in (("images", False), ("reports", True))
            if votes[file, of_reports]
        ]
        job.said.append(
            f"{_count(names)} of {file}: {_named(names)} -> {', '.join(made_of_it) or 'no votes'}"
        )
    job.said += (f"{n:,} {_singular(what) if n == 1 else what}" for what, n in sorted(unread.items()))
    if unread:
        job.notes["not read"] = dict(sorted(unread.items()))


def _singular(what: str) -> str:
    return what.replace("dates", "date", 1).replace("values", "value", 1)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} label column{'s' * (len(names) > 1)}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST]) + (", ..." if len(names) > _MOST else "")

"""Reports and images that belong together by the names of their files and folders, where nothing else says so.

A report in a file of its own that names neither study nor accession number gets those of the study whose accession number,
UIDs or patient its file or a folder is named by; an image that no report has gets the report by which its file
or a folder is named. All names on the way must agree: what could mean two studies, patients or reports ties nothing,
and of reports and images whose own fields name a study or a patient none is tied.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus, Shard
from radmine.ingest.names import Places, is_id
from radmine.ingest.source import sources_of
from radmine.run import Job

# What a name may be, the most certain first.
_KEYS = ("study_id", "accession_number", "series_id", "image_id", "patient_id")
_REPORT = ("report_id", "patient_id", "study_id", "accession_number", "path")
_IMAGE = (*_KEYS, "report_id", "path")
# The key of a table, and the columns besides the patient that a tie fills.
_TIED = {
    "reports": ("report_id", "study_id", "accession_number", "named_by"),
    "images": ("image_id", "report_id", "named_by"),
}

_Shards = Sequence[Mapping[str, Shard]]
_Row = Mapping[str, Any]
_Study = tuple[str | None, str | None]  # id, accession number
_Changes = dict[str, dict[str, Any]]  # id -> column -> value


class _Known(NamedTuple):
    """What a name is: of a study, or of a patient."""

    key: str
    study: str | None
    patient: str
    accession: str | None


def untied(job: Job, made: _Shards) -> list[dict[str, Shard]]:
    """Return the shards as they were read: without the ties that an earlier run made of names, and left in them."""
    result = [dict(shards) for shards in made]
    for shards in result:
        for table, (key, *tied) in _TIED.items():
            named = job.corpus.read_shard(table, shards[table], columns=["named_by"]).column(0)
            if named.null_count == len(named):
                continue
            content = job.corpus.read_shard(table, shards[table])
            mask = pc.is_valid(named)
            own = pc.if_else(mask, content.column(key), content.column("patient_id"))
            columns = {"patient_id": own}
            columns |= {name: pc.if_else(mask, None, content.column(name)) for name in tied}
            shards[table] = written(job, table, shards[table], content, columns)
    return result


def tied_by_name(job: Job, made: _Shards) -> list[dict[str, Shard]]:
    """Return the shards with those reports and images tied that only names of files and folders tie.

    The column `named_by` says which id the name was. Shards keep their names, so that the next run finds them.
    """
    places = Places(path for source in sources_of(job.corpus) for path in source.paths)
    if not all(any(shards[table].rows for shards in made) for table in ("reports", "images")):
        return [dict(shards) for shards in made]
    reports = _loose_reports(job.corpus, made)
    ties = _study_ties(job.corpus, made, reports, places) if reports else {}
    rest = [row for row in reports if row["report_id"] not in ties]
    of_images: _Changes = {}
    if rest:
        more, of_images = _report_ties(job.corpus, made, rest, places)
        ties |= more
    if ties:
        job.said.append(_said(len(ties), "report", "a study or patient"))
    if of_images:
        job.said.append(_said(len(of_images), "image", "a report"))
    if not ties and not of_images:
        return [dict(shards) for shards in made]
    return [
        dict(shards)
        | {
            table: _tied(job, table, shards[table], changes)
            for table, changes in (("reports", ties), ("images", of_images))
        }
        for shards in made
    ]


def _said(count: int, noun: str, to: str) -> str:
    if count == 1:
        return f"1 {noun} is tied to {to} by the name of its file or folder"
    return f"{count:,} {noun}s are tied to {to} by the names of their files or folders"


def _loose_reports(corpus: Corpus, made: _Shards) -> list[_Row]:
    """Return the reports in files of their own that name no study and no patient, and that no image names."""
    tables = [corpus.read_shard("reports", s["reports"], columns=_REPORT) for s in made if s["reports"].rows]
    table = pa.concat_tables(tables)
    paths = pc.value_counts(table.column("path").combine_chunks())
    alone = paths.field("values").filter(pc.equal(paths.field("counts"), 1))
    loose = pc.and_(
        pc.and_(pc.is_null(table.column("study_id")), pc.is_null(table.column("accession_number"))),
        pc.and_(pc.is_in(table.column("path"), alone), pc.is_valid(table.column("path"))),
    )
    table = table.filter(pc.and_(loose, pc.equal(table.column("patient_id"), table.column("report_id"))))
    if table.num_rows:
        for shards in made:
            tied = corpus.read_shard("images", shards["images"], columns=["report_id"]).column(0)
            table = table.filter(pc.invert(pc.is_in(table.column("report_id"), pc.unique(tied).drop_null())))
    rows: list[_Row] = table.to_pylist()
    return rows


def _study_ties(corpus: Corpus, made: _Shards, reports: Sequence[_Row], places: Places) -> _Changes:
    """Return what reports get whose file or folder is named by a study, an accession number, a UID or a patient."""
    names = {row["report_id"]: frozenset().union(*places.ids(row["path"])) for row in reports}
    known, studies_of = _named(corpus, made, frozenset().union(*names.values()))
    ties: _Changes = {}
    by_patient = Counter[str]()
    for row in reports:
        meant = {found for name in names[row["report_id"]] for found in known.get(name, ())}
        patients = {found.patient for found in meant}
        studies = {found.study for found in meant if found.key != "patient_id"}
        if len(patients) != 1 or len(studies) > 1:
            continue
        (patient,) = patients
        key = min((found.key for found in meant), key=_KEYS.index)
        tie: dict[str, Any] = {"patient_id": patient, "named_by": key}
        if studies:
            accessions = {found.accession for found in meant if found.key != "patient_id"}
            (tie["study_id"],) = studies
            tie["accession_number"] = accessions.pop() if len(accessions) == 1 else None
        else:
            by_patient[patient] += 1
        ties[row["report_id"]] = tie
    reported = _reported(corpus, made)
    for tie in ties.values():  # a patient of one study and one report
        found = studies_of.get(tie["patient_id"], set())
        if tie["named_by"] == "patient_id" and by_patient[tie["patient_id"]] == len(found) == 1:
            ((study, accession),) = found
            if study is not None and not {study, accession} & reported:
                tie |= {"study_id": study, "accession_number": accession}
    return ties


def _named(
    corpus: Corpus, made: _Shards, wanted: frozenset[str]
) -> tuple[dict[str, set[_Known]], dict[str, set[_Study]]]:
    """Return what each of the wanted names is among the ids of images, and the studies of each patient who is named."""
    known, studies_of = defaultdict[str, set[_Known]](set), defaultdict[str, set[_Study]](set)
    names = pa.array(sorted(wanted), pa.string())
    for shards in made:
        table = corpus.read_shard("images", shards["images"], columns=_KEYS)
        bare = pc.replace_substring_regex(table.column("patient_id"), r"^.*\|", "")
        hits = {key: pc.is_in(bare if key == "patient_id" else table.column(key), names) for key in _KEYS}
        for key, hit in hits.items():
            if not pc.any(hit).as_py():
                continue
            columns = list(dict.fromkeys((key, "study_id", "patient_id", "accession_number")))
            for row in table.filter(hit).select(columns).group_by(columns).aggregate([]).to_pylist():
                study = row["study_id"], row["accession_number"]
                if key == "patient_id":
                    name = row[key].rpartition("|")[2]
                    known[name].add(_Known(key, None, row[key], None))
                    studies_of[row[key]].add(study)
                elif row["study_id"] is not None:
                    known[row[key]].add(_Known(key, study[0], row["patient_id"], study[1]))
    return known, studies_of


def _reported(corpus: Corpus, made: _Shards) -> set[str]:
    """Return the studies and accession numbers that reports name by themselves."""
    found = set[str]()
    for shards in made:
        table = corpus.read_shard("reports", shards["reports"], columns=["study_id", "accession_number"])
        for column in table.columns:
            found.update(pc.unique(column).drop_null().to_pylist())
    return found


def _report_ties(
    corpus: Corpus, made: _Shards, reports: Sequence[_Row], places: Places
) -> tuple[_Changes, _Changes]:
    """Return what reports get whose images' files or folders are named by them, and what such images of no study get."""
    called = defaultdict[str, set[str]](set)
    for row in reports:
        for name in {row["report_id"], row["report_id"].rpartition("/")[2]}:
            if is_id(name):
                called[name].add(row["report_id"])
    reported = _reported(corpus, made)
    of_images: _Changes = {}
    studies_of, reports_of = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    facts = dict[str, _Row]()
    for image, report_id in _images_named(corpus, made, called, places):
        study = image["study_id"]
        if study is None and image["patient_id"] == image["image_id"]:
            of_images[image["image_id"]] = dict.fromkeys(("report_id", "patient_id"), report_id)
            of_images[image["image_id"]]["named_by"] = "report_id"
        elif study is not None and not {study, image["accession_number"]} & reported:
            studies_of[report_id].add(study)
            reports_of[study].add(report_id)
            facts[study] = image
    ties: _Changes = {}
    for report_id, studies in studies_of.items():
        if len(studies) > 1 or len(reports_of[min(studies)]) > 1:
            continue
        tie = {name: facts[min(studies)][name] for name in ("study_id", "accession_number", "patient_id")}
        ties[report_id] = {**tie, "named_by": "report_id"}
    return ties, of_images


def _images_named(
    corpus: Corpus, made: _Shards, called: Mapping[str, set[str]], places: Places
) -> Iterator[tuple[_Row, str]]:
    """Yield each image that no report has and whose file or folders are named by one report, with that."""
    for shards in made:
        table = corpus.read_shard("images", shards["images"], columns=_IMAGE)
        table = table.filter(
            pc.and_(pc.is_null(table.column("report_id")), pc.is_valid(table.column("path")))
        )
        for row in table.to_pylist():
            found = {
                report
                for names in places.ids(row["path"])
                for name in names & called.keys()
                for report in called[name]
            }
            if len(found) == 1:
                yield row, found.pop()


def _tied(job: Job, table: str, shard: Shard, changes: _Changes) -> Shard:
    """Return a shard with what its rows get."""
    key = _TIED[table][0]
    ids = job.corpus.read_shard(table, shard, columns=[key]).column(0).to_pylist()
    mine = {i: changes[i] for i in ids if i in changes}
    if not mine:
        return shard
    content = job.corpus.read_shard(table, shard)
    columns = {
        name: [
            mine[i].get(name, value) if i in mine else value
            for i, value in zip(ids, content.column(name).to_pylist(), strict=True)
        ]
        for name in ("patient_id", *_TIED[table][1:])
    }
    return written(job, table, shard, content, columns)


def written(job: Job, table: str, shard: Shard, content: pa.Table, columns: Mapping[str, Any]) -> Shard:
    """Return a shard written anew under its name, with these columns in the place of its own."""
    for name, values in columns.items():
        place, field = content.schema.get_field_index(name), content.schema.field(name)
        made = values if isinstance(values, pa.ChunkedArray) else pa.array(values, type=field.type)
        content = content.set_column(place, field, made)
    return job.corpus.write_shard(table, shard.file, content)

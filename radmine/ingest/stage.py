"""The ingest stage: reads the sources of a corpus, chunk by chunk, then derives what follows from all of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from radmine.corpus import Corpus, Shard
from radmine.errors import CorpusError, InputError, SettingsError
from radmine.files import digest
from radmine.ingest.composition import clean
from radmine.ingest.derived import Studies, accession_ties, belonging
from radmine.ingest.duplicates import without_duplicates
from radmine.ingest.filled import filled_from_studies, unfilled
from radmine.ingest.named import tied_by_name, untied
from radmine.ingest.reader import STAGE_NAME, Batch, Reader, Source, Unit, to_read
from radmine.ingest.readers import READERS
from radmine.ingest.score import score
from radmine.ingest.source import add_source, put_back, reader_named, source_name, sources_digest, sources_of
from radmine.ingest.splits import PARTS, Belonging, Shares, assign_splits, said_of_changes
from radmine.ingest.storable import storable
from radmine.ingest.table_words import say_of_rows, say_of_tables
from radmine.records import TABLES, Image, Rejected, Report, from_table
from radmine.run import (
    MEGABYTE,
    Execution,
    Guard,
    Job,
    Limits,
    NotApplicable,
    Outcome,
    Piece,
    Progress,
    Rows,
    Stage,
    groups_of,
    no_progress,
    require_within,
    run_stage,
    uses,
)

_ALIGNED = ("reports", "images", "key_objects", "source_labels")
_NAMED = 5  # reasons that an error names
_VERSION = 6


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How sources are read and split."""

    # Share of the patients that are drawn into validation.
    validation: float = 0.1
    # Share of the patients that are drawn into test; the rest is train.
    test: float = 0.2
    # Seed of the draw.
    seed: int = 0
    # Files or rows that are read at once and become one shard.
    shard_size: int = 1000
    limits: Limits = field(
        default=Limits(),
        metadata=uses(
            "seconds",
            "report_characters",
            "document_mb",
            "line_mb",
            "columns",
            "inflated_mb",
            "frames",
            "megapixels",
        ),
    )

    def __post_init__(self) -> None:
        require_within(
            self, validation=(0, 1), test=(0, 1), seed=(-(2**63), 2**63), shard_size=(1, 1_000_000)
        )
        if self.validation + self.test >= 1:
            raise SettingsError(
                "The shares of validation and test must leave something for train.",
                where="validation, test",
                do="Choose shares of 0 or more whose sum is below 1.",
            )


def read_chunk(source: Source, units: Sequence[Unit]) -> Mapping[str, Rows]:
    """Return the rows that a few units of a source hold; a unit that cannot be read or stored is set aside."""
    reader, batch = reader_named(source.reader), Batch()
    with Guard(batch.reject, otherwise="unreadable", seconds=source.limits.seconds, foreign=True) as guard:
        for unit in units:
            if unit.aside:
                batch.reject(unit.item, unit.aside, unit.detail)
                continue
            with guard(unit.item):
                batch.extend(reader.read([unit], source))
    kept = Batch(key_objects=batch.key_objects, rejected=batch.rejected)
    refused = set[str]()
    for report in batch.reports:
        reason = _unfit(report, source.limits.report_characters)
        if reason is None:
            kept.reports.append(report)
        else:
            kept.reject(report.report_id, *reason)
            refused.add(report.report_id)
    refused -= {r.report_id for r in kept.reports}
    kept.source_labels = [said for said in batch.source_labels if said.report_id not in refused]
    kept.images = [_untied(i) if i.report_id in refused else i for i in batch.images]
    tables = {name: storable(name, getattr(kept, name), kept.reject) for name in _ALIGNED}
    return {**tables, "rejected": [_cleaned(row) for row in kept.rejected]}


def _cleaned(row: Rejected) -> Rejected:
    """Return a row of `rejected` as it can be stored."""
    return Rejected(row.stage, *(clean(str(word)) for word in (row.item, row.reason, row.detail)))


def _unfit(report: Report, longest: int) -> tuple[str, str] | None:
    if not isinstance(report.text, str):  # of a reader of others
        return "bad_text", "the text is not a string"
    if not report.text.strip():
        return "empty_report", ""
    if len(report.text) > longest:
        return "report_too_long", f"{len(report.text)} characters, {longest} at most"
    return None


def _untied(image: Image) -> Image:
    return replace(image, report_id=None, caption_start=None, caption_end=None)


def _chunks(units: Sequence[Unit], size: int, most: float) -> Iterator[list[Unit]]:
    """Yield units in order, at most `size` files or rows together, or `most` bytes that are held in memory."""
    chunk, count, held = list[Unit](), 0, 0
    for unit in units:
        if chunk and (count + unit.size > size or held + unit.held > most):
            yield chunk
            chunk, count, held = [], 0, 0
        chunk.append(unit)
        count += unit.size
        held += unit.held
    if chunk:
        yield chunk


def _version(name: str, reader: Reader) -> tuple[str, int]:
    """Return the version of the reader that reads a unit: its own, else that of its source."""
    return name, READERS[name].version if name in READERS else reader.version


def _mark(unit: Unit) -> list[Any]:
    """Return what the rows of a unit depend on."""
    labels = asdict(unit.labels) if unit.labels else None
    of_file = (unit.path, unit.root, unit.stamp, unit.first, unit.size, unit.reader, unit.aside)
    return [*of_file, sorted(unit.told.items()), labels]


def _pieces(job: Job, settings: IngestSettings) -> list[Piece]:
    """Return the pieces of work of all sources, in order; what is left out on purpose goes to the notes."""
    pieces, skipped = list[Piece](), Counter[str]()
    tables = list[Unit]()
    for named in sources_of(job.corpus):
        source = replace(named, limits=settings.limits)
        reader = reader_named(source.reader)
        job.progress(0, None, "files listed")
        units = reader.units(source, settings.shard_size)
        skipped.update(u.skip for u in units if u.skip)
        tables += (u for u in units if u.first == 0 and to_read(u))
        kept_units = [u for u in units if not u.skip]
        if not kept_units:
            raise InputError(
                "There is nothing to read.",
                where=", ".join(source.paths),
                do=f"The reader {reader.name!r} looks for {reader.reads}; name another with --reader.",
            )
        base = [_VERSION, reader.name, sorted(source.options.items()), source.prefixes]
        for chunk in _chunks(kept_units, settings.shard_size, settings.limits.document_mb * MEGABYTE):
            marks = [_mark(unit) for unit in chunk]
            versions = sorted({_version(u.reader, reader) for u in chunk})
            pieces.append(
                Piece(
                    digest(base, asdict(settings.limits), marks, versions),
                    sum(u.size for u in chunk),
                    (source, chunk),
                )
            )
    job.notes["left out on purpose"] = dict(sorted(skipped.items()))
    job.notes["columns of tables left out"] = sum(u.left_out for u in tables)
    say_of_tables(job, tables)
    job.notes["sources"] = [source_name(source) for source in sources_of(job.corpus)]
    return pieces


def run(job: Job) -> None:
    """Read every source, set aside ids that come twice, derive studies, series and splits."""
    if not sources_of(job.corpus):
        before = job.corpus.manifest(STAGE_NAME)
        read = job.corpus.folder / "reports", job.corpus.folder / "images"
        if before.notes.get("sources") if before else any(any(table.glob("part-*")) for table in read):
            raise CorpusError(
                "The list of the corpus' sources is gone, though it was ingested from some.",
                where=str(job.corpus.folder / "sources.json"),
                do="Restore the file, or add the same sources again with `radmine ingest`; nothing is removed until then.",
            )
        raise NotApplicable("no source was added to the corpus yet")
    settings: IngestSettings = job.settings
    pieces = _pieces(job, settings)
    made = job.make_shards(read_chunk, pieces, what="items read, files or rows", tables=_ALIGNED)
    made, counts = without_duplicates(job, untied(job, unfilled(job, made)), pieces)
    job.notes["table rows merged into images"] = counts["merged"]
    if counts["image_without_file"]:
        job.notes["left out on purpose"]["image_without_file"] = counts["image_without_file"]
    _check_not_empty(job, made)
    made = filled_from_studies(job, tied_by_name(job, made))
    job.add(made)
    say_of_rows(job, made)
    studies = Studies()
    belongings, by_accession, made_ids = [], (list[Any](), list[Any]()), list[str]()
    for shards in made:
        for number, table in enumerate(("reports", "images")):
            for row in _rows(job.corpus, table, shards[table]):
                studies.add(row)
                belongings.append(belonging(row))
                if row["named_by"]:
                    made_ids.append(row["image_id" if number else "report_id"])
                accession, patient, study = row["accession_number"], row["patient_id"], row["study_id"]
                by_accession[number].append(
                    (accession, patient, study) if number == 0 else (accession, study)
                )
    belongings += accession_ties(by_accession[1], by_accession[0])
    job.write("studies", studies.studies())
    job.write("series", studies.series())
    if studies.with_two_patients:
        job.notes["studies with more than one patient"] = len(studies.with_two_patients)
    drawn = {"validation": settings.validation, "test": settings.test, "seed": settings.seed}
    before = job.corpus.manifest(STAGE_NAME)
    if before is None:  # its manifest was damaged: the parts that were drawn stay
        existing = job.left("splits")
    else:
        existing = list(job.corpus.records("splits")) if before.notes.get("splits") == drawn else []
    job.notes["splits"] = drawn
    # Who was drawn under an id made for him, before a name told whose it is, brings his part along and goes.
    patients, drawn_before = {b.patient_id for b in belongings}, {split.patient_id for split in existing}
    gone = [i for i in made_ids if i in drawn_before and i not in patients]
    belongings += [Belonging(i, ties=(f"report {i}",)) for i in gone]
    splits = assign_splits(
        belongings,
        shares=Shares(settings.validation, settings.test),
        seed=settings.seed,
        existing=existing,
        gone=gone,
    )
    job.said += said_of_changes(existing, splits)
    job.write("splits", splits)
    job.notes["patients"] = {part: sum(s.split == part for s in splits) for part in PARTS}


def _check_not_empty(job: Job, made: Sequence[Mapping[str, Shard]]) -> None:
    if any(shards[table].rows for shards in made for table in ("reports", "images")):
        return
    groups = groups_of(
        row
        for shards in made
        for row in from_table(TABLES["rejected"], job.corpus.read_shard("rejected", shards["rejected"]))
    )
    said = "; ".join(f"{group.reason}: {group.items} (first: {group.first})" for group in groups[:_NAMED])
    advice = [f"{g.first}: {g.detail}" for g in groups if g.reason in ("unknown_table", "broken_table")]
    known = [g.do for g in groups[:_NAMED] if not g.reason.startswith("unknown_") and g.reason != "not_dicom"]
    if len(known) < len(groups) or not known:
        known.append("Check the paths and --reader.")
    raise InputError(
        "Nothing could be read: there is no report and no image.",
        where=", ".join(p for s in sources_of(job.corpus) for p in s.paths),
        do=f"Set aside were {said or 'no files'}. {' '.join([*advice[:1], *dict.fromkeys(known)])}",
    )


_COLUMNS = {
    "reports": (
        "report_id", "patient_id", "study_id", "accession_number", "study_date", "modality", "body_part", "source",
        "source_split", "named_by",
    ),
    "images": (
        "report_id", "patient_id", "study_id", "accession_number", "study_date", "modality", "body_part", "source",
        "source_split", "series_id", "series_number", "plane", "study_description", "series_description",
        "content_hash", "named_by", "image_id",
    ),
}  # fmt: skip


def _rows(corpus: Corpus, table: str, shard: Shard) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = corpus.read_shard(table, shard, columns=_COLUMNS[table]).to_pylist()
    return rows


def _data(corpus: Corpus, _settings: Any) -> str:
    """Return the fingerprint of the sources, and of the versions of the readers that may read them."""
    return digest(sources_digest(corpus), {reader.name: reader.version for reader in READERS.values()})


STAGE = Stage(
    name=STAGE_NAME,
    run=run,
    settings=IngestSettings,
    reads=(),
    writes=(*_ALIGNED[:1], "studies", "series", *_ALIGNED[1:], "splits"),
    data=_data,
    score=score,
    version=_VERSION,
)


def ingest_source(
    corpus: Corpus,
    reader: str,
    paths: Sequence[Path],
    *,
    options: Mapping[str, str] | None = None,
    settings: IngestSettings,
    execution: Execution | None = None,
    progress: Progress = no_progress,
) -> Outcome:
    """Return what became of the ingest stage after a source was added; a source that cannot be ingested is not kept.

    A killed ingest keeps its source: the same call, or any run of the stage, goes on with it.

    Parameters
    ----------
    corpus
        The corpus.
    reader, paths, options
        The source, as `add_source` takes it.
    settings
        Of the stage.
    execution
        How many processes read.
    progress
        Is told how far it has come.

    Raises
    ------
    RadmineError
        Another process writes to the corpus, or the source or the settings cannot be used; the sources are then
        those of before.
    """
    with corpus.writing():
        former = sources_of(corpus)
        source = add_source(corpus, reader, paths, options=options)
        try:
            return run_stage(corpus, STAGE, settings, execution=execution, progress=progress)
        except Exception:  # of a reader too; who kills it keeps the source
            manifest = corpus.manifest(STAGE_NAME)
            read = manifest.notes.get("sources", ()) if manifest else ()
            name = source_name(source)  # noted by a killed run and never read whole: it goes too
            put_back(corpus, [s for s in former if name in read or source_name(s) != name])
            raise

"""A corpus on disk: sharded Parquet tables, one manifest a stage written last, fingerprints, one writer at a time.

    corpora/NAME/
        corpus.json              format of the layout; written first
        settings.toml            settings that differ from the defaults, if any
        manifests/STAGE.json     what the stage wrote, from what, with which settings; written last
        TABLE/part-00000-HASH.parquet
        sources.json             what was ingested
        arrays/  models/         decoded pixels; models of topics, label, train, embed and of `voters train`
        decisions.jsonl          what people decided
        topic_marks.jsonl        what people say of topics
        answers/                 what language models replied, and the answers made of it
        lexicon/                 the findings that its reports were read by, where they are more than ours
        work/STAGE/  .next/STAGE/   half-done work and the shards of a run that has not finished

A table is what the manifests list, and the folder of a table holds exactly that: shards get their places all at once,
when their run has finished (see `radmine.placing`). A shard is read only where its bytes are those that were written.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.errors import CorpusError, InputError
from radmine.files import bytes_digest, digest, file_digest, read_bytes, unsealed
from radmine.findings import Lexicon, label_table, lexicon_in
from radmine.homes import FORMAT as FORMAT
from radmine.homes import MARKER as MARKER
from radmine.homes import corpus_folder as corpus_folder
from radmine.homes import home_folder as home_folder
from radmine.homes import write_marker as write_marker
from radmine.manifests import Kept, manifests_in, read_manifest, told_in, write_manifest
from radmine.manifests import Manifest as Manifest
from radmine.manifests import Shard as Shard
from radmine.placing import places, staging
from radmine.records import (
    READ_TABLES,
    TABLES,
    ReadReport,
    Where,
    by_report,
    from_table,
    read_reports,
    row_filter,
)
from radmine.shards import find_shard, parse_shard, with_columns, write_shard
from radmine.writing import writing

if TYPE_CHECKING:
    import pandas

ANSWERS = "answers"  # the folder with what language models answered
LEXICON = "lexicon"  # the folder with the findings of a corpus that was read with more than ours
_TRIES = 10  # of a reader, while one run after another finishes


class MadeAnewError(CorpusError):
    """A table is another now than when reading it began."""


class Corpus:
    """A corpus on disk; open it with `Corpus.open`, make it with `Corpus.create`."""

    def __init__(self, folder: Path, *, stage: str | None = None) -> None:
        self.folder = folder
        self.name = folder.name
        self._stage = stage  # whose run writes shards

    def __repr__(self) -> str:
        return f"Corpus({self.name}: {told_in(self.folder)})"

    def for_run(self, stage: str) -> "Corpus":
        """Return this corpus as the run of a stage has it: its shards wait beside the tables until it has finished."""
        return Corpus(self.folder, stage=stage)

    @classmethod
    def open(cls, name: str, *, home: str | os.PathLike[str] | None = None) -> "Corpus":
        """Return the corpus `corpora/NAME` (or the folder itself, where `name` is a path to one).

        Raises
        ------
        CorpusError
            There is none, or another version of radmine made it.
        """
        folder = corpus_folder(name, home=home)
        marker = folder / MARKER
        if not marker.exists() and any((folder / "manifests").glob("*.json")):
            raise CorpusError(
                "The corpus' own file is gone.",
                where=str(marker),
                do=f"Run `radmine check {folder.name}`: it is written again.",
            )
        if not marker.exists():
            raise CorpusError(
                f"There is no corpus {Path(name).name!r}.",
                where=str(folder),
                do="Make it with `radmine ingest NAME --reader READER PATH`, or say where it is with --home.",
            )
        try:
            made_with = unsealed(read_bytes(marker))["format"]
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, RecursionError) as error:
            raise CorpusError(
                f"The corpus' own file is damaged: {type(error).__name__}.",
                where=str(marker),
                do=f"Run `radmine check {folder.name}`, or ingest its sources into a new corpus.",
            ) from None
        if made_with != FORMAT:
            raise CorpusError(
                f"The corpus has layout {made_with}, this radmine reads layout {FORMAT}.",
                where=str(marker),
                do="Use the version of radmine that made it, or ingest its sources into a new corpus.",
            )
        return cls(folder)

    @classmethod
    def create(cls, name: str, *, home: str | os.PathLike[str] | None = None) -> "Corpus":
        """Return the corpus of this name, made if it is not there yet."""
        if not name or name in {".", ".."} or "/" in name or os.sep in name:
            raise CorpusError(
                "A corpus name is one folder name.", where=name, do="Use letters, digits, '-' and '_'."
            )
        folder = home_folder(home) / "corpora" / name
        if not (folder / MARKER).exists():
            try:
                write_marker(folder)
            except OSError as error:
                raise CorpusError(
                    f"The corpus cannot be made: {error.strerror}.",
                    where=str(folder),
                    do="Say with --home where corpora/ may stand.",
                ) from error
        return cls.open(name, home=home)

    def remove_if_empty(self) -> None:
        """Remove the corpus where no stage has finished and no source is waiting: its first ingest failed."""
        if not any(self._manifests()) and not (self.folder / "sources.json").exists():
            shutil.rmtree(self.folder)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Hold the corpus for writing; a second writer gets a CorpusError at once. A killed writer leaves no lock."""
        return writing(self.folder)

    def manifest(self, stage: str) -> Manifest | None:
        """Return what a stage wrote, or None where it has not finished yet."""
        return read_manifest(self.folder, stage)

    def write_manifest(self, manifest: Manifest) -> None:
        """Write a stage's manifest: from now on its tables are what it lists."""
        write_manifest(self.folder, manifest)

    def _manifests(self) -> Iterator[Manifest]:
        return manifests_in(self.folder)

    # -- tables ---------------------------------------------------------------------------------------

    def shards(self, table: str) -> list[Shard]:
        """Return the shards of a table, in order; of `rejected`, those of all stages."""
        return [s for m in self._manifests() for s in m.tables.get(table, ())]

    def has(self, table: str, shard: Shard) -> bool:
        """Return whether a shard's file is there, in its full length."""
        path = self.folder / table / shard.file
        return path.exists() and path.stat().st_size == shard.size

    def keeps(self, file: str, kept: Kept) -> bool:
        """Return whether a file of a folder is there in its full length; a small one, whether it is the same."""
        try:
            path = self.folder / file
            return path.stat().st_size == kept.size and (not kept.digest or file_digest(path) == kept.digest)
        except OSError:
            return False

    def rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        return sum(s.rows for s in self.shards(table))

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of a table's content, or of a folder such as "models/image", "" where nobody wrote it."""
        if name in TABLES:
            return digest([s.digest for s in self.shards(name)])
        return next((m.folders[name] for m in self._manifests() if name in m.folders), "")

    @property
    def lexicon_folder(self) -> Path | None:
        """Where the findings stand by which its reports were read; None: they are ours alone."""
        return self.folder / LEXICON if self.fingerprint(LEXICON) else None

    @property
    def lexicon(self) -> Lexicon:
        """The findings by which its reports were read: ours, or ours with those of ontologies; raises what `lexicon_in` does."""
        return lexicon_in(self.lexicon_folder)

    def aligned_shards(self, tables: Sequence[str]) -> list[tuple[Shard, ...]]:
        """Return the shards of tables that go together, shard i of each.

        Raises
        ------
        CorpusError
            They do not: one of the tables was made of an earlier state of another.
        """
        columns = [self.shards(table) for table in tables]
        if len({len(shards) for shards in columns}) > 1:
            raise CorpusError(
                f"The tables {', '.join(tables)} do not go together.",
                where=str(self.folder),
                do=f"Run `radmine run {self.name}`: what is out of date is made again.",
            )
        return list(zip(*columns, strict=True))

    def read_shard(
        self,
        table: str,
        shard: Shard,
        *,
        columns: Sequence[str] | None = None,
        rows: pc.Expression | None = None,
    ) -> pa.Table:
        """Return one shard of a table: all columns and rows of it, or these.

        Raises
        ------
        CorpusError
            The file that the manifest names is missing or damaged.
        """
        found = None
        for path in places(self.folder, table, shard.file):
            try:
                data = read_bytes(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CorpusError(
                    f"A shard of table {table} cannot be read: {error.strerror}.",
                    where=str(path),
                    do="See to it that the file can be read, then run the same command again.",
                ) from error
            if bytes_digest(data) == shard.digest:
                return with_columns(parse_shard(data, columns=columns, rows=rows), table, columns, self.name)
            found = path
        if self._stage is None and shard not in self.shards(table):
            raise MadeAnewError(
                f"Table {table} was made anew while it was read.", where=self.name, do="Read it again."
            )
        raise CorpusError(
            f"A shard of table {table} cannot be read: it is {'not what was written' if found else 'missing'}.",
            where=str(found or self.folder / table / shard.file),
            do=f"Run `radmine check {self.name}`: what is damaged is made anew.",
        )

    def read(
        self, table: str, *, columns: Sequence[str] | None = None, rows: pc.Expression | None = None
    ) -> pa.Table:
        """Return a table, or these columns and rows of it; without rows where no stage wrote it.

        Raises
        ------
        CorpusError
            A file that the manifest names is missing or damaged, or the manifest itself is gone.
        """
        schema = TABLES[table].schema
        if columns is not None:
            schema = pa.schema([schema.field(c) for c in columns])
        for attempt in range(_TRIES):
            try:
                parts = [self.read_shard(table, s, columns=columns, rows=rows) for s in self.shards(table)]
                break
            except MadeAnewError:
                if attempt == _TRIES - 1:
                    raise
        if not parts and any((self.folder / table).glob("part-*.parquet")) and not self.shards(table):
            raise CorpusError(
                f"The manifest of the stage that wrote table {table} is gone.",
                where=str(self.folder / "manifests"),
                do=f"Run `radmine check {self.name}`: what the stage wrote is found again.",
            )
        return pa.concat_tables([p.cast(schema) for p in parts]) if parts else schema.empty_table()

    def records(self, table: str) -> Iterator[Any]:
        """Yield the records of a table, shard by shard (see `radmine.records.from_table`)."""
        for shard in self.shards(table):
            yield from from_table(TABLES[table], self.read_shard(table, shard))

    def table(
        self, table: str, *, columns: Sequence[str] | None = None, where: Where | None = None
    ) -> pa.Table:
        """Return a table as Arrow, its rows in their order; without rows where no stage wrote it.

        Parameters
        ----------
        columns
            Those that are wanted; None: all.
        where
            Conditions on the rows, all of which must hold: `{"finding": "pneumothorax", "assertion": ["present", "uncertain"]}`,
            `{"image_id": None, "probability>=": 0.9}`, or "finding=pneumothorax, probability>=0.9" (see
            `radmine.records.read_conditions`). Only what is wanted is read from the files.

        Raises
        ------
        InputError
            There is no such table or column, or a condition is none; the error lists those that there are.
        CorpusError
            A file that the manifest names is missing or damaged.
        """
        if table not in TABLES:
            raise InputError(
                f"There is no table {table!r}.", where=self.name, do=f"Tables: {', '.join(TABLES)}."
            )
        spec = TABLES[table]
        if isinstance(columns, str) or len(set(columns or ())) < len(columns or ()):
            raise InputError(
                "Expected a list of columns, each once.", where=self.name, do='Write ["finding"].'
            )
        unknown = [c for c in columns or () if c not in spec.schema.names]
        if unknown:
            raise InputError(
                f"The table {table} has no column {', '.join(map(repr, unknown))}.",
                where=self.name,
                do=f"Columns: {', '.join(spec.schema.names)}.",
            )
        rows = None if where is None else row_filter(spec, where)
        return self.read(table, columns=columns, rows=rows)

    def frame(
        self, table: str, *, columns: Sequence[str] | None = None, where: Where | None = None
    ) -> "pandas.DataFrame":
        """Return a table as a pandas data frame; takes and raises what `table` does."""
        made: pandas.DataFrame = self.table(table, columns=columns, where=where).to_pandas()
        return made

    def labels(self, *, scheme: str | None = None) -> "pandas.DataFrame":
        """Return all labels as a data frame, in our findings or a scheme's words; see `radmine.findings.label_table`."""
        table = label_table(self.read("labels"), scheme, findings=self.lexicon.findings)
        made: pandas.DataFrame = table.to_pandas()
        return made

    def read_reports(
        self, *, also: Sequence[str] = (), every: int = 1
    ) -> Iterator[tuple[str, ReadReport, dict[str, list[Any]]]]:
        """Yield each report with its id, read, and what other tables hold of it, shard by shard.

        Parameters
        ----------
        also
            Tables whose shards go with those of the reports, such as reports, references or links: the third value is
            `{table: the records of this report}`.
        every
            Take the first report and each so many further on; of the others no record is made.

        Raises
        ------
        CorpusError
            A table was made of an earlier state of the reports, or a shard is missing or damaged.
        """
        tables = tuple(dict.fromkeys((*READ_TABLES, *also)))
        passed = 0  # reports of the shards before
        for group in self.aligned_shards(tables):
            shards = {t: self.read_shard(t, s) for t, s in zip(tables, group, strict=True)}
            if every > 1:
                ids = shards["reports"].column("report_id")
                chosen = ids.take(pa.array(range(-passed % every, len(ids), every), pa.int64()))
                passed += len(ids)
                shards = {t: s.filter(pc.is_in(s.column("report_id"), chosen)) for t, s in shards.items()}
            others = {t: by_report(TABLES[t], shards[t]) for t in also}
            for report_id, read in read_reports(shards):
                yield report_id, read, {t: rows.get(report_id, []) for t, rows in others.items()}

    def shard_name(self, table: str, index: int, fingerprint: str, *, stage: str) -> str:
        """Return the file name of a shard; `rejected` is shared by all stages, so theirs carry the stage's name."""
        owner = f"{stage}-" if table == "rejected" else ""
        return f"part-{owner}{index:05d}-{fingerprint}.parquet"

    def write_shard(self, table: str, file: str, rows: Iterable[Any] | pa.Table) -> Shard:
        """Write one shard of records, row tuples or an Arrow table, whole or not at all, and return it."""
        folder = staging(self.folder, self._stage) if self._stage else self.folder
        return write_shard(folder / table / file, table, rows)

    def find_shard(self, table: str, file: str, listed: Shard | None) -> Shard | None:
        """Return the shard that a killed run left under a name or an earlier one, None where none is whole.

        Parameters
        ----------
        listed
            What the manifest of the earlier run says of it.
        """
        if self._stage:
            left = staging(self.folder, self._stage) / table / file
            found = find_shard(left, table, None)
            if found is not None:
                return found
            left.unlink(missing_ok=True)
        return find_shard(self.folder / table / file, table, listed)

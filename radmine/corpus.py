"""A corpus on disk: sharded Parquet tables, one manifest a stage written last, fingerprints, one writer at a time.

    corpora/NAME/
        corpus.json              format of the layout; written first
        settings.toml            settings that differ from the defaults, if any
        manifests/STAGE.json     what the stage wrote, from what, with which settings; written last
        TABLE/part-00000-HASH.parquet
        arrays/  models/         folders of the pixels and train stages
        work/STAGE/              half-done work of a killed run

A table is what the manifests list: a shard that no manifest names is left over from a killed run and is used by the
next one or removed when its stage ends. A shard gets its final name only when it is whole and synced to disk.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radmine.errors import CorpusError
from radmine.files import digest, file_digest, write_whole
from radmine.records import TABLES, from_table, to_table

FORMAT = 1


def home_folder(home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder in which `corpora/` and `indexes/` stand: `home`, else `$RADMINE_HOME`, else here."""
    return Path(home or os.environ.get("RADMINE_HOME") or ".")


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file of a table: its name, its number of rows and the hash of its bytes."""

    file: str
    rows: int
    digest: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished stage wrote, from what."""

    stage: str
    fingerprint: str  # of inputs, settings, data files and version
    inputs: dict[str, str]  # the parts of the fingerprint, to say why a stage is out of date
    tables: dict[str, list[Shard]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)  # path from the corpus's folder -> fingerprint
    seconds: float = 0.0
    not_applicable: str | None = None  # the reason, where the stage had nothing to read
    notes: dict[str, Any] = field(default_factory=dict)  # what the stage wants to say: device, rates, ...

    def rows(self, table: str) -> int:
        """Return the number of rows that the stage wrote to a table."""
        return sum(shard.rows for shard in self.tables.get(table, ()))


class Corpus:
    """A corpus on disk; open it with `Corpus.open`, make it with `Corpus.create`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    @classmethod
    def open(cls, name: str, *, home: str | os.PathLike[str] | None = None) -> "Corpus":
        """Return the corpus `corpora/NAME` (or the folder itself, where `name` is a path to one).

        Raises
        ------
        CorpusError
            There is none, or another version of radmine made it.
        """
        folder = home_folder(home) / "corpora" / name
        if not (folder / "corpus.json").exists() and (Path(name) / "corpus.json").exists():
            folder = Path(name)
        marker = folder / "corpus.json"
        if not marker.exists():
            raise CorpusError(
                f"There is no corpus {Path(name).name!r}.",
                where=str(folder),
                do="Make it with `radmine ingest NAME --reader READER PATH`, or say where it is with --home.",
            )
        try:
            made_with = json.loads(marker.read_text("utf-8"))["format"]
        except (json.JSONDecodeError, KeyError, TypeError):
            made_with = "unknown"
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
        if not (folder / "corpus.json").exists():
            try:
                write_whole(folder / "corpus.json", json.dumps({"format": FORMAT}).encode())
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

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the corpus for writing; a second writer gets a CorpusError at once. A killed writer leaves no lock."""
        with (self.folder / ".lock").open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CorpusError(
                    "Another radmine process is writing to this corpus.",
                    where=str(self.folder),
                    do="Wait until it ends, then run the same command again.",
                ) from None
            for left in self.folder.rglob(".*.partial"):  # by a writer that was killed
                if left.is_file():
                    left.unlink()
            yield

    # -- manifests ------------------------------------------------------------------------------------

    def manifest(self, stage: str) -> Manifest | None:
        """Return what a stage wrote, or None where it has not finished yet."""
        path = self.folder / "manifests" / f"{stage}.json"
        if not path.exists():
            return None
        try:
            data = json.loads(path.read_text("utf-8"))
            tables = {t: [Shard(**s) for s in shards] for t, shards in data.pop("tables").items()}
            return Manifest(tables=tables, **data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CorpusError(
                f"The manifest of stage {stage} is damaged: {type(error).__name__}.",
                where=str(path),
                do=f"Remove the file and run `radmine run {self.name}`: what the stage wrote is found or made again.",
            ) from None

    def write_manifest(self, manifest: Manifest) -> None:
        """Write a stage's manifest: from now on its tables are what it lists."""
        content = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
        write_whole(self.folder / "manifests" / f"{manifest.stage}.json", content)

    def _manifests(self) -> Iterator[Manifest]:
        for path in sorted((self.folder / "manifests").glob("*.json")):
            manifest = self.manifest(path.stem)
            if manifest is not None:
                yield manifest

    def remove_strays(self, manifest: Manifest) -> None:
        """Remove the shards of a stage's tables that no manifest lists: what killed and older runs left."""
        listed = {(t, s.file) for m in self._manifests() for t, shards in m.tables.items() for s in shards}
        for table in manifest.tables:
            for path in (self.folder / table).glob("*part*"):
                mine = table != "rejected" or f"part-{manifest.stage}-" in path.name
                if mine and (table, path.name) not in listed:
                    path.unlink()

    # -- tables ---------------------------------------------------------------------------------------

    def shards(self, table: str) -> list[Shard]:
        """Return the shards of a table, in order; of `rejected`, those of all stages."""
        return [s for m in self._manifests() for s in m.tables.get(table, ())]

    def has(self, table: str, shard: Shard) -> bool:
        """Return whether a shard's file is there, in its full length."""
        path = self.folder / table / shard.file
        return path.exists() and path.stat().st_size == shard.size

    def rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        return sum(s.rows for s in self.shards(table))

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of a table's content, or of a folder such as "models/image", "" where nobody wrote it."""
        if name in TABLES:
            return digest([s.digest for s in self.shards(name)])
        return next((m.folders[name] for m in self._manifests() if name in m.folders), "")

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

    def read_shard(self, table: str, shard: Shard, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return one shard of a table.

        Raises
        ------
        CorpusError
            The file that the manifest names is missing or damaged.
        """
        path = self.folder / table / shard.file
        try:
            # One file, no data set: a folder name such as "a=b" must not become a column.
            return pq.ParquetFile(path).read(columns=list(columns) if columns is not None else None)
        except (OSError, pa.ArrowInvalid) as error:
            raise CorpusError(
                f"A shard of table {table} cannot be read: {type(error).__name__}.",
                where=str(path),
                do=f"Run `radmine run {self.name}`: the stage that wrote it makes it again.",
            ) from error

    def read(self, table: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole table; without rows where no stage wrote it."""
        schema = TABLES[table].schema
        if columns is not None:
            schema = pa.schema([schema.field(c) for c in columns])
        parts = [self.read_shard(table, s, columns=columns) for s in self.shards(table)]
        return pa.concat_tables([p.cast(schema) for p in parts]) if parts else schema.empty_table()

    def records(self, table: str) -> Iterator[Any]:
        """Yield the records of a table, shard by shard (see `radmine.records.from_table`)."""
        for shard in self.shards(table):
            yield from from_table(TABLES[table], self.read_shard(table, shard))

    def shard_name(self, table: str, index: int, fingerprint: str, *, stage: str) -> str:
        """Return the file name of a shard; `rejected` is shared by all stages, so theirs carry the stage's name."""
        owner = f"{stage}-" if table == "rejected" else ""
        return f"part-{owner}{index:05d}-{fingerprint}.parquet"

    def write_shard(self, table: str, file: str, rows: Iterable[Any] | pa.Table) -> Shard:
        """Write one shard, whole or not at all, and return it."""
        content = rows if isinstance(rows, pa.Table) else to_table(TABLES[table], rows)
        sink = pa.BufferOutputStream()
        pq.write_table(content, sink, compression="zstd")
        data = sink.getvalue()
        write_whole(self.folder / table / file, data)
        return Shard(file, content.num_rows, hashlib.blake2b(data, digest_size=8).hexdigest(), len(data))

    def find_shards(self, files: Mapping[str, str]) -> dict[str, Shard] | None:
        """Return the shards that an earlier or killed run left under these names, None where one is missing."""
        found: dict[str, Shard] = {}
        for table, file in files.items():
            path = self.folder / table / file
            try:
                rows = pq.ParquetFile(path).metadata.num_rows
            except (OSError, pa.ArrowInvalid):  # not there, or damaged since
                return None
            found[table] = Shard(file, rows, file_digest(path), path.stat().st_size)
        return found

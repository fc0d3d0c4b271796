"""One run of one stage over one corpus: pieces of work, their shards, what is rejected, and the manifest at the end."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.corpus import Corpus, Manifest, Shard
from radmine.files import digest
from radmine.manifests import Kept
from radmine.placing import put_in_place
from radmine.records import TABLES, Rejected, from_table
from radmine.run.course import Course, work_folder
from radmine.run.execution import Execution
from radmine.run.executors import map_in_order, uncollected
from radmine.run.guard import TRY_AGAIN
from radmine.run.plan import stage_inputs
from radmine.run.reasons import set_aside
from radmine.run.stage import Progress, Rows, Stage, Work, no_progress


@dataclass(frozen=True, slots=True)
class Read:
    """A shard of a table, or a whole one, that is read where the work is done."""

    table: str
    shard: Shard | None = None  # None: the whole table
    columns: tuple[str, ...] | None = None  # None: all
    fingerprint: str = ""  # of a whole table, so that another content is read anew


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work: the hash of all that its result depends on, its size, and the arguments of the function.

    A `Read` among the arguments, or in a dict among them, comes to the function as the Arrow table that it names.
    """

    mark: str
    size: int
    arguments: tuple[Any, ...]


class Job:
    """One run of one stage over one corpus."""

    def __init__(
        self,
        corpus: Corpus,
        stage: Stage,
        settings: Any,
        *,
        execution: Execution | None = None,
        progress: Progress = no_progress,
    ) -> None:
        self.corpus = corpus.for_run(stage.name)
        self.stage = stage
        self.settings = settings
        self.execution = execution or Execution()
        self._progress = progress
        self.inputs = stage_inputs(corpus, stage, settings)
        self.fingerprint = digest(self.inputs)
        self.course = Course(self._work)
        given = stage.given(corpus)
        # The fingerprint without what people gave: by it pieces are marked, by that only those that it concerns.
        self.mark = digest({name: mark for name, mark in self.inputs.items() if name not in given})
        self.notes: dict[str, Any] = {}
        self.said: list[
            str
        ] = []  # sentences for people on what became of what it read: counts, never texts or names
        self.folders: dict[str, str] = {}  # that it wrote, from the corpus's folder -> fingerprint
        # Reasons, of what was set aside, for which the stage runs again; pieces that hold one of `TRY_AGAIN` are made again.
        self.try_again = TRY_AGAIN
        # Files that it wrote, from the corpus's folder; of a folder none of whose files is named here, all.
        self.files: list[str] = []
        self._tables: dict[str, list[Shard]] = {t: [] for t in (*tables_of(stage), "rejected")}
        self._rejected: list[Rejected] = []
        before = corpus.manifest(stage.name)
        self._before = {
            (table, s.file): s for table, shards in (before.tables if before else {}).items() for s in shards
        }

    @property
    def work_folder(self) -> Path:
        """A folder for half-done work of this very job: kept when killed, removed when done."""
        self._work.mkdir(parents=True, exist_ok=True)
        return self._work

    @property
    def _work(self) -> Path:
        return work_folder(self.corpus.folder, self.stage.name, self.fingerprint)

    def progress(self, done: int, total: int | None, what: str) -> None:
        """Tell how far the work has come; see `Progress`. Who asks from outside sees it too (see `radmine.run.course`)."""
        self.course.note(done, total, what)
        name, colon, state = what.partition(": ")
        self._progress(done, total, f"{name} ({self.stage.name}){colon}{state}")

    def reject(self, item: str, reason: str, detail: str = "") -> None:
        """Set an item aside with a short reason code; `detail` says more, never the item's text."""
        self._rejected.append(Rejected(self.stage.name, item, reason, detail))

    def write(self, table: str, rows: Rows) -> None:
        """Write a whole table as one shard."""
        file = self.corpus.shard_name(table, 0, self.fingerprint, stage=self.stage.name)
        self._tables[table].append(self.corpus.write_shard(table, file, rows))

    def make_shards(
        self,
        work: Work,
        pieces: Sequence[Piece],
        *,
        what: str,
        tables: Sequence[str] | None = None,
        usable: Callable[[Mapping[str, Shard]], bool] = lambda _shards: True,
    ) -> list[dict[str, Shard]]:
        """Return one shard of each of the tables (all that the stage writes, if None) and of `rejected` for each piece.

        A shard that an earlier or killed run left is not made again, unless it is damaged, not `usable`, or something was set
        aside for a reason that may have passed. The shards become part of the tables when `add` is called for them. `work(*arguments)` depends on nothing that is not in the piece's `mark`; how many processes work
        changes no row. A process reads, works and writes by itself, so that no rows travel: `work` is a module-level function.
        """
        targets = [*(tables_of(self.stage) if tables is None else tables), "rejected"]
        names = [
            {t: self.corpus.shard_name(t, i, piece.mark, stage=self.stage.name) for t in targets}
            for i, piece in enumerate(pieces)
        ]
        found = [self._found(files, usable) for files in names]
        todo = [i for i, shards in enumerate(found) if shards is None]
        total = sum(piece.size for piece in pieces)
        done = total - sum(pieces[i].size for i in todo)
        self.progress(done, total, what)
        calls = ((self.corpus, work, pieces[i].arguments, names[i]) for i in todo)
        made = map_in_order(_make, calls, workers=self.execution.workers)
        for index, shards in zip(todo, made, strict=True):
            found[index] = shards
            done += pieces[index].size
            self.progress(done, total, what)
        _whole.cache_clear()
        return [shards for shards in found if shards is not None]

    def _found(
        self, files: Mapping[str, str], usable: Callable[[Mapping[str, Shard]], bool]
    ) -> dict[str, Shard] | None:
        """Return the shards of a piece that need not be made, None where one has to be."""
        found: dict[str, Shard] = {}
        for table, file in files.items():
            shard = self.corpus.find_shard(table, file, self._before.get((table, file)))
            if shard is None:
                return None
            found[table] = shard
        return found if usable(found) and not self.count_aside(found["rejected"], TRY_AGAIN) else None

    def count_aside(self, shard: Shard, reasons: Collection[str]) -> int:
        """Return how many items a shard of `rejected` has with one of these reasons."""
        if not shard.rows:
            return 0
        table = self.corpus.read_shard("rejected", shard, columns=["reason"])
        return sum(reason in reasons for reason in table.column("reason").to_pylist())

    def left(self, table: str) -> list[Any]:
        """Return the records of a table that an earlier run of the same inputs wrote as a whole; none where it is gone."""
        file = self.corpus.shard_name(table, 0, self.fingerprint, stage=self.stage.name)
        shard = self.corpus.find_shard(table, file, self._before.get((table, file)))
        return [] if shard is None else from_table(TABLES[table], self.corpus.read_shard(table, shard))

    def add(self, made: Iterable[Mapping[str, Shard]], *tables: str) -> None:
        """Make shards part of the tables that this job writes: of these tables, or of all."""
        for shards in made:
            for table, shard in shards.items():
                if not tables or table in tables:
                    self._tables[table].append(shard)

    def write_shards(
        self,
        work: Work,
        pieces: Sequence[Piece],
        *,
        what: str,
        usable: Callable[[Mapping[str, Shard]], bool] = lambda _shards: True,
    ) -> list[dict[str, Shard]]:
        """Return the shards that `make_shards` makes, and make them part of the tables."""
        made = self.make_shards(work, pieces, what=what, usable=usable)
        self.add(made)
        return made

    def pieces(
        self,
        over: Sequence[str],
        *arguments: Any,
        also: Sequence[str] = (),
        columns: Mapping[str, Sequence[str]] | None = None,
        marked_by: object = None,
    ) -> list[Piece]:
        """Return a piece of work for each shard of tables that go together; its first argument is `{table: Arrow table}`.

        Parameters
        ----------
        over
            Tables whose shards go together: shard i of each goes to piece i.
        arguments
            What comes after the tables; they are covered by `marked_by`, or follow from the settings.
        also
            Tables that are handed whole to every piece; a change in one of them redoes all.
        columns
            Of a table, those that the work needs; else all.
        marked_by
            What the result depends on besides the shards; None: the settings, the data files, the folders that the stage reads
            and the tables in `also`.
        """
        columns = columns or {}
        whole = {t: self.corpus.fingerprint(t) for t in also}
        if marked_by is None:
            stage = self.stage
            marked_by = [
                stage.name,
                stage.version,
                asdict(self.settings),
                stage.data(self.corpus, self.settings),
                [self.corpus.fingerprint(name) for name in stage.reads if name not in TABLES],
                list(whole.values()),
            ]
        common = {t: Read(t, None, _columns(columns, t), mark) for t, mark in whole.items()}
        return [
            Piece(
                digest(marked_by, [shard.digest for shard in group]),
                group[0].rows,
                (
                    {t: Read(t, s, _columns(columns, t)) for t, s in zip(over, group, strict=True)} | common,
                    *arguments,
                ),
            )
            for group in self.corpus.aligned_shards(over)
        ]

    def map_shards(
        self,
        work: Work,
        *,
        over: Sequence[str],
        also: Sequence[str] = (),
        columns: Mapping[str, Sequence[str]] | None = None,
    ) -> list[dict[str, Shard]]:
        """Return the shards that `work({table: Arrow table}, settings)` makes of each input shard, and write them.

        See `pieces` for the parameters. What an earlier or killed run already made is not made again.
        """
        pieces = self.pieces(over, self.settings, also=also, columns=columns)
        return self.write_shards(work, pieces, what=over[0])

    def finish(self, seconds: float, *, not_applicable: str | None = None) -> Manifest:
        """Put the tables that the job wrote in their places, with the manifest last, and return it."""
        if self._rejected:
            self.write("rejected", self._rejected)
        aside = (
            row
            for shard in self._tables["rejected"]
            if shard.rows
            for row in from_table(TABLES["rejected"], self.corpus.read_shard("rejected", shard))
        )
        manifest = Manifest(
            stage=self.stage.name,
            fingerprint=self.fingerprint,
            inputs=self.inputs,
            tables=self._tables,
            folders=self.folders,
            files={name: Kept.of(self.corpus.folder / name) for name in self._files()},
            seconds=round(seconds, 3),
            again=sum(self.count_aside(shard, self.try_again) for shard in self._tables["rejected"]),
            not_applicable=not_applicable,
            notes=self.notes,
            said=[*self.said, *set_aside(aside)],
        )
        put_in_place(self.corpus.folder, manifest)
        return manifest

    def _files(self) -> Iterator[str]:
        """Yield the files of the folders that the job wrote; hidden ones come and go."""
        yield from self.files
        for name in self.folders:
            if any(file.startswith(f"{name}/") for file in self.files):
                continue
            folder = self.corpus.folder / name
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                    yield f"{name}/{inside.as_posix()}"


def tables_of(stage: Stage) -> list[str]:
    """Return those of the things that a stage writes which are tables."""
    return [name for name in stage.writes if name in TABLES]


def _columns(columns: Mapping[str, Sequence[str]], table: str) -> tuple[str, ...] | None:
    return tuple(columns[table]) if table in columns else None


# -- one piece of work, in a process of its own ---------------------------------------------------------


def _make(corpus: Corpus, work: Work, arguments: Sequence[Any], files: Mapping[str, str]) -> dict[str, Shard]:
    """Do one piece of work and write what it makes: one shard of each table, under these names."""
    with uncollected():
        made = work(*(_resolved(corpus, argument) for argument in arguments))
        return {table: corpus.write_shard(table, file, made.get(table, ())) for table, file in files.items()}


def _resolved(corpus: Corpus, argument: Any) -> Any:
    """Return an argument with what it reads in its place."""
    if isinstance(argument, Read):
        if argument.shard is None:
            return _whole(corpus.folder, argument.table, argument.columns, argument.fingerprint)
        return corpus.read_shard(argument.table, argument.shard, columns=argument.columns)
    if isinstance(argument, dict):
        return {key: _resolved(corpus, value) for key, value in argument.items()}
    return argument


@lru_cache(maxsize=8)
def _whole(folder: Path, table: str, columns: tuple[str, ...] | None, _fingerprint: str) -> pa.Table:
    """Return a whole table; the fingerprint is there so that another content is read anew."""
    return Corpus(folder).read(table, columns=columns)

"""One run of one stage over one corpus: pieces of work, their shards, what is rejected, and the manifest at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.corpus import Corpus, Manifest, Shard
from radmine.files import digest, remove_tree
from radmine.records import Rejected
from radmine.run.executors import map_in_order, uncollected
from radmine.run.plan import stage_inputs
from radmine.run.stage import Progress, Rows, Stage, Work, no_progress


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of work: the hash of all that its result depends on, its size, and what loads its arguments."""

    mark: str
    size: int
    load: Callable[[], tuple[Any, ...]]


class Job:
    """One run of one stage over one corpus."""

    def __init__(
        self, corpus: Corpus, stage: Stage, settings: Any, *, progress: Progress = no_progress
    ) -> None:
        self.corpus = corpus
        self.stage = stage
        self.settings = settings
        self.progress = progress
        self.inputs = stage_inputs(corpus, stage, settings)
        self.fingerprint = digest(self.inputs)
        self.notes: dict[str, Any] = {}
        self.folders: dict[str, str] = {}
        self.afterwards: list[
            Callable[[], None]
        ] = []  # done once the manifest is written: removing what was replaced
        self._tables: dict[str, list[Shard]] = {t: [] for t in (*stage.writes, "rejected")}
        self._rejected: list[Rejected] = []

    @property
    def work_folder(self) -> Path:
        """A folder for half-done work of this very job: kept when killed, removed when done."""
        folder = self.corpus.folder / "work" / self.stage.name / self.fingerprint
        folder.mkdir(parents=True, exist_ok=True)
        return folder

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
        items: Sequence[Item],
        *,
        what: str,
        tables: Sequence[str] | None = None,
        workers: int = 1,
    ) -> list[dict[str, Shard]]:
        """Return one shard of each of the tables (all that the stage writes, if None) and of `rejected` for each item.

        A shard that an earlier or killed run left is not made again.
        The shards become part of a table when `add` is called for them. `work(*item.load())` depends on nothing that is
        not in the item's `mark`; the rows do not depend on `workers`. A worker loads, works and writes by itself, so
        that no rows travel between processes: `work` and `item.load` are module-level functions, or partials of such.
        """
        targets = [*(self.stage.writes if tables is None else tables), "rejected"]
        names = [
            {t: self.corpus.shard_name(t, i, item.mark, stage=self.stage.name) for t in targets}
            for i, item in enumerate(items)
        ]
        found = [self.corpus.find_shards(files) for files in names]
        todo = [i for i, shards in enumerate(found) if shards is None]
        total = sum(item.size for item in items)
        done = total - sum(items[i].size for i in todo)
        self.progress(done, total, what)
        calls = ((self.corpus, work, items[i].load, names[i]) for i in todo)
        for index, shards in zip(todo, map_in_order(_make, calls, workers=workers), strict=True):
            found[index] = shards
            done += items[index].size
            self.progress(done, total, what)
        return [shards for shards in found if shards is not None]

    def add(self, table: str, shard: Shard) -> None:
        """Make a shard part of a table that this job writes."""
        self._tables[table].append(shard)

    def map_shards(
        self,
        work: Work,
        *,
        over: Sequence[str],
        also: Sequence[str] = (),
        columns: Mapping[str, Sequence[str]] | None = None,
        workers: int = 1,
    ) -> list[dict[str, Shard]]:
        """Return the shards of the tables that `work` makes of each input shard, and make them part of the tables.

        What an earlier or killed run already made is not made again.

        Parameters
        ----------
        work
            A module-level function: `({table: shard of it}, settings) -> {table: rows}`. It may return rows of
            `rejected` too. It must depend on nothing else.
        over
            Tables whose shards go together: shard i of each goes to one call.
        also
            Tables that are handed whole to every call; a change in one of them redoes all shards.
        columns
            Of a table, those that `work` needs; else all.
        workers
            Processes; the rows and their order do not depend on it.
        """
        base = [
            self.stage.name,
            self.stage.version,
            asdict(self.settings),
            self.stage.data(self.corpus, self.settings),
            [self.corpus.fingerprint(t) for t in also],
        ]
        whole = {t: self.corpus.fingerprint(t) for t in also}
        items = [
            Item(
                digest(base, [s.digest for s in group]),
                group[0].rows,
                partial(
                    _load,
                    self.corpus,
                    dict(zip(over, group, strict=True)),
                    columns or {},
                    whole,
                    self.settings,
                ),
            )
            for group in zip(*(self.corpus.shards(t) for t in over), strict=True)
        ]
        made = self.make_shards(work, items, what=over[0], workers=workers)
        _whole.cache_clear()
        for shards in made:
            for table, shard in shards.items():
                self.add(table, shard)
        return made

    def finish(self, seconds: float, *, not_applicable: str | None = None) -> Manifest:
        """Write the manifest, then remove what no manifest lists any more."""
        if self._rejected:
            self.write("rejected", self._rejected)
        manifest = Manifest(
            stage=self.stage.name,
            fingerprint=self.fingerprint,
            inputs=self.inputs,
            tables=self._tables,
            folders=self.folders,
            seconds=round(seconds, 3),
            not_applicable=not_applicable,
            notes=self.notes,
        )
        self.corpus.write_manifest(manifest)
        self.corpus.remove_strays(manifest)
        for do in self.afterwards:
            do()
        remove_tree(self.corpus.folder / "work" / self.stage.name)
        return manifest


# -- one piece of work, in a process of its own ---------------------------------------------------------


def _make(
    corpus: Corpus, work: Work, load: Callable[[], tuple[Any, ...]], files: Mapping[str, str]
) -> dict[str, Shard]:
    """Do one piece of work and write what it makes: one shard of each table, under these names."""
    with uncollected():
        made = work(*load())
        return {table: corpus.write_shard(table, file, made.get(table, ())) for table, file in files.items()}


def _load(
    corpus: Corpus,
    parts: Mapping[str, Shard],
    columns: Mapping[str, Sequence[str]],
    whole: Mapping[str, str],
    settings: Any,
) -> tuple[dict[str, pa.Table], Any]:
    """Return the arguments of a work over shards: one shard of some tables, and others whole."""
    tables = {t: corpus.read_shard(t, shard, columns=columns.get(t)) for t, shard in parts.items()}
    return tables | {table: _whole(corpus.folder, table, mark) for table, mark in whole.items()}, settings


@lru_cache(maxsize=8)
def _whole(folder: Path, table: str, _fingerprint: str) -> pa.Table:
    """Return a whole table; the fingerprint is there so that another content is read anew."""
    return Corpus(folder).read(table)

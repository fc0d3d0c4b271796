"""What a stage is, and how one runs: skipped when nothing changed, resumed when killed, nothing lost.

A stage is a function that gets a `Job`. It reads tables through `job.corpus` and hands rows to `job.map_shards` (one
output shard for each input shard: resumes and extends shard by shard) or to `job.write` (a whole table at once), and
what it cannot use to `job.reject`. `run_stage` writes the manifest when the function returns.
"""

import shutil
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from types import UnionType
from typing import Any, Protocol, TypeAlias, get_args, get_origin, get_type_hints

import pyarrow as pa

from radmine.compute import map_in_order, uncollected
from radmine.corpus import Corpus, Manifest, Shard, digest, file_digest
from radmine.errors import SettingsError
from radmine.records import Rejected

Rows: TypeAlias = Any  # an iterable of records or row tuples, or a pyarrow.Table
Work: TypeAlias = Callable[..., Mapping[str, Rows]]


class Progress(Protocol):
    """Is told how far long work has come; `what` is a short noun phrase without any report text."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...  # noqa: D102


def no_progress(done: int, total: int | None, what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow: what it reads and writes, and the function that does it."""

    name: str
    run: "Callable[[Job], None]"
    settings: type  # a frozen dataclass; every field has a default
    reads: tuple[str, ...]
    writes: tuple[str, ...]  # tables; `rejected` is understood
    missing: Callable[[Corpus, Any], str | None] = lambda _corpus, _settings: None  # why it is not applicable
    data: Callable[[Corpus, Any], str] = lambda _corpus, _settings: (
        ""
    )  # fingerprint of its own data files and models
    version: int = 1  # raised when the same inputs would give other rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a stage in a run."""

    stage: str
    status: str  # done | up to date | not applicable
    reason: str
    rows: dict[str, int]
    rejected: int
    seconds: float


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


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it; none there is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def stage_inputs(corpus: Corpus, stage: Stage, settings: Any) -> dict[str, str]:
    """Return what a stage's result depends on, each with its fingerprint."""
    return {
        **{f"table {t}": corpus.fingerprint(t) for t in stage.reads},
        "settings": digest(asdict(settings)),
        "data files": stage.data(corpus, settings),
        "version": str(stage.version),
    }


def why_out_of_date(corpus: Corpus, stage: Stage, settings: Any) -> str | None:
    """Return why a stage has to run, None where it is up to date."""
    manifest = corpus.manifest(stage.name)
    if manifest is None:
        return "not run yet"
    gone = [f for f in manifest.folders if not (corpus.folder / f).is_dir()]
    gone += [t for t, shards in manifest.tables.items() for s in shards if not corpus.has(t, s)]
    if gone:
        return f"missing: {', '.join(sorted(set(gone)))}"
    now = stage_inputs(corpus, stage, settings)
    changed = [k for k in now if now[k] != manifest.inputs.get(k)]
    return f"changed: {', '.join(changed)}" if changed else None


def run_stage(
    corpus: Corpus, stage: Stage, settings: Any, *, progress: Progress = no_progress, force: bool = False
) -> Outcome:
    """Run a stage if it is not up to date, and return what became of it."""
    reason = "asked for" if force else why_out_of_date(corpus, stage, settings)
    if reason is None:
        manifest = corpus.manifest(stage.name)
        assert manifest is not None
        status = "not applicable" if manifest.not_applicable else "up to date"
        return _outcome(manifest, status, manifest.not_applicable or "", seconds=0.0)
    started = time.perf_counter()
    job = Job(corpus, stage, settings, progress=progress)
    missing = stage.missing(corpus, settings)
    if missing is None:
        stage.run(job)
    manifest = job.finish(time.perf_counter() - started, not_applicable=missing)
    return _outcome(manifest, "not applicable" if missing else "done", missing or reason)


def _outcome(manifest: Manifest, status: str, reason: str, seconds: float | None = None) -> Outcome:
    rows = {t: manifest.rows(t) for t in manifest.tables if t != "rejected"}
    took = manifest.seconds if seconds is None else seconds
    return Outcome(manifest.stage, status, reason, rows, manifest.rows("rejected"), took)


# -- settings -----------------------------------------------------------------------------------------


def read_settings(path: Path | None, stages: Iterable[Stage]) -> dict[str, Any]:
    """Return the settings of every stage: its defaults, overridden by the table of its name in a TOML file.

    Raises
    ------
    SettingsError
        The file is no TOML, or has a table, key or type that is not known.
    """
    known = {s.name: s.settings for s in stages}
    if path is None:
        return {name: make() for name, make in known.items()}
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(
            "The settings file cannot be read.", where=str(path), do="Check its path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file is not TOML: {error}", where=str(path), do="Correct the line it names."
        ) from error
    _check_keys(data, known, where=str(path), what="table")
    return {
        name: _settings(make, data.get(name, {}), where=f"{path} [{name}]") for name, make in known.items()
    }


def _check_keys(data: Any, valid: Iterable[str], *, where: str, what: str) -> None:
    if not isinstance(data, dict):
        raise SettingsError(
            f"Expected a table of {what}s.", where=where, do="Write `[stage]` and keys below."
        )
    unknown = sorted(set(data) - set(valid))
    if unknown:
        raise SettingsError(
            f"Unknown {what} {', '.join(map(repr, unknown))}.",
            where=where,
            do=f"Valid: {', '.join(valid)}.",
        )


def _settings(make: type, data: Any, *, where: str) -> Any:
    hints = get_type_hints(make)
    _check_keys(data, [f.name for f in fields(make)], where=where, what="key")
    values = {k: _value(v, hints[k], where=f"{where} {k}") for k, v in data.items()}
    try:
        return make(**values)
    except SettingsError as error:
        raise SettingsError(error.what, where=f"{where} {error.where}", do=error.do) from error


def _value(value: Any, hint: Any, *, where: str) -> Any:
    """Return a TOML value as its field wants it: lists become tuples, whole numbers pass for floats."""
    choices = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    for choice in choices:
        origin = get_origin(choice) or choice
        if origin is tuple and isinstance(value, list):
            return tuple(value)
        if origin is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, origin) and not (isinstance(value, bool) and origin is not bool):
            return value
    raise SettingsError(
        f"Expected {hint if get_args(hint) else hint.__name__}, got {type(value).__name__}.",
        where=where,
        do="Correct the value.",
    )


def require_at_least(settings: Any, **least: int) -> None:
    """Check that settings are not below what makes sense: for `__post_init__` of a stage's settings.

    Raises
    ------
    SettingsError
        One is.
    """
    for name, low in least.items():
        if getattr(settings, name) < low:
            raise SettingsError(
                f"{name} must be at least {low}, it is {getattr(settings, name)}.",
                where=name,
                do="Correct the value.",
            )


def data_digest(package_folder: Path) -> str:
    """Return the fingerprint of the data files of a room (its `data/` folder)."""
    files = sorted(p for p in package_folder.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return digest([(p.relative_to(package_folder).as_posix(), file_digest(p)) for p in files])

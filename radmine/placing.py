"""Where the shards of a run stand until it has finished, and how they get their places: a table at a time, in one step.

    corpora/NAME/.next/STAGE/
        TABLE/part-....parquet   what the run has written so far; for the dot, nobody who reads the corpus' folder looks here
        manifest.json            written when all of it is whole: from now on the run counts as finished
    corpora/NAME/.next/STAGE.old/TABLE/   the shards of before, where folders cannot be exchanged in one step

Killed before that manifest is written, a run leaves all as it was, and the next run finds its shards. Killed later, it
is brought to its end by the next who writes to the corpus. Who reads the folder of a table sees the rows of one finished
run at any moment; who reads with the manifest of before finds its shards here as long as it is the manifest.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from radmine.errors import CorpusError
from radmine.files import (
    exchange,
    file_digest,
    link_or_copy,
    read_bytes,
    remove_tree,
    sync_folder,
    write_whole,
)
from radmine.manifests import (
    Manifest,
    Shard,
    manifests_in,
    parse_manifest,
    read_manifest,
    write_manifest,
    written_manifest,
)

_NEXT, _JOURNAL, _ASIDE = ".next", "manifest.json", ".old"
_REJECTED = "rejected"  # the table that all stages share
_Wanted = Mapping[str, Mapping[str, Shard]]  # table -> file -> shard


def staging(folder: Path, stage: str) -> Path:
    """Return where the run of a stage writes, below the folder of its corpus."""
    return folder / _NEXT / stage


def places(folder: Path, table: str, file: str) -> Iterator[Path]:
    """Yield where a shard may stand: in its place, else in that of a run that has just finished or not yet."""
    yield folder / table / file
    for run in _runs(folder):
        yield run / table / file


def put_in_place(folder: Path, manifest: Manifest) -> None:
    """Make the shards that a manifest lists the tables of a corpus, all that no manifest lists go.

    Raises
    ------
    CorpusError
        A shard that is listed is not there.
    """
    wanted = _wanted(folder, manifest)
    for table, shards in wanted.items():
        _gather(folder, manifest.stage, table, shards)
    write_whole(staging(folder, manifest.stage) / _JOURNAL, written_manifest(manifest))
    _finish(folder, manifest, wanted)


def recover(folder: Path) -> None:
    """Bring to its end what a killed run had finished; of others, all is as it was, and their shards stay for the next."""
    for run in _runs(folder):
        journal = run / _JOURNAL
        if run.name.endswith(_ASIDE) or not journal.exists():
            continue
        with contextlib.suppress(ValueError, OSError):
            manifest = parse_manifest(read_bytes(journal), run.name)
            wanted = _wanted(folder, manifest)
            if all(_holds(folder / t, s) or _holds(run / t, s) for t, s in wanted.items()):
                _finish(folder, manifest, wanted)
                continue
        journal.unlink()
    for run in _runs(folder):
        if run.name.endswith(_ASIDE):
            for old in run.iterdir():
                if not (folder / old.name).exists():
                    os.rename(old, folder / old.name)
            remove_tree(run)


def set_back(folder: Path, stage: str, tables: Collection[str]) -> None:
    """Take the shards of a stage without a manifest out of the tables, to where its next run finds them."""
    for table in {*tables, _REJECTED}:
        to = staging(folder, stage) / table
        to.mkdir(parents=True, exist_ok=True)
        for path in _shards_in(folder / table):
            if _belongs(path.name, table, stage):
                os.replace(path, to / path.name)


def tidy(folder: Path, manifest: Manifest, writes: Collection[str]) -> None:
    """Remove what a stage that is up to date has left: half-done work, shards and files that no manifest lists.

    Parameters
    ----------
    writes
        The tables and folders that it writes; a folder of a model is that of the model.
    """
    listed = {(t, s.file) for m in manifests_in(folder) for t, shards in m.tables.items() for s in shards}
    for table in manifest.tables:
        for path in _shards_in(folder / table):
            if (table, path.name) not in listed and _belongs(path.name, table, manifest.stage):
                path.unlink()
    for name in writes:
        if name in manifest.tables or name.startswith(("models/", "indexes/")):
            continue
        if name not in manifest.folders:
            remove_tree(folder / name)
        elif any(file.startswith(f"{name}/") for file in manifest.files):  # older manifests list none
            for path in (folder / name).iterdir():
                if path.is_file() and f"{name}/{path.name}" not in manifest.files:
                    path.unlink()
    remove_tree(staging(folder, manifest.stage))
    remove_tree(folder / "work" / manifest.stage)


def _runs(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / _NEXT).glob("*") if p.is_dir())


def _shards_in(folder: Path) -> list[Path]:
    return [p for p in folder.glob("part-*.parquet") if p.is_file()]


def _belongs(file: str, table: str, stage: str) -> bool:
    return table != _REJECTED or file.startswith(f"part-{stage}-")


def _wanted(folder: Path, manifest: Manifest) -> _Wanted:
    """Return what the folders of a run's tables hold when it has finished."""
    wanted = {table: {s.file: s for s in shards} for table, shards in manifest.tables.items()}
    if _REJECTED in wanted:
        for other in _readable(folder):
            if other.stage != manifest.stage:
                for shard in other.tables.get(_REJECTED, ()):
                    here = (folder / _REJECTED, staging(folder, manifest.stage) / _REJECTED)
                    if any((place / shard.file).exists() for place in here):
                        wanted[_REJECTED][shard.file] = shard
    return wanted


def _readable(folder: Path) -> Iterator[Manifest]:
    for path in sorted((folder / "manifests").glob("*.json")):
        with contextlib.suppress(CorpusError):
            found = read_manifest(folder, path.stem)
            if found is not None:
                yield found


def _gather(folder: Path, stage: str, table: str, shards: Mapping[str, Shard]) -> None:
    """Make the folder of a table in the staging place hold exactly these shards."""
    staged = staging(folder, stage) / table
    staged.mkdir(parents=True, exist_ok=True)
    there = {p.name for p in staged.iterdir()}
    for name in there - shards.keys():
        (staged / name).unlink()
    for name in shards.keys() - there:
        try:
            link_or_copy(folder / table / name, staged / name)
        except FileNotFoundError:
            raise CorpusError(
                f"A shard of table {table} is gone while its stage runs.",
                where=str(folder / table / name),
                do=f"Run `radmine check {folder.name}`.",
            ) from None
    sync_folder(staged)


def _holds(place: Path, shards: Mapping[str, Shard], twin: Path | None = None) -> bool:
    """Return whether a folder has exactly these shards; those that are one file with the twin's of the name are."""
    if not place.is_dir() or {p.name for p in _shards_in(place)} != shards.keys():
        return False
    for name, shard in shards.items():
        path = place / name
        if twin is not None and (twin / name).exists() and path.samefile(twin / name):
            continue
        if path.stat().st_size != shard.size or file_digest(path) != shard.digest:
            return False
    return True


def _finish(folder: Path, manifest: Manifest, wanted: _Wanted) -> None:
    """Put the tables of a run that has finished in their places, then its manifest; done before is done."""
    run = staging(folder, manifest.stage)
    aside = run.with_name(run.name + _ASIDE)
    for table, shards in wanted.items():
        place = folder / table
        if not _holds(place, shards, run / table) and (shards or place.exists()):
            _swap(run / table, place, aside / table)
        for old in (run / table, aside / table):
            for path in old.glob("*"):  # of the user
                if not path.match("part-*.parquet"):
                    os.rename(path, place / path.name)
    for changed in (folder, run):
        sync_folder(changed)
    write_manifest(folder, manifest)
    remove_tree(run)
    remove_tree(aside)


def _swap(staged: Path, place: Path, aside: Path) -> None:
    """Put the staged folder of a table in its place, in one step where that can be."""
    if place.exists():
        if exchange(staged, place):
            return
        aside.parent.mkdir(exist_ok=True)
        remove_tree(aside)
        os.rename(place, aside)
    os.rename(staged, place)

"""What has to run, in which order, and why: made of what stages read and write, and of nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import digest
from radmine.records import TABLES
from radmine.run.course import Underway, underway, work_folder
from radmine.run.stage import Stage

Settings = Mapping[str, Any]  # stage -> its settings


@dataclass(frozen=True, slots=True)
class StageStatus:
    """How a stage of a corpus stands."""

    stage: str
    status: str  # up to date | out of date | not run | not applicable
    reason: str
    rows: dict[str, int]
    rejected: int
    seconds: float | None
    notes: dict[str, Any]
    said: tuple[str, ...] = ()  # sentences on what became of what it read
    # How far a run of these very inputs has come that has not finished; the next one goes on there.
    underway: Underway | None = None


def stage_inputs(corpus: Corpus, stage: Stage, settings: Any) -> dict[str, str]:
    """Return what a stage's result depends on, each with its fingerprint."""
    return {
        **{f"{'table' if n in TABLES else 'folder'} {n}": corpus.fingerprint(n) for n in stage.reads},
        "settings": digest(asdict(settings)),
        "data files": stage.data(corpus, settings),
        "version": str(stage.version),
        **stage.given(corpus),
    }


def why_out_of_date(corpus: Corpus, stage: Stage, settings: Any) -> str | None:
    """Return why a stage has to run, None where it is up to date with its inputs as they are."""
    manifest = corpus.manifest(stage.name)
    if manifest is None:
        return "not run yet"
    gone = [f for f in manifest.folders if not (corpus.folder / f).is_dir()]
    gone += [t for t, shards in manifest.tables.items() for s in shards if not corpus.has(t, s)]
    if gone:
        return f"missing: {', '.join(sorted(set(gone)))}"
    other = sorted({f.rpartition("/")[0] for f, kept in manifest.files.items() if not corpus.keeps(f, kept)})
    if other:
        return f"not what was written: {', '.join(other)}"
    now = stage_inputs(corpus, stage, settings)
    changed = [k for k in {**now, **manifest.inputs} if now.get(k) != manifest.inputs.get(k)]
    return f"changed: {', '.join(changed)}" if changed else None


def tried_again(items: int, *, now: bool) -> str | None:
    """Return what is said of items that were set aside for reasons that may pass, None where there are none."""
    verb = ("is" if items == 1 else "are") if now else "will be"
    return f"{items} item{'' if items == 1 else 's'} {verb} tried again" if items else None


def sources_of_stage(stages: Sequence[Stage], stage: Stage) -> list[Stage]:
    """Return the stages that write what a stage reads, in their order."""
    return [other for other in stages if set(other.writes) & set(stage.reads)]


def idle_stages(corpus: Corpus, stages: Sequence[Stage], settings: Settings) -> frozenset[str]:
    """Return the stages that have nothing to read, nor will have by what the others would write: of images, in a corpus of text."""
    waiting = {s.stage for s in plan(corpus, stages, settings) if s.status in {"not run", "out of date"}}
    idle: set[str] = set()
    for stage in stages:
        tables = (*stage.needs, *(t for t in stage.writes if t in TABLES))
        coming = {t for other in stages if other.name in waiting - idle for t in other.writes}
        if stage.needs and not any(map(corpus.rows, tables)) and coming.isdisjoint(stage.needs):
            idle.add(stage.name)
    return frozenset(idle)


def needed_for(stages: Sequence[Stage], stage: Stage, *, idle: Collection[str] = frozenset()) -> list[Stage]:
    """Return the stages whose results a stage rests on, directly or by others, in their order; itself last.

    Parameters
    ----------
    idle
        Those that have nothing to read: what they alone rest on is not needed.
    """
    needed = {stage.name}
    for other in reversed(stages):
        if other.name in needed and (other.name not in idle or other == stage):
            needed |= {source.name for source in sources_of_stage(stages, other)}
    return [other for other in stages if other.name in needed]


def plan(corpus: Corpus, stages: Sequence[Stage], settings: Settings) -> list[StageStatus]:
    """Return how every stage stands; one that rests on a stage that has to run is out of date too."""
    result: list[StageStatus] = []
    waiting: dict[str, None] = {}
    for stage in stages:
        reason = why_out_of_date(corpus, stage, settings[stage.name])
        before = [other.name for other in sources_of_stage(stages, stage) if other.name in waiting]
        if reason is None and before:
            reason = f"after {', '.join(before)}"
        if reason is not None:
            waiting[stage.name] = None
        begun = None if reason is None or before else _underway(corpus, stage, settings[stage.name])
        result.append(replace(_status(corpus, stage, reason), underway=begun))
    return result


def _underway(corpus: Corpus, stage: Stage, settings: Any) -> Underway | None:
    """Return how far the run of a stage has come that was begun and has not finished, with its inputs as they are."""
    if not (corpus.folder / "work" / stage.name).is_dir():
        return None
    return underway(work_folder(corpus.folder, stage.name, digest(stage_inputs(corpus, stage, settings))))


def _status(corpus: Corpus, stage: Stage, reason: str | None) -> StageStatus:
    manifest = corpus.manifest(stage.name)
    if manifest is None:
        return StageStatus(stage.name, "not run", reason or "", {}, 0, None, {})
    done = "not applicable" if manifest.not_applicable else "up to date"
    return StageStatus(
        stage.name,
        "out of date" if reason else done,
        reason or manifest.not_applicable or tried_again(manifest.again, now=False) or "",
        {table: manifest.rows(table) for table in stage.writes if table in TABLES},
        manifest.rows("rejected"),
        manifest.seconds,
        manifest.notes,
        tuple(manifest.said),
    )


def check_inputs(corpus: Corpus, stages: Sequence[Stage], stage: Stage, settings: Settings) -> None:
    """Refuse to run a stage alone on inputs that are not there or no longer what they would be.

    Raises
    ------
    InputError
        A stage that it rests on has to run first; the error names all of these, why, and the command that runs them.
    """
    idle = idle_stages(corpus, stages, settings)
    needed = [s for s in needed_for(stages, stage, idle=idle)[:-1] if s.name not in idle]
    stale = [s for s in plan(corpus, needed, settings) if s.status in {"not run", "out of date"}]
    if stale:
        raise InputError(
            f"Stage {stage.name!r} rests on stages that are not up to date: "
            + "; ".join(f"{s.stage} ({s.reason})" for s in stale)
            + ".",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through {stage.name}`.",
        )


def require_run(corpus: Corpus, *stages: str) -> None:
    """Refuse to read what stages write where one has not run, or where what it read has changed since (see `check_together`).

    Raises
    ------
    InputError
        So it is; the error names the command that mends it.
    """
    for name in stages:
        if corpus.manifest(name) is None:
            raise InputError(
                f"Stage {name!r} has not run yet.",
                where=corpus.name,
                do=f"Run `radmine run {corpus.name} --through {name}`.",
            )
    check_together(corpus, *stages)


def check_together(corpus: Corpus, *stages: str) -> None:
    """Refuse to read what stages wrote beside what they read, where that has changed since: spans would point elsewhere.

    Whether settings have changed does not matter here, nor do stages that have not run.

    Raises
    ------
    InputError
        A table or model that one of the stages read is another now.
    """
    for name in stages:
        manifest = corpus.manifest(name)
        changed = []
        for key, mark in manifest.inputs.items() if manifest else ():
            kind, _, read = key.partition(" ")
            if kind in {"table", "folder"} and corpus.fingerprint(read) != mark:
                changed.append(read)
        if changed:
            raise InputError(
                f"What stage {name!r} wrote is of an earlier state of {', '.join(changed)}.",
                where=corpus.name,
                do=f"Run `radmine run {corpus.name} --through {name}`.",
            )

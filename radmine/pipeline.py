"""The whole flow as one table of stages: the one list of their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radmine import embed, ingest, label, link, parse, pixels, search, topics, train
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import write_whole
from radmine.run import Outcome, Progress, Stage, no_progress, read_settings, run_stage, why_out_of_date

STAGES: tuple[Stage, ...] = (
    ingest.STAGE,  # files -> reports, studies, series, images, key objects, splits
    parse.STAGE,  # reports -> sections, sentences, mentions
    link.STAGE,  # sentences, images -> references, links
    topics.STAGE,  # reports -> topics, mixtures, word vectors
    label.STAGE,  # mentions, links -> votes, labels of reports and of images
    pixels.STAGE,  # image files -> arrays, decoded once
    train.STAGE,  # arrays, labels -> model, scores
    embed.STAGE,  # arrays, reports -> vectors
    search.STAGE,  # vectors, reports -> indexes/NAME
)


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


def stage_named(name: str) -> Stage:
    """Return the stage of this name.

    Raises
    ------
    InputError
        There is none; the error lists them in their order.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    names = ", ".join(stage.name for stage in STAGES)
    raise InputError(f"There is no stage {name!r}.", where="stage", do=f"Choose one of: {names}.")


def settings_of(corpus: Corpus) -> dict[str, Any]:
    """Return the settings of every stage for this corpus."""
    path = corpus.folder / "settings.toml"
    return read_settings(path if path.exists() else None, STAGES)


def use_settings(corpus: Corpus, path: Path) -> None:
    """Check a TOML file and keep it as the corpus's settings, for this run and later ones."""
    read_settings(path, STAGES)
    with corpus.writing():
        write_whole(corpus.folder / "settings.toml", path.read_bytes())


def status(corpus: Corpus) -> list[StageStatus]:
    """Return how every stage stands, in the order of the flow; a stage after one that must run is out of date too."""
    settings = settings_of(corpus)
    result: list[StageStatus] = []
    waiting_for = ""
    for stage in STAGES:
        manifest = corpus.manifest(stage.name)
        reason = why_out_of_date(corpus, stage, settings[stage.name]) or (
            f"after {waiting_for}" if waiting_for else None
        )
        if manifest is None:
            result.append(StageStatus(stage.name, "not run", reason or "", {}, 0, None, {}))
        else:
            done = "not applicable" if manifest.not_applicable else "up to date"
            rows = {t: manifest.rows(t) for t in stage.writes}
            result.append(
                StageStatus(
                    stage.name,
                    "out of date" if reason else done,
                    reason or manifest.not_applicable or "",
                    rows,
                    manifest.rows("rejected"),
                    manifest.seconds,
                    manifest.notes,
                )
            )
        if reason and not waiting_for:
            waiting_for = stage.name
    return result


def run(corpus: Corpus, *, through: str | None = None, progress: Progress = no_progress) -> Iterator[Outcome]:
    """Yield the outcome of each stage, run in order where it is not up to date, up to and with `through`."""
    last = stage_named(through) if through else STAGES[-1]
    settings = settings_of(corpus)
    with corpus.writing():
        for stage in STAGES:
            yield run_stage(corpus, stage, settings[stage.name], progress=progress)
            if stage is last:
                return


@dataclass(frozen=True, slots=True)
class VoterTraining:
    """What came of a training of voters."""

    folder: Path
    voters: tuple[str, ...]  # words | transformer | topics | taught
    reports: int  # of the train part, that were learnt from
    truth_reports: int  # that the truth names
    truth_used: int  # of them in the train part
    truth_kept_back: int  # of them in the other parts: never learnt from
    truth_unknown: int  # of them that are not in the corpus
    ignored: tuple[str, ...]  # columns of the truth that name no finding
    unclear: int  # answers of the truth that are neither yes nor no
    taught: tuple[str, ...]  # findings on which the voter that truth taught votes
    left_out: tuple[
        str, ...
    ]  # findings of the truth on which the rules did better, or of which there is too little


def train_voters(
    corpus: Corpus,
    *,
    truth: Path | None = None,
    scheme: str | None = None,
    kinds: Sequence[str] = ("words",),
    checkpoint: str = "",
    device: str = "auto",
    seed: int = 0,
    progress: Progress = no_progress,
) -> VoterTraining:
    """Train voters on the reports of the train part, and write them into `models/voters` of the corpus.

    They learn from the rules' labels, and from truth where a file gives it.

    Parameters
    ----------
    truth
        A CSV file of what is true of reports (see `radmine.label.answers.truth`).
    scheme
        The label scheme by whose names its findings go; None: the one that fits best.
    kinds
        Of voters: words, transformer, topics.
    checkpoint
        What the transformer starts from: a folder, or a name on the hub; empty: a small network from scratch.

    Raises
    ------
    InputError
        The reports are not parsed yet, the truth or the checkpoint cannot be read, or there is too little to learn from.
    CorpusError
        The topic voter is asked for and there is no topic model.
    """
    from radmine.label.answers.truth import match_reports, read_truth
    from radmine.label.voters.training import train_voters, training_reports

    if corpus.manifest("parse") is None:
        raise InputError(
            "Voters learn from parsed reports.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through parse`.",
        )
    table = read_truth(truth, scheme=scheme) if truth else None
    matched = match_reports(corpus, table.answers) if table else {}
    with corpus.writing():
        pairs = list(training_reports(corpus, also=matched))
        done = train_voters(
            [read for _, read in pairs],
            corpus.folder / "models" / "voters",
            truth=[matched.get(name) for name, _ in pairs] if table else None,
            groups=table.groups if table else None,
            kinds=kinds,
            checkpoint=checkpoint,
            topics=corpus.folder / "models" / "topics",
            device=device,
            seed=seed,
            progress=progress,
        )
    named = len(table.answers) if table else 0
    return VoterTraining(
        folder=done.folder,
        voters=done.voters,
        reports=done.reports,
        truth_reports=named,
        truth_used=done.with_truth,
        truth_kept_back=len(matched) - done.with_truth,
        truth_unknown=named - len(matched),
        ignored=table.ignored if table else (),
        unclear=table.unclear if table else 0,
        taught=done.taught,
        left_out=done.left_out,
    )


def run_one(corpus: Corpus, name: str, *, progress: Progress = no_progress) -> Outcome:
    """Return the outcome of one stage, run where it is not up to date.

    Raises
    ------
    CorpusError
        Another process is writing to the corpus.
    InputError
        An earlier stage has not run yet.
    """
    stage = stage_named(name)
    for earlier in STAGES[: STAGES.index(stage)]:
        if corpus.manifest(earlier.name) is None and set(earlier.writes) & set(stage.reads):
            raise InputError(
                f"Stage {name!r} reads what {earlier.name!r} writes, which has not run yet.",
                where=corpus.name,
                do=f"Run `radmine run {corpus.name} --through {name}`.",
            )
    with corpus.writing():
        return run_stage(corpus, stage, settings_of(corpus)[name], progress=progress)

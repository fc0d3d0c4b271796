"""The whole flow as one table of stages: the one list of their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radmine import embed, ingest, label, link, parse, pixels, search, topics, train
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import write_whole
from radmine.run import (
    Execution,
    Outcome,
    Progress,
    Stage,
    StageStatus,
    check_inputs,
    needed_for,
    no_progress,
    plan,
    read_settings,
    run_stage,
)

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


def _tables() -> dict[str, type]:
    """Return the tables of a settings file: `run`, and one for each stage."""
    return {"run": Execution, **{stage.name: stage.settings for stage in STAGES}}


def settings_of(corpus: Corpus) -> dict[str, Any]:
    """Return the settings of this corpus: of `run`, and of every stage."""
    path = corpus.folder / "settings.toml"
    return read_settings(path if path.exists() else None, _tables())


def use_settings(corpus: Corpus, path: Path) -> None:
    """Check a TOML file and keep it as the corpus's settings, for this run and later ones."""
    read_settings(path, _tables())
    with corpus.writing():
        write_whole(corpus.folder / "settings.toml", path.read_bytes())


def status(corpus: Corpus) -> list[StageStatus]:
    """Return how every stage stands, in the order of the flow; one that rests on a stage that must run is out of date too."""
    return plan(corpus, STAGES, settings_of(corpus))


def stages_through(through: str | None) -> Sequence[Stage]:
    """Return the stages that a run runs: all, or those that a stage rests on and itself."""
    return needed_for(STAGES, stage_named(through)) if through else STAGES


def run(
    corpus: Corpus,
    *,
    through: str | None = None,
    execution: Execution | None = None,
    progress: Progress = no_progress,
) -> Iterator[Outcome]:
    """Yield the outcome of each stage, run in order where it is not up to date.

    Parameters
    ----------
    through
        A stage: it runs, and those that it rests on; None: all.
    execution
        Processes and device; None: as the corpus' settings say.
    """
    settings = settings_of(corpus)
    with corpus.writing():
        for stage in stages_through(through):
            yield run_stage(
                corpus, stage, settings[stage.name], execution=execution or settings["run"], progress=progress
            )


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


def run_one(
    corpus: Corpus, name: str, *, execution: Execution | None = None, progress: Progress = no_progress
) -> Outcome:
    """Return the outcome of one stage, run where it is not up to date.

    Raises
    ------
    CorpusError
        Another process is writing to the corpus.
    InputError
        A stage that it rests on has not run, or is out of date: the error names the command that mends it.
    """
    stage, settings = stage_named(name), settings_of(corpus)
    with corpus.writing():
        check_inputs(corpus, STAGES, stage, settings)
        return run_stage(
            corpus, stage, settings[name], execution=execution or settings["run"], progress=progress
        )

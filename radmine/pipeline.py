"""The whole flow as one table of stages: the one list of their order."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from radmine import embed, ingest, label, link, parse, pixels, search, topics, train
from radmine.corpus import Corpus
from radmine.errors import InputError, SettingsError
from radmine.files import write_whole
from radmine.run import (
    Execution,
    Limits,
    Outcome,
    Progress,
    Stage,
    StageStatus,
    check_inputs,
    check_paths,
    choose_device,
    idle_stages,
    needed_for,
    no_progress,
    of_setting,
    plan,
    read_settings,
    read_toml,
    run_stage,
    settings_in,
    to_toml,
    with_absolute_paths,
)
from radmine.writing import ReadOnlyError

STAGES: tuple[Stage, ...] = (
    ingest.STAGE,  # files -> reports, studies, series, images, key objects, splits
    parse.STAGE,  # reports -> sections, sentences, mentions
    link.STAGE,  # reports, sentences, images, key objects -> references, links
    topics.STAGE,  # reports as parsed -> topics, mixtures, word vectors
    label.STAGE,  # mentions, links -> votes, labels of reports and of images
    pixels.STAGE,  # image files -> arrays, decoded once
    train.STAGE,  # arrays, labels, topics -> image model, scores
    embed.STAGE,  # arrays, image model, reports as parsed -> vectors
    search.STAGE,  # the stage `index`: vectors, reports, labels, links -> indexes/NAME
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


def settings_tables() -> dict[str, type]:
    """Return the tables of a settings file: `run`, `limits`, and one for each stage."""
    return {"run": Execution, "limits": Limits, **{stage.name: stage.settings for stage in STAGES}}


def default_settings() -> dict[str, Any]:
    """Return the settings of every table where no file sets any."""
    return read_settings(None, settings_tables())


def settings_of(corpus: Corpus) -> dict[str, Any]:
    """Return the settings of this corpus: of `run`, and of every stage.

    Raises
    ------
    SettingsError
        Those that are kept with it are not what this radmine takes: another version wrote them, or a hand did.
    """
    path = kept_settings(corpus)
    try:
        return read_settings(path if path.exists() else None, settings_tables())
    except SettingsError as error:
        raise _of_kept(error, corpus) from error


def kept_settings(corpus: Corpus) -> Path:
    """Return the file of the settings that are kept with a corpus, which is not there where all are the defaults."""
    return corpus.folder / "settings.toml"


def _of_kept(error: SettingsError, corpus: Corpus) -> SettingsError:
    """Return what is wrong with kept settings, and how to mend them."""
    mend = f"Correct it there, or give other settings: `radmine run {corpus.name} --settings FILE`."
    return SettingsError(error.what, where=error.where, do=f"{error.do} {mend}".strip())


def use_settings(corpus: Corpus, path: Path) -> tuple[str, ...]:
    """Keep a TOML file as the corpus's settings, for this run and later ones, and return the voters that it names.

    It is checked whole before, with the files and the code that it names (voters of others are imported); relative paths in it go by the current folder and are kept as absolute ones.

    Raises
    ------
    SettingsError
        It is no TOML, or something in it is unknown, out of range or not there: the settings before it stay.
    """
    content, data = read_toml(path)
    made, kept = _checked(data, path)
    with corpus.writing():
        write_whole(kept_settings(corpus), content if kept == data else to_toml(kept))
    return tuple(made["label"].extra_voters)


def _checked(data: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of every table of what a TOML file says, checked whole, and that with absolute paths."""
    _check(STAGES, settings_in(data, settings_tables(), where=str(path)), where=path)
    kept = with_absolute_paths(data, settings_tables())
    return settings_in(kept, settings_tables(), where=str(path)), kept


def status(corpus: Corpus, *, through: str | None = None, given: Path | None = None) -> list[StageStatus]:
    """Return how the stages of a run stand, in the order of the flow; one that rests on a stage that must run is out of date.

    Parameters
    ----------
    through
        Those alone that a run through this stage runs.
    given
        A TOML file of settings that hold in place of those kept with the corpus; it is checked, and not kept.

    Raises
    ------
    SettingsError
        What `use_settings` or `settings_of` raises.
    """
    settings = settings_of(corpus) if given is None else _checked(read_toml(given)[1], given)[0]
    return plan(corpus, stages_through(corpus, through, settings), settings)


def stages_through(corpus: Corpus, through: str | None, settings: Mapping[str, Any]) -> Sequence[Stage]:
    """Return the stages that a run runs: all, or those that a stage rests on in this corpus and itself."""
    if through is None:
        return STAGES
    return needed_for(STAGES, stage_named(through), idle=idle_stages(corpus, STAGES, settings))


def run(
    corpus: Corpus,
    *,
    through: str | None = None,
    execution: Execution | None = None,
    voters: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Iterator[Outcome]:
    """Yield the outcome of each stage, run in order where it is not up to date; go through it, else nothing runs.

    Parameters
    ----------
    through
        A stage: it runs, and those that it rests on; None: all.
    execution
        Processes and device; None: as the corpus' settings say.
    voters
        Of those that the corpus' settings name as "module:function", the ones that may run: they are code.

    Raises
    ------
    SettingsError
        A voter would run that is not among them, or something that the settings name is not there.
    CorpusError
        Another process is writing to the corpus, or it may not be written to and a stage has to run.
    """
    settings = settings_of(corpus)
    stages = stages_through(corpus, through, settings)
    how = execution or settings["run"]
    with _held(corpus, stages, settings, how, voters) as writable:
        for stage in stages:
            yield run_stage(
                corpus, stage, settings[stage.name], execution=how, progress=progress, writable=writable
            )


def run_one(
    corpus: Corpus,
    name: str,
    *,
    execution: Execution | None = None,
    voters: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Outcome:
    """Return the outcome of one stage, run where it is not up to date; takes what `run` does.

    Raises
    ------
    SettingsError
        A voter would run that is not among `voters`, or something that the settings name is not there.
    CorpusError
        Another process is writing to the corpus, or it may not be written to and the stage has to run.
    InputError
        A stage that it rests on has not run, or is out of date: the error names the command that mends it.
    """
    stage, settings = stage_named(name), settings_of(corpus)
    how = execution or settings["run"]
    with _held(corpus, [stage], settings, how, voters) as writable:
        check_inputs(corpus, STAGES, stage, settings)
        return run_stage(corpus, stage, settings[name], execution=how, progress=progress, writable=writable)


@contextmanager
def _held(
    corpus: Corpus,
    stages: Sequence[Stage],
    settings: Mapping[str, Any],
    how: Execution,
    voters: Sequence[str],
) -> Iterator[bool]:
    """Hold a corpus for writing while stages run, and yield True; one that may not be written to is only read.

    Before, what the settings of those that will run name is checked.
    """

    def must_run() -> set[str]:
        done = {"up to date", "not applicable"}
        return {s.stage for s in plan(corpus, stages, settings) if s.status not in done}

    with ExitStack() as held:
        writable = True
        try:
            held.enter_context(corpus.writing())
        except ReadOnlyError:
            if must_run():
                raise
            writable = False
        todo = must_run()
        foreign = label.not_allowed(settings["label"].extra_voters, voters)
        if foreign and (label.STAGE.name in todo or _again(corpus, label.STAGE.name)):
            raise SettingsError(
                f"The settings kept with the corpus name code that would run: {', '.join(foreign)}.",
                where=str(kept_settings(corpus)),
                do=f"If you know it and want it to vote, add {' '.join(f'--voter {name}' for name in foreign)}.",
            )
        try:
            _check([s for s in stages if s.name in todo], settings, where=kept_settings(corpus))
        except SettingsError as error:
            raise _of_kept(error, corpus) from error
        if todo & {train.STAGE.name, embed.STAGE.name} and how.device.startswith("cuda"):
            choose_device(how.device)
        yield writable


def _check(stages: Sequence[Stage], settings: Mapping[str, Any], *, where: Path) -> None:
    """Check what the settings of stages name: the files and folders are there, and each is what its stage takes."""
    for stage in stages:
        with of_setting(f"{where} [{stage.name}]"):
            check_paths(settings[stage.name])
            stage.check(settings[stage.name])


def _again(corpus: Corpus, stage: str) -> bool:
    """Return whether a stage that is up to date has items to try again."""
    manifest = corpus.manifest(stage)
    return manifest is not None and manifest.again > 0

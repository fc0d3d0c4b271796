"""Commands on a corpus: make one, run it, see how it stands, and what is in it."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Device, Home, Json, Name, Settings, Strict, Voter, Workers, execution, pairs
from radmine.cli.stages import show_outcomes
from radmine.cli.terminal import Bars, say, show, write_json
from radmine.errors import RadmineError


def sample(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write source/, truth/ and settings.toml.")
    ],
    reports: Annotated[int, typer.Option(min=1, help="How many reports.")] = 400,
    seed: Annotated[int, typer.Option(help="Another seed, other cases.")] = 0,
    boxes: Annotated[
        bool, typer.Option("--boxes", help="Also write where lesions are in the pictures: truth/boxes.csv.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a synthetic source (reports, DICOM) with its truth."""
    from radmine.sample import SETTINGS, write_sample
    from radmine.show.plain import plain

    with Bars() as progress:
        summary = write_sample(folder, reports=reports, seed=seed, boxes=boxes, progress=progress)
    if as_json:
        write_json([summary])
        return
    facts = ", ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in plain(summary).items() if type(v) is int)
    say(f"{folder}: {facts}")
    source, settings = (shlex.quote(str(folder / name)) for name in ("source", SETTINGS))
    say(f"Next: radmine ingest NAME {source} && radmine run NAME --settings {settings}")


def ingest(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders or files of the source.")],
    reader: Annotated[
        str,
        typer.Option(
            help="How to read the paths: folder (looks for itself), openi, medpix, table, text or dicom."
        ),
    ] = "folder",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            "--column",
            metavar="KEY=VALUE",
            help="An option of the reader; for `table`, our column=theirs (text=report_text). Repeatable.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Keep a column of a table that is none of ours, or a DICOM element (PatientSex), in `meta`. Repeatable.",
        ),
    ] = None,
    label_columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN[=FINDING]",
            help="A column of a table that says 1, 0, -1 or nothing of a finding, besides those whose names tell; "
            "`no`: none. Repeatable.",
        ),
    ] = None,
    follow_paths: Annotated[
        bool, typer.Option("--follow-paths", help="Follow paths of a table that lead out of its folder.")
    ] = False,
    settings: Settings = None,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Make corpora/NAME from reports and images, or extend it.

    Sources that were read before are not read again.
    """
    from radmine.corpus import Corpus
    from radmine.ingest import ingest_source, joined_names, names_in
    from radmine.pipeline import settings_of, use_settings

    options = pairs(option or (), written="KEY=VALUE", example="--option text=report_text")
    if keep:
        options["keep"] = joined_names([*names_in(options.get("keep", "")), *keep])
    if label_columns:
        options["label_columns"] = joined_names([n for c in label_columns for n in names_in(c)])
    if follow_paths:
        options["follow_paths"] = "yes"
    corpus = Corpus.create(name, home=home)
    try:
        if settings:
            use_settings(corpus, settings)
        with Bars() as progress:
            outcome = ingest_source(
                corpus,
                reader,
                paths,
                options=options,
                settings=settings_of(corpus)["ingest"],
                progress=progress,
                execution=execution(corpus, workers, device),
            )
    except RadmineError:
        corpus.remove_if_empty()
        raise
    show_outcomes(name, [outcome], as_json=as_json, strict=strict)


def run(
    name: Name,
    through: Annotated[
        str | None,
        typer.Option(metavar="STAGE", help="Run this stage and those that it rests on; else all run."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would run, and why; --settings are checked and not kept."),
    ] = False,
    settings: Settings = None,
    voter: Voter = None,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Run every stage that is not up to date, in order.

    A killed run goes on where it was.
    """
    from radmine import pipeline
    from radmine.corpus import Corpus
    from radmine.show.stages import plan_table

    corpus = Corpus.open(name, home=home)
    if dry_run:
        plan = pipeline.status(corpus, through=through, given=settings)
        write_json(plan) if as_json else show(plan_table(plan))
        return
    voters = [*(voter or ()), *(pipeline.use_settings(corpus, settings) if settings else ())]
    how = execution(corpus, workers, device)
    with Bars() as progress:
        outcomes = pipeline.run(corpus, through=through, execution=how, voters=voters, progress=progress)
        show_outcomes(name, outcomes, as_json=as_json, strict=strict)


def status(name: Name, home: Home = None, as_json: Json = False) -> None:
    """Show how every stage of a corpus stands, and why.

    Its rows, what was rejected, the seconds that it took, and what it noted.
    """
    from radmine import pipeline
    from radmine.corpus import Corpus
    from radmine.show.stages import notes_lines, status_table

    stages = pipeline.status(Corpus.open(name, home=home))
    if as_json:
        write_json(stages)
        return
    show(status_table(stages))
    for line in notes_lines(stages):
        say(line)


def show_case(
    name: Name,
    item: Annotated[
        str,
        typer.Argument(
            metavar="REPORT|IMAGE", help="Its id, accession number, file name or ending of its path."
        ),
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show one report or image with all that was found in it."""
    from radmine.corpus import Corpus
    from radmine.show.case import find_case
    from radmine.show.tables import case_view

    case = find_case(Corpus.open(name, home=home), item)
    write_json([case]) if as_json else show(case_view(case))

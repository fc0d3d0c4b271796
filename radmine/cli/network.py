"""What the image network tells of a corpus beside its scores: labels to check, confounders, a worklist."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.bars import Bars
from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import say, show, tell, write_json


def suspects(
    name: Name,
    finding: Annotated[
        str | None, typer.Option(metavar="FINDING", help="Labels of this finding alone, by our name.")
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="How many labels.")] = 50,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a sheet to fill in, a CSV, for `correct --from`."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List labels of images that may be wrong, likeliest first.

    Confident learning: what the images of other patients say against a label. `--to FILE` writes a sheet; answers that it has already stay.
    """
    from radmine import curate
    from radmine.corpus import Corpus
    from radmine.show.suspects import suspects_view

    corpus = Corpus.open(name, home=home)
    with Bars() as progress:
        found = curate.suspects(corpus, finding=finding, n=n, progress=progress)
    kept = 0 if to is None else curate.write_suspects(found.labels, to)
    if as_json:
        write_json(found.labels)
    else:
        show(suspects_view(found))
    if to is not None:
        answers = f"; {kept:,} answers stay" if kept else ""
        tell(f"Written: {to}, {len(found.labels):,} labels to check{answers}")
        tell(
            f"Fill in the column answer (present, absent, uncertain), then: radmine correct {corpus.name} --from {to}"
        )
    elif not as_json and found.labels:
        say(f"To look at one: radmine show {corpus.name} IMAGE")
        say(f"As a sheet to fill in: radmine suspects {corpus.name} --to FILE.csv")


def worklist(
    name: Name,
    findings: Annotated[
        list[str] | None,
        typer.Option(
            "--findings",
            metavar="FINDING",
            help="What counts as critical, by our names; else our list. Repeatable.",
        ),
    ] = None,
    alert_rate: Annotated[
        float, typer.Option(min=0.001, max=1.0, help="Share of the studies that are alerted.")
    ] = 0.1,
    on: Annotated[
        str | None,
        typer.Option(metavar="OTHER", help="Order all studies of another corpus; nothing is learned."),
    ] = None,
    load: Annotated[
        float, typer.Option(min=0.05, max=0.99, help="Share of the time that the simulated reader reads.")
    ] = 0.9,
    minutes: Annotated[
        float, typer.Option(min=0.1, max=600.0, help="What the reading of a study takes.")
    ] = 5.0,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole list, a CSV.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Order studies by how likely a critical finding is.

    Studies of the test part. Sensitivity and precision of the alerts are by the labels; the delay that alerts save is simulated.
    """
    from radmine.corpus import Corpus
    from radmine.show.worklist import COLUMNS, worklist_facts, worklist_rows, worklist_view
    from radmine.train import make_worklist

    corpus = Corpus.open(name, home=home)
    other = None if on is None else Corpus.open(on, home=home)
    made = make_worklist(corpus, on=other, findings=findings, alert_rate=alert_rate, load=load)
    if to is not None:
        from radmine.curate import write_csv

        write_csv(to, COLUMNS, worklist_rows(made))
        tell(f"Written: {to}, {len(made.entries):,} studies")
    if as_json:
        write_json([*made.entries, worklist_facts(made, minutes)])
    else:
        show(worklist_view(made, minutes))


def confounders(
    name: Name,
    every: Annotated[
        bool, typer.Option("--all", help="Show every finding and column, not ten alone.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say by what else the network may tell findings apart.

    How well its features tell each, what each alone tells of a finding, and what of the network's AUC is left without it.
    """
    from radmine.corpus import Corpus
    from radmine.show.confounders import confounders_view
    from radmine.train import find_confounders

    corpus = Corpus.open(name, home=home)
    with Bars() as progress:
        found = find_confounders(corpus, progress=progress)
    if as_json:
        write_json([*found.told, *found.findings])
    else:
        show(confounders_view(found, every=every))

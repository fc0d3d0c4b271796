"""Commands on voters: train them for a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import Bars, say, write_json
from radmine.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Train voters, which vote on labels beside the rules.")


@app.callback()
def _voters() -> None:
    """Make `train` a command below `voters`, though it is the only one."""


@app.command()
def train(
    name: Name,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV of what is true of reports, to learn from too.")
    ] = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            help="With --truth: by whose names its findings go (chestxray14, chexpert); else what fits best."
        ),
    ] = None,
    voter: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="words (usual), transformer or topics. Repeatable."),
    ] = None,
    checkpoint: Annotated[
        str,
        typer.Option(help="What --voter transformer starts from: a folder or a hub name; else from scratch."),
    ] = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train voters, into models/voters of the corpus.

    They learn from the rules' labels of the train part, and from truth where a file gives it.
    """
    from radmine.corpus import Corpus
    from radmine.label import train_voters
    from radmine.show.stages import training_lines

    if scheme is not None and truth is None:
        raise InputError(
            "--scheme says by whose names the findings of --truth go.", where=scheme, do="Add --truth FILE."
        )
    with Bars() as progress:
        training = train_voters(
            Corpus.open(name, home=home),
            truth=truth,
            scheme=scheme,
            kinds=voter or ("words",),
            checkpoint=checkpoint,
            progress=progress,
        )
    if as_json:
        write_json([training])
        return
    for line in training_lines(training):
        say(line)

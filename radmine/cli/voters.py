"""Commands on voters: train them for a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import Bars, say, show, write_json
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

    They learn from the rules' labels of the train part, and from truth where a file gives it; reports of the truth outside of that part
    say in the end how good they are.
    """
    from radmine.corpus import Corpus
    from radmine.curate import kept_back
    from radmine.label import train_voters
    from radmine.show.agreement import kept_back_view
    from radmine.show.plain import plain
    from radmine.show.stages import training_lines

    if scheme is not None and truth is None:
        raise InputError(
            "--scheme says by whose names the findings of --truth go.", where=scheme, do="Add --truth FILE."
        )
    corpus = Corpus.open(name, home=home)
    with Bars() as progress:
        training = train_voters(
            corpus,
            truth=truth,
            scheme=scheme,
            kinds=voter or ("words",),
            checkpoint=checkpoint,
            progress=progress,
        )
    kept = kept_back(corpus, training.folder, truth, scheme=scheme) if truth else None
    if as_json:
        write_json([{**plain(training), "kept_back": plain(kept)}])
        return
    for line in training_lines(training):
        say(line)
    if kept is not None:
        show(kept_back_view(kept))

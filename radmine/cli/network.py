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
    """List labels of images that are suspected to be wrong, the most suspicious first.

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

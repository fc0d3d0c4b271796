"""The command that compares settings of a training."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Device, Home, Json, Name
from radmine.cli.terminal import Bars, say, show, tell, write_json
from radmine.errors import InputError

_PARTS = ("validation", "test")


def ablate(
    name: Name,
    grid: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A TOML file: [train] for all, and [variants.NAME] for each, or [cross] with lists of values.",
        ),
    ],
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table, as .md or as .csv.")
    ] = None,
    on: Annotated[
        str, typer.Option(metavar="PART", help="The part that is asked about: validation or test.")
    ] = "validation",
    folds: Annotated[
        int, typer.Option(min=0, max=100, help="Cross-validation by patient over train and validation.")
    ] = 0,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Trainings of each variant.")] = 1,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train variants of the image network and compare them.

    Each differs in settings of [train]; they are scored on the validation part, with 95 % intervals by patient and the difference to the
    first. The corpus' own network stays as it is. A finished variant is not trained again; a killed one goes on.
    """
    from radmine.corpus import Corpus
    from radmine.files import write_whole
    from radmine.pipeline import STAGES, settings_of
    from radmine.run import check_inputs
    from radmine.show.ablation import ablation_csv, ablation_markdown, ablation_view
    from radmine.train import STAGE, read_grid
    from radmine.train import ablate as compare

    if on not in _PARTS:
        raise InputError(f"There is no part {on!r} to ask about.", where="--on", do="Use validation or test.")
    formats = {".md": ablation_markdown, ".csv": ablation_csv}
    if to is not None and to.suffix not in formats:
        raise InputError("The table is written as .md or .csv.", where=str(to), do="Give it such a name.")
    corpus = Corpus.open(name, home=home)
    settings = settings_of(corpus)
    variants = read_grid(grid, settings["train"])
    check_inputs(corpus, STAGES, STAGE, settings)
    with Bars() as progress:
        rows = compare(
            corpus,
            variants,
            on=on,
            folds=folds,
            seeds=seeds,
            device=device or settings["run"].device,
            progress=progress,
            done=lambda variant, seconds: tell(f"{variant}: {seconds:,.1f} s"),
        )
    if to is not None:
        try:
            write_whole(to, formats[to.suffix](rows).encode())
        except OSError as error:
            raise InputError(
                f"The table cannot be written: {error.strerror}.", where=str(to), do="Give another path."
            ) from error
        tell(f"Written: {to}")
    if as_json:
        write_json(rows)
        return
    show(ablation_view(rows))
    if folds:
        say("Each image was asked about once; another fold chose the epoch.")
    elif on == "validation":
        say(
            "The validation part chose the epoch too, so values are a little high, and differences of less than the seeds differ by say nothing."
        )
    else:
        say("Of the test part: what is chosen by it is no longer tested by it.")

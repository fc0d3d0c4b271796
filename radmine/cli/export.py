"""The command that writes labels to a file."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Home, Json, Name, NoSchemeParents, pairs
from radmine.cli.terminal import Bars, say, tell, write_json


def export(
    name: Name,
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="chexpert, chestxray14, ctrate, long, wide, or a label scheme of yours that ends in .toml; of the image network monai-bundle or onnx.",
        ),
    ],
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="A file that ends in .csv or .parquet; of the network a folder, or a file that ends in .onnx. What is there is replaced.",
        ),
    ],
    images: Annotated[bool, typer.Option("--images", help="A row an image, else a report.")] = False,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence",
            help="Who voted, the words, where they stand, and the rule: in FILE.evidence.csv beside it, of long in the rows.",
        ),
    ] = False,
    tags: Annotated[
        bool,
        typer.Option(
            "--tags",
            help="Of images: how their findings look and where they are, with the words: in FILE.tags.csv beside it.",
        ),
    ] = False,
    topics: Annotated[
        bool,
        typer.Option(
            "--topics", help="What they speak of, at each level of topics: in FILE.topics.csv beside it."
        ),
    ] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="A column more for each label: how probable it is.")
    ] = False,
    no_scheme_parents: NoSchemeParents = False,
    no_implied: Annotated[
        bool,
        typer.Option(
            "--no-implied", help="Of long and wide: no label that only follows from a kind of the finding."
        ),
    ] = False,
    finding: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Of long and wide: only this finding; pairs as 'thickening@*', '*@colon'. Repeatable.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="Only reports (or images) of which this holds: modality=CR, study_date>=2019. Repeatable.",
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this part: train, validation or test.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write labels to a file, or the network for other programs.

    Labels as the CSV of a published data set, long, wide, or by a label scheme of your own; the network for other programs: `radmine docs export`.
    """
    from radmine import pipeline
    from radmine.corpus import Corpus
    from radmine.errors import InputError
    from radmine.export import NETWORK_FORMATS, export_network
    from radmine.export import export as write

    corpus = Corpus.open(name, home=home)
    if as_ in NETWORK_FORMATS:
        flags = (images, evidence, tags, topics, probabilities, no_scheme_parents, no_implied)
        if any((*flags, finding, where, split)):
            raise InputError(
                "A network goes out whole: only --to goes with it.", where=as_, do="Leave the others out."
            )
        files = export_network(corpus, as_, to)
        if as_json:
            write_json([{"files": [str(file) for file in files]}])
        else:
            for file in files:
                say(f"{file}: the image network as {as_}")
        return
    conditions = pairs(where or (), written="FIELD=VALUE", example="--where modality=CR")
    with Bars() as progress:
        done = write(
            corpus,
            as_,
            to,
            images=images,
            evidence=evidence,
            tags=tags,
            topics=topics,
            probabilities=probabilities,
            parents=not no_scheme_parents,
            implied=not no_implied,
            findings=tuple(finding or ()),
            where=conditions or None,
            split=split,
            progress=progress,
        )
    stale = [s for s in pipeline.status(corpus, through="label") if s.status == "out of date"]
    if stale:
        tell(
            f"The labels are older than what they rest on: `radmine run {name} --through label` makes them anew."
        )
    if as_json:
        write_json([done])
        return
    what = "images" if images else "reports"
    say(
        f"{done.files[0]}: {done.rows:,} rows, {done.columns} columns; {done.labelled:,} of {done.items:,} {what} have a label"
    )
    for file in done.files[1:]:
        say(f"{file}: the {file.stem.rpartition('.')[-1]}")
    if done.note:
        tell(done.note)

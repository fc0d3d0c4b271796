"""Options and arguments that several commands share, each said once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus
    from radmine.run import Execution

Name = Annotated[str, typer.Argument(metavar="NAME", help="The corpus: corpora/NAME under --home.")]
Home = Annotated[
    Path | None,
    typer.Option(help="Where corpora/ and indexes/ stand; else $RADMINE_HOME, else the current folder."),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="One JSON object a line on standard output; an error is one on standard error."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 where something was rejected.")]
Settings = Annotated[
    Path | None,
    typer.Option(help="A TOML file with a table for each stage; replaces the settings kept with the corpus."),
]
NoSchemeParents = Annotated[
    bool,
    typer.Option(
        "--no-scheme-parents",
        help="Of a scheme: what speaks for a label says nothing of its parents (an edema no Lung Opacity).",
    ),
]
Voter = Annotated[
    list[str] | None,
    typer.Option(
        "--voter",
        metavar="MODULE:FUNCTION",
        help="A voter that the kept settings name and that may run: it is code. Repeatable.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, metavar="N", help="Processes, else as the settings say; no row depends on it."
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="DEVICE",
        help="Where networks run: auto, cpu, cuda or cuda:N, else as the settings say; no row depends on it.",
    ),
]


def execution(corpus: "Corpus", workers: int | None, device: str | None) -> "Execution":
    """Return how work is carried out: what is not asked for is as the corpus's settings have it."""
    from radmine.pipeline import settings_of

    asked: dict[str, Any] = {"workers": workers, "device": device}
    usual: Execution = settings_of(corpus)["run"]
    return replace(usual, **{k: v for k, v in asked.items() if v is not None})


def pairs(options: Sequence[str], *, written: str, example: str) -> dict[str, str]:
    """Return KEY=VALUE options as a dict.

    Parameters
    ----------
    written
        How such an option is written, for the error: "KEY=VALUE".
    example
        One that is right, for the error.

    Raises
    ------
    InputError
        An option has no "=".
    """
    result: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"Expected {written}.", where=option, do=f"For example: {example}")
        result[key.strip()] = value.strip()
    return result

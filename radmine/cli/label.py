"""Commands on labels: label a corpus or text from standard input, and explain how a report got its labels."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radmine.cli.options import Device, Home, Json, Name, Strict, Voter, Workers
from radmine.cli.stages import run_one_stage
from radmine.cli.terminal import show, tell, write_json, write_lines
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.run import Limits

_TEXT = "-"  # in place of a corpus: text from standard input


def label(
    name: Annotated[
        str, typer.Argument(metavar="NAME|-", help="The corpus, or - to label text from standard input.")
    ],
    scheme: Annotated[
        str | None,
        typer.Option(help="With -: a published scheme's own names (chestxray14, chexpert)."),
    ] = None,
    voters: Annotated[
        Path | None, typer.Option(help="With -: a folder of trained voters; else the rules alone.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With -: a TOML file, of which [limits] holds.")
    ] = None,
    voter: Voter = None,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Label reports and linked images; `label -` labels text.

    `label -` reads JSON lines with id and text, else one report, from standard input, and writes a JSON object for each
    report, with the reason as `rejected` for one that it cannot label; it takes --workers too, else one process. --device, --home and --strict go with a corpus alone.
    """
    if name == _TEXT:
        _refuse(
            {"--device": device, "--home": home, "--strict": strict, "--voter": voter},
            where=name,
            what="a corpus",
            do="Leave it out, or give the corpus's NAME.",
        )
        from radmine.label import label_lines, read_lines
        from radmine.run import Limits

        limits = Limits() if settings is None else _limits_of(settings)
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        lines = read_lines(sys.stdin, limits)
        write_lines(label_lines(lines, scheme=scheme, voters=voters, workers=workers or 1, limits=limits))
        return
    _refuse(
        {"--scheme": scheme, "--voters": voters, "--settings": settings},
        where=name,
        what="text from standard input",
        do="Use `radmine label -`; for a corpus, set voters under [label] in its settings.",
    )
    run_one_stage(
        name,
        "label",
        workers=workers,
        device=device,
        home=home,
        as_json=as_json,
        strict=strict,
        voters=voter or (),
    )


def _limits_of(settings: Path) -> "Limits":
    from radmine.pipeline import settings_tables
    from radmine.run import read_settings

    limits: Limits = read_settings(settings, settings_tables())["limits"]
    return limits


def _refuse(options: Mapping[str, object], *, where: str, what: str, do: str) -> None:
    for option, value in options.items():
        if value:
            raise InputError(f"{option} goes with {what}.", where=where, do=do)


def explain(
    name: Name,
    report: Annotated[str, typer.Argument(metavar="REPORT", help="A report id.")],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page that needs no other file.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show how a report got its labels.

    Its text with spans, the rules and triggers that decided them, the votes and the outcome.
    """
    from radmine.corpus import Corpus
    from radmine.show.case import explain_report
    from radmine.show.tables import explanation_view

    explained = explain_report(Corpus.open(name, home=home), report)
    if html is not None:
        from radmine.show.html import explanation_html

        title = f"Report {explained.report_id}"
        page = explanation_html(
            explained.explanation, explained.text, title=title, decisions=explained.decisions
        )
        try:
            html.write_text(page, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"The page cannot be written: {error.strerror}.", where=str(html), do="Give another path."
            ) from error
        tell(f"Written: {html}")
    elif as_json:
        write_json([explained])
    else:
        show(explanation_view(explained))


_OF_EXPLAIN = ("--explain", "--html")
_OF_VOTERS = ("--train-voters", "--truth", "--checkpoint")


def moved(option: str, arguments: Sequence[str]) -> InputError | None:
    """Return the error that names the new command, where `label` once had this option; None for any other option.

    Parameters
    ----------
    option
        One that `label` does not have.
    arguments
        All of the command line, `label` first.
    """
    if option not in (*_OF_EXPLAIN, *_OF_VOTERS):
        return None
    old = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    old.add_argument("--explain", nargs="?", default="REPORT")
    old.add_argument("--train-voters", action="store_true")
    asked, rest = old.parse_known_args(arguments[1:])
    rest = ["NAME" if argument == _TEXT else argument for argument in rest]
    new = [*rest, asked.explain or "REPORT"] if option in _OF_EXPLAIN else rest
    command = ["explain"] if option in _OF_EXPLAIN else ["voters", "train"]
    return InputError(
        f"`radmine label` has no {option} any more: `radmine {' '.join(command)}` is a command of its own.",
        where="label",
        do=f"Run: {shlex.join(['radmine', *command, *new])}",
    )

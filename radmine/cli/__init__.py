"""The command line: parses arguments, calls one function, renders; the only room that prints."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from radmine import __version__
from radmine.cli import (
    ablate,
    check,
    corpus,
    correct,
    docs,
    evaluate,
    export,
    findings,
    heatmap,
    label,
    network,
    rejected,
    search,
    settings,
    stages,
    topics,
    voters,
    words,
)
from radmine.cli.failures import DONE, WRONG_USAGE, failure, stopped, user_error, wrong_usage
from radmine.cli.signals import Signals
from radmine.cli.terminal import say
from radmine.parse import COMPILED

app = typer.Typer(
    name="radmine",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="""Mine radiology reports and their key images.

    The way through: `radmine ingest NAME PATH` makes corpora/NAME from a folder of reports and DICOM, `radmine run NAME`
    takes it through every stage (parse, link, topics, label, pixels, train, embed, index), `radmine search NAME` finds
    cases in it. `radmine sample DIR` makes a synthetic source to try it on.
    """,
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and whether the reader is compiled.")
    ] = False,
) -> None:
    if version:
        say(f"radmine {__version__} ({'compiled' if COMPILED else 'Python'})")
        raise typer.Exit


# Every command, in the order of --help; that of a stage stands in `stages` and in the help above as well.
app.command()(corpus.sample)
app.command()(corpus.ingest)
app.command()(corpus.run)
app.command()(stages.parse)
app.command()(stages.link)
app.command()(topics.topics)
app.command()(label.label)
app.command()(stages.pixels)
app.command()(stages.train)
app.command()(ablate.ablate)
app.command()(stages.embed)
app.command()(stages.index)
app.command()(search.search)
app.command()(corpus.status)
app.command()(rejected.rejected)
app.command()(settings.settings)
app.command()(check.check)
app.command()(findings.findings)
app.command()(words.words)
app.command()(evaluate.evaluate)
app.command("sample-check")(evaluate.sample_check)
app.command()(evaluate.scores)
app.command()(network.suspects)
app.command()(network.confounders)
app.command()(network.worklist)
app.command()(heatmap.heatmap)
app.command("show")(corpus.show_case)
app.command()(label.explain)
app.command()(correct.correct)
app.command()(correct.decisions)
app.command()(export.export)
app.add_typer(voters.app, name="voters")
app.command()(docs.docs)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 1 internal error, 2 the user's or the machine's, 3 rejected rows, 128 and the number of the signal that stopped it.
    """
    sys.exit(_exit_code(sys.argv[1:] if arguments is None else list(arguments)))


def _exit_code(arguments: list[str]) -> int:
    with Signals() as signals:
        code = _run(arguments, signals)
    if signals.received is None:
        return code
    return stopped(signals.received, signals.raised, as_json="--json" in arguments)


def _run(arguments: list[str], signals: Signals) -> int:
    """Return the exit code of a command; what it raises is shown, where no signal is the reason."""
    as_json = "--json" in arguments
    try:
        # A number is what a command left with before its end.
        code = app(args=arguments, prog_name="radmine", standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # panics of pyo3 modules are no Exceptions
        if signals.received is not None:
            return DONE
        if isinstance(error, WRONG_USAGE):
            option = getattr(error, "option_name", "")
            once = label.moved(option, arguments) if arguments[:1] == ["label"] else None
            return user_error(once, as_json=as_json) if once else wrong_usage(error, as_json=as_json)
        return failure(error, as_json=as_json)

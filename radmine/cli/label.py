"""Commands on labels: label a corpus or text from standard input, and explain how a report or an image got its labels."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radmine.cli.options import Device, Home, Json, Name, NoSchemeParents, Strict, Voter, Workers
from radmine.cli.stages import run_one_stage
from radmine.cli.terminal import show, tell, write_json, write_lines
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.run import Limits

_TEXT = "-"  # in place of a corpus: text from standard input


def label(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|FILE...|-",
            help="The corpus; or files and folders of text; or - for standard input.",
        ),
    ],
    scheme: Annotated[
        str | None,
        typer.Option(
            help="Of text: a published scheme's own names (chestxray14, chexpert, ctrate), or a TOML file of yours."
        ),
    ] = None,
    no_scheme_parents: NoSchemeParents = False,
    voters: Annotated[
        Path | None, typer.Option(help="Of text: a folder of trained voters; else the rules alone.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of text: a TOML file, of which [limits] holds.")
    ] = None,
    voter: Voter = None,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Label reports and linked images; or text, of files or `-`.

    Each file is one report under its name (below a folder: each .txt, HTML or RTF file), each line of a .jsonl file one under its id;
    `label -` reads JSON lines with id and text, else one report, from standard input. A JSON object is written for each
    report, with the reason as `rejected` for one that cannot be labelled; it takes --workers too, else one process.
    --device, --home and --strict go with a corpus alone.
    """
    name = names[0]
    if len(names) > 1 or name == _TEXT or not _is_corpus(name, home):
        _refuse(
            {"--device": device, "--home": home, "--strict": strict, "--voter": voter},
            where=name,
            what="a corpus",
            do="Leave it out, or give the corpus's NAME.",
        )
        from radmine.label import label_files, label_lines, read_lines
        from radmine.run import Limits

        limits = Limits() if settings is None else _limits_of(settings)
        how: dict[str, Any] = {
            "scheme": scheme,
            "scheme_parents": not no_scheme_parents,
            "voters": voters,
            "workers": workers or 1,
            "limits": limits,
        }
        if _TEXT not in names:
            write_lines(label_files(names, **how))
            return
        if len(names) > 1:
            raise InputError("- stands alone.", where=" ".join(names), do="Leave it out, or the files.")
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        write_lines(label_lines(read_lines(sys.stdin, limits), **how))
        return
    _refuse(
        {
            "--scheme": scheme,
            "--no-scheme-parents": no_scheme_parents,
            "--voters": voters,
            "--settings": settings,
        },
        where=name,
        what="text: files, or standard input",
        do="Use `radmine label FILE...` or `radmine label -`; for a corpus, set voters under [label] in its settings.",
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


def _is_corpus(name: str, home: Path | None) -> bool:
    """Return whether a name is that of a corpus, else of a file or folder of text.

    Raises
    ------
    InputError
        It is both, or neither.
    """
    from radmine.homes import MARKER, corpus_folder

    path = Path(name)
    if (path / MARKER).exists():  # the path of a corpus
        return True
    folder = corpus_folder(name, home=home)
    is_corpus = path.name == name and (folder / MARKER).exists()
    if is_corpus and path.exists():
        raise InputError(
            f"{name!r} is both a corpus and {'a folder' if path.is_dir() else 'a file'} here.",
            where=name,
            do=f"Write `radmine label {shlex.quote(str(folder))}` for the corpus, "
            f"`radmine label {shlex.quote(f'./{name}')}` for the text.",
        )
    if not is_corpus and not path.exists():
        raise InputError(
            f"There is no corpus {name!r}, nor a file or folder.",
            where=str(folder),
            do="Give the NAME of a corpus, files or folders of text, or - for standard input.",
        )
    return is_corpus


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
    item: Annotated[
        str,
        typer.Argument(
            metavar="REPORT|IMAGE", help="Its id, accession number, file name or ending of its path."
        ),
    ],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page that needs no other file.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show how a report or an image got its labels.

    The text with spans (of an image the sentences that its labels rest on), the rules and triggers that decided them, the
    votes and the outcome.
    """
    from radmine.corpus import Corpus
    from radmine.show.case import ExplainedImage, explain_case
    from radmine.show.tables import explanation_view

    explained = explain_case(Corpus.open(name, home=home), item)
    if html is not None:
        from radmine.show.html import explanation_html, image_html

        if isinstance(explained, ExplainedImage):
            page = image_html(explained)
        else:
            title = f"Report {explained.report_id}"
            page = explanation_html(
                explained.explanation,
                explained.text,
                title=title,
                decisions=explained.decisions,
                notes=explained.notes,
                topics=explained.topics,
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

"""The command line: parses arguments, calls one function, renders; the only module that prints."""

import json
import os
import shlex
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from radmine import __version__
from radmine.cli.docs import docs
from radmine.errors import InputError, RadmineError

DONE, INTERNAL_ERROR, USER_ERROR, REJECTED = 0, 1, 2, 3

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
_PIPED = 140  # columns where the output is no terminal
out = Console(width=None if sys.stdout.isatty() else _PIPED, emoji=False)
err = Console(stderr=True, emoji=False)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The corpus: corpora/NAME under --home.")]
Home = Annotated[
    Path | None,
    typer.Option(help="Where corpora/ and indexes/ stand; else $RADMINE_HOME, else the current folder."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 where something was rejected.")]
Settings = Annotated[
    Path | None,
    typer.Option(help="A TOML file with a table for each stage; replaces the settings kept with the corpus."),
]


def _json_lines(records: Iterable[Any]) -> None:
    from radmine.show.tables import plain

    _write_lines(json.dumps(plain(record), ensure_ascii=False) for record in records)


def _write_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output; leave with 0 where whoever reads them has seen enough."""
    try:
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(DONE) from None


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield a progress callback that draws bars with rates on standard error, where that is a terminal."""
    from radmine.show.tables import Bars

    with Bars(err) as tell:
        yield tell


def _run_stages(outcomes: Iterable[Any], *, as_json: bool, strict: bool) -> None:
    """Show each stage as it ends; leave with 3 where something was rejected and that is not allowed."""
    from radmine.show.tables import outcome_line

    rejected = 0
    for outcome in outcomes:
        rejected += outcome.rejected
        if as_json:
            _json_lines([outcome])
        else:
            out.print(outcome_line(outcome), highlight=False, markup=False, soft_wrap=True)
        sys.stdout.flush()
    if rejected:
        err.print(
            f"{rejected} rows were rejected; they stand in the table `rejected` with stage and reason.",
            highlight=False,
        )
    if rejected and strict:
        raise typer.Exit(REJECTED)


def _pairs(options: Sequence[str], *, example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise InputError(
                "Expected KEY=VALUE.", where=option, do="For example: --option text=report_text."
            )
        pairs[key.strip()] = value.strip()
    return pairs


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write source/ and truth/.")],
    reports: Annotated[int, typer.Option(min=1, help="How many reports.")] = 400,
    seed: Annotated[int, typer.Option(help="Another seed, other cases.")] = 0,
    as_json: Json = False,
) -> None:
    """Make a synthetic source (reports and DICOM) with its truth beside it."""
    from radmine.sample import write_sample
    from radmine.show.tables import plain

    with _progress() as tell:
        summary = write_sample(folder, reports=reports, seed=seed, progress=tell)
    if as_json:
        _json_lines([summary])
        return
    facts = ", ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in plain(summary).items() if type(v) is int)
    out.print(f"{folder}: {facts}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"Next: radmine ingest NAME {folder / 'source'}", highlight=False, markup=False, soft_wrap=True)


def _readers_help() -> str:
    return "How to read the paths: folder (looks for itself), openi, medpix, table, text or dicom."


@app.command()
def ingest(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders or files of the source.")],
    reader: Annotated[str, typer.Option(help=_readers_help())] = "folder",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            "--column",
            metavar="KEY=VALUE",
            help="An option of the reader; for `table`, our column=theirs (text=report_text). Repeatable.",
        ),
    ] = None,
    settings: Settings = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Make corpora/NAME from reports and images, or extend it; sources read before are not read again."""
    from radmine.corpus import Corpus
    from radmine.ingest import ingest_source
    from radmine.pipeline import settings_of, use_settings

    options = _pairs(option or (), example="--option text=report_text")
    corpus = Corpus.create(name, home=home)
    try:
        if settings:
            use_settings(corpus, settings)
        with _progress() as tell:
            outcome = ingest_source(
                corpus, reader, paths, options=options, settings=settings_of(corpus)["ingest"], progress=tell
            )
    except RadmineError:
        corpus.remove_if_empty()
        raise
    _run_stages([outcome], as_json=as_json, strict=strict)


@app.command()
def run(
    name: Name,
    through: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Stop after this stage; else all run.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run, and why.")] = False,
    settings: Settings = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Run every stage that is not up to date, in order; a killed run goes on where it was."""
    from radmine import pipeline
    from radmine.corpus import Corpus
    from radmine.show.tables import plan_table

    corpus = Corpus.open(name, home=home)
    if dry_run:
        if settings:
            raise InputError(
                "--dry-run changes nothing, so it takes no --settings.", do="Leave one of them out."
            )
        plan = pipeline.status(corpus)
        if through:
            names = [stage.name for stage in pipeline.STAGES]
            plan = plan[: names.index(pipeline.stage_named(through).name) + 1]
        _json_lines(plan) if as_json else out.print(plan_table(plan))
        return
    if settings:
        pipeline.use_settings(corpus, settings)
    with _progress() as tell:
        _run_stages(pipeline.run(corpus, through=through, progress=tell), as_json=as_json, strict=strict)


def _one_stage(name: str, stage: str, home: Path | None, as_json: bool, strict: bool) -> None:
    from radmine.corpus import Corpus
    from radmine.pipeline import run_one

    with _progress() as tell:
        outcome = run_one(Corpus.open(name, home=home), stage, progress=tell)
    _run_stages([outcome], as_json=as_json, strict=strict)


def _stage_command(stage: str, summary: str) -> None:
    def command(name: Name, home: Home = None, as_json: Json = False, strict: Strict = False) -> None:
        _one_stage(name, stage, home, as_json, strict)

    command.__doc__ = summary
    app.command(stage)(command)


_stage_command("parse", "Read reports: sections, sentences, findings and what is said of them.")
_stage_command("link", "Find references to images and link sentences to images.")
_stage_command("topics", "Fit topics and word vectors on the corpus.")


@app.command()
def label(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The corpus, or - to label text from standard input.")
    ],
    explain: Annotated[
        str | None, typer.Option(metavar="REPORT", help="Show how this report got its labels.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --explain: write it as a page.")
    ] = None,
    scheme: Annotated[
        str | None,
        typer.Option(help="With - or --truth: a published scheme's own names (chestxray14, chexpert)."),
    ] = None,
    voters: Annotated[
        Path | None, typer.Option(help="With -: a folder of trained voters; else the rules alone.")
    ] = None,
    train_voters: Annotated[
        bool, typer.Option("--train-voters", help="Train voters on the train part, into models/voters.")
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --train-voters: a CSV of what is true of reports."),
    ] = None,
    voter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="With --train-voters: words (usual), transformer or topics. Repeatable."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="With -: processes.")] = 1,
    checkpoint: Annotated[
        str,
        typer.Option(help="What --voter transformer starts from: a folder or a hub name; else from scratch."),
    ] = "",
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Label reports and linked images; `label -` labels text: JSON lines with id and text, else one report."""
    if name == "-" and (explain is not None or train_voters):
        raise InputError("--explain and --train-voters go with a corpus.", where="-", do="Give its NAME.")
    if name != "-" and (voters is not None or (scheme is not None and truth is None)):
        raise InputError(
            "--scheme and --voters go with text from standard input.",
            where=name,
            do="Use `radmine label -`; for a corpus, set voters under [label] in its settings.",
        )
    if name != "-" and workers != 1:
        raise InputError(
            "--workers goes with text from standard input.",
            where=name,
            do="For a corpus, set workers under [label] in its settings.",
        )
    if (truth is not None or voter or checkpoint) and not train_voters:
        raise InputError(
            "--truth, --voter and --checkpoint say how voters are trained.", do="Add --train-voters."
        )
    if explain is not None and train_voters:
        raise InputError("--explain and --train-voters are two commands.", do="Leave one of them out.")
    if html is not None and explain is None:
        raise InputError("--html goes with --explain.", where=str(html), do="Add --explain REPORT.")
    if name == "-":
        from radmine.label import label_lines

        _write_lines(label_lines(sys.stdin, scheme=scheme, voters=voters, workers=workers))
    elif train_voters:
        from radmine import pipeline
        from radmine.corpus import Corpus
        from radmine.show.tables import training_lines

        with _progress() as tell:
            training = pipeline.train_voters(
                Corpus.open(name, home=home),
                truth=truth,
                scheme=scheme,
                kinds=voter or ("words",),
                checkpoint=checkpoint,
                progress=tell,
            )
        if as_json:
            _json_lines([training])
            return
        for line in training_lines(training):
            out.print(line, highlight=False, markup=False, soft_wrap=True)
    elif explain is not None:
        _explain(name, explain, html=html, home=home, as_json=as_json)
    else:
        _one_stage(name, "label", home, as_json, strict)


def _explain(name: str, report: str, *, html: Path | None, home: Path | None, as_json: bool) -> None:
    from radmine.corpus import Corpus
    from radmine.show.case import explain_report
    from radmine.show.tables import explanation_view

    explained = explain_report(Corpus.open(name, home=home), report)
    if html is not None:
        from radmine.show.html import explanation_html

        page = explanation_html(explained.explanation, explained.text, title=f"Report {explained.report_id}")
        try:
            html.write_text(page, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"The page cannot be written: {error.strerror}.", where=str(html), do="Give another path."
            ) from error
        err.print(f"Written: {html}", highlight=False, markup=False, soft_wrap=True)
    elif as_json:
        _json_lines([explained])
    else:
        out.print(explanation_view(explained))


_stage_command("pixels", "Decode linked images once: windowed, right way up, padded.")
_stage_command("train", "Train an image network on the labels and score it on the test part.")
_stage_command("embed", "Turn images and reports into vectors.")
_stage_command("index", "Write indexes/NAME: vectors and report text, ready to search.")


@app.command()
def search(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="An index: indexes/NAME, or its folder.")],
    text: Annotated[str | None, typer.Option(help="Find reports that say this.")] = None,
    image: Annotated[
        str | None, typer.Option(metavar="FILE", help="Find images like this file (or image id).")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="Only these: modality=CT, modality='CT|MR', study_date>=2019. Repeatable.",
        ),
    ] = None,
    k: Annotated[int, typer.Option(help="How many hits.")] = 10,
    example: Annotated[
        bool, typer.Option("--example", help="Try a text and an image query that fit the corpus.")
    ] = False,
    same_patient: Annotated[
        bool, typer.Option("--same-patient", help="Keep the query image's own patient among the hits.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find cases by text, by image, or by both."""
    from radmine.corpus import Corpus, home_folder
    from radmine.search import open_index

    folder = home_folder(home) / "indexes" / name
    with open_index(folder if folder.is_dir() or not Path(name).is_dir() else Path(name)) as index:
        if not example:
            hits = index.search(
                text=text,
                image=image,
                where=_pairs(where or (), example="--where modality=CT") or None,
                k=k,
                same_patient=same_patient,
            )
            _show_hits(hits, as_json=as_json)
            return
        if text or image or where:
            raise InputError(
                "--example brings its own queries.", where="--text, --image, --where", do="Leave them out."
            )
        from radmine.show.case import example_queries

        queries = example_queries(Corpus.open(name, home=home))
        report_id = None
        for option, query in (("text", queries.text), ("image", queries.image)):
            if query is None:
                continue
            if not as_json:
                shown = shlex.join(["radmine", "search", name, f"--{option}", _short_path(query)])
                out.print(f"$ {shown}", highlight=False, markup=False, soft_wrap=True)
            hits = index.search(
                text=query if option == "text" else None, image=query if option == "image" else None, k=3
            )
            _show_hits(hits, as_json=as_json)
            report_id = report_id or next((h.report_id for h in hits if h.report_id), None)
        if report_id and not as_json:
            opens = shlex.join(["radmine", "show", name, report_id])
            out.print(f"To open a case: {opens}", highlight=False, markup=False, soft_wrap=True)


def _show_hits(hits: Sequence[Any], *, as_json: bool) -> None:
    from radmine.show.tables import hits_table

    if as_json:
        _json_lines(hits)
    elif hits:
        out.print(hits_table(hits, path=_short_path))
    else:
        out.print("No hits.")


def _short_path(text: str) -> str:
    """Return a path as seen from the current folder, where it lies below it."""
    path = Path(text)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else text


@app.command()
def status(name: Name, home: Home = None, as_json: Json = False) -> None:
    """Show every stage of a corpus: rows, rejected, up to date or not and why, time."""
    from radmine import pipeline
    from radmine.corpus import Corpus
    from radmine.show.tables import notes_lines, status_table

    stages = pipeline.status(Corpus.open(name, home=home))
    if as_json:
        _json_lines(stages)
        return
    out.print(status_table(stages))
    for line in notes_lines(stages):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
def evaluate(
    name: Name,
    truth: Annotated[
        Path | None, typer.Option(help="A folder of truth; else the one beside a sample's source.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Score every stage against what is known to be true."""
    from radmine.corpus import Corpus
    from radmine.evaluate import evaluate as score
    from radmine.evaluate import find_truth
    from radmine.show.tables import scores_table

    corpus = Corpus.open(name, home=home)
    scores = score(corpus, find_truth(corpus, truth))
    _json_lines(scores) if as_json else out.print(scores_table(scores))


@app.command()
def show(
    name: Name,
    item: Annotated[str, typer.Argument(metavar="REPORT|IMAGE", help="A report id or an image id.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show one report or image with all that was found in it."""
    from radmine.corpus import Corpus
    from radmine.show.case import find_case
    from radmine.show.tables import case_view

    case = find_case(Corpus.open(name, home=home), item)
    _json_lines([case]) if as_json else out.print(case_view(case))


app.command()(docs)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(f"radmine {__version__}", highlight=False)
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 internal error, 2 the user's, 3 rejected rows."""
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        app(args=arguments)  # leaves by SystemExit: 0, 2 for wrong arguments, what a command asks for
        return DONE
    except RadmineError as error:
        err.print(f"radmine: {error}", highlight=False, markup=False, soft_wrap=True)
        return USER_ERROR
    except Exception as error:
        # Where it happened, but not the exception's own words: they may quote a report.
        err.print(f"radmine: internal error: {type(error).__name__}", highlight=False, markup=False)
        for line in traceback.format_tb(error.__traceback__):
            err.print(line.rstrip(), highlight=False, markup=False, soft_wrap=True)
        err.print("Please report these lines; they hold no report text.")
        return INTERNAL_ERROR

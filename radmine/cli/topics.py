"""The command that fits topics, shows them, and takes in what people say of them."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radmine.cli.failures import RejectionError
from radmine.cli.options import Device, Home, Json, Name, Strict, Workers, execution
from radmine.cli.stages import run_one_stage
from radmine.cli.terminal import Bars, say, show, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus
    from radmine.curate import Marked

_SHOWN = 20  # refused rows that are told one by one
_TEN = 10  # topics that are shown without --all


def topics(
    name: Name,
    listed: Annotated[
        bool, typer.Option("--list", help="Show the topics: words, findings, documents, coherence, marks.")
    ] = False,
    level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL", help="Of --list: document, second or sentence; else document, as JSON all."
        ),
    ] = None,
    drift: Annotated[
        bool,
        typer.Option("--drift", help="Show how the topics of documents moved over the dates of studies."),
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Each topic, not only ten.")] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the review sheet: a page in which topics are marked and named."
        ),
    ] = None,
    pyldavis: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the topics of documents as pyLDAvis draws them, as a page."),
    ] = None,
    marks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take in the marks that the review sheet saved, a CSV file."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Of --marks: who marks; else your login name.")] = None,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Fit anew on all reports as they are, and say what moved; else new ones are read by the topics there are.",
        ),
    ] = False,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Fit topics and word vectors on the corpus, and show them.

    With --list, --drift, --html or --pyldavis nothing is fitted again where the topics are up to date. Marks count from the next run on.
    """
    from radmine.corpus import Corpus

    for option, value, other, given in (("level", level, "list", listed), ("by", by, "marks", marks)):
        if value is not None and not given:
            raise InputError(f"--{option} goes with --{other}.", where=value, do="Leave it out, or add that.")
    for option, page in (("--html", html), ("--pyldavis", pyldavis)):
        _require_place(option, page)
    views = listed or drift or html is not None or pyldavis is not None
    if pyldavis is not None:
        from radmine.show.pyldavis import require_pyldavis

        require_pyldavis()
    if refit:
        _refit(name, home)
    corpus = Corpus.open(name, home=home)
    runs = not views and (refit or marks is None)
    refused = 0
    if marks is not None:
        refused = _take(corpus, marks, by, as_json=as_json, alone=not (views or runs))
    if runs:
        run_one_stage(
            name, "topics", workers=workers, device=device, home=home, as_json=as_json, strict=strict
        )
    if views:
        _bring_up_to_date(corpus, workers, device)
    if listed:
        _list(corpus, level, every=every, as_json=as_json)
    if drift:
        _drift(corpus, every=every, as_json=as_json)
    if html is not None:
        _write(html, lambda: _sheet(corpus), as_json=as_json)
    if pyldavis is not None:
        _write(pyldavis, lambda: _pyldavis(corpus), as_json=as_json)
    if refused and strict:
        raise RejectionError(f"{refused} rows were refused.")


def _require_place(option: str, page: Path | None) -> None:
    """Refuse a page that cannot be written before anything is computed for it."""
    if page is None:
        return
    if str(page) == "-":
        raise InputError("A page is not written to standard output.", where=option, do="Name a file.")
    if not page.parent.is_dir():
        raise InputError(
            "There is no folder for the page.", where=str(page.parent), do="Name one that is there."
        )


def _refit(name: str, home: Path | None) -> None:
    from radmine.corpus import Corpus
    from radmine.topics import refit

    refit(Corpus.open(name, home=home))


def _bring_up_to_date(corpus: "Corpus", workers: int | None, device: str | None) -> None:
    """Run the stage where it is not up to date; what is shown goes to standard output, what became of it does not."""
    from radmine.pipeline import run_one
    from radmine.show.stages import outcome_line

    with Bars() as progress:
        how = execution(corpus, workers, device)
        outcome = run_one(corpus, "topics", execution=how, progress=progress)
    if outcome.status == "done":
        tell(outcome_line(outcome))
    if not corpus.rows("topics"):
        raise InputError(
            f"There are no topics: {outcome.reason or 'none was fitted'}.",
            where=corpus.name,
            do="Ingest more reports.",
        )


def _take(corpus: "Corpus", file: Path, by: str | None, *, as_json: bool, alone: bool) -> int:
    """Take marks in, say what became of each row, and return how many were refused."""
    from radmine.curate import mark_topics

    made = mark_topics(corpus, file, by=by)
    if as_json:
        write_json([made])
        return len(made.refused)
    say(_counts(made))
    for row in made.refused[:_SHOWN]:
        tell(f"{row.where}: {row.reason}")
    if len(made.refused) > _SHOWN:
        tell(f"and {len(made.refused) - _SHOWN} more; --json lists all")
    if made.taken and alone:
        say(f"Next: radmine topics {shlex.quote(corpus.name)}")
    return len(made.refused)


def _counts(made: "Marked") -> str:
    counts = (
        (len(made.taken), "taken"),
        (made.same, "the same as what stands"),
        (made.overruled, "overruled by a later row"),
        (made.silent, "that say nothing"),
        (len(made.refused), "refused"),
    )
    return "rows: " + ", ".join(f"{count:,} {what}" for count, what in counts if count or what == "taken")


def _list(corpus: "Corpus", level: str | None, *, every: bool, as_json: bool) -> None:
    from radmine.records import LEVELS
    from radmine.show.topics import topics_view

    if level not in (None, *LEVELS):
        raise InputError(f"There is no level {level!r}.", where="--level", do=f"Levels: {', '.join(LEVELS)}.")
    found = list(corpus.records("topics"))
    if as_json:
        write_json(topic for topic in found if level in (None, topic.level))
        return
    of = [topic for topic in found if topic.level == (level or "document")]
    if not of:
        say("There are no topics of this level.")
        return
    show(topics_view(of if every else of[:_TEN]))
    _more(len(of), every=every)


def _drift(corpus: "Corpus", *, every: bool, as_json: bool) -> None:
    from radmine.show.topics import drift_view, moved_topics, periods_line
    from radmine.topics import topic_drift

    found = topic_drift(corpus)
    moved = list(moved_topics(list(corpus.records("topics")), found))
    if as_json:
        write_json([*moved, {"undated": found.undated}])
        return
    if found.periods:
        show(drift_view(moved if every else moved[:_TEN]))
        _more(len(moved), every=every)
        say(periods_line(found))
        say("trend: standard deviations of chance away from none; change: of the share, by the trend")
    dated = sum(period.reports for period in found.periods)
    say(f"By {found.unit}: {dated:,} reports in {len(found.periods)}; without a date: {found.undated:,}")


def _more(number: int, *, every: bool) -> None:
    if number > _TEN and not every:
        say(f"{number - _TEN:,} more: --all")


def _write(file: Path, make: Callable[[], bytes], *, as_json: bool) -> None:
    """Write a page, whole or not at all."""
    from radmine.files import write_whole

    try:
        write_whole(file, make())
    except OSError as error:
        raise InputError(
            f"The page cannot be written: {error.strerror}.", where=str(file), do="Give another path."
        ) from error
    write_json([{"written": str(file)}]) if as_json else say(f"Written: {file}")


def _sheet(corpus: "Corpus") -> bytes:
    from radmine.show.topic_sheet import topic_sheet
    from radmine.show.topics_html import topics_html

    with Bars() as progress:
        return topics_html(topic_sheet(corpus, progress=progress))


def _pyldavis(corpus: "Corpus") -> bytes:
    from radmine.show.pyldavis import pyldavis_of

    with Bars() as progress:
        return pyldavis_of(corpus, progress=progress).encode()

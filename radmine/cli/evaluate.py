"""How good it is: labels beside the truth, reports to check, the scores of the image network."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import say, show, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus
    from radmine.curate import Comparison, Estimate

All = Annotated[bool, typer.Option("--all", help="Show every finding, not the ten worst alone.")]
Scheme = Annotated[
    str | None,
    typer.Option(help="By whose names findings go (chestxray14, chexpert, ctrate); else what fits best."),
]


def evaluate(
    name: Name,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="A CSV of what is true, a filled sheet of sample-check, or a folder of a sample's truth.",
        ),
    ] = None,
    scheme: Scheme = None,
    disagreements: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write each disagreement with sentence and rule, as CSV."),
    ] = None,
    blank_absent: Annotated[
        bool, typer.Option("--blank-absent", help="An empty cell of the truth says that it is not there.")
    ] = False,
    every: All = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say how good labels are, against what is known to be true.

    With a CSV as truth: precision, recall and F1 of labels by finding, and where they differ. Else every stage is scored, as far as
    a sample's own truth, beside its source, tells.
    """
    from radmine.corpus import Corpus

    corpus = Corpus.open(name, home=home)
    if truth is not None and not truth.is_dir():
        if not truth.exists():
            raise InputError(
                "There is no such file or folder of truth.", where=str(truth), do="Check --truth."
            )
        _evaluate_labels(corpus, truth, scheme, disagreements, blank_absent, every=every, as_json=as_json)
        return
    for option, value in (
        ("--scheme", scheme),
        ("--disagreements", disagreements),
        ("--blank-absent", blank_absent),
    ):
        if value:
            raise InputError(
                f"{option} goes with a table of truth.", where=corpus.name, do="Add --truth FILE.csv."
            )
    from radmine.evaluate import evaluate as score
    from radmine.evaluate import find_truth
    from radmine.records import Truth
    from radmine.show.scores import scores_view

    known = find_truth(corpus, truth)
    scores = score(corpus, known)
    what = f"Nothing is known to be true of {corpus.name}, so its labels are not scored."
    do = {
        "Check some": f"radmine sample-check {corpus.name}",
        "A table of what is true": f"radmine evaluate {corpus.name} --truth FILE.csv",
    }
    if corpus.rows("scores"):
        do["The image network, on labels of its test part"] = f"radmine scores {corpus.name}"
    if as_json:
        write_json(scores or ([{"what": what, "do": do}] if known == Truth() else []))
        return
    if scores:
        show(scores_view(scores, every=every))
    if known == Truth():
        say(what)
        for why, command in do.items():
            say(f"{why}: {command}")


def _evaluate_labels(
    corpus: "Corpus",
    truth: Path,
    scheme: str | None,
    to: Path | None,
    blank_absent: bool,
    *,
    every: bool,
    as_json: bool,
) -> None:
    from radmine.curate import compare, disagreements, estimate, write_disagreements
    from radmine.show.agreement import comparison_view, estimate_view

    compared = compare(corpus, truth, scheme=scheme, blank_absent=blank_absent)
    differing = list(disagreements(compared))
    if to is not None:
        write_disagreements(to, differing)
        tell(f"Written: {to}, {len(differing):,} disagreements")
    estimated = estimate(corpus, compared)
    if as_json:
        write_json(_objects(compared, estimated))
        return
    if estimated is not None:
        show(estimate_view(estimated, corpus=corpus.name, every=every))
        say("")
    numbers = estimated is None
    show(comparison_view(compared, differing, corpus=corpus.name, every=every, numbers=numbers))


def _objects(compared: "Comparison", estimated: "Estimate | None") -> "Iterator[dict[str, Any]]":
    """Yield a row for each agreement, and the facts last."""
    from radmine.show.plain import plain

    if estimated is not None:
        for drawn in (estimated.random, estimated.doubtful):
            yield from ({"of": f"{drawn.why} part", **plain(a)} for a in drawn.agreements)
    for part in compared.parts if estimated is None else ():
        yield from ({"of": f"{part.kind}s", **plain(a)} for a in part.agreements())
    facts: dict[str, Any] = {
        "scheme": compared.known.scheme,
        "ignored": compared.known.ignored,
        "uncertain": compared.known.uncertain,
        "nameless": compared.known.nameless,
        "unknown": sum(part.unknown for part in compared.parts),
        "decided": sum(part.labelled.decided for part in compared.parts),
        "own": sorted(compared.own),
    }
    if estimated is not None:
        checked = {drawn.why: drawn.checked for drawn in (estimated.random, estimated.doubtful)}
        facts |= {
            "population": estimated.population,
            "checked": checked,
            "unanswered": estimated.unanswered,
            "more": plain(estimated.more),
        }
    yield {"of": "the truth", **facts}


def sample_check(
    name: Name,
    n: Annotated[int, typer.Option("--n", min=2, help="How many reports.")] = 50,
    seed: Annotated[int, typer.Option(help="Another seed, other reports at random.")] = 0,
    scheme: Annotated[
        str | None, typer.Option(help="Ask for the labels of this scheme (chestxray14, chexpert, ctrate).")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The sheet, a CSV; else NAME-check.csv here.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Draw reports to check, as a sheet to fill in.

    Half at random, half the most doubtful; `evaluate --truth FILE` reads the filled sheet. Answers that the file has already stay.
    """
    from radmine.corpus import Corpus
    from radmine.curate import sample_check as make

    corpus = Corpus.open(name, home=home)
    path = to or Path(f"{corpus.name}-check.csv")
    made = make(corpus, path, n=n, seed=seed, scheme=scheme)
    if as_json:
        write_json([made])
        return
    kept = f"; {made.kept:,} answers stay" if made.kept else ""
    say(
        f"{path}: {made.random:,} reports at random and the {made.doubtful:,} most doubtful, of {made.reports:,}; "
        f"{made.rows:,} findings to check{kept}"
    )
    say("Fill in the column answer (present, absent, uncertain); add a row for each finding that is missing.")
    options = f" --scheme {scheme}" if scheme else ""
    say(f"Then: radmine evaluate {corpus.name} --truth {path}{options}")


def scores(
    name: Name,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write them as a page with curves that needs no other file."),
    ] = None,
    every: All = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the scores of the image network, on its test part.

    They compare with the labels of the images, which were read from reports; --html has the course of the training too.
    """
    from radmine.corpus import Corpus
    from radmine.show.scores import scores_view

    corpus = Corpus.open(name, home=home)
    found = list(corpus.records("scores"))
    manifest = corpus.manifest("train")
    if manifest is None or not found:
        why = manifest.not_applicable if manifest else None
        raise InputError(
            f"There are no scores: {why or 'no network was trained yet'}.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through train`.",
        )
    if html is not None:
        from radmine.show.training import training_html

        try:
            html.write_text(training_html(corpus), encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"The page cannot be written: {error.strerror}.", where=str(html), do="Give another path."
            ) from error
        write_json([{"written": str(html)}]) if as_json else tell(f"Written: {html}")
    elif as_json:
        write_json(found)
    else:
        show(scores_view(found, every=every, with_stage=False))
        say(f"With curves: radmine scores {corpus.name} --html FILE")

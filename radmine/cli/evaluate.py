"""How good it is: labels beside the truth, reports to check, the scores of the image network."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radmine.cli.heatmap import Method
from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import say, show, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus
    from radmine.curate import Comparison, Estimate
    from radmine.records import Score
    from radmine.train import Evaluation, Localisation

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
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it all, with the curves of the image network, as one page."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="OTHER",
            help="Another corpus, on all images of which the image network is tested; nothing is learned.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="OTHER",
            help="A corpus of the same images: how the AUCs of its image network differ, with DeLong's test.",
        ),
    ] = None,
    sensitivity: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1.0,
            help="What the image network's thresholds find at least on validation; else Youden's J.",
        ),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV of where findings are (truth/boxes.csv of a sample, BBox_List_2017.csv): how often heat maps lie there.",
        ),
    ] = None,
    method: Method = "gradcam",
    every: All = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say how good labels and the image network are.

    With a CSV as truth: precision, recall and F1 of labels by finding, and where they differ. Else every stage is scored, as far as
    a sample's own truth, beside its source, tells; with --html or --json, so is the image network, on its test part.
    """
    from radmine.corpus import Corpus

    corpus = Corpus.open(name, home=home)
    given = {"--truth": truth, "--on": on, "--against": against, "--boxes": boxes}
    if len(asked := [option for option, value in given.items() if value is not None]) > 1:
        raise InputError(
            f"{' and '.join(asked)} ask for different things.", where=corpus.name, do="Give one of them."
        )
    if against is not None and (html is not None or sensitivity is not None):
        raise InputError(
            "--against compares AUCs: it takes no --html and no --sensitivity.",
            where=corpus.name,
            do="Leave them out; --json has the rows.",
        )
    if truth is not None and not truth.is_dir():
        if not truth.exists():
            raise InputError(
                "There is no such file or folder of truth.", where=str(truth), do="Check --truth."
            )
        if html is not None:
            raise InputError(
                "--html goes without a table of truth.",
                where=corpus.name,
                do="Leave --truth out; --disagreements FILE writes where labels differ from it.",
            )
        _evaluate_labels(corpus, truth, scheme, disagreements, blank_absent, every=every, as_json=as_json)
        return
    if sensitivity is not None and html is None and on is None and not as_json:
        raise InputError(
            "--sensitivity is of the image network.",
            where=corpus.name,
            do="Add --html FILE, --on OTHER or --json.",
        )
    for option, value in (
        ("--scheme", scheme),
        ("--disagreements", disagreements),
        ("--blank-absent", blank_absent),
    ):
        if value:
            raise InputError(
                f"{option} goes with a table of truth.", where=corpus.name, do="Add --truth FILE.csv."
            )
    if against is not None:
        _compare(corpus, against, home=home, every=every, as_json=as_json)
        return
    if on is not None:
        _evaluate_elsewhere(corpus, on, html, sensitivity, home=home, every=every, as_json=as_json)
        return
    if boxes is not None and html is None:
        _show_places(corpus, boxes, method, as_json=as_json)
        return
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
        do["The same with curves, thresholds and groups"] = f"radmine evaluate {corpus.name} --html FILE"
    if html is not None or as_json:
        evaluation = _of_network(corpus, sensitivity)
        rows = [*scores, *(evaluation.scores() if evaluation else ())]
        if html is not None:
            _write_page(corpus, html, evaluation, scores, _places(corpus, boxes, method))
        if as_json:
            write_json(rows or ([{"what": what, "do": do}] if known == Truth() else []))
        return
    if scores:
        show(scores_view(scores, every=every))
    if known == Truth():
        say(what)
        for why, command in do.items():
            say(f"{why}: {command}")


def _of_network(corpus: "Corpus", sensitivity: float | None) -> "Evaluation | None":
    """Return how good the image network is, None where it predicted nothing."""
    if not corpus.rows("predictions"):
        return None
    from radmine.train import evaluate_network

    return evaluate_network(corpus, sensitivity=sensitivity)


def _places(corpus: "Corpus", boxes: Path | None, method: str) -> "Localisation | None":
    """Return how often heat maps lie where a file says that findings are."""
    if boxes is None:
        return None
    from radmine.train import locate

    return locate(corpus, boxes, method=method)


def _show_places(corpus: "Corpus", boxes: Path, method: str, *, as_json: bool) -> None:
    from radmine.show.located import HEADS, located_rows, located_words
    from radmine.show.tables import table

    found = _places(corpus, boxes, method)
    assert found is not None
    if as_json:
        write_json(found.scores())
        return
    show(table(HEADS, located_rows(found)))
    for line in located_words(found):
        say(line)


def _compare(corpus: "Corpus", other: str, *, home: Path | None, every: bool, as_json: bool) -> None:
    from radmine.corpus import Corpus
    from radmine.show.scores import scores_view
    from radmine.train import compare_networks

    rows = compare_networks(corpus, Corpus.open(other, home=home))
    if as_json:
        write_json(rows)
    else:
        show(scores_view(rows, every=every, with_stage=False))


def _evaluate_elsewhere(
    corpus: "Corpus",
    other: str,
    html: Path | None,
    sensitivity: float | None,
    *,
    home: Path | None,
    every: bool,
    as_json: bool,
) -> None:
    from radmine.corpus import Corpus
    from radmine.show.scores import scores_view
    from radmine.train import evaluate_network

    evaluation = evaluate_network(corpus, on=Corpus.open(other, home=home), sensitivity=sensitivity)
    if html is not None:
        _write_page(corpus, html, evaluation, ())
    if as_json:
        write_json(evaluation.scores())
    elif html is None:
        show(scores_view(evaluation.scores(), every=every, with_stage=False))


def _write_page(
    corpus: "Corpus",
    path: Path,
    evaluation: "Evaluation | None",
    scores: "Sequence[Score]",
    places: "Localisation | None" = None,
) -> None:
    from radmine.files import write_whole
    from radmine.show.network import network_html

    if evaluation is None and places is None and not scores:
        raise InputError(
            "There is nothing to show: no predictions of a network, and nothing is known to be true.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through train`.",
        )
    try:
        write_whole(path, network_html(corpus, evaluation, scores, places).encode())
    except OSError as error:
        raise InputError(
            f"The page cannot be written: {error.strerror}.", where=str(path), do="Give another path."
        ) from error
    tell(f"Written: {path}")


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
    every: All = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the scores of the image network, on its test part.

    They compare with the labels of the images, which were read from reports; `evaluate --html` has curves, thresholds and groups too.
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
    if as_json:
        write_json(found)
    else:
        show(scores_view(found, every=every, with_stage=False))
        say(f"With curves: radmine evaluate {corpus.name} --html FILE")

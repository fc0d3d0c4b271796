"""Commands on voters: train them for a corpus, ask a language model about its reports."""

from pathlib import Path
from typing import Annotated

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import Bars, say, show, tell, write_json
from radmine.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Train voters beside the rules, or ask a language model.")


@app.command()
def train(
    name: Name,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV of what is true of reports, to learn from too.")
    ] = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            help="With --truth: by whose names its findings go (chestxray14, chexpert, ctrate); else what fits best."
        ),
    ] = None,
    voter: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="words (usual), transformer or topics. Repeatable."),
    ] = None,
    checkpoint: Annotated[
        str,
        typer.Option(help="What --voter transformer starts from: a folder or a hub name; else from scratch."),
    ] = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train voters, into models/voters of the corpus.

    They learn from the rules' labels of the train part, and from truth where a file gives it; reports of the truth outside of that part
    say in the end how good they are.
    """
    from radmine.corpus import Corpus
    from radmine.curate import kept_back
    from radmine.label import train_voters
    from radmine.show.agreement import kept_back_view
    from radmine.show.plain import plain
    from radmine.show.stages import training_lines

    if scheme is not None and truth is None:
        raise InputError(
            "--scheme says by whose names the findings of --truth go.", where=scheme, do="Add --truth FILE."
        )
    corpus = Corpus.open(name, home=home)
    with Bars() as progress:
        training = train_voters(
            corpus,
            truth=truth,
            scheme=scheme,
            kinds=voter or ("words",),
            checkpoint=checkpoint,
            progress=progress,
        )
    kept = kept_back(corpus, training.folder, truth, scheme=scheme) if truth else None
    if as_json:
        write_json([{**plain(training), "kept_back": plain(kept)}])
        return
    for line in training_lines(training):
        say(line)
    if kept is not None:
        show(kept_back_view(kept))


@app.command()
def ask(
    name: Name,
    url: Annotated[
        str, typer.Option(help="The server, which speaks as OpenAI's does: http://127.0.0.1:8000.")
    ],
    model: Annotated[str, typer.Option(help="The name by which the server knows the model.")],
    findings: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="What is asked about; else what was asked before, else what is labelled most often.",
        ),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="Ask about the labels of this scheme (chestxray14, chexpert, ctrate).")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Reports at most: the most doubtful; of a corpus without labels some at random.",
        ),
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=1, metavar="TOKENS", help="At most so many, as the server counts them.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.001, metavar="N", help="Requests a second at most.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Requests at once.")] = 1,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="That a request may take.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, other reports at random.")] = 0,
    send_away: Annotated[
        bool, typer.Option("--send-away", help="The texts of reports may leave this machine.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Ask a language model about the reports; its answers, with the words that they rest on, are votes.

    It asks a server that speaks as OpenAI's does, on this machine unless --send-away. Nothing is asked twice, and what was interrupted goes on
    where it was. A key, if the server wants one, stands in $RADMINE_LLM_KEY.
    """
    from radmine import curate
    from radmine.corpus import Corpus
    from radmine.show.asking import asked_lines, plan_lines

    plan = curate.plan_asking(
        Corpus.open(name, home=home),
        url=url,
        model=model,
        findings=[word for word in (findings or "").split(",") if word.strip()],
        scheme=scheme,
        limit=limit,
        send_away=send_away,
        seed=seed,
    )
    if dry_run and as_json:
        write_json([plan.facts()])
        return
    for line in plan_lines(plan):
        say(line) if dry_run else tell(line)
    if dry_run:
        return
    with Bars() as progress:
        asked = curate.ask(
            plan,
            budget=budget,
            rate=rate,
            workers=workers,
            timeout=timeout,
            progress=progress,
        )
    if as_json:
        write_json([asked])
        return
    for line in asked_lines(asked):
        say(line)

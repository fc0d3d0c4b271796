"""Commands by which people correct labels, and see what they decided."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radmine.cli.failures import RejectionError
from radmine.cli.options import Home, Json, Name, Strict
from radmine.cli.terminal import say, show, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.curate import Corrected

_SHOWN = 20  # refused rows that are told one by one


def correct(
    name: Name,
    item: Annotated[
        str | None,
        typer.Argument(
            metavar="REPORT|IMAGE", help="Its id, accession number, file name or ending of its path."
        ),
    ] = None,
    finding: Annotated[
        str | None, typer.Argument(metavar="FINDING", help="Its name: ours, or that of a label scheme.")
    ] = None,
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER", help="present, absent, uncertain or withdrawn.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Corrections: a CSV file, or Label Studio's export (JSON)."
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who decides; else your login name.")] = None,
    why: Annotated[str, typer.Option(help="The reason, for those who read it later.")] = "",
    scheme: Annotated[
        str | None, typer.Option(help="The label scheme by whose names findings go; else any.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
    strict: Strict = False,
) -> None:
    """Correct a label, by hand or from a file.

    What a person decides wins over all votes. It is kept with the corpus and counts from the next run of `label` on. A later decision undoes it; `withdrawn` gives the
    finding back to the votes.
    """
    from radmine import curate
    from radmine.corpus import Corpus
    from radmine.search import index_folder

    corpus = Corpus.open(name, home=home)
    if source is not None:
        if item is not None or why:
            raise InputError(
                "A file says itself what is corrected, and why.", do="Leave out what else you gave."
            )
        made = curate.correct_from(corpus, source, by=by, scheme=scheme)
    elif item is None or finding is None or answer is None:
        raise InputError(
            "Which label is corrected, and to what?",
            where=name,
            do=f"For example: radmine correct {name} REPORT pneumothorax absent --why 'skin fold'",
        )
    else:
        made = curate.correct(corpus, item, finding, answer, by=by, why=why, scheme=scheme)
    if as_json:
        write_json([made])
    else:
        for line in _lines(made, one=source is None):
            say(line)
        for row in made.refused[:_SHOWN]:
            tell(f"{row.where}: {row.reason}" + (f"; near: {', '.join(row.near)}" if row.near else ""))
        if len(made.refused) > _SHOWN:
            tell(f"and {len(made.refused) - _SHOWN} more; --json lists all")
        if made.decided:
            indexed = (index_folder(corpus) / "manifest.json").exists()
            say(f"Next: radmine run {name}{'' if indexed else ' --through label'}")
    if made.refused and strict:
        raise RejectionError(f"{len(made.refused)} rows were refused.")


def _lines(made: "Corrected", *, one: bool) -> Iterator[str]:
    """Yield what became of corrections, in words."""
    if one:
        for d in made.decided:
            yield f"{d.report_id or d.image_id}: {d.finding} {d.answer}, decided by {d.by}"
        if not made.decided:
            yield "Nothing changes: that is what stands."
        return
    counts = (
        (len(made.decided), "decided"),
        (made.same, "the same as what stands"),
        (made.overruled, "overruled by a later row"),
        (made.silent, "that say nothing"),
        (len(made.refused), "refused"),
    )
    yield "rows: " + ", ".join(f"{count:,} {what}" for count, what in counts if count or what == "decided")


def decisions(name: Name, home: Home = None, as_json: Json = False) -> None:
    """List what people decided: who, when and why."""
    from radmine import curate
    from radmine.corpus import Corpus
    from radmine.show.decisions import COLUMNS, WHOLE, decision_rows
    from radmine.show.tables import table

    corpus = Corpus.open(name, home=home)
    held = curate.decisions(corpus)
    if as_json:
        write_json(held)
    elif held:
        show(table(COLUMNS, decision_rows(held), whole=WHOLE))
    else:
        say(f"{corpus.name}: nobody decided anything")

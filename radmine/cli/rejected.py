"""The command that says what was set aside, why, and what to do."""

import shlex
from itertools import islice
from typing import Annotated

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import say, write_json
from radmine.errors import InputError


def rejected(
    name: Name,
    stage: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Only what this stage set aside.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="REASON", help="Only what was set aside for this reason.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Each item, not only the first of a reason.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many items, or reasons.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what was set aside, why, and what to do.

    By stage and reason with the first item of each, the worst loss first; every item with --all.
    """
    from radmine.corpus import Corpus
    from radmine.run import groups_of
    from radmine.show.rejected import group_lines, row_line

    corpus = Corpus.open(name, home=home)
    rows = list(corpus.records("rejected"))
    for option, value, there in (
        ("--stage", stage, dict.fromkeys(row.stage for row in rows)),
        ("--reason", reason, dict.fromkeys(row.reason for row in rows)),
    ):
        if value is not None and value not in there:
            raise InputError(
                f"Nothing was set aside with {option} {value!r}.",
                where=corpus.name,
                do=f"There are: {', '.join(there) or 'none'}.",
            )
    rows = [row for row in rows if stage in (None, row.stage) and reason in (None, row.reason)]
    groups = groups_of(rows)
    if every:
        place = {(group.stage, group.reason): n for n, group in enumerate(groups)}
        rows.sort(key=lambda row: place[row.stage, row.reason])
    shown = rows if every else groups
    if as_json:
        write_json(islice(shown, limit))
        return
    if not rows:
        say("Nothing was set aside.")
    for line in map(row_line, islice(rows, limit)) if every else group_lines(islice(groups, limit)):
        say(line)
    if limit is not None and len(shown) > limit:
        say(f"{len(shown) - limit:,} more: radmine rejected {shlex.quote(name)}{' --all' if every else ''}")

"""The command that lists findings: what they are called."""

from typing import Annotated

import typer

from radmine.cli.options import Home, Json
from radmine.cli.terminal import say, write_json
from radmine.errors import InputError


def findings(
    word: Annotated[
        str | None,
        typer.Argument(
            metavar="WORD", help="What stands in a name, title or synonym; without it all are listed."
        ),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option("--lexicon-of", metavar="NAME", help="Those that a corpus was read by; else ours."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the findings, or those that go by a word.

    With their titles; of a WORD, with parents and synonyms too, and where nothing goes by it, what is near.
    """
    from radmine.corpus import Corpus
    from radmine.findings import findings_called
    from radmine.show.visible import visible_line

    if home is not None and of is None:
        raise InputError("--home goes with --lexicon-of.", where=str(home), do="Leave it out, or add that.")
    lexicon = None if of is None else Corpus.open(of, home=home).lexicon
    found = findings_called(word or "", lexicon)
    if not found:
        raise InputError(
            "No finding has this in its name, title or synonyms, nor anything near it.",
            where="findings",
            do="Give a shorter word, or none for the list of all.",
        )
    if as_json:
        write_json(
            {
                "name": f.name,
                "title": f.title,
                "synonyms": f.synonyms,
                "parents": f.parents,
                "codes": f.codes,
            }
            for f in found
        )
        return
    width = max(len(finding.name) for finding in found)
    for finding in found:
        say(visible_line(f"{finding.name:<{width}}  {finding.title}"))
        for what, names in (
            ("kind of", finding.parents),
            ("also", finding.synonyms),
            ("codes", finding.codes),
        ):
            if word is not None and names:
                say(visible_line(f"    {what}: {', '.join(names)}"))

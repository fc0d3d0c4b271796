"""The command that finds what is damaged, and makes it anew."""

from typing import Annotated

import typer

from radmine.cli.options import Device, Home, Json, Name, Workers, execution
from radmine.cli.terminal import Bars, say, tell, write_json
from radmine.errors import CorpusError


def check(
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is damaged; change nothing.")] = False,
    workers: Workers = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find what is damaged, and make it anew.

    Every file that was written is compared by its digest; whole ones stay. Exits with 2 where something is left damaged.
    """
    from radmine.check import check as check_all
    from radmine.check import out_of_date
    from radmine.corpus import Corpus, corpus_folder

    corpus = Corpus(corpus_folder(name, home=home))
    with Bars() as progress:
        found = check_all(
            name,
            home=home,
            dry_run=dry_run,
            execution=None if dry_run or not corpus.folder.is_dir() else execution(corpus, workers, device),
            progress=progress,
        )
    if as_json:
        write_json(found)
    else:
        for damage in found:
            by = f" (stage {damage.stage})" if damage.stage else ""
            say(
                f"{damage.path}{by}: {damage.what}{'; made anew' if damage.mended else ''}. {damage.do}".rstrip()
            )
        if not found:
            say(f"{corpus.name}: nothing is damaged")
    left = [damage for damage in found if not damage.mended]
    if left:
        raise CorpusError(
            f"{len(left)} of {len(found)} damaged files are not made anew.",
            where=name,
            do="The lines above say why."
            if not dry_run
            else f"Run `radmine check {corpus.name}` to make them anew.",
        )
    stale = out_of_date(corpus) if found else []
    if stale:
        tell(f"Out of date now: {', '.join(stale)}. Run `radmine run {corpus.name}`.")

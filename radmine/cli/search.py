"""The command that finds cases in an index."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radmine.cli.options import Home, Json
from radmine.cli.terminal import Bars, say, short_path, show, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.search import Hits, Index


_SOURCES: dict[str, bool | tuple[str, ...]] = {"both": ("lexicon", "vectors"), "no": False}


def search(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="An index: indexes/NAME, or its folder.")],
    text: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Find reports that say this.")
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Find images like this file (or image id).")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="Only these: modality=CT, modality='CT|MR', study_date>=2019; alone, it lists what fits. Repeatable: values of "
            "one field are alternatives, all else must hold.",
        ),
    ] = None,
    k: Annotated[int, typer.Option(help="How many hits.")] = 10,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write a contact sheet, with pictures: FILE.html (one page) or FILE.png.",
        ),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Try a text and an image query that fit the corpus.")
    ] = False,
    same_patient: Annotated[
        bool, typer.Option("--same-patient", help="Keep the query image's own patient among the hits.")
    ] = False,
    expand: Annotated[
        str,
        typer.Option(
            metavar="lexicon|vectors|both|no",
            help="Whose words may stand in for words of the text: the lexicon's, those that the corpus uses alike (its word vectors), both, or no.",
        ),
    ] = "lexicon",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find cases by text, by image, by both, or by what they are."""
    from radmine.corpus import home_folder
    from radmine.search import open_index, sheet_maker

    if sheet is not None:
        sheet_maker(sheet)
    folder = home_folder(home) / "indexes" / name
    place = folder if folder.is_dir() or not Path(name).is_dir() else Path(name)
    with Bars() as progress, open_index(place) as index:
        progress(0, None, "searching")
        if index.is_older():
            of = shlex.quote(index.manifest.corpus)
            tell(f"The index is older than the corpus: radmine run {of} --through index.")
        if example:
            if text or image or where or sheet:
                raise InputError(
                    "--example brings its own queries.",
                    where="--text, --image, --where, --sheet",
                    do="Leave them out.",
                )
            _show_examples(name, index, home=home, as_json=as_json)
            return
        hits = index.search(
            text=_one(text, "--text"),
            image=_one(image, "--image"),
            where=where,
            k=k,
            same_patient=same_patient,
            expand=_SOURCES.get(expand, expand),
        )
        _show_hits(hits, as_json=as_json)
        if sheet is not None and not hits:
            tell("No sheet is written: there are no hits.")
        elif sheet is not None:
            tell(f"The sheet is {short_path(str(hits.sheet(sheet)))}.")


def _one(given: list[str] | None, option: str) -> str | None:
    """Return the value of an option that may be given once."""
    if given and len(given) > 1:
        raise InputError(f"{option} is given {len(given)} times.", where=option, do="Give one.")
    return given[0] if given else None


def _show_examples(name: str, index: "Index", *, home: Path | None, as_json: bool) -> None:
    from radmine.corpus import Corpus
    from radmine.search import example_searches

    report_id = None
    for tried in example_searches(Corpus.open(name, home=home), index):
        option, query = ("--text", tried.text) if tried.text else ("--image", short_path(tried.image or ""))
        if not as_json:
            say(f"$ {shlex.join(['radmine', 'search', name, option, query or ''])}")
        _show_hits(tried.hits, as_json=as_json)
        report_id = report_id or next((h.report_id for h in tried.hits if h.report_id), None)
    if report_id and not as_json:
        say(f"To open a case: {shlex.join(['radmine', 'show', name, report_id])}")


def _show_hits(hits: "Hits", *, as_json: bool) -> None:
    from radmine.show.hits import hits_view

    write_json(hits) if as_json else show(hits_view(hits, path=short_path))

"""`radmine docs`: the manual, a page a topic."""

import json
import sys
from importlib.resources import files
from typing import Annotated

import typer

from radmine.errors import InputError


def topics() -> dict[str, str]:
    """Return the pages of the manual in Markdown, by topic in alphabetical order."""
    pages = (page for page in files("radmine").joinpath("docs").iterdir() if page.name.endswith(".md"))
    return {
        page.name.removesuffix(".md"): page.read_text("utf-8")
        for page in sorted(pages, key=lambda page: page.name)
    }


def summary(page: str) -> str:
    """Return what a page is about: the first paragraph below its title, on one line."""
    return " ".join(page.split("\n\n")[1].split())


def docs(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="A page of the manual; without it they are listed.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line on standard output.")
    ] = False,
) -> None:
    """Print a page of the manual, or the list of its pages."""
    pages = topics()
    if topic is None:
        if as_json:
            for name, page in pages.items():
                typer.echo(json.dumps({"topic": name, "summary": summary(page)}, ensure_ascii=False))
            return
        width = max(map(len, pages))
        for name, page in pages.items():
            typer.echo(f"{name:<{width}}  {summary(page)}")
        return
    if topic not in pages:
        raise InputError(
            f"The manual has no page {topic!r}.",
            where="docs",
            do=f"Its pages: {', '.join(pages)}.",
        )
    if as_json:
        typer.echo(json.dumps({"topic": topic, "text": pages[topic]}, ensure_ascii=False))
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console(emoji=False).print(Markdown(pages[topic]))
    else:
        typer.echo(pages[topic], nl=False)

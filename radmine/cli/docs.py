"""The command that prints the manual, a page a topic."""

import sys
from importlib.resources import files
from typing import Annotated

import typer

from radmine.cli.options import Json
from radmine.cli.terminal import say, show, write_json, write_lines
from radmine.errors import InputError


def docs(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="A page of the manual; without it they are listed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a page of the manual, or the list of its pages."""
    pages = topics()
    if topic is None:
        if as_json:
            write_json({"topic": name, "summary": summary(page)} for name, page in pages.items())
            return
        width = max(map(len, pages))
        for name, page in pages.items():
            say(f"{name:<{width}}  {summary(page)}")
        return
    if topic not in pages:
        raise InputError(
            f"The manual has no page {topic!r}.", where="docs", do=f"Its pages: {', '.join(pages)}."
        )
    page = pages[topic]
    if as_json:
        write_json([{"topic": topic, "text": page}])
    elif sys.stdout.isatty():
        from rich.markdown import Markdown

        show(Markdown(page))
    else:
        write_lines(page.splitlines())


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

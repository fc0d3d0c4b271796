"""Where the command line prints: results on standard output, everything else on standard error.

All that is printed goes through here, where what a terminal would obey is shown instead (see `radmine.show.visible`), and
where the line of progress makes way for it.
"""

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

from radmine.cli.bars import Bars as Bars
from radmine.cli.bars import without_bars
from radmine.show.visible import visible, visible_json, visible_line

_PIECE = re.compile(r"\s*(?:`[^`]*`\S*|(?<=: )radmine .*|\S+)|\s+$")  # of a line, with the space before it
_PIPED = 140  # columns where the output is no terminal
_out = Console(width=None if sys.stdout.isatty() else _PIPED, emoji=False)
_err = Console(stderr=True, emoji=False)


def show(view: RenderableType) -> None:
    """Print a view; lines that it does not wrap are printed whole."""
    drawn = _out.render(view)
    safe = Segments(Segment(visible(s.text), s.style, s.control) for s in drawn)
    with without_bars():
        _out.print(safe, crop=False, end="")


def say(line: str, *, hang: int = 2) -> None:
    """Print one line as it is: line ends in it are shown, and a terminal gets it wrapped at words.

    Parameters
    ----------
    hang
        By how much what goes on is indented.
    """
    _print(_out, line, hang=hang)


def tell(line: str) -> None:
    """Print one line on standard error, as `say` does."""
    _print(_err, line)


def _print(console: Console, line: str, *, hang: int = 2) -> None:
    line = visible_line(line)
    lines = wrapped(line, console.width, hang=hang) if console.file.isatty() else [line]
    with without_bars():
        for part in lines:
            console.print(part, highlight=False, markup=False, soft_wrap=True)


def wrapped(line: str, width: int, *, hang: int = 2) -> list[str]:
    """Return a line in pieces that are no wider than a terminal; words, paths and commands stay whole, however wide.

    A command is what stands between backquotes, or after a colon and begins with "radmine". What goes on is indented.
    """
    if cell_len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())] + " " * hang
    found: list[str] = []
    for piece in _PIECE.findall(line):
        if found and cell_len(found[-1] + piece) <= width:
            found[-1] += piece
        else:
            found.append(indent + piece.lstrip() if found else piece)
    return found


def write_json(records: Iterable[Any]) -> None:
    """Write records to standard output, one JSON object a line."""
    from radmine.show.plain import plain

    write_lines(json.dumps(plain(record), ensure_ascii=False) for record in records)


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of JSON, or of the manual, to standard output; leave with 0 where whoever reads them has seen enough."""
    try:
        with without_bars():
            for line in lines:
                sys.stdout.write(visible_json(line) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def short_path(text: str) -> str:
    """Return a path as seen from the current folder, where it lies below it."""
    path = Path(text)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else text

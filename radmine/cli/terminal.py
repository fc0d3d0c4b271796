"""Where the command line prints: results on standard output, everything else on standard error.

All that is printed goes through here, where what a terminal would obey is shown instead (see `radmine.show.visible`), and
where the line of progress makes way for it.
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

from radmine.cli.bars import Bars as Bars
from radmine.cli.bars import without_bars
from radmine.show.visible import visible, visible_json, visible_line

_PIPED = 140  # columns where the output is no terminal
_out = Console(width=None if sys.stdout.isatty() else _PIPED, emoji=False)
_err = Console(stderr=True, emoji=False)


def show(view: RenderableType) -> None:
    """Print a view; lines that it does not wrap are printed whole."""
    drawn = _out.render(view)
    safe = Segments(Segment(visible(s.text), s.style, s.control) for s in drawn)
    with without_bars():
        _out.print(safe, crop=False, end="")


def say(line: str) -> None:
    """Print one line as it is, whatever its length: line ends in it are shown."""
    with without_bars():
        _out.print(visible_line(line), highlight=False, markup=False, soft_wrap=True)


def tell(line: str) -> None:
    """Print one line as it is on standard error."""
    with without_bars():
        _err.print(visible_line(line), highlight=False, markup=False, soft_wrap=True)


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

"""Where the command line prints: results on standard output, everything else on standard error.

All that is printed goes through here, where what a terminal would obey is shown instead (see `radmine.show.visible`).
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segment, Segments

from radmine.show.visible import visible, visible_json, visible_line

_PIPED = 140  # columns where the output is no terminal
_out = Console(width=None if sys.stdout.isatty() else _PIPED, emoji=False)
_err = Console(stderr=True, emoji=False)


def show(view: RenderableType) -> None:
    """Print a view; lines that it does not wrap are printed whole."""
    drawn = _out.render(view)
    safe = Segments(Segment(visible(s.text), s.style, s.control) for s in drawn)
    _out.print(safe, crop=False, end="")


def say(line: str) -> None:
    """Print one line as it is, whatever its length: line ends in it are shown."""
    _out.print(visible_line(line), highlight=False, markup=False, soft_wrap=True)


def tell(line: str) -> None:
    """Print one line as it is on standard error."""
    _err.print(visible_line(line), highlight=False, markup=False, soft_wrap=True)


def write_json(records: Iterable[Any]) -> None:
    """Write records to standard output, one JSON object a line."""
    from radmine.show.plain import plain

    write_lines(json.dumps(plain(record), ensure_ascii=False) for record in records)


def write_lines(lines: Iterable[str]) -> None:
    """Write lines of JSON, or of the manual, to standard output; leave with 0 where whoever reads them has seen enough."""
    try:
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


class Bars:
    """A progress callback that draws a bar with a rate for each kind of work on standard error, where that is a terminal."""

    def __init__(self) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
        )
        self._bars = Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Draw how far the work called `what` has come; what follows its ": " is said of it and changes."""
        words, what = visible_line(what), what.partition(": ")[0]
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(words, total=total, completed=done, rate="")
        task = self._tasks[what]
        speed = next(t.speed for t in self._bars.tasks if t.id == task)
        self._bars.update(
            task, description=words, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else ""
        )
        if total is not None and done >= total:
            self._bars.remove_task(self._tasks.pop(what))

"""What is shown of variants of a training: a table for a terminal, as Markdown and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

from rich.console import RenderableType

from radmine.cells import safe_cell
from radmine.show.tables import table
from radmine.train import Ablated

_HEADS = ("target", "measure", "variant", "value, 95 %", "to the first, 95 %", "seeds", "n", "epochs", "s")
_RIGHT = ("n", "s")


def ablation_view(rows: Iterable[Ablated]) -> RenderableType:
    """Return the table of `radmine ablate`."""
    return table(_HEADS, _cells(rows), right=_RIGHT, whole=_HEADS[3:5])


def ablation_markdown(rows: Iterable[Ablated]) -> str:
    """Return the table as Markdown."""
    lines = [_HEADS, tuple("---:" if head in _RIGHT else "---" for head in _HEADS), *_cells(rows)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def ablation_csv(rows: Iterable[Ablated]) -> str:
    """Return the rows whole as CSV, a column for each field of `Ablated`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(field.name for field in fields(Ablated))
    for row in rows:
        writer.writerow(_plain(value) for value in astuple(row))
    return stream.getvalue()


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, str):
        return safe_cell(value)
    return "" if value is None else str(value)


def _cells(rows: Iterable[Ablated]) -> list[Sequence[str]]:
    """Return the rows in cells; a target and a measure are said once."""
    found: list[Sequence[str]] = []
    before: tuple[str, str] = ("", "")
    for row in rows:
        now = (row.target, row.metric)
        found.append(
            (
                row.target if now != before else "",
                row.metric if now != before else "",
                row.variant,
                _interval(row.value, row.low, row.high, sign=""),
                _interval(row.difference, row.difference_low, row.difference_high, sign="+"),
                "" if row.spread is None else f"{row.spread:.3f}",
                f"{row.n:,}",
                ", ".join(map(str, row.epochs)),
                f"{row.seconds:,.0f}",
            )
        )
        before = now
    return found


def _interval(value: float | None, low: float | None, high: float | None, *, sign: str) -> str:
    if value is None:
        return ""
    number = f"{value:{sign}.3f}"
    return number if low is None or high is None else f"{number} ({low:{sign}.3f} to {high:{sign}.3f})"

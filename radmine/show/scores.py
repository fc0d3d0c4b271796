"""What a terminal shows of scores."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from radmine.records import Score
from radmine.show.tables import table

WORST = 10  # of the rows that differ by their finding alone
_SHORT = 16  # characters of a note that stands in the table; longer ones stand below it


def measure(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Return ".92 .85-.96": a number with its interval; a dash where there is none."""
    if value is None:
        return "-"
    interval = "" if low is None or high is None else f" {_short(low)}-{_short(high)}"
    return _short(value) + interval


def _short(value: float) -> str:
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.removeprefix("0") if 0 <= value < 1 else text


def scores_view(scores: Iterable[Score], *, every: bool = False, with_stage: bool = True) -> RenderableType:
    """Return the table of `radmine evaluate` and `radmine scores`, with long notes below it.

    Parameters
    ----------
    every
        Whether all rows are shown; else of those that differ by their finding alone the ten worst.
    with_stage
        Whether the stage is a column.
    """
    notes: dict[str, int] = {}
    rows = []
    for family in _families(scores):
        family = sorted(family, key=lambda s: (s.value is None, s.value)) if len(family) > 1 else family
        few = family if every or len(family) <= WORST else family[:WORST]
        for s in few:
            value = measure(s.value if s.n else None, s.low, s.high)
            rows.append((s.stage, s.subject, s.metric, value, f"{s.n:,}", _note(s, notes)))
        if len(few) < len(family):
            rows.append(
                (few[0].stage, f"and {len(family) - len(few)} more: --all", few[0].metric, "", "", "")
            )
    first = 0 if with_stage else 1
    columns = ("stage", "subject", "metric", "value 95 %", "n", "note")
    shown = table(columns[first:], (row[first:] for row in rows), right=("n",))
    below = (Text(f"[{number}] {note}") for note, number in notes.items())
    return Group(shown, *below)


def _families(scores: Iterable[Score]) -> list[list[Score]]:
    """Return the rows in groups that differ by their finding alone, in the order in which they begin."""
    found: dict[tuple[str, str, str], list[Score]] = {}
    for s in scores:
        of, colon, _ = s.subject.partition(": ")
        kind = of if colon else "all" if s.subject == "all findings" else ""
        found.setdefault((s.stage, s.metric, kind), []).append(s)
    return list(found.values())


def _note(score: Score, notes: dict[str, int]) -> str:
    parts: Sequence[str] = (score.note or "").split("; ")
    shown = [p if len(p) <= _SHORT else f"[{notes.setdefault(p, len(notes) + 1)}]" for p in parts if p]
    return " ".join(shown)

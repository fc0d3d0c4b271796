"""What people decided, for the terminal and for pages."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from radmine.label import Decision
from radmine.show.tables import table

DECISION_COLUMNS = ("finding", "decided", "by", "at", "why")


def decision_rows(decisions: Iterable[Decision]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each decision on one report or image."""
    for d in decisions:
        yield d.finding, d.answer, d.by, d.at, d.why


def decisions_table(decisions: Iterable[Decision]) -> Table:
    """Return what `radmine decisions` shows."""
    held = list(decisions)
    items = [d.report_id if d.image_id is None else d.image_id for d in held]
    rows = ((str(item), *row) for item, row in zip(items, decision_rows(held), strict=True))
    return table(("report or image", *DECISION_COLUMNS), rows)

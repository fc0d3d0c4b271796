"""What a terminal shows of what was set aside: by reason with what to do, or row by row."""

from collections.abc import Iterable, Iterator

from radmine.records import Rejected
from radmine.run import Group
from radmine.show.stages import said_lines


def group_lines(groups: Iterable[Group]) -> Iterator[str]:
    """Yield the lines on each group: what was set aside and why, the first of it, what to do."""
    for group in groups:
        yield f"{group.stage:<7} {group.reason}: {group.what}"
        detail = f"detail: {group.detail}" if " " in group.detail else ""
        do = f"do: {group.do}" if group.do else ""
        yield from said_lines(filter(None, (group.meaning, f"first: {group.first}", detail, do)))


def row_line(row: Rejected) -> str:
    """Return the line on one item."""
    return "  ".join(filter(None, (row.stage, row.reason, row.item, row.detail)))

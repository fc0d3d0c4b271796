"""What a terminal shows of labels that are suspected to be wrong."""

from rich.console import Group, RenderableType
from rich.text import Text

from radmine.curate import SuspectLabels
from radmine.show.tables import table

_NAMED = 5  # findings that are named one by one


def suspects_view(found: SuspectLabels) -> RenderableType:
    """Return the table of `radmine suspects`, with what was looked at."""
    few = ", ".join(found.few[:_NAMED]) + (
        f" and {len(found.few) - _NAMED} more" if len(found.few) > _NAMED else ""
    )
    lines = [
        f"{found.suspected:,} labels are suspected, of {len(found.judged):,} findings of {found.images:,} images, by {found.of}.",
        *([f"Not judged, for too few patients: {few}"] if few else ()),
    ]
    rows = ((s.image_id, s.finding, s.ours, f"{s.seen:.2f}", s.sentence or s.rule) for s in found.labels)
    shown = table(
        ("image", "finding", "ours", "seen", "rests on"), rows, right=("seen",), whole=("ours", "seen")
    )
    return Group(shown, *map(Text, lines)) if found.labels else Group(*map(Text, lines))

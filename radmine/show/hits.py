"""What a terminal shows of hits."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from radmine.records import Hit
from radmine.show.visible import visible_line


def hits_view(hits: Sequence[Hit], *, path: Callable[[str], str]) -> RenderableType:
    """Return what `radmine search` shows: of each hit a line, why it was found, and the path of its file.

    A path stands on a line of its own, which must not be cut: a console prints it with `crop=False`.

    Parameters
    ----------
    path
        Says how to write the path of a file.
    """
    if not hits:
        return Text("No hits.")
    return Group(*(part for hit in hits for part in _hit(hit, path)))


def _hit(hit: Hit, path: Callable[[str], str]) -> Iterable[RenderableType]:
    of = "" if hit.report_id is None else f" of report {visible_line(hit.report_id)}"
    what = f"report {visible_line(hit.report_id or '')}" if hit.kind == "report" else f"image{of}"
    yield Text.assemble((f"{hit.rank:>3}", "bold"), f"  {hit.score:.3f}  {what}")
    yield Padding(
        Text(visible_line("; ".join(f"{reason.by}: {reason.detail}" for reason in hit.why))),
        (0, 0, 0, 5),
        expand=False,
    )
    if hit.path or hit.image_id:
        image = path(hit.path) if hit.path else f"image {hit.image_id}"
        yield Text(f"     {visible_line(image)}", no_wrap=True, overflow="ignore")

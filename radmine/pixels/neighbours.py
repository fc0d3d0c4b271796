"""Which slices stand before and behind one in its series."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from radmine.corpus import Corpus


def neighbours_of(corpus: Corpus, image_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return of each of the images the `previous` and the `next` in its series, by position along the normal, where there are some."""
    series = dict(zip(*_columns(corpus, "images", "series_id"), strict=True))
    position: Mapping[str, float | None] = dict(zip(*_columns(corpus, "pixels", "position"), strict=True))
    stacks: dict[str, dict[float, str]] = defaultdict(dict)
    for image_id in image_ids:
        where, stack = position.get(image_id), series.get(image_id)
        if where is not None and stack is not None:
            stacks[stack].setdefault(where, image_id)
    places = {stack: sorted(slices) for stack, slices in stacks.items()}
    found: dict[str, dict[str, str]] = {}
    for image_id in image_ids:
        where, stack = position.get(image_id), series.get(image_id)
        if where is None or stack is None:
            continue
        order, slices = places[stack], stacks[stack]
        before, behind = bisect_left(order, where) - 1, bisect_right(order, where)
        found[image_id] = {"previous": slices[order[before]]} if before >= 0 else {}
        if behind < len(order):
            found[image_id]["next"] = slices[order[behind]]
    return found


def _columns(corpus: Corpus, table: str, column: str) -> tuple[list[str], list[Any]]:
    read = corpus.read(table, columns=["image_id", column])
    return read.column("image_id").to_pylist(), read.column(column).to_pylist()

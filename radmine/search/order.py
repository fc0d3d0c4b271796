"""Which image of several stands for a study or a report: `places_to_show`."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

# Of an image as `records.Image` has it.
SHOWN_BY = ("study_id", "series_id", "instance_number", "frame", "kind", "view")
_LATERAL = frozenset(("LATERAL", "LL", "RL", "LAT", "L"))


def places_to_show(images: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the place of each image in an order in which the first of a study stands for it.

    Localizers, captures and dose reports come last, and what has neither file nor pixels; lateral views after the
    others; larger series first, of a series the middle; else by the order in which they are given.

    Parameters
    ----------
    images
        With `path` (or `pixels`) and the fields `SHOWN_BY`.
    """
    series: dict[tuple[Any, Any], list[int]] = defaultdict(list)
    for i, image in enumerate(images):
        series[image["study_id"], image["series_id"]].append(i)
    off_middle: dict[int, float] = {}
    for members in series.values():
        members.sort(key=lambda i: (images[i]["instance_number"] or 0, images[i]["frame"] or 0, i))
        off_middle |= {i: abs(place - (len(members) - 1) / 2) for place, i in enumerate(members)}
    sizes = Counter({key: len(members) for key, members in series.items()})

    def key(i: int) -> tuple[bool, bool, bool, int, float, int]:
        image = images[i]
        lateral = (image["view"] or "").upper().split(" ")[0] in _LATERAL
        size = sizes[image["study_id"], image["series_id"]]
        blind = not (image["path"] or image.get("pixels"))
        return image["kind"] != "image", blind, lateral, -size, off_middle[i], i

    result = [0] * len(images)
    for place, i in enumerate(sorted(range(len(images)), key=key)):
        result[i] = place
    return result

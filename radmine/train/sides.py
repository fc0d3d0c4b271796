"""Which class a mirrored picture shows: `mirrored_classes`, `mirrored_truth`."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

_SIDE = re.compile(r"(?<![a-z])(left|right)(?![a-z])", re.IGNORECASE)
_OTHER = {
    "left": "right",
    "right": "left",
    "Left": "Right",
    "Right": "Left",
    "LEFT": "RIGHT",
    "RIGHT": "LEFT",
}


def mirrored_classes(classes: Sequence[str]) -> list[int | None]:
    """Return for each class the place of the one that its mirrored picture shows; None where there is no such class.

    A class that names no side is its own, one that names both of them as well where the other order is no class.
    """
    place = {name: index for index, name in enumerate(classes)}
    found: list[int | None] = []
    for name in classes:
        sides = {side.lower() for side in _SIDE.findall(name)}
        other = _SIDE.sub(lambda m: _OTHER.get(m[0], _OTHER[m[0].lower()]), name)
        found.append(place[name] if not sides else place.get(other, place[name] if len(sides) == 2 else None))
    return found


def mirrored_truth(truth: Tensor, mirrored: Tensor, classes: Sequence[str], *, several: bool) -> Tensor:
    """Return what is true of pictures of which some are mirrored: NaN where that is not known.

    Parameters
    ----------
    truth
        Shape (n, classes): 1, 0 or NaN.
    mirrored
        Shape (n,).
    classes
        Their names.
    several
        Whether an image may have several of them: then only those are not known that have no other side.
    """
    places = mirrored_classes(classes)
    if places == [*range(len(classes))]:
        return truth
    # Where a class is shown as another, its column comes from that; a class without another side shows nothing known.
    source = torch.tensor([index if place is None else place for index, place in enumerate(places)])
    lonely = torch.tensor([place is None for place in places])
    other = truth[:, source.to(truth.device)]
    lost = lonely.to(truth.device).expand_as(other)
    if not several:
        lost = ((other > 0) & lost).any(dim=1, keepdim=True).expand_as(other)
    return torch.where(mirrored.to(truth.device)[:, None], other.masked_fill(lost, torch.nan), truth)

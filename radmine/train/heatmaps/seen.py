"""Where a network sees a finding in one picture: `see`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.findings import Lexicon, NameReader
from radmine.pixels import to_source
from radmine.train.heatmaps.boxes import Box, boxes_of
from radmine.train.heatmaps.maps import heatmap
from radmine.train.model import ImageModel


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a network sees a finding or class in a picture, on the picture's own pixels."""

    target: str
    name: str
    probability: float
    method: str
    heat: NDArray[np.float32]  # (rows, columns), in [0, 1]
    boxes: tuple[Box, ...]  # of what is hot, the largest first


def see(
    model: ImageModel,
    grey: NDArray[np.generic],
    *,
    name: str | None = None,
    method: str = "gradcam",
    lexicon: Lexicon | None = None,
) -> Seen:
    """Return where a network sees a finding in a picture.

    Parameters
    ----------
    grey
        Shape (rows, columns): uint8, or float in [0, 1].
    name
        A finding (also as people call it), or a class of another target; None: the likeliest finding, of a network that learned
        none the likeliest class of its first target.
    method
        See `heatmap`.
    lexicon
        Whose words name findings; None: ours.

    Raises
    ------
    InputError
        The network did not learn it, or the array is no picture.
    """
    square = model.square(grey)
    said = {target: values[0] for target, values in model.predict(square.array[None]).items()}
    target, column = _asked(model, name, lexicon, said)
    known = model.facts.targets[target][column]
    heat = heatmap(model, square.array[None], target, known, method=method)[0]
    back = to_source(heat, square.crop, *grey.shape)
    return Seen(target, known, float(said[target][column]), method, back, tuple(boxes_of(back)))


def _asked(
    model: ImageModel, name: str | None, lexicon: Lexicon | None, said: dict[str, NDArray[np.float32]]
) -> tuple[str, int]:
    """Return the target and the place of what is asked for, findings before classes."""
    targets = model.facts.targets
    order = sorted(targets, key=lambda target: target != "labels")
    if name is None:
        return order[0], int(said[order[0]].argmax())
    meant = NameReader([name], lexicon=lexicon).read(name)
    for wanted in (name, meant.finding if meant else name):
        for target in order:
            if wanted in targets[target]:
                return target, targets[target].index(wanted)
    raise InputError(
        f"The network did not learn {name!r}.",
        where=name,
        do=f"It learned {', '.join(targets[order[0]])}"
        + "".join(f"; of {target}: {', '.join(targets[target])}" for target in order[1:])
        + ".",
    )

"""How well places are found: `froc` of marks, `dice` and `iou` of masks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATES = (
    0.25,
    0.5,
    1.0,
    2.0,
    4.0,
    8.0,
)  # false marks an image, at which LUNA16 and CAMELYON16 read sensitivity


class Mark(NamedTuple):
    """A place that a model calls."""

    image: str
    probability: float
    lesion: str | None  # the lesion that it lies in; None: it lies in none


class Froc(NamedTuple):
    """The curve of lesions found against false marks an image, and its mean at `RATES`, read between its points."""

    false_per_image: NDArray[np.float64]  # from the highest threshold to the lowest
    found: NDArray[np.float64]
    score: float


def froc(marks: Sequence[Mark], *, lesions: int, images: int) -> Froc | None:
    """Return the free-response ROC curve, None without lesions or images.

    Of several marks in one lesion the surest counts, the others count for nothing (CAMELYON16; Chakraborty, Med. Phys. 16, 1989).
    """
    if not lesions or not images:
        return None
    hits: dict[tuple[str, str], float] = {}
    for mark in marks:
        if mark.lesion is not None:
            key = mark.image, mark.lesion
            hits[key] = max(mark.probability, hits.get(key, mark.probability))
    true = np.array([*hits.values()], np.float64)
    false = np.array([m.probability for m in marks if m.lesion is None], np.float64)
    levels = np.unique(np.r_[true, false])[::-1]
    per_image = np.r_[0.0, [(false >= level).sum() / images for level in levels]]
    found = np.r_[0.0, [(true >= level).sum() / lesions for level in levels]]
    return Froc(per_image, found, float(np.interp(RATES, per_image, found).mean()))


def dice(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float | None:
    """Return twice the shared area over the sum of both, None where both are empty (Dice, Ecology 26, 1945)."""
    total = int(mask.sum()) + int(truth.sum())
    return 2 * int((mask & truth).sum()) / total if total else None


def iou(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float | None:
    """Return the shared area over the area of either, None where both are empty."""
    either = int((mask | truth).sum())
    return int((mask & truth).sum()) / either if either else None

"""Which images an epoch learns from, in which order: `Sampling`."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from radmine.train.targets import Target


class Sampling:
    """Draws the images of an epoch.

    Parameters
    ----------
    kind
        shuffled (each image once), or balanced: with replacement, such that each class of a target comes as often as the others, as
        far as an image that has several of them allows (Shen et al., ECCV 2016); targets count alike.
    rows
        The training images.
    targets
        What is learned.
    """

    def __init__(self, kind: str, rows: NDArray[np.int64], targets: Sequence[Target]) -> None:
        self._rows = rows
        classed = [t for t in targets if t.has_classes]
        self._shares = sum(_shares(t, rows) for t in classed) if kind == "balanced" and classed else None

    def draw(self, generator: torch.Generator) -> NDArray[np.int64]:
        """Return the rows of an epoch in their order."""
        if self._shares is None:
            chosen = torch.randperm(len(self._rows), generator=generator)
        else:
            shares = torch.from_numpy(np.asarray(self._shares))
            chosen = torch.multinomial(shares, len(self._rows), replacement=True, generator=generator)
        drawn: NDArray[np.int64] = self._rows[chosen.numpy()]
        return drawn


def _shares(target: Target, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return by which share each image is drawn for a target: that of its rarest class; of findings "none" is one too."""
    values = target.values[rows]
    known = ~np.isnan(values).all(axis=1)
    there = np.nan_to_num(values) > 0.5
    if target.is_multilabel:
        there = np.column_stack([there, known & ~there.any(axis=1)])
    counts = there.sum(axis=0)
    of_class = np.divide(1.0, counts, out=np.zeros(len(counts)), where=counts > 0)
    shares = np.where(there, of_class, 0.0).max(axis=1)
    # An image of which the target says nothing is drawn as often as the mean.
    shares[~known] = shares[known].mean() if known.any() else 1.0
    return np.asarray(shares / shares.sum(), np.float64)

"""Out-of-fold predictions: what a voter says of reports that it was not trained on."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
Fit = Callable[[list[int]], Callable[[int], T]]


def fold_of(text: str, folds: int) -> int:
    """Return the fold of a text: equal texts share one, and it is the same in every run."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=2).digest()[0] % folds


def out_of_fold(fit: Fit[T], fold: Sequence[int]) -> Iterator[tuple[int, T]]:
    """Yield each place with what a model says of it that was fitted on the places of the other folds.

    Parameters
    ----------
    fit
        Fitted on a list of places, it returns what predicts one.
    fold
        The fold of each place.
    """
    for number in sorted(set(fold)):
        predict = fit([i for i, f in enumerate(fold) if f != number])
        for place, own in enumerate(fold):
            if own == number:
                yield place, predict(place)

"""Whether the time that a work takes grows with its input only: a ratio of CPU times, not seconds."""

import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")

TIMES = 8
"""How many times as long the longer input is."""

_TRIES = 5
_MARGIN = 3


def assert_grows_with_length(work: Callable[[Input], object], short: Input, long: Input) -> None:
    """Fail where work on an input `TIMES` as long takes far more than `TIMES` as much CPU time.

    What takes time by the square of the length takes `TIMES ** 2` as much, nearly three times the bound. What disturbs a
    machine disturbs one of some tries; what is written wrongly is slow in all of them.
    """
    work(short)
    ratios = []
    for _ in range(_TRIES):
        ratios.append(_seconds(work, long) / _seconds(work, short))
        if ratios[-1] < _MARGIN * TIMES:
            return
    raise AssertionError(f"an input {TIMES} times as long takes {min(ratios):.0f} times as much time")


def _seconds(work: Callable[[Input], object], given: Input) -> float:
    started = time.process_time()
    work(given)
    return time.process_time() - started


def repeated(piece: str, length: int) -> str:
    """Return so many characters of a piece that is said again and again."""
    return (piece * (length // len(piece) + 1))[:length]

"""Where pieces of work run: here, or in processes that keep the order."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")


def map_in_order(
    work: Callable[..., T], arguments: Iterable[tuple[Any, ...]], *, workers: int = 1
) -> Iterator[T]:
    """Yield `work(*a)` for each of the arguments, in their order; with several workers, in processes of their own.

    At most `2 * workers` items are under way at once, so memory stays flat. Processes are spawned (not forked), so
    that no lock or thread of this one is copied; `work` must be importable.
    """
    if workers <= 1:
        for item in arguments:
            yield work(*item)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[T]] = deque()
        for item in arguments:
            waiting.append(pool.submit(work, *item))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from going through the rows of a piece of work again and again: they hold no cycles.

    Looking for cycles took up to half of the time. What the work leaves is collected when it has ended.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""Where pieces of work run: here, or in processes that keep the order and end with this one."""

import gc
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from multiprocessing.connection import wait
from typing import Any, TypeVar

from radmine.errors import MachineError
from radmine.run.faults import fault_of

T = TypeVar("T")

# By which a command is stopped: no worker's business.
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def map_in_order(
    work: Callable[..., T], arguments: Iterable[tuple[Any, ...]], *, workers: int = 1
) -> Iterator[T]:
    """Yield `work(*a)` for each of the arguments, in their order; with several workers, in processes of their own.

    At most `2 * workers` items are under way at once, so memory stays flat. Processes are spawned (not forked), so
    that no lock or thread of this one is copied; `work` must be importable. When this ends early (an error, a signal, a
    caller that has seen enough) the processes end at once, and when this process is killed, so do they.

    Raises
    ------
    MachineError
        A process was ended from outside, or a library raised what cannot travel between processes.
    """
    if workers <= 1:
        try:
            for item in arguments:
                yield work(*item)
        finally:
            gc.unfreeze()  # what `uncollected` set aside: this process goes on with other work
        return
    before = set(active_children())
    with _blocked():
        resource_tracker.ensure_running()  # it would let the signals through again
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    try:
        waiting: deque[Future[T]] = deque()
        for item in arguments:
            with _blocked():
                waiting.append(pool.submit(_travelling, work, item))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException as error:
        for child in set(active_children()) - before:
            child.kill()
        if isinstance(error, BrokenExecutor):
            raise fault_of(error) or error from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _blocked() -> Iterator[None]:
    """Hold signals back while processes are begun, which inherit that until they are ready for them (see `_begin`)."""
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _begin() -> None:
    """Make a process a worker: Ctrl-C in a terminal is for the process that began it, and it ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _travelling(work: Callable[..., T], item: tuple[Any, ...]) -> T:
    """Return `work(*item)`; what it raises is something that can be raised again in another process."""
    try:
        return work(*item)
    except BaseException as error:
        try:
            same = type(pickle.loads(pickle.dumps(error))) is type(error)
        except Exception:
            same = False
        if same:
            raise
        raise fault_of(error) or MachineError(f"A worker failed: {type(error).__name__}.") from None


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from going through the rows of a piece of work again and again: they hold no cycles.

    Looking for cycles took up to half of the time. What the work leaves is collected when it has ended; what it keeps, such
    as sentences that were read, is set aside (`gc.freeze`), so that no later collection goes through that again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        gc.freeze()
        gc.enable()

"""Work on one file, row, report or image cannot stop a run: what it raises becomes a row of `rejected`.

    with Guard(batch.reject, otherwise="broken_dicom", seconds=limits.seconds) as guard:
        for unit in units:
            with guard(unit.item):
                batch.extend(read_file(unit))  # whole, or nothing of it

A library's error may be any class: panics of pyo3 modules are BaseExceptions. What is not the unit's fault goes on: who
stops the run, a disk that is full, a package, setting or model that is missing.
"""

import errno
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from radmine.errors import InputError, RadmineError
from radmine.files import NotAFileError
from radmine.records import Rejected
from radmine.run.limits import TooLargeError

# Reasons for which the same file may be read at another time: see `Job.make_shards`.
TRY_AGAIN = frozenset({"unreadable_file", "out_of_memory", "took_too_long"})
_STOPS = (KeyboardInterrupt, SystemExit, GeneratorExit)
# Of the machine, not of the file that was at hand.
_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
_TICK = 0.5  # seconds between two looks at the clock


class TookTooLong(BaseException):
    """Raised in work that goes on for longer than it may; its words say how long that is."""


def stops(error: BaseException) -> bool:
    """Return whether an error is none of the unit at hand, so that whoever catches all must pass it on."""
    if isinstance(error, (*_STOPS, TookTooLong)):
        return True
    if isinstance(error, OSError):
        return error.errno in _MACHINE
    return isinstance(error, RadmineError) and not isinstance(error, InputError)


def reason_of(error: BaseException, otherwise: str) -> tuple[str, str]:
    """Return reason and detail with which the unit that raised an error is set aside; never the error's own words.

    Parameters
    ----------
    otherwise
        The reason for anything that has none of its own: "broken_dicom".
    """
    if isinstance(error, TookTooLong):
        return "took_too_long", str(error)
    if isinstance(error, MemoryError):
        return "out_of_memory", ""
    if isinstance(error, TooLargeError):
        return "too_large", error.what
    if isinstance(error, NotAFileError):
        return "not_a_file", ""
    if isinstance(error, FileNotFoundError):
        return "missing_file", ""
    if isinstance(error, OSError) and error.errno is not None:
        return "unreadable_file", errno.errorcode.get(error.errno, type(error).__name__)
    return otherwise, error.what if isinstance(error, InputError) else type(error).__name__


def to_list(rejected: list[Rejected], stage: str) -> Callable[[str, str, str], None]:
    """Return what puts rows of a stage into a list, for a `Guard` to call."""
    return lambda item, reason, detail: rejected.append(Rejected(stage, item, reason, detail))


class Guard:
    """Turns what work on a unit raises into a row of `rejected`, and ends the work when it takes too long.

    Parameters
    ----------
    reject
        Is called with item, reason and detail.
    otherwise
        The reason for errors that have none of their own.
    seconds
        That one unit may take: looked at twice a second, in the main thread of a process alone, and only where no other
        code uses SIGALRM. A call into C that does not come back is not ended. Of two guards, one inside of the other, the
        inner one looks at the clock; that of the outer one starts again after it.
    foreign
        Whether the work is anybody's code, which ends no process: its SystemExit is the unit's fault.
    """

    def __init__(
        self,
        reject: Callable[[str, str, str], None],
        *,
        otherwise: str,
        seconds: float,
        foreign: bool = False,
    ) -> None:
        self._reject = reject
        self._faults = (TookTooLong, SystemExit, GeneratorExit) if foreign else (TookTooLong,)
        self._otherwise = otherwise
        self._seconds = seconds
        self._unit = _Unit(self)
        self._since: float | None = None  # when work on the unit at hand began
        self._before: Any = None  # who looked at the clock, while this one does

    def __enter__(self) -> "Guard":
        before = signal.getsignal(signal.SIGALRM)
        main = threading.current_thread() is threading.main_thread()
        if main and (before is signal.SIG_DFL or _guard_of(before)):
            self._before = before
            signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is None:
            return
        outer = _guard_of(self._before)
        if outer is None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        elif outer._since is not None:
            outer._begin()
        signal.signal(signal.SIGALRM, self._before)
        self._before = None

    def __call__(self, item: str) -> "_Unit":
        """Return what guards the work on one unit in a `with` block; what comes after the block goes on all the same."""
        self._unit.item = item
        return self._unit

    def _look(self, _signal: int, _frame: FrameType | None) -> None:
        if self._since is not None and time.monotonic() - self._since > self._seconds:
            self._since = None  # once
            raise TookTooLong(f"more than {self._seconds:g} seconds")

    def _begin(self) -> None:
        self._since = time.monotonic()

    def _end(self, item: str, error: BaseException | None) -> bool:
        self._since = None
        if error is None or (stops(error) and not isinstance(error, self._faults)):
            return False
        self._reject(item, *reason_of(error, self._otherwise))
        return True


def _guard_of(handler: Any) -> Guard | None:
    """Return the guard that a handler of SIGALRM belongs to."""
    owner = getattr(handler, "__self__", None)
    return owner if isinstance(owner, Guard) else None


def still_working() -> None:
    """Start the clock of the guard at work again: for work on one unit that has come a good part further."""
    guard = _guard_of(signal.getsignal(signal.SIGALRM))
    if guard is not None and guard._since is not None:
        guard._begin()


class _Unit:
    """The block in which work on one unit is done."""

    __slots__ = ("_guard", "item")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.item = ""

    def __enter__(self) -> None:
        self._guard._begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return self._guard._end(self.item, error)

"""The line of progress at the foot of a terminal: what is worked on, how far it has come, how fast, how long it will take.

It is one line that never wraps, on standard error, with the cursor at its start: to take it away, nothing above it is
touched, and what another program prints begins at the left.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from radmine.show.visible import visible_line

_TICK = 0.1  # seconds from one drawing to the next
_REST = (
    0.3  # seconds without the line after something was printed: a pipe may end in the same terminal (`| tee`)
)
_WIDEST = 40  # characters of the bar itself, at most
_LEAST = 5
_CLEAR = "\r\x1b[K"
_GLYPHS = ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "━", "─")
_ASCII_GLYPHS = ("|/-\\", "#", ".")

_lock = threading.RLock()  # who holds it may write to the terminal
_up: "list[Bars]" = []  # the innermost is last


@dataclass(slots=True)
class Work:
    """One kind of work that is told of, with the time of its first and last news."""

    name: str  # its first word is what is counted
    detail: str
    first: int  # done when it was first told of: by an earlier run
    done: int
    total: int | None
    began: float
    changed: float

    @property
    def rate(self) -> float:
        """Items a second over the time worked; 0 as long as nothing was done."""
        took = self.changed - self.began
        return (self.done - self.first) / took if took > 0 else 0.0


class Bars:
    """A progress callback that draws the work at hand on standard error, where that is a terminal that can.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._work: Work | None = None
        self._drawn = False
        self._rested = clock()  # when the line may be drawn again
        self._ended = threading.Event()

    def __enter__(self) -> "Bars":
        if _can_draw():
            threading.Thread(target=self._draw_on, daemon=True).start()
        with _lock:
            _up.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with _lock:
            self.take_away()
            _up.remove(self)

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Take note of how far the work called `what` has come; work of another name, or that begins again, takes its place."""
        name, _, detail = what.partition(": ")
        now, work = self._clock(), self._work
        if work is None or work.name != name or done < work.done:
            self._work = Work(name, detail, done, done, total, now, now)
        else:
            work.detail, work.total = detail, total
            if done > work.done:
                work.done, work.changed = done, now

    def take_away(self) -> None:
        """Take the line away, until there is news of other work or of more of the same."""
        self._work = None
        self._rested = self._clock() + _REST
        if self._drawn:
            self._drawn = False
            _write(_CLEAR)

    def _draw_on(self) -> None:
        turn = 0
        while not self._ended.wait(_TICK):
            with _lock:
                work, now = self._work, self._clock()
                if work is None or now < self._rested or self._ended.is_set() or _up[-1] is not self:
                    continue
                glyphs = _GLYPHS if "utf" in (sys.stderr.encoding or "").lower() else _ASCII_GLYPHS
                line = drawn(work, now, width=_columns() - 1, turn=turn, glyphs=glyphs)
                self._drawn = _write(f"{_CLEAR}{line}\r")
                turn += 1


@contextmanager
def without_bars() -> Iterator[None]:
    """Take the line of progress away while something is printed."""
    with _lock:
        for bars in _up:
            bars.take_away()
        yield


def drawn(
    work: Work, now: float, *, width: int, turn: int = 0, glyphs: tuple[str, str, str] = _GLYPHS
) -> str:
    """Return the line of some work, of at most `width` characters: the bar gives way first, then the details at the end."""
    spin, full, empty = glyphs
    counted = work.total is not None and work.total > 0
    parts = [f"{work.done:,}/{work.total:,}" if counted else f"{work.done:,}" if work.done else ""]
    parts.append(rate_text(work.rate, work.name.partition(" ")[0]))
    over = counted and work.done >= (work.total or 0)
    parts.append(time_text((work.changed if over else now) - work.began))
    if work.total is not None and work.rate and not over:
        left = (work.total - work.done) / work.rate - (now - work.changed)
        parts.append(f"{time_text(max(0.0, left))} left")
    parts.append(work.detail)
    begin, end = f"{spin[turn % len(spin)]} {work.name}", "  ".join(filter(None, parts))
    room = min(_WIDEST, width - len(begin) - len(end) - 2)
    if work.total and room >= _LEAST:
        share = room * min(work.done, work.total) // work.total
        end = f"{full * share}{empty * (room - share)} {end}"
    line = visible_line(f"{begin} {end}")
    return line if len(line) <= width else f"{line[: max(0, width - 1)]}…"[:width]


def rate_text(rate: float, unit: str) -> str:
    """Return "3.7 images/s": a rate with two significant digits or more, by the minute where it is slow."""
    if not rate:
        return ""
    if rate < 0.1:
        return f"{rate * 60:.2g} {unit}/min"
    digits = 0 if rate >= 100 else 1 if rate >= 1 else 2
    return f"{rate:,.{digits}f} {unit}/s"


def time_text(seconds: float) -> str:
    """Return "0:07" or "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _can_draw() -> bool:
    """Return whether standard error is a terminal on which a line can be taken away."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _write(text: str) -> bool:
    """Write to the terminal, and return whether it is still there."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True

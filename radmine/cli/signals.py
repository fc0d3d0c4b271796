"""Signals that stop a command: Ctrl-C, SIGTERM, and the end of the terminal."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal came. A class of its own: where a plain one goes through an import, Python ends by SIGINT, whatever the exit code."""


class Signals:
    """Stops the work in a `with` block by a KeyboardInterrupt when a signal comes; a second one ends the process at once."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.raised: Stopped | None = None
        self._usual: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in STOPS:
                usual = signal.getsignal(number)
                # One that is ignored, as under nohup, stays so.
                if usual in (signal.SIG_DFL, signal.default_int_handler):
                    self._usual[number] = usual
                    signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, usual in self._usual.items():
            signal.signal(number, usual)
        # The clock of a guard (`radmine.run.guard`) that the signal left would end the process.
        if self.received is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        for other in self._usual:
            signal.signal(other, signal.SIG_DFL)
        self.raised = Stopped()
        raise self.raised

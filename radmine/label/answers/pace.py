"""How fast a server is asked, by all who ask it together: `Pace`."""

import threading
import time


class StoppedError(Exception):
    """The asking was stopped; who waits does not go on."""


class Pace:
    """Lets requests go one after another, each so long after the one before.

    Parameters
    ----------
    rate
        Requests a second; None: as fast as they come.
    """

    def __init__(self, rate: float | None) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0  # when the next request may go
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def wait(self) -> None:
        """Wait for one's turn; raises StoppedError where the asking is stopped."""
        while True:
            with self._lock:
                now = time.monotonic()
                if now >= self._next:
                    self._next = now + self._gap
                    break
                left = self._next - now
            self.rest(left)
        self.rest(0)

    def rest(self, seconds: float) -> None:
        """Wait so long; raises StoppedError where the asking is stopped."""
        if self._stopped.wait(seconds):
            raise StoppedError

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long: the server asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def stop(self) -> None:
        """Let nobody go any more."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether the asking was stopped."""
        return self._stopped.is_set()

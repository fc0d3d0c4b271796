"""The time that a training is given: how much is used, and whether what is left allows another batch and a validation."""

from collections.abc import Callable

_CHECKED = (
    0.5  # of the time to learn from an image, to look at one: of the first validation, before it is known
)


class Allowance:
    """The time that a training is given, used from now on.

    Parameters
    ----------
    seconds
        Given; None: as many as it takes.
    validation
        How many images are looked at after each epoch, which takes its part of the time.
    clock
        Gives seconds.
    """

    def __init__(self, seconds: float | None, validation: int, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._validation = validation
        self._clock = clock
        self._since = clock()
        self._learned = 0.0  # seconds of the batches so far
        self._images = 0
        self._validated: float | None = None  # seconds of the last validation

    @property
    def used(self) -> float:
        """The seconds used, those of an earlier run too."""
        return self._clock() - self._since

    def resume(self, used: float) -> None:
        """Count what an earlier run used."""
        self._since -= used

    def learned(self, images: int, seconds: float) -> None:
        """Take note of a batch."""
        self._learned += seconds
        self._images += images

    def validated(self, seconds: float) -> None:
        """Take note of a validation."""
        self._validated = seconds

    def allows_batch(self, images: int) -> bool:
        """Return whether there is time to learn from so many images, and for the validation after that."""
        more = images * self._pace + self._reserve
        return self.seconds is None or self.used + more < self.seconds

    def is_used_up(self) -> bool:
        """Return whether no time is left."""
        return self.seconds is not None and self.used >= self.seconds

    def is_beyond(self, share: float) -> bool:
        """Return whether more than a share of the time is used."""
        return self.seconds is not None and self.used > share * self.seconds

    def images_left(self) -> int | None:
        """Return how many images can still be learned from, about; None where that is not bounded or not known yet."""
        if self.seconds is None or not self._pace:
            return None
        return max(0, int((self.seconds - self.used - self._reserve) / self._pace))

    def words(self, images: int) -> str:
        """Return "an epoch takes about 40 s; 60 s allow 1", of so many images; nothing where no time is given."""
        epoch = images * self._pace + self._reserve
        if self.seconds is None or not epoch:
            return ""
        takes = f"{epoch:.0f}" if epoch >= 10 else f"{epoch:.2g}"
        allowed = int(self.seconds / epoch)
        return f"an epoch takes about {takes} s; {self.seconds:g} s allow {allowed or 'a part of one'}"

    @property
    def _pace(self) -> float:
        """Seconds to learn from an image; 0 as long as that is not known."""
        return self._learned / self._images if self._images else 0.0

    @property
    def _reserve(self) -> float:
        """Seconds that the next validation takes."""
        return _CHECKED * self._validation * self._pace if self._validated is None else self._validated

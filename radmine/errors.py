"""The exceptions of radmine: each says what is wrong, where, and what to do about it.

Messages carry ids, paths and offsets, never report text, names or other identifiers of people.
"""

from functools import partial
from typing import Any


class RadmineError(Exception):
    """Something that the user can mend; the command line prints it without a traceback and exits with 2.

    Parameters
    ----------
    what
        What is wrong, in one sentence.
    where
        The file, table, option or id that it concerns.
    do
        What to do about it, in the imperative.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what, where, do)
        self.what = what
        self.where = where
        self.do = do

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how it is made again where it comes out of another process."""
        return partial(type(self), where=self.where, do=self.do), (self.what,)

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        remedy = f" {self.do}" if self.do else ""
        return f"{self.what}{place}{remedy}"


class InputError(RadmineError):
    """A file, folder, table or value given by the user cannot be used."""


class SettingsError(RadmineError):
    """A settings file or option has an unknown key or a value out of range."""


class CorpusError(RadmineError):
    """A corpus or index on disk is missing, incomplete, locked or made by another version."""


class NotAvailable(RadmineError):  # noqa: N818 - the word of the public face
    """An optional part (a package, a device, an encoder for text) is not there."""


class MachineError(RadmineError):
    """The machine or a library said no: the disk is full, a right is missing, memory has run out, a worker was ended."""

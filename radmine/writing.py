"""One writer at a time: `writing` holds a corpus, once what a killed writer left is in order."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from radmine.errors import CorpusError
from radmine.placing import recover

_MAY_NOT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class ReadOnlyError(CorpusError):
    """A corpus stands where this user, or nobody, may write."""


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder of a corpus for writing; a killed writer leaves no lock.

    Raises
    ------
    ReadOnlyError
        It may not be written to.
    CorpusError
        Another process writes to it, or a link stands in it.
    """
    try:
        stream = os.fdopen(os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o666), "w")
    except OSError as error:
        if error.errno not in _MAY_NOT:
            raise
        raise ReadOnlyError(
            "This corpus may be read, not written.",
            where=str(folder),
            do="Give yourself the right to write there, or copy it to where you have it.",
        ) from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CorpusError(
                "Another radmine process is writing to this corpus.",
                where=str(folder),
                do="Wait until it ends, then run the same command again.",
            ) from None
        _look_through(folder)
        recover(folder)
        yield


def _look_through(folder: Path) -> None:
    """Remove what killed writers left half-written, and refuse links: what is written would go to where they lead."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place) / name
            if path.is_symlink():
                raise CorpusError(
                    "A link stands in the corpus: what is written would go to where it leads.",
                    where=str(path),
                    do="Put what it leads to in its place, or remove it.",
                )
        for name in files:
            if name.startswith(".") and name.endswith(".partial"):
                (Path(place) / name).unlink(missing_ok=True)

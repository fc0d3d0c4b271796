"""One writer at a time: `writing` holds a corpus, once what a killed writer left is in order."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from radmine.errors import CorpusError
from radmine.placing import recover


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder of a corpus for writing; a killed writer leaves no lock.

    Raises
    ------
    CorpusError
        Another process writes to it, or it cannot be written to.
    """
    try:
        stream = (folder / ".lock").open("a")
    except OSError as error:
        raise CorpusError(
            f"The corpus cannot be written to: {error.strerror}.",
            where=str(folder),
            do="Give yourself the right to write there, or copy the corpus to where you may.",
        ) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CorpusError(
                "Another radmine process is writing to this corpus.",
                where=str(folder),
                do="Wait until it ends, then run the same command again.",
            ) from None
        for left in folder.rglob(".*.partial"):
            if left.is_file():
                left.unlink(missing_ok=True)
        recover(folder)
        yield

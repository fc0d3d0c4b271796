"""How far the run of a stage has come: a file that its process holds while it runs, and that stays when it is interrupted.

The file `course.json` stands in the folder of the half-done work of a run of just these inputs (`work_folder`): done, total, what, kept,
since. It is written in place at each news, which costs microseconds, and is no more than a sign: nothing is gone on from by it.
"""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from radmine.errors import InputError
from radmine.files import open_file

_FILE = "course.json"
_SIZE = 256  # bytes, always, so that what is written covers what was


class Place(str):
    """How far a run came, as a note of the exception that ended it: "at 30,000 of 50,000 reports of parse"."""

    goes_on = "there"  # where the next run goes on: "the last whole epoch, at 208 of 4,160 images"


@dataclass(frozen=True, slots=True)
class Underway:
    """How far the run of a stage has come that has not finished."""

    running: bool  # by a process that is there; else it was interrupted
    done: int
    total: int | None
    what: str
    kept: int | None = None  # of what is done, where the next run does not go on with all of it
    since: str = ""  # what that is: "the last whole epoch"

    @property
    def percent(self) -> int | None:
        """How much is done of the work at hand, rounded down; None where its total is not known."""
        return 100 * self.done // self.total if self.total else None


def place_of(error: BaseException) -> Place | None:
    """Return how far the run came that an exception ended, None where it ended none."""
    return next((note for note in getattr(error, "__notes__", ()) if isinstance(note, Place)), None)


class Course:
    """How far one run of a stage has come; in its `with` block it can be seen from outside.

    Parameters
    ----------
    folder
        Of half-done work of this very run; made at the first news.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self._last: Underway | None = None
        self._kept: int | None = None
        self._since = ""

    def __enter__(self) -> "Course":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def keep(self, done: int, since: str) -> None:
        """Take note that the next run would go on with so many: since what they were kept, "the last whole epoch"."""
        self._kept, self._since = done, since

    def note(self, done: int, total: int | None, what: str) -> None:
        """Take note of news, as `Progress` tells them."""
        last = self._last = Underway(True, done, total, what.partition(": ")[0], self._kept, self._since)
        said = {"done": done, "total": total, "what": last.what, "kept": last.kept, "since": last.since}
        content = json.dumps(said)
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._folder / _FILE, os.O_WRONLY | os.O_CREAT, 0o666)
            with contextlib.suppress(OSError):  # a file system that knows no locks
                fcntl.flock(self._file, fcntl.LOCK_EX)
        os.pwrite(self._file, content.encode()[:_SIZE].ljust(_SIZE), 0)

    def ended_by(self, error: BaseException, stage: str) -> None:
        """Note with an exception, and with those that it was made of, how far the run of a stage came."""
        place = self._place(stage)
        part: BaseException | None = error
        while part is not None and place_of(part) is None:
            part.add_note(place)
            part = part.__cause__ or part.__context__

    def _place(self, stage: str) -> Place:
        if self._last is None:
            return Place(f"at the start of {stage}")
        if self._last.total:
            place = Place(f"at {counted(self._last)} of {stage}")
            place.goes_on = goes_on(self._last, otherwise=place.goes_on)
            return place
        return Place(f"in {stage} ({self._last.what})")


def counted(underway: Underway) -> str:
    """Return "30,000 of 50,000 reports", or what is done where that is not counted."""
    if underway.total is None:
        return underway.what
    return f"{underway.done:,} of {underway.total:,} {underway.what.partition(' ')[0].rstrip(',')}"


def goes_on(underway: Underway, *, otherwise: str) -> str:
    """Return where the next run goes on: "the last whole epoch, at 208 of 4,160 images", where not all that is done is kept."""
    if underway.kept is None or underway.total is None:
        return otherwise
    return f"{underway.since}, at {counted(replace(underway, done=underway.kept))}"


def work_folder(corpus: Path, stage: str, fingerprint: str) -> Path:
    """Return where the half-done work of a run stands, below the folder of its corpus."""
    return corpus / "work" / stage / fingerprint


def underway(folder: Path) -> Underway | None:
    """Return how far the run came whose half-done work stands in a folder, None where there is nothing to be seen of it."""
    try:
        with open_file(folder / _FILE) as file:
            said = json.loads(file.read(_SIZE))
            total = None if said["total"] is None else int(said["total"])
            kept = said.get("kept")
            return Underway(
                _is_held(file.fileno()),
                int(said["done"]),
                total,
                str(said["what"]),
                None if kept is None else int(kept),
                str(said.get("since", "")),
            )
    except (OSError, InputError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _is_held(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

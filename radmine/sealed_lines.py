"""Lines of JSON that are only added to a file, each sealed by a digest over itself and the line before: damage is seen.

The half of a line that a killed writer left at the end is none. `lines_of` reads them, `sealed_line` makes one, `held` keeps other
writers out, `add_lines` writes behind what stands there.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from radmine.errors import CorpusError
from radmine.writing import ReadOnlyError

_SEAL = ', "seal": "', '"}'
_LENGTH = len(_SEAL[0]) + 32 + len(_SEAL[1])
_MAY_NOT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Line(NamedTuple):
    """A line of a file."""

    payload: bytes | None  # the JSON object without its seal; None: not what was written
    start: int  # bytes of the file
    end: int
    seal: str


def lines_of(stream: Iterable[bytes], seed: bytes) -> Iterator[Line]:
    """Yield the lines of a file, each as `sealed_line` made it with this seed."""
    seal, at = "", 0
    for raw in stream:
        line = raw.removesuffix(b"\n")
        if line == raw and not _is_complete(line):
            return
        payload = line[:-_LENGTH] + b"}"
        before, seal = seal, line[-len(_SEAL[1]) - 32 : -len(_SEAL[1])].decode("ascii", "replace")
        is_whole = line[-_LENGTH:] == _closing(_seal(before, payload, seed)).encode()
        yield Line(payload if is_whole else None, at, at + len(raw), seal)
        at += len(raw)


def sealed_line(payload: str, before: str, seed: bytes) -> tuple[str, str]:
    """Return the line of a JSON object in ASCII that comes behind the line sealed by `before` ("": the first), and its seal."""
    seal = _seal(before, payload.encode("ascii"), seed)
    return f"{payload[:-1]}{_closing(seal)}\n", seal


def add_lines(handle: int, payloads: Iterable[str], *, behind: Line | None, seed: bytes) -> None:
    """Write lines of JSON objects in ASCII behind the last whole one of a file that is held, and sync them.

    The half of a line that a killed writer left there goes; where there is nothing to write, all stays as it is.

    Parameters
    ----------
    behind
        The last whole line; None: there is none.
    """
    end, seal = (0, "") if behind is None else (behind.end, behind.seal)
    lines = ["\n"] if end and os.pread(handle, 1, end - 1) != b"\n" else []
    ended = len(lines)
    for payload in payloads:
        line, seal = sealed_line(payload, seal, seed)
        lines.append(line)
    if len(lines) == ended:
        return
    os.ftruncate(handle, end)
    os.lseek(handle, end, os.SEEK_SET)
    with os.fdopen(os.dup(handle), "wb") as stream:
        stream.write("".join(lines).encode("ascii"))
        stream.flush()
        os.fsync(handle)


@contextlib.contextmanager
def held(path: Path, *, busy: CorpusError | None = None) -> Iterator[int]:
    """Hold a file, made if it is not there, for reading and writing.

    Parameters
    ----------
    busy
        What to raise where another process holds it; None: wait until it is free.

    Raises
    ------
    ReadOnlyError
        It may not be written to.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno not in _MAY_NOT:
            raise
        raise ReadOnlyError(
            "This corpus may be read, not written.",
            where=str(path),
            do="Give yourself the right to write there, or copy it to where you have it.",
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(path))
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise busy or AssertionError from None
        yield handle
    finally:
        os.close(handle)


def _is_complete(line: bytes) -> bool:
    """Return whether a last line without its end has its seal: it is more than the half of one that was being written."""
    at = line.find(_SEAL[0].encode())
    return at >= 0 and len(line) >= at + _LENGTH


def _closing(seal: str) -> str:
    return f"{_SEAL[0]}{seal}{_SEAL[1]}"


def _seal(before: str, payload: bytes, seed: bytes) -> str:
    return hashlib.blake2b(seed + before.encode() + payload, digest_size=16).hexdigest()

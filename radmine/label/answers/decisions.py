"""What people decided, in the file `decisions.jsonl` of a corpus: `read_decisions`, `holding`, `add_decisions`.

One JSON object a line, each sealed by a digest over itself and the line before. A file of lines and no SQLite, because it
can be read where nobody may write, and damage to it is seen. Lines are only added: another decision undoes one.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from radmine.errors import CorpusError
from radmine.files import digest, read_bytes, sync_folder
from radmine.records import DECISION, Assertion
from radmine.writing import ReadOnlyError

DECISIONS = "decisions.jsonl"
"""The file, in the folder of a corpus."""

WITHDRAWN = "withdrawn"
DECIDED = (*map(str, Assertion), WITHDRAWN)
"""What may be decided; withdrawn gives the finding back to those who vote."""

ADVICE = (
    "Bring the file back from a backup; where there is none, keep its lines before the damaged one alone, and correct"
    " the others again."
)
"""What to do about a damaged file."""

_SEED = b"radmine decisions 1"
_SEAL = ', "seal": "', '"}'
_LENGTH = len(_SEAL[0]) + 32 + len(_SEAL[1])
_MAY_NOT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

Key: TypeAlias = tuple[str | None, str | None, str]  # report, image, finding


class Decision(NamedTuple):
    """What a person decided of one finding of a report or of an image."""

    report_id: str | None  # None of a decision on an image
    image_id: str | None  # None of a decision on a report
    finding: str
    answer: str  # one of `DECIDED`
    by: str
    why: str
    at: str  # UTC, "2026-01-31T12:00:00Z"
    source: str  # correct, or the name of the file that it came from

    @property
    def key(self) -> Key:
        """What it decides."""
        return self.report_id, self.image_id, self.finding

    @property
    def voter(self) -> str:
        """Under which name it votes."""
        return f"{DECISION}:{self.by}"


def holding(decisions: Iterable[Decision]) -> dict[Key, Decision]:
    """Return the decisions that hold: of each report or image and finding the last, whoever made it, if it is not withdrawn."""
    last = {decision.key: decision for decision in decisions}
    return {key: decision for key, decision in last.items() if decision.answer != WITHDRAWN}


def read_decisions(folder: Path) -> list[Decision]:
    """Return all decisions of the corpus in a folder, in their order, the withdrawn ones too; none where there is no file.

    The half of a line that a killed writer left at the end is none.

    Raises
    ------
    CorpusError
        The file is not what was written.
    """
    try:
        content = read_bytes(folder / DECISIONS)
    except FileNotFoundError:
        return []
    return _read(content, folder / DECISIONS)[0]


def decisions_digest(folder: Path) -> str:
    """Return the fingerprint of what decisions hold; "" where none does. When and why they were made changes no label."""
    held = holding(read_decisions(folder))
    return digest(sorted(map(repr, ((*key, d.answer, d.by) for key, d in held.items())))) if held else ""


def add_decisions(folder: Path, choose: Callable[[Sequence[Decision]], Iterable[Decision]]) -> list[Decision]:
    """Add decisions to those of the corpus in a folder, synced, and return them.

    Parameters
    ----------
    choose
        Gets the decisions that there are and returns those to add; nobody else adds meanwhile.

    Raises
    ------
    ReadOnlyError
        The corpus may not be written to.
    CorpusError
        The file is not what was written.
    """
    with _held(folder / DECISIONS) as handle:
        content = read_bytes(folder / DECISIONS)
        before, whole, seal = _read(content, folder / DECISIONS)
        added = list(choose(before))
        lines = ["\n"] if whole and content[whole - 1 : whole] != b"\n" else []
        for decision in added:
            payload = json.dumps(decision._asdict(), ensure_ascii=True)
            seal = _seal(seal, payload.encode())
            lines.append(f"{payload[:-1]}{_SEAL[0]}{seal}{_SEAL[1]}\n")
        if added:
            os.ftruncate(handle, whole)
            os.lseek(handle, whole, os.SEEK_SET)
            with os.fdopen(os.dup(handle), "wb") as stream:
                stream.write("".join(lines).encode())
                stream.flush()
                os.fsync(handle)
            sync_folder(folder)
    return added


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    """Hold the file, made if it is not there; wait while another process adds to it."""
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
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _read(content: bytes, path: Path) -> tuple[list[Decision], int, str]:
    """Return the decisions of a file, how many of its bytes they are, and the last seal."""
    decisions: list[Decision] = []
    whole, seal = 0, ""
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if number == len(lines) and not _is_complete(line):
            break
        payload = _unsealed(line, seal)
        try:
            decisions.append(Decision(**json.loads(payload or b"")))
        except (ValueError, TypeError):
            raise CorpusError(
                f"What people decided is damaged in line {number}.",
                where=str(path),
                do=ADVICE,
            ) from None
        seal = _sealed_by(line)
        whole += len(line) + 1
    return decisions, min(whole, len(content)), seal


def _is_complete(line: bytes) -> bool:
    """Return whether a last line without its end has its seal: it is more than the half of one that was being written."""
    at = line.find(_SEAL[0].encode())
    return at >= 0 and len(line) >= at + _LENGTH


def _unsealed(line: bytes, before: str) -> bytes | None:
    """Return what a line says, None where it is not what was written behind the line before."""
    payload = line[:-_LENGTH] + b"}"
    seal = _seal(before, payload)
    return payload if line[-_LENGTH:] == f"{_SEAL[0]}{seal}{_SEAL[1]}".encode() else None


def _sealed_by(line: bytes) -> str:
    return line[-len(_SEAL[1]) - 32 : -len(_SEAL[1])].decode()


def _seal(before: str, payload: bytes) -> str:
    return hashlib.blake2b(_SEED + before.encode() + payload, digest_size=16).hexdigest()

"""Replies of a language model, kept so that nothing is asked twice: `Replies`.

A file of sealed lines, one for each text that was asked about: a killed run leaves what had come, and the next goes on from there.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from radmine.errors import CorpusError
from radmine.files import digest, open_file, sync_folder
from radmine.label.answers.prompt import Window
from radmine.label.answers.quoted import is_readable
from radmine.sealed_lines import Line, held, lines_of, sealed_line

REPLIES = ".replies.jsonl"
"""How the names of such files end."""

ADVICE = "Bring the file back from a backup, or remove it: what it held is asked again."
"""What to do about a damaged file."""

_SEED = b"radmine replies 1"


class Said(NamedTuple):
    """What a model said of one window."""

    window: Window
    content: str
    is_cut: bool


class Reply(NamedTuple):
    """What a model said of one text."""

    text: str  # the digest of the text
    findings: tuple[str, ...]
    prompt: str  # the version
    said: tuple[Said, ...]
    tokens: int | None  # as the server counts them; None: it did not say
    format: str

    @property
    def key(self) -> str:
        """The question that it answers."""
        return question_key(self.text, self.prompt, self.findings)

    @property
    def is_readable(self) -> bool:
        """Whether it holds answers, or began to; else the question stays open."""
        return any(one.is_cut or is_readable(one.content) for one in self.said)


def question_key(text: str, prompt: str, findings: Sequence[str]) -> str:
    """Return what a question is known by, in the file of one model."""
    return digest(text, prompt, sorted(findings))


class Replies:
    """The replies of one model; `open_replies` opens them, and keeps others from writing.

    Parameters
    ----------
    handle
        Of the file; None: there is none.
    """

    def __init__(self, handle: int | None) -> None:
        self._handle = handle
        self._seal, self._end = "", 0
        self._keys: set[str] = set()
        self._unread: dict[str, tuple[int, int]] = {}  # question -> the place of a reply without answers
        self._places: dict[str, list[tuple[int, int]]] = {}  # of the replies on a text
        self._last: Reply | None = None

    def __contains__(self, key: str) -> bool:
        """Return whether a question was answered."""
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def last_findings(self) -> tuple[str, ...]:
        """What was asked about last; () where nothing was."""
        return self._last.findings if self._last else ()

    def of(self, text: str) -> list[Reply]:
        """Return the replies on a text, by its digest, in the order in which they came."""
        places = self._places.get(text, ()) if self._handle is not None else ()
        return [_reply(os.pread(self._handle or 0, end - start, start)) for start, end in places]

    def add(self, reply: Reply) -> None:
        """Write a reply, synced."""
        assert self._handle is not None
        line, seal = sealed_line(json.dumps(reply._asdict()), self._seal, _SEED)
        data = line.encode()
        os.lseek(self._handle, self._end, os.SEEK_SET)
        with os.fdopen(os.dup(self._handle), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(self._handle)
        self._note(reply, Line(data, self._end, self._end + len(data), seal))

    def read(self, path: Path) -> None:
        """Take note of what stands in the file.

        Raises
        ------
        CorpusError
            It is not what was written.
        """
        assert self._handle is not None
        with os.fdopen(os.dup(self._handle), "rb") as stream:
            stream.seek(0)
            for number, line in enumerate(lines_of(stream, _SEED), start=1):
                try:
                    self._note(_reply(line.payload or b""), line)
                except (ValueError, TypeError, KeyError):
                    raise CorpusError(
                        f"The replies of a language model are damaged in line {number}.",
                        where=str(path),
                        do=ADVICE,
                    ) from None

    def mend(self) -> None:
        """Take away the half of a line that a killed writer left, and end a last line without its end."""
        assert self._handle is not None
        os.ftruncate(self._handle, self._end)
        if self._end and os.pread(self._handle, 1, self._end - 1) != b"\n":
            self._end += os.pwrite(self._handle, b"\n", self._end)

    def _note(self, reply: Reply, line: Line) -> None:
        place = line.start, line.end
        of = self._places.setdefault(reply.text, [])
        before = self._unread.pop(reply.key, None)
        if before is not None:
            of.remove(before)
        of.append(place)
        if reply.is_readable:
            self._keys.add(reply.key)
        else:
            self._unread[reply.key] = place
        self._last, self._seal, self._end = reply, line.seal, line.end


@contextmanager
def open_replies(path: Path, *, to_write: bool) -> Iterator[Replies]:
    """Yield the replies of a file; to write, it is made where it is not there, and held.

    Raises
    ------
    CorpusError
        It is not what was written, or another process asks the same model.
    """
    if to_write:
        path.parent.mkdir(exist_ok=True)
        busy = CorpusError(
            "Another radmine process asks this model about this corpus.",
            where=str(path),
            do="Wait until it ends, then run the same command again.",
        )
        with held(path, busy=busy) as handle:
            replies = Replies(handle)
            replies.read(path)
            replies.mend()
            sync_folder(path.parent)
            yield replies
    elif path.exists():
        with open_file(path) as stream:
            replies = Replies(stream.fileno())
            replies.read(path)
            yield replies
    else:
        yield Replies(None)


def _reply(data: bytes) -> Reply:
    row = json.loads(data)
    row.pop("seal", None)
    said = tuple(Said(Window(*window), content, is_cut) for window, content, is_cut in row.pop("said"))
    return Reply(findings=tuple(row.pop("findings")), said=said, **row)

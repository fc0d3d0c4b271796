"""A process of its own for the decoders of compressed frames, which damaged ones can bring down."""

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError

_PROGRAM = Path(__file__).with_name("decoding.py")
_DO = "Check the file with the program that made it."
_GRACE = 5.0  # seconds, for a guard to be first
_PIPE = 1 << 20  # bytes
_KINDS = "uif"  # of the values of a frame


class DecodingError(InputError):
    """A compressed frame cannot be decoded."""


class _DiedError(DecodingError):
    """The process ended while it was at work."""


class DecoderProcess:
    """Decodes frames, one at a time; the process is started when it is needed, and again after it broke down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(
        self, frame: bytes, *, syntax: str, options: dict[str, Any], seconds: float
    ) -> tuple[NDArray[Any], str]:
        """Return the values of a frame and the colour space they are in.

        Parameters
        ----------
        frame
            As it stands in the file, its fragments joined.
        syntax
            Its transfer syntax.
        options
            The header as pydicom's decoders take it.
        seconds
            That it may take.

        Raises
        ------
        DecodingError
            It cannot be decoded, or not in this time.
        MemoryError
            The decoder took more than a gigabyte.
        """
        request = {"syntax": syntax, "options": options, "length": len(frame)}
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            try:
                return self._ask(line, frame, seconds)
            except _DiedError:  # of what came before, maybe: a new process shows it
                return self._ask(line, frame, seconds)

    def _ask(self, line: bytes, frame: bytes, seconds: float) -> tuple[NDArray[Any], str]:
        process = self._running()
        late = threading.Timer(seconds + _GRACE, process.kill)
        late.daemon = True
        late.start()
        try:
            return _answer(process, line, frame)
        except DecodingError:
            raise
        except BaseException as error:  # an answer may be under way: nobody may take it for another's
            self._end()
            if not isinstance(error, BrokenPipeError | ValueError | EOFError):
                raise
            if late.is_alive():
                raise _DiedError(
                    "The pixels cannot be decoded: the decoder broke down, of damage or for want of memory.",
                    do=_DO,
                ) from error
            raise _broken(f"more than {seconds:g} seconds") from error
        finally:
            late.cancel()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            paths = os.pathsep.join(path for path in sys.path if path)
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM)],  # -P: its folder is no place of modules
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # a Ctrl-C is for us: we end it
            )
            _widen(self._process.stdin)
            _widen(self._process.stdout)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _answer(process: "subprocess.Popen[bytes]", request: bytes, frame: bytes) -> tuple[NDArray[Any], str]:
    requests, answers = process.stdin, process.stdout
    assert requests is not None
    assert answers is not None
    _send(request, requests)
    _send(frame, requests)
    said = json.loads(_line(answers))
    if said.get("error") == "MemoryError":
        raise MemoryError
    if "error" in said:
        raise _broken(said["error"])
    dtype, shape = np.dtype(said["dtype"]), tuple(int(side) for side in said["shape"])
    if dtype.kind not in _KINDS or math.prod(shape) * dtype.itemsize != said["length"]:
        raise ValueError("no frame")
    values = np.empty(shape, dtype)
    _fill(memoryview(cast(Any, values)).cast("B"), answers)
    return values.transpose(np.argsort(said["axes"])), str(said["photometric"])


def _broken(why: str) -> DecodingError:
    return DecodingError(f"The pixels cannot be decoded: {why}.", do=_DO)


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold a frame, so that nobody waits for each 64 KB of it; where the system does not, it stays as it is."""
    if sys.platform == "linux" and pipe is not None:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


def _send(data: bytes, requests: IO[bytes]) -> None:
    rest = memoryview(data)
    while rest:  # a signal may cut a write short
        rest = rest[requests.write(rest) :]


def _line(answers: IO[bytes]) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = answers.read(1)
        if not byte:
            raise EOFError
        line += byte
    return bytes(line)


def _fill(room: memoryview, answers: IO[bytes]) -> None:
    place = 0
    while place < len(room):
        block = answers.read(min(len(room) - place, _PIPE))
        if not block:
            raise EOFError
        room[place : place + len(block)] = block
        place += len(block)


@cache
def _of_process(_process: int) -> DecoderProcess:
    return DecoderProcess()


def decoder_process() -> DecoderProcess:
    """Return the one of this process: a child of it has one of its own."""
    return _of_process(os.getpid())

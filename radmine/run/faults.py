"""Errors of the system and of the libraries we build on, as errors of ours: what, where and what to do, in one line.

None of their own words is handed on, since these may quote a report: they are looked at only to tell a full disk from
anything else. What we ourselves did wrong is no fault of theirs and stays what it is.
"""

import errno
import os
import re
import sysconfig
import traceback
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from types import TracebackType

from radmine.errors import MachineError

_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_KEPT = "run the same command again: what was finished is kept."

# What the system may say no for: the words in which libraries pass it on, ours, and what to do.
_FULL = "The disk is full.", f"Make room, then {_KEPT}"
_RIGHT = (
    "There is no right to do this here.",
    f"Give yourself the right (`ls -ld` shows who has it), or say with --home where to write; then {_KEPT}",
)
_FILES = (
    "Too many files are open at once.",
    f"Raise the limit with `ulimit -n 4096`, or use fewer --workers; then {_KEPT}",
)
_MEMORY = "Memory has run out.", f"Use fewer --workers, or a machine with more memory; then {_KEPT}"
_KNOWN = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("The disk quota is used up.", _FULL[1]),
    errno.EFBIG: (
        "A file may not grow as large as it has to.",
        f"Raise the limit (`ulimit -f`), then {_KEPT}",
    ),
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: ("It cannot be written here: the file system is read-only.", _RIGHT[1]),
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: _MEMORY,
}
_WORDS = {
    **{os.strerror(number).lower(): number for number in _KNOWN},
    "database or disk is full": errno.ENOSPC,
    "readonly database": errno.EACCES,
    "out of memory": errno.ENOMEM,
    "not enough memory": errno.ENOMEM,
    "allocate memory": errno.ENOMEM,
    "bad_alloc": errno.ENOMEM,
    "failed to map segment": errno.ENOMEM,
}
_NUMBER = re.compile(r"\b(?:os error|errno)\W{0,2}(\d{1,3})\b", re.IGNORECASE)
_FRAME = re.compile(r'^  File "([^"\n]+\.py)", line (\d+), in (\w+|<\w+>)$', re.MULTILINE)


def fault_of(error: BaseException) -> MachineError | None:
    """Return the error of ours for one of the system or of a library; None where the fault is our own."""
    for one in _causes(error):
        number = _number_of(one)
        if number is not None:
            return _of_system(number, one, error)
    if isinstance(error, OSError):
        return _made("The system refused to read or write.", _place(error), f"Correct that, then {_KEPT}")
    if isinstance(error, BrokenExecutor):
        do = f'Use fewer --workers (in a script, call it below `if __name__ == "__main__":`), then {_KEPT}'
        return _made("A worker process was ended from outside, as happens when memory runs out.", "", do)
    if isinstance(error, ImportError) and not (error.name or "").startswith("radmine"):
        return _made("A package cannot be loaded.", error.name or _place(error), "Install radmine again.")
    library = _library(error)
    if library is None:
        return None
    do = f"Try again: {_KEPT} If it fails again, report this line; it holds no report text."
    return _made(f"The package {library} failed: {type(error).__name__}.", _place(error), do)


def places(error: BaseException) -> list[str]:
    """Return where an error came through, the innermost place last: files, lines and functions, no words of anybody.

    Of what a worker process raised, the places in that process come last.
    """
    frames = [(f.filename, f.lineno, f.name) for f in traceback.extract_tb(error.__traceback__)]
    if type(error.__cause__).__name__ == "_RemoteTraceback":
        there = _FRAME.findall(str(error.__cause__))
        frames += [(file, line, name) for file, line, name in there if Path(file).is_file()]
    return [f"{file}:{line} in {name}" for file, line, name in frames]


def _made(what: str, where: str, do: str) -> MachineError:
    return MachineError(what, where=where, do=do)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from."""
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__


def _number_of(error: BaseException) -> int | None:
    """Return the number by which the system said no, None where it did not."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if type(error).__name__ in {"_RemoteTraceback", "OutOfMemoryError"}:
        return errno.ENOMEM if type(error).__name__ == "OutOfMemoryError" else None
    try:
        words = str(error).lower()
    except Exception:  # a class that cannot even say what it is
        return None
    found = _NUMBER.search(words)
    if found and int(found[1]) in errno.errorcode:
        return int(found[1])
    return next((number for said, number in _WORDS.items() if said in words), None)


def _of_system(number: int, one: BaseException, error: BaseException) -> MachineError:
    name = getattr(one, "filename", None)
    where = os.fsdecode(name) if isinstance(name, str | bytes) else _place(error)
    what, do = _KNOWN.get(number, (f"{os.strerror(number)}.", f"Correct that, then {_KEPT}"))
    return _made(what, where, do)


def _place(error: BaseException) -> str:
    """Return the innermost place in our code."""
    ours = [place for place in places(error) if place.startswith(f"{_PACKAGE}{os.sep}")]
    return os.path.relpath(ours[-1], _PACKAGE.parent) if ours else ""


def _library(error: BaseException) -> str | None:
    """Return the package that an error belongs to, by its class or by where it was raised; None where that is us."""
    package = str(type(error).__module__).partition(".")[0]
    if package not in {"builtins", "radmine"}:
        return package
    file = _raised_in(error.__traceback__)
    if package == "radmine" or not file:
        return None
    inside = next((folder for folder in _LIBRARIES if file.startswith(f"{folder}{os.sep}")), None)
    if inside is not None and not file.startswith(f"{_PACKAGE}{os.sep}"):
        parts = Path(file).relative_to(inside).parts
        return (parts[1] if parts[0] == "site-packages" else parts[0]).removesuffix(".py")
    return "of compiled code" if type(error) is RuntimeError else None  # we raise none ourselves


def _raised_in(trace: TracebackType | None) -> str:
    file = ""
    while trace is not None:
        file, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    return file

"""Files of values: those of several images one after the other, int16, named by their content."""

import hashlib
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.files import bytes_digest, writing_whole

Numbers = NDArray[np.int16]
_OURS = re.compile(r"values-([0-9a-f]{16})\.npy")
_AT_ONCE = 16_000_000  # values of a file, about: 32 MB, which are all that is kept in memory


class ValueFiles:
    """Writes values; each array once, however often it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, Numbers] = {}
        self._places: dict[str, tuple[str, int]] = {}

    def add(self, values: Numbers) -> str:
        """Take values, shape (rows, columns), and return the key under which `places` tells where they stand."""
        values = np.ascontiguousarray(values)
        key = hashlib.blake2b(values.tobytes(), digest_size=16).hexdigest()
        if key not in self._places and key not in self._waiting:
            self._waiting[key] = values
            if sum(each.size for each in self._waiting.values()) >= _AT_ONCE:
                self._write()
        return key

    def places(self) -> dict[str, tuple[str, int]]:
        """Return by key the file of values and the index of the first; all are written then."""
        if self._waiting:
            self._write()
        return self._places

    def _write(self) -> None:
        data = np.concatenate([values.reshape(-1) for values in self._waiting.values()])
        file = f"values-{bytes_digest(data.tobytes())}.npy"
        path = self._folder / file
        if not is_values(path):
            self._folder.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as stream:
                np.save(stream, data, allow_pickle=False)
        start = 0
        for key, values in self._waiting.items():
            self._places[key] = file, start
            start += values.size
        self._waiting = {}


def is_named_so(path: Path) -> bool:
    """Return whether a file has the name of a file of values."""
    return _OURS.fullmatch(path.name) is not None


def is_values(path: Path) -> bool:
    """Return whether a file of values is there and is what was written."""
    try:
        open_values(path)
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def open_values(path: Path) -> Numbers:
    """Return the values in a file, mapped into memory.

    Raises
    ------
    OSError, ValueError, SyntaxError
        They are not there, or not what was written.
    """
    if path.exists() and not path.is_file():
        raise ValueError("no file")
    mapped: Numbers = np.load(path, mmap_mode="r", allow_pickle=False)
    if mapped.dtype != np.int16 or mapped.ndim != 1:
        raise ValueError("no values")
    named = _OURS.fullmatch(path.name)
    if named and named[1] != bytes_digest(mapped.tobytes()):
        raise ValueError("not what was written")
    return mapped

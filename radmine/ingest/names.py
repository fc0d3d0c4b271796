"""What a file's name and its folders' names may stand for: ids, whole or between separators."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_TOKEN = re.compile(r"\d+(?:\.\d+){3,}|[^\s_.\-]+")  # a UID is one
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LETTERED = re.compile(r"[ps](\d{8})")  # MIMIC's p10000032/s50414267.txt
_SHORTEST, _SHORTEST_NUMBER = 4, 5
_MOST_TOKENS = 16


def stem_of(path: str) -> str:
    """Return a file's name without its suffix; digits behind a dot are part of a UID."""
    stem, suffix = os.path.splitext(os.path.basename(path))
    return stem + suffix if suffix[1:].isdigit() else stem


def is_id(word: str) -> bool:
    """Return whether a word is long enough to be an id, and no date."""
    digits = sum(map(str.isdigit, word))
    if len(word) < _SHORTEST or _DATE.fullmatch(word):
        return False
    return digits >= _SHORTEST_NUMBER or any(map(str.isalpha, word))


@lru_cache(maxsize=65_536)
def ids_in(name: str, *, whole: bool = False) -> frozenset[str]:
    """Return what in a name may be an id: every run of its parts that has a digit.

    Parameters
    ----------
    whole
        Whether the name as a whole may be one without a digit.
    """
    found = {name} if is_id(name) and (whole or any(map(str.isdigit, name))) else set[str]()
    parts = [m.span() for m in _TOKEN.finditer(name)]
    if len(parts) <= _MOST_TOKENS:
        for first, (start, _) in enumerate(parts):
            for _, end in parts[first:]:
                run = name[start:end]
                if any(map(str.isdigit, run)) and is_id(run):
                    found.add(run)
    found.update(m[1] for run in tuple(found) if (m := _LETTERED.fullmatch(run)) and is_id(m[1]))
    return frozenset(found)


class Places:
    """The names on the way from the folders that the user named to a file."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = sorted(set(roots), key=len, reverse=True)
        self._folders = lru_cache(maxsize=65_536)(self._ids_of_folders)

    def ids(self, path: str) -> Iterator[frozenset[str]]:
        """Yield what may be an id in the name of a file, then in those of its folders."""
        yield ids_in(stem_of(path), whole=True)
        yield from self._folders(os.path.dirname(path))

    def _ids_of_folders(self, folder: str) -> tuple[frozenset[str], ...]:
        root = next((r for r in self._roots if folder == r or folder.startswith(os.path.join(r, ""))), folder)
        below = os.path.relpath(folder, os.path.dirname(root))
        return tuple(found for name in below.split(os.sep) if (found := ids_in(name)))

"""What lies below a folder: regular files, and what is in the place of one and cannot be read.

Links are followed, each folder is entered once. Pipes, sockets and devices, and links to them, are named and never opened.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from radmine.errors import InputError
from radmine.run import reason_of


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file; or what is none, with the reason for which it is set aside."""

    path: str
    stat: os.stat_result | None = None  # of a regular file
    reason: str = ""  # not_a_file, missing_file (a link to nowhere), unreadable_file
    detail: str = ""


def walk_files(root: str | os.PathLike[str]) -> Iterator[Found]:
    """Yield what lies below a folder at any depth, sorted, or the file itself; hidden ones too.

    Raises
    ------
    InputError
        There is neither a file nor a folder.
    """
    root = os.fspath(root)
    try:
        info = os.stat(root)
    except FileNotFoundError as error:
        raise InputError(
            "There is no such file or folder any more.", where=root, do="Put it back, then run it again."
        ) from error
    except OSError as error:
        yield _refused(root, error)
        return
    if not stat.S_ISDIR(info.st_mode):
        yield _found(root, info)
        return
    folders, seen = [root], set[str]()
    while folders:
        folder = folders.pop()
        real = os.path.realpath(folder)
        if real in seen:  # links may go in circles
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield _refused(folder, error)
            continue
        below = list[str]()
        for entry in entries:
            try:
                info = entry.stat()
            except OSError as error:
                yield _refused(entry.path, error)
                continue
            if stat.S_ISDIR(info.st_mode):
                below.append(entry.path)
            else:
                yield _found(entry.path, info)
        folders += reversed(below)


def _found(path: str, info: os.stat_result) -> Found:
    return Found(path, info) if stat.S_ISREG(info.st_mode) else Found(path, reason="not_a_file")


def _refused(path: str, error: OSError) -> Found:
    if error.errno in (errno.ENOENT, errno.ELOOP):
        return Found(path, reason="missing_file", detail="a link to nowhere")
    reason, detail = reason_of(error, "unreadable_file")
    return Found(path, reason=reason, detail=detail)

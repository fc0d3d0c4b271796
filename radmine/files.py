"""Files and folders that are whole or not there, and the hashes that tell one content from another."""

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from radmine.errors import InputError


def digest(*parts: object) -> str:
    """Return a short hash of JSON-able values that does not change between runs."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def bytes_digest(data: bytes) -> str:
    """Return a short hash of bytes: that of a file which holds them."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def file_digest(path: Path) -> str:
    """Return a short hash of a file's bytes; an OSError where it is none."""
    with _opened(path) as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


_SEAL = b'{\n "checksum": "'
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return a JSON object that carries the hash of what stands in it; `unsealed` reads it."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    rest = text.removeprefix("{").lstrip("\n").encode("utf-8", "surrogatepass")
    return _SEAL + _hash(rest) + b'",\n' + rest


def is_sealed(data: bytes) -> bool:
    """Return whether a file begins as one that `sealed` made: older versions wrote without a hash."""
    return data.startswith(_SEAL)


def unsealed(data: bytes) -> dict[str, Any]:
    """Return the JSON object in a file that `sealed` made, or that an older version wrote without a hash.

    Raises
    ------
    ValueError
        It is not what was written, or no JSON object.
    """
    try:
        content = json.loads(data.decode("utf-8", "surrogatepass"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("no object")
    if content.pop("checksum", None) is not None:
        _, end, rest = data.partition(b'",\n')
        if data != _SEAL + _hash(rest) + end + rest:
            raise ValueError("checksum")
    return content


def _hash(data: bytes) -> bytes:
    return bytes_digest(data).encode()


class NotAFileError(InputError):
    """A path names something that is no regular file: a pipe, a device, a socket, a folder."""


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Return a regular file, open for reading its bytes; a pipe or a device is refused, without waiting for it.

    Raises
    ------
    NotAFileError
        It is none.
    OSError
        It cannot be opened.
    """
    try:
        return _opened(path)
    except _OtherKindError:
        raise NotAFileError("This is no regular file.", where=os.fspath(path), do="Leave it out.") from None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file of ours; an OSError where it is a pipe or a device, whoever put it there."""
    with _opened(path) as stream:
        return stream.read()


class _OtherKindError(OSError):
    """What is opened is no regular file."""


def _opened(path: str | os.PathLike[str]) -> BufferedReader:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _OtherKindError(errno.EINVAL, "no regular file", os.fspath(path))
    return os.fdopen(handle, "rb")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file such that it appears under its name only when it is whole and synced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing_whole(path) as stream:
        stream.write(content)


def write_checked(path: Path, content: bytes) -> None:
    """Write a file whole, its hash before it, for `read_checked`."""
    write_whole(path, _hash(content) + content)


def read_checked(path: Path) -> bytes | None:
    """Return what `write_checked` wrote, None where there is no file or another content."""
    if not path.exists():
        return None
    data = read_bytes(path)
    length = len(_hash(b""))
    return data[length:] if data[:length] == _hash(data[length:]) else None


@contextlib.contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream to write a file by, which appears under its name when the block has ended and it is synced.

    Where the block fails, the file is as it was before. The folder must be there.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with naming(path):
            with partial.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let what the system says of writing name the file, where it says only that it cannot be done."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


def sync_folder(folder: Path) -> None:
    """Make the renames in a folder durable."""
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exchange(one: Path, other: Path) -> bool:
    """Return whether two folders have changed places, in one step; False where the system cannot do that."""
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:  # of the file system
        return False
    raise OSError(number, os.strerror(number), str(one))


@cache
def _renameat2() -> Any:
    try:
        found = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    found.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return found


def link_or_copy(path: Path, to: Path) -> None:
    """Give a file a second name; where the file system has no links, make a copy, whole and synced."""
    try:
        os.link(path, to)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}:
            raise
        write_whole(to, read_bytes(path))


def sync_tree(folder: Path) -> None:
    """Make a folder and all in it durable."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def swap_folder(new: Path, folder: Path) -> None:
    """Put a whole, synced folder that stands beside another in the place of it, and remove the other.

    Killed at any moment, the old or the new one is where `standing_folder` finds it, and the next swap goes on from there.
    """
    old = _aside(folder)
    if folder.exists():
        remove_tree(old)  # of a swap that was killed when the new folder was in its place
        os.rename(folder, old)
    os.rename(new, folder)
    sync_folder(folder.parent)
    remove_tree(old)


def standing_folder(folder: Path) -> Path:
    """Return where the content of a folder is: under its name, or beside it where a swap has not come to its end."""
    old = _aside(folder)
    return old if not folder.exists() and old.exists() else folder


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it; none there is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def data_digest(package_folder: Path) -> str:
    """Return the fingerprint of the data files of a room (its `data/` folder)."""
    files = sorted(p for p in package_folder.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return digest([(p.relative_to(package_folder).as_posix(), file_digest(p)) for p in files])

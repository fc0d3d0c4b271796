"""What a source reader is: a listing of units of reading, and a function that reads some of them."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radmine.errors import InputError
from radmine.files import digest
from radmine.records import Image, KeyObject, Rejected, Report
from radmine.run import Limits

STAGE_NAME = "ingest"
ABOUT_IMAGES = "about images"  # source of a row that has no image of its own: merged or left out, never kept


@dataclass(frozen=True, slots=True)
class Source:
    """What a corpus is made of: files or folders, the reader for them and its options."""

    reader: str
    paths: tuple[str, ...]  # absolute
    options: Mapping[str, str]
    listing: str = ""  # digest of the names, sizes and times of its files
    prefixes: tuple[str, ...] = ()  # of each path: stands before ids made from names in it
    limits: Limits = field(default=Limits())  # of the run that reads it; not kept with it

    def made_id(self, name: str, root: str) -> str:
        """Return the id made from a name that is relative to one of the source's paths."""
        return dict(zip(self.paths, self.prefixes, strict=False)).get(root, "") + name


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece that is read at once: a file, or rows `first` to `first + size` of a file."""

    path: str
    root: str  # the folder that the user named: item names and file-made ids are relative to it
    stamp: str  # changes when the file does
    size: int = 1  # files or rows
    first: int = 0  # index of the first row
    offset: int = 0  # byte at which the first row starts
    reader: str = ""  # which reader reads it, where a source has several (`folder`)
    skip: str = ""  # why it is not read, on purpose; it is counted

    @property
    def item(self) -> str:
        """The name by which the file is set aside: its path relative to the folder that the user named."""
        return relative_name(self.path, self.root)


@dataclass(slots=True)
class Batch:
    """What was read of some units, while it is gathered."""

    reports: list[Report] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    key_objects: list[KeyObject] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, item: str, reason: str, detail: str = "") -> None:
        """Set an item aside; `detail` never holds its text."""
        self.rejected.append(Rejected(STAGE_NAME, item, reason, detail))

    def extend(self, other: "Batch") -> None:
        """Take over what another batch holds."""
        self.reports += other.reports
        self.images += other.images
        self.key_objects += other.key_objects
        self.rejected += other.rejected


@dataclass(frozen=True, slots=True)
class Reader:
    """A way to read one kind of source."""

    name: str
    reads: str  # what it looks for, in words for people
    units: Callable[[Source, int], list[Unit]]  # (source, rows of a unit at most) -> sorted, cheap
    read: Callable[[Sequence[Unit], Source], Batch]
    options: Mapping[str, str] = field(default_factory=dict)  # option -> what it means
    version: int = 1  # raised when the same files would give other rows


def relative_name(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> str:
    """Return a path relative to its root with forward slashes; the file name where the root is the file."""
    if os.fspath(path) == os.fspath(root):
        return Path(path).name
    return Path(os.path.relpath(path, root)).as_posix()


def folder_of(root: str) -> str:
    """Return the folder that the user named, or that of the file that he named."""
    return root if os.path.isdir(root) else os.path.dirname(root)


def stamp_of(*paths: str | os.PathLike[str]) -> str:
    """Return a short hash of the sizes and times of files: it changes when one of them does."""
    stats = [os.stat(p) for p in paths]
    return digest([(s.st_size, s.st_mtime_ns) for s in stats])


def walk_files(root: str | os.PathLike[str]) -> Iterator[str]:
    """Yield the files of a folder at any depth, sorted, or the file itself; hidden ones too."""
    if not os.path.isdir(root):
        yield os.fspath(root)
        return
    seen = set[str]()
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # links may go in circles
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)


def file_units(
    roots: Iterable[str], *, skip: Callable[[str], str] = lambda _name: "", suffixes: Sequence[str] = ()
) -> list[Unit]:
    """Return one unit for each file below the roots, each file once.

    Parameters
    ----------
    roots
        Files or folders.
    skip
        Given a file name, why it is left out on purpose, or "".
    suffixes
        Where given, files with other suffixes are left out as `companion_file`.
    """
    units: dict[str, Unit] = {}
    for root in roots:
        for path in walk_files(root):
            if path in units or not os.path.exists(path):  # a link to nowhere
                continue
            name = os.path.basename(path)
            reason = skip(name) or ("hidden_file" if name.startswith(".") else "")
            if not path.isprintable() and path.encode("utf-8", "replace").decode() != path:
                reason = "unreadable_name"  # not UTF-8: no table could hold it
            if not reason and suffixes and not name.lower().endswith(tuple(suffixes)):
                reason = "companion_file"
            units[path] = Unit(path, os.fspath(root), stamp_of(path), skip=reason)
    return list(units.values())


def rows_in_units(unit: Unit, total: int, rows: int, offsets: Sequence[int] = ()) -> list[Unit]:
    """Return the units of a file of `total` rows, at most `rows` in each; `offsets` of their first rows in bytes."""
    return [
        Unit(
            unit.path,
            unit.root,
            unit.stamp,
            size=min(rows, total - first),
            first=first,
            offset=offsets[i] if offsets else 0,
            reader=unit.reader,
        )
        for i, first in enumerate(range(0, total, rows))
    ]


def cannot_read(path: str | os.PathLike[str], what: str, do: str) -> InputError:
    """Return the error for a source that cannot be used at all."""
    return InputError(what, where=os.fspath(path), do=do)

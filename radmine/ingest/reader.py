"""What a source reader is: a listing of units of reading, and a function that reads some of them."""

import csv
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from radmine.errors import InputError
from radmine.files import digest, open_file
from radmine.ingest.walk import walk_files
from radmine.records import Image, KeyObject, Rejected, Report, SourceLabel
from radmine.run import MEGABYTE, Guard, Limits, TooLargeError, check_size

if TYPE_CHECKING:
    from radmine.ingest.table_labels import LabelColumns

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
    aside: str = ""  # the reason for which it is set aside unread, found while it was listed
    detail: str = ""  # says more of that
    held: int = 0  # bytes that reading it takes into memory as a whole
    left_out: int = 0  # columns of the table that are neither ours nor kept
    told: Mapping[str, str] = field(default_factory=dict)  # options that the rows of its table tell
    labels: "LabelColumns | None" = None  # of its table

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
    source_labels: list[SourceLabel] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, item: str, reason: str, detail: str = "") -> None:
        """Set an item aside; `detail` never holds its text."""
        self.rejected.append(Rejected(STAGE_NAME, item, reason, detail))

    def extend(self, other: "Batch") -> None:
        """Take over what another batch holds."""
        self.reports += other.reports
        self.images += other.images
        self.key_objects += other.key_objects
        self.source_labels += other.source_labels
        self.rejected += other.rejected


@dataclass(frozen=True, slots=True)
class Reader:
    """A way to read one kind of source."""

    name: str
    reads: str  # what it looks for, in words for people
    units: Callable[[Source, int], list[Unit]]  # (source, rows of a unit at most) -> sorted, cheap
    read: Callable[[Sequence[Unit], Source], Batch]  # called unit by unit: what it raises sets that one aside
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
    return _stamp([os.stat(p) for p in paths])


def _stamp(stats: Sequence[os.stat_result]) -> str:
    return digest([(s.st_size, s.st_mtime_ns) for s in stats])


def file_units(
    roots: Iterable[str],
    *,
    skip: Callable[[str], str] = lambda _name: "",
    suffixes: Sequence[str] = (),
    whole: bool = False,
) -> list[Unit]:
    """Return one unit for each file below the roots, each file once; what is no file that can be read is set aside.

    Parameters
    ----------
    roots
        Files or folders.
    skip
        Given a file name, why it is left out on purpose, or "".
    suffixes
        Where given, files with other suffixes are left out as `companion_file`.
    whole
        Whether a file is read into memory as a whole, so that large ones come into a chunk of their own.
    """
    units: dict[str, Unit] = {}
    for root in roots:
        for found in walk_files(root):
            if found.path in units:
                continue
            name = os.path.basename(found.path)
            reason = skip(name) or ("hidden_file" if name.startswith(".") else "")
            if not is_utf8(found.path):
                reason = "unreadable_name"  # no table could hold it
            if not (reason or found.reason) and suffixes and not name.lower().endswith(tuple(suffixes)):
                reason = "companion_file"
            units[found.path] = Unit(
                found.path,
                os.fspath(root),
                _stamp([found.stat]) if found.stat else "",
                skip=reason,
                aside=found.reason,
                detail=found.detail,
                held=found.stat.st_size if whole and found.stat else 0,
            )
    return list(units.values())


def is_utf8(path: str) -> bool:
    """Return whether a path can be stored in a table."""
    return path.isprintable() or path.encode("utf-8", "replace").decode() == path


def to_read(unit: Unit) -> bool:
    """Return whether a unit is one to read: neither left out nor set aside."""
    return not unit.skip and not unit.aside


def names_in(option: str) -> list[str]:
    """Return the names that an option joins by commas."""
    return [name for name in next(csv.reader([option]), []) if name.strip()]


class WrongOptionError(InputError):
    """An option of the source does not fit what is there: no fault of the file at hand."""


def listed(
    units: Iterable[Unit],
    cut: Callable[[Unit], list[Unit]],
    source: Source,
    *,
    otherwise: str,
    named: bool = True,
) -> list[Unit]:
    """Return what each file is cut into; one that cannot be cut becomes a unit that is set aside.

    Parameters
    ----------
    cut
        Given a unit that is to be read, what it becomes; all of it, or it raises.
    otherwise
        The reason for errors that have none of their own.
    named
        Whether a file that the user named himself, and that cannot be cut, is an error.

    Raises
    ------
    InputError
        Such a file, or an option that does not fit.
    """
    found, failed, mistakes = list[Unit](), list[tuple[str, str]](), list[InputError]()
    reject: Callable[[str, str, str], None] = lambda _item, *why: failed.append(why)  # noqa: E731
    with Guard(reject, otherwise=otherwise, seconds=source.limits.seconds) as guard:
        for unit in units:
            if not to_read(unit):
                found.append(unit)
                continue
            with guard(unit.item):
                try:
                    found += cut(unit)
                except InputError as error:
                    if isinstance(error, WrongOptionError) or (named and unit.path == unit.root):
                        mistakes.append(error)
                    raise
            if mistakes:
                raise mistakes[0]
            if failed:
                reason, detail = failed.pop()
                if named and unit.path == unit.root:
                    raise cannot_read(unit.path, f"The file cannot be read: {reason} {detail}.", "Check it.")
                found.append(replace(unit, aside=reason, detail=detail))
    return found


def read_document(path: str | os.PathLike[str], limits: Limits) -> bytes:
    """Return the bytes of a file that is read as a whole.

    Raises
    ------
    TooLargeError
        It is larger than a document may be.
    OSError
        It cannot be read.
    """
    with open_file(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        check_size("The file has {} megabytes.", size / MEGABYTE, limits.document_mb, limit="document_mb")
        return stream.read(size)


_MOST_MARKS = (
    2_000_000  # elements and attributes, values and lists: each becomes an object many times its size
)


def check_marks(data: bytes, marks: bytes) -> None:
    """Refuse an XML or JSON document of few bytes and so many elements that it would fill the memory.

    Raises
    ------
    TooLargeError
        It has more than two million of these characters together.
    """
    if len(data) > _MOST_MARKS and (count := sum(data.count(mark) for mark in marks)) > _MOST_MARKS:
        raise TooLargeError(f"The document has {count:,} elements.", do=f"At most {_MOST_MARKS:,} are read.")


def rows_in_units(unit: Unit, total: int, rows: int, *, held: int = 0) -> list[Unit]:
    """Return the units of a file of `total` rows, at most `rows` in each; a row of it takes `held` bytes."""
    return [
        replace(unit, size=(size := min(rows, total - first)), first=first, held=size * held)
        for first in range(0, total, rows)
    ]


def cannot_read(path: str | os.PathLike[str], what: str, do: str) -> InputError:
    """Return the error for a source that cannot be used at all."""
    return InputError(what, where=os.fspath(path), do=do)

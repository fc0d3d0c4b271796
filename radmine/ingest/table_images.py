"""Where the image files of a table are: below its folder, below that of the source, or below the option `images`.

A path that leads out of these, as it is written, is not followed unless the user says so: a table of a stranger could
name any file. A name alone, or the end of a path, finds the one file below `images` that has it, never one of several.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from radmine.ingest.composition import field_text
from radmine.ingest.reader import Source, Unit, WrongOptionError, folder_of, to_read
from radmine.ingest.table_columns import check_columns
from radmine.ingest.table_file import SUFFIXES as TABLES
from radmine.ingest.table_file import Layout, rows_of
from radmine.ingest.table_lines import BadRow
from radmine.ingest.table_look import options_of
from radmine.ingest.walk import walk_files


class OutsideError(Exception):
    """A path leads out of the folders in which a table's images may be."""


class SeveralError(Exception):
    """A name is that of several files, none of which is more likely than the others."""


_NO_IMAGES = (".txt", ".json", ".xml", ".gz", ".tgz", *TABLES)  # not found without their suffix


@lru_cache(maxsize=4)
def _files_by_name(folder: str, listing: str, depth: int) -> tuple[Mapping[str, list[str]], ...]:
    """Return the files below a folder by the ends of their paths, with suffix and without.

    Parameters
    ----------
    listing
        Changes when the files do.
    depth
        How many parts an end has.
    """
    whole, short = dict[str, list[str]](), dict[str, list[str]]()
    for file in walk_files(folder):
        if file.stat:
            end = os.sep.join(file.path.split(os.sep)[-depth:])
            whole.setdefault(end, []).append(file.path)
            stem, suffix = os.path.splitext(end)
            is_part = suffix[1:].isdigit()  # of a UID
            if suffix and not is_part and suffix.lower() not in _NO_IMAGES:
                short.setdefault(stem, []).append(file.path)
    return whole, short


@dataclass(frozen=True, slots=True)
class ImageFinder:
    """Where the image files of a table are."""

    table_folder: str
    folder: str | None  # of the images
    source_folder: str
    follow: bool  # paths that lead elsewhere
    listing: str

    @classmethod
    def of(cls, source: Source, unit: Unit) -> "ImageFinder":
        """Return the one for a table.

        Raises
        ------
        WrongOptionError
            The folder that the option `images` names is not there, or `follow_paths` is neither yes nor no.
        """
        folder, follow = source.options.get("images"), source.options.get("follow_paths", "no")
        if folder and not os.path.isdir(folder):
            raise WrongOptionError(
                "The folder of the image files is not there.",
                where=folder,
                do="Correct the option `images`.",
            )
        if follow not in ("yes", "no"):
            raise WrongOptionError("Expected yes or no.", where="follow_paths", do="Say follow_paths=yes.")
        return cls(
            os.path.abspath(os.path.dirname(unit.path)),
            os.path.abspath(folder) if folder else None,
            os.path.abspath(folder_of(unit.root)),
            follow == "yes",
            source.listing,
        )

    def find(self, named: str, *, by_id: bool) -> str | None:
        """Return the file that a row names, by its path or (`by_id`) by its name without suffix; None: it is not there.

        Raises
        ------
        OutsideError
            It is named by a path that leads out of the folders.
        SeveralError
            It is one of several, and the row does not say which.
        """
        candidates = list[str]()
        if not by_id:
            bases = [base for base in (self.table_folder, self.folder) if base is not None]
            candidates = [os.path.abspath(os.path.join(base, named)) for base in bases]
        allowed = [path for path in candidates if self.follow or self._is_inside(path)]
        for path in allowed:
            if os.path.isfile(path):
                return path
        if candidates and not allowed:
            raise OutsideError
        return self._below(os.path.normpath(named))

    def _below(self, named: str) -> str | None:
        """Return the only file below the folder of the images whose path ends so."""
        parts = named.split(os.sep)
        if self.folder is None or os.path.isabs(named) or parts[0] == os.pardir:
            return None
        depth = min(len(parts), 2)
        end = os.path.join(os.sep, named)
        for files in _files_by_name(self.folder, self.listing, depth):
            found = files.get(os.sep.join(parts[-depth:]), [])
            if depth < len(parts):
                found = [p for p in found if p.endswith(end) or os.path.splitext(p)[0].endswith(end)]
            if len(found) > 1:
                raise SeveralError
            if found:
                return found[0]
        return None

    def _is_inside(self, path: str) -> bool:
        folders = (self.table_folder, self.folder, self.source_folder)
        return any(path.startswith(os.path.join(folder, "")) for folder in folders if folder)


def files_named_in(units: Sequence[Unit], layout: Layout, source: Source) -> set[str]:
    """Return the absolute paths of the image files that the ranges of a table name."""
    found = set[str]()
    chosen = check_columns(layout, options_of(units[0], source)).of if units else {}
    column = next((chosen[name][0] for name in ("path", "image_id") if name in chosen), None)
    if column is None:
        return found
    for unit in filter(to_read, units):
        images = ImageFinder.of(source, unit)
        for _, row, _ in rows_of(unit, layout, [column]):
            name = None if isinstance(row, BadRow) else field_text(row.get(column))
            if name:
                try:
                    path = images.find(name, by_id="path" not in chosen)
                except (OutsideError, SeveralError):
                    continue
                if path:
                    found.add(path)
    return found

"""Where the image files of a table are: below its folder, below that of the source, or below the option `images`.

A path that leads out of these, as it is written, is not followed unless the user says so: a table of a stranger could
name any file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from radmine.ingest.reader import Source, Unit, WrongOptionError, folder_of
from radmine.ingest.walk import walk_files


class OutsideError(Exception):
    """A path leads out of the folders in which a table's images may be."""


@lru_cache(maxsize=4)
def _files_by_name(folder: str, listing: str) -> Mapping[str, str]:
    """Return the files below a folder by their names with and without suffix; `listing` changes when they do."""
    found = dict[str, str]()
    for file in walk_files(folder):
        if file.stat:
            name = os.path.basename(file.path)
            found.setdefault(name, file.path)
            found.setdefault(os.path.splitext(name)[0], file.path)
    return found


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
        """
        candidates = list[str]()
        if not by_id:
            bases = [base for base in (self.table_folder, self.folder) if base is not None]
            candidates = [os.path.abspath(os.path.join(base, named)) for base in bases]
        allowed = [path for path in candidates if self.follow or self._is_inside(path)]
        for path in allowed:
            if os.path.isfile(path):
                return path
        found = None
        if self.folder is not None:
            found = _files_by_name(self.folder, self.listing).get(os.path.basename(named))
        if found is None and candidates and not allowed:
            raise OutsideError
        return found

    def _is_inside(self, path: str) -> bool:
        folders = (self.table_folder, self.folder, self.source_folder)
        return any(path.startswith(os.path.join(folder, "")) for folder in folders if folder)

"""What an index holds: its manifest, and whether the files are those that were written.

**The rule of digests.** The manifest has a digest of itself, and size, time of change and digest of every other file.
Opening compares the sizes. A file is hashed when it is first needed; one of more than `TRUSTED_ABOVE` bytes only where its
time of change is not the one written down (a copy, a restored backup). `folder.damaged_files` hashes all.
"""

import os
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, get_args, get_origin, get_type_hints

from radmine.errors import CorpusError
from radmine.files import NotAFileError, file_digest, is_sealed, open_file, sealed, unsealed, write_whole

# 3: digests of the files and of the manifest. 4: accession numbers of the entries. 5: which image of a study is shown, labels
# of images, and whether a person decided a label.
FORMAT = 5
TRUSTED_ABOVE = 8_000_000  # bytes; hashing takes a second for about 700 MB
_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file of an index as it was written."""

    size: int  # bytes
    changed: int  # nanoseconds, as the file system says
    digest: str

    @classmethod
    def of(cls, path: Path) -> "IndexFile":
        """Return what there is to say of a file."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, file_digest(path))

    def is_there(self, path: Path) -> bool:
        """Return whether there is a file of this size."""
        try:
            found = path.stat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == self.size

    def is_same(self, path: Path, *, trust: bool = True) -> bool:
        """Return whether a file is the one that was written; see the rule of digests.

        Parameters
        ----------
        trust
            Do not hash a large file that has kept its time of change.
        """
        if not self.is_there(path):
            return False
        if trust and self.size > TRUSTED_ABOVE and path.stat().st_mtime_ns == self.changed:
            return True
        return file_digest(path) == self.digest


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What an index holds and what it was made from."""

    corpus: str
    generation: str  # folder
    made_from: dict[str, str]  # tables, settings, version -> fingerprint
    reports: int
    images: int
    vectors: dict[str, int]  # image, report -> how many
    vector_index: dict[str, str | None]  # image, report -> kind of the FAISS index; None: made without FAISS
    encoders: dict[str, str]  # image, report -> fingerprint of the model that made the vectors
    format: int = FORMAT
    files: dict[str, IndexFile] = field(default_factory=dict)  # path in the generation -> as it was written


def write_manifest(folder: Path, manifest: IndexManifest) -> None:
    """Write the manifest of an index: from now on it is the generation that this names."""
    write_whole(folder / _NAME, sealed(asdict(manifest)))


def read_manifest(folder: Path) -> IndexManifest:
    """Return the manifest of an index.

    Raises
    ------
    CorpusError
        There is no index, it is damaged, or another version of radmine made it.
    """
    path = folder / _NAME
    try:
        with open_file(path) as stream:
            content = stream.read()
        data = unsealed(content)
    except FileNotFoundError:
        raise CorpusError(
            "There is no index here.",
            where=str(folder),
            do=f"Run `radmine run {folder.name} --through index`.",
        ) from None
    except (OSError, NotAFileError) as error:
        raise unreadable(path, error, index=folder) from error
    except ValueError:
        raise damaged(
            "The index's manifest is damaged: it is not what was written.", path, index=folder
        ) from None
    made_with = data.get("format")
    if isinstance(made_with, int) and made_with != FORMAT:
        what = f"The index has layout {made_with}, this radmine reads layout {FORMAT}."
        raise damaged(what, path, index=folder)
    manifest = _manifest_of(data) if is_sealed(content) else None
    if manifest is None:
        raise damaged("The index's manifest is damaged: it is not what was written.", path, index=folder)
    return manifest


def _manifest_of(data: dict[str, Any]) -> IndexManifest | None:
    """Return the manifest that JSON data are, None where they are not what `write_manifest` wrote."""
    hints = get_type_hints(IndexManifest)
    try:
        if data.keys() != hints.keys():
            return None
        data["files"] = {name: IndexFile(**facts) for name, facts in data["files"].items()}
    except (TypeError, ValueError, AttributeError, RecursionError):
        return None
    whole = all(_is_a(data[name], hint) for name, hint in hints.items())
    inside = whole and all(_stays_inside(name) for name in (data["generation"], *data["files"]))
    return IndexManifest(**data) if inside else None


def _is_a(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type, as the fields of a manifest state theirs."""
    if get_origin(hint) is dict:
        of = get_args(hint)[1]
        return isinstance(value, dict) and all(_is_a(v, of) for v in value.values())
    if hint is IndexFile:
        return all(_is_a(getattr(value, name), kind) for name, kind in get_type_hints(IndexFile).items())
    return isinstance(value, hint) and not isinstance(value, bool)


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


# -- what to do about an index that cannot be read -------------------------------------------------------


def remedy(folder: Path) -> str:
    """Return what to do about an index that is damaged: where its corpus stands, it can be made again."""
    place = Path(os.path.abspath(folder))  # a link to an index is at home where the link is
    if (place.parent.parent / "corpora" / place.name).is_dir():
        return f"Run `radmine check {place.name}`."
    return "Its corpus is elsewhere: copy the index from there again, made by this version of radmine."


def damaged(what: str, path: Path, *, index: Path) -> CorpusError:
    """Return the error that a file of an index, which is in the folder `index`, is damaged."""
    return CorpusError(what, where=str(path), do=remedy(index))


def unreadable(path: Path, error: BaseException, *, index: Path) -> CorpusError:
    """Return the error that a file of an index cannot be read, with what an error of reading it says of why."""
    if isinstance(error, PermissionError):
        what = "A file of the index may not be read."
        return CorpusError(what, where=str(path), do="Ask who made the index for the right to read it.")
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
    return damaged(f"A file of the index cannot be read: {why}.", path, index=index)

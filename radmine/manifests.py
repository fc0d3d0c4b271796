"""What a finished stage wrote, from what: one JSON file a stage, written last."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from radmine.errors import CorpusError
from radmine.files import file_digest, read_bytes, sealed, unsealed, write_whole
from radmine.records import TABLES

_NAME = re.compile(r"\w+")
_SHARD = re.compile(r"part-[\w-]+\.parquet")
_INDEXES = "../../indexes/"
_SMALL = 1_000_000  # bytes; up to here a look at a file costs nothing


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file of a table: its name, its number of rows and the hash of its bytes."""

    file: str
    rows: int
    digest: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a folder: its bytes and, where it is small, their hash; large ones tell by themselves what they hold."""

    size: int
    digest: str = ""

    @classmethod
    def of(cls, path: Path) -> "Kept":
        """Return what there is to note of a file.

        Raises
        ------
        OSError
            It is not there.
        """
        size = path.stat().st_size
        return cls(size, file_digest(path) if size <= _SMALL else "")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished stage wrote, from what."""

    stage: str
    fingerprint: str  # of inputs, settings, data files and version
    inputs: dict[str, str]  # the parts of the fingerprint, to say why a stage is out of date
    tables: dict[str, list[Shard]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)  # path from the corpus's folder -> fingerprint
    files: dict[str, Kept] = field(default_factory=dict)  # in these folders; path from the corpus's folder
    seconds: float = 0.0
    again: int = 0  # items set aside for reasons that may pass: at the next run they are tried again
    not_applicable: str | None = None  # the reason, where the stage had nothing to read
    notes: dict[str, Any] = field(default_factory=dict)  # what the stage wants to say: device, rates, ...
    said: list[str] = field(default_factory=list)  # sentences for people on what became of what it read

    def rows(self, table: str) -> int:
        """Return the number of rows that the stage wrote to a table."""
        return sum(shard.rows for shard in self.tables.get(table, ()))


def read_manifest(folder: Path, stage: str) -> Manifest | None:
    """Return the manifest of a stage in a corpus's folder, None where it has not finished yet.

    Raises
    ------
    CorpusError
        It is damaged.
    """
    path = folder / "manifests" / f"{stage}.json"
    if not path.exists():
        return None
    try:
        return parse_manifest(read_bytes(path), stage)
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"The manifest of stage {stage} is damaged: {type(error).__name__}.",
            where=str(path),
            do=f"Run `radmine check {folder.name}`: what the stage wrote is found or made again.",
        ) from None


def parse_manifest(data: bytes, stage: str) -> Manifest:
    """Return the manifest of a stage in the bytes of a file.

    Raises
    ------
    ValueError
        It is damaged, of another stage, or names what lies outside of its corpus.
    """
    try:
        content = unsealed(data)
        tables = {t: [Shard(**s) for s in shards] for t, shards in content.pop("tables").items()}
        files = {f: Kept(**kept) for f, kept in content.pop("files", {}).items()}
        manifest = Manifest(tables=tables, files=files, **content)
        if manifest.stage != stage or not _stays_inside(manifest):
            raise ValueError("names")
        return manifest
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(type(error).__name__) from None


def _stays_inside(manifest: Manifest) -> bool:
    """Return whether all names in a manifest are ones that a stage gives: others may have written it."""
    shards = (shard.file for of_table in manifest.tables.values() for shard in of_table)
    return (
        _NAME.fullmatch(manifest.stage) is not None
        and manifest.tables.keys() <= TABLES.keys()
        and all(map(_SHARD.fullmatch, shards))
        and all(map(_is_inside, (*manifest.folders, *manifest.files)))
    )


def _is_inside(path: str) -> bool:
    """Return whether a path from the corpus's folder leads into it, or into its index."""
    parts = path.removeprefix(_INDEXES).split("/")
    return all(part not in {"", ".", ".."} and "\0" not in part for part in parts)


def written_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as it stands in a file."""
    return sealed(asdict(manifest))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a stage's manifest into a corpus's folder: from now on its tables are what it lists."""
    write_whole(folder / "manifests" / f"{manifest.stage}.json", written_manifest(manifest))


def manifests_in(folder: Path) -> Iterator[Manifest]:
    """Yield the manifests of a corpus's folder, by the names of their stages.

    Raises
    ------
    CorpusError
        One is damaged.
    """
    for path in sorted((folder / "manifests").glob("*.json")):
        manifest = read_manifest(folder, path.stem)
        if manifest is not None:
            yield manifest


def told_in(folder: Path) -> str:
    """Return in a few words what the manifests of a corpus's folder list."""
    try:
        manifests = list(manifests_in(folder))
    except (CorpusError, OSError):
        return "damaged"
    counts = (
        f"{sum(shard.rows for m in manifests for shard in m.tables.get(table, ())):,} {table}"
        for table in ("reports", "images")
    )
    return f"{', '.join(counts)}; {' '.join(m.stage for m in manifests) or 'empty'}"

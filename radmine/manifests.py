"""What a finished stage wrote, from what: one JSON file a stage, written last."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from radmine.errors import CorpusError
from radmine.files import write_whole


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file of a table: its name, its number of rows and the hash of its bytes."""

    file: str
    rows: int
    digest: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished stage wrote, from what."""

    stage: str
    fingerprint: str  # of inputs, settings, data files and version
    inputs: dict[str, str]  # the parts of the fingerprint, to say why a stage is out of date
    tables: dict[str, list[Shard]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)  # path from the corpus's folder -> fingerprint
    seconds: float = 0.0
    not_applicable: str | None = None  # the reason, where the stage had nothing to read
    notes: dict[str, Any] = field(default_factory=dict)  # what the stage wants to say: device, rates, ...

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
        data = json.loads(path.read_text("utf-8"))
        tables = {t: [Shard(**s) for s in shards] for t, shards in data.pop("tables").items()}
        return Manifest(tables=tables, **data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorpusError(
            f"The manifest of stage {stage} is damaged: {type(error).__name__}.",
            where=str(path),
            do=f"Remove the file and run `radmine run {folder.name}`: what the stage wrote is found or made again.",
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a stage's manifest into a corpus's folder: from now on its tables are what it lists."""
    content = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
    write_whole(folder / "manifests" / f"{manifest.stage}.json", content)

"""Where corpora stand, and the file that makes a folder one."""

import os
from pathlib import Path

from radmine.files import sealed, write_whole

FORMAT = 1
MARKER = "corpus.json"


def home_folder(home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder in which `corpora/` and `indexes/` stand: `home`, else `$RADMINE_HOME`, else here."""
    return Path(home or os.environ.get("RADMINE_HOME") or ".")


def corpus_folder(name: str, *, home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder `corpora/NAME`, or the one that `name` is a path to, where only that holds a corpus."""
    folder = home_folder(home) / "corpora" / name
    if not (folder / MARKER).exists() and (Path(name) / MARKER).exists():
        return Path(name)
    return folder


def write_marker(folder: Path) -> None:
    """Write the file that makes a folder a corpus."""
    write_whole(folder / MARKER, sealed({"format": FORMAT}))

"""Every byte region of every file of a corpus, changed once: an error or what was written, never anything else."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import radmine.models as models
from radmine.corpus import Corpus
from radmine.embed import load_encoder
from radmine.errors import RadmineError
from radmine.findings import lexicon_in
from radmine.ingest.source import sources_of
from radmine.pixels import open_pixels
from radmine.records import TABLES
from tests.test_check import make

SEED = 20261127
REGIONS = 12  # of a file, at most


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = make(tmp_path_factory.mktemp("home"), reports=30, images=True)
    return shutil.copytree(home / "corpora" / "c", home / "corpora" / "d")


def tables(folder: Path) -> Any:
    corpus = Corpus.open(str(folder))
    return {table: corpus.read(table) for table in TABLES}


def pixels(folder: Path) -> Any:
    store = open_pixels(Corpus.open(str(folder)))
    return store.batch(store.ids).tobytes()


def lexicon(folder: Path) -> Any:
    return dict(lexicon_in(folder / "lexicon").findings)


def image_model(folder: Path) -> Any:
    models._loaded.clear()
    return load_encoder(folder / "models" / "image").images([np.eye(32, dtype=np.uint8)]).tobytes()


def model_files(folder: Path) -> Any:
    """All that a load compares before anything is built."""
    wrong = [f for m in (folder / "models").iterdir() for f in models.damaged_files(m)]
    if wrong:
        raise RadmineError("damaged")
    return [model.name for model in sorted((folder / "models").iterdir())]


def table_of(name: str) -> Callable[[Path], Any]:
    return lambda folder: Corpus.open(str(folder)).read(name)


def readers_of(path: Path) -> list[Callable[[Path], Any]]:
    """Return the ways of reading that a file may spoil."""
    if path.name == "sources.json":
        return [lambda folder: sources_of(Corpus(folder))]
    room = path.parent.name if path.parent.parent.name != "models" else "models"
    if room in TABLES:
        return [table_of(room)]
    if room == "models":
        return [model_files, *([image_model] if path.parent.name == "image" else [])]
    return {"arrays": [pixels], "lexicon": [lexicon], "manifests": [tables]}.get(room, [tables])


@pytest.mark.slow
def test_a_changed_byte_is_an_error_or_changes_nothing(folder: Path) -> None:
    draw = random.Random(SEED)
    skip = {"settings.toml", ".lock"}  # of the user
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in skip]
    seen = {p.parent.name for p in files}
    assert {"reports", "mentions", "manifests", "arrays", "lexicon", "image", "text", "topics"} <= seen
    errors = 0
    for path in files:
        whole = path.read_bytes()
        readers = readers_of(path)
        before = [read(folder) for read in readers]
        step = max(1, len(whole) // REGIONS)
        for start in range(0, len(whole), step):
            at = min(len(whole) - 1, start + draw.randrange(step))
            data = bytearray(whole)
            data[at] ^= draw.randrange(1, 256)
            path.unlink()
            path.write_bytes(data)
            for read, right in zip(readers, before, strict=True):
                try:
                    found = read(folder)
                except RadmineError:
                    errors += 1
                else:
                    same = found == right
                    assert same if isinstance(same, bool) else same.all(), (
                        f"{path.relative_to(folder)} at {at}"
                    )
        path.unlink()
        path.write_bytes(whole)
    assert errors > 300

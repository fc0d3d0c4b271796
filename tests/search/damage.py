"""A small index to damage, and what it answers then."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from radmine.errors import RadmineError
from radmine.records import Hit, Link
from radmine.search import Index, index_folder, open_index
from tests.search.corpora import embeddings, index, make_corpus, unit

TEXTS = {f"r{n}": f"{('Large', 'No', 'Possible')[n % 3]} pneumothorax, case {n}." for n in range(9)}
IMAGES = {f"i{n}": {"modality": ("CT", "CR")[n % 2]} for n in range(9)}
VECTORS = unit(np.random.default_rng(0).normal(size=(9, 4)))
SEARCHES: tuple[dict[str, Any], ...] = (
    {"text": "pneumothorax case"},
    {"text": '"large pneumothorax"', "where": "modality=CT"},
    {"image": "i3"},
    {"image": "i4", "text": "case", "where": "finding=pneumothorax"},
)
Answer = list[Hit] | str


def small_index(home: Path) -> Path:
    """Return the folder of an index of nine reports with an image each, whose vectors are made up."""
    links = [Link(f"r{n}", f"i{n}", "report", 0.5) for n in range(9)]
    vectors = embeddings("image", list(IMAGES), VECTORS)
    corpus = make_corpus(home, texts=TEXTS, images=IMAGES, links=links, vectors=vectors)
    index(corpus)
    return index_folder(corpus)


def copied(made: Path, home: Path) -> Path:
    """Return the folder of a copy of an index, beside a corpus of its name."""
    (home / "corpora" / "case").mkdir(parents=True)
    return Path(shutil.copytree(made, home / "indexes" / "case"))


def files_of(folder: Path) -> list[Path]:
    """Return the files of an index that hold something."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size)


def answers(folder: Path, searches: Sequence[dict[str, Any]] = SEARCHES) -> list[Answer]:
    """Return the hits of each search, or what its error says to do."""
    try:
        opened = open_index(folder)
    except RadmineError as error:
        return [error.do] * len(searches)
    with opened:
        return [_answer(opened, search) for search in searches]


def _answer(opened: Index, search: dict[str, Any]) -> Answer:
    try:
        return opened.search(**search)
    except RadmineError as error:
        return error.do


def flip(path: Path, offset: int) -> None:
    """Change a bit of a file, which keeps its size and time of change."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(offset)
        stream.write(bytes([byte ^ 4]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def assert_errors_or_right(found: Sequence[Answer], right: Sequence[Answer]) -> None:
    for answer, expected in zip(found, right, strict=True):
        assert answer in (expected, "Run `radmine check case`.")

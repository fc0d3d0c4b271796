"""Whether a table of truth is one that labels were taken from: `own_voters`."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.files import file_digest
from radmine.ingest import sources_of
from radmine.label.answers.sources import voter_of


def own_voters(corpus: Corpus, truth: Path) -> frozenset[str]:
    """Return the voters that say what this very file says: it came with the images, and its labels became votes.

    It is known by its bytes; by its name alone where the source's own file is no longer there.
    """
    names = pc.unique(corpus.read("source_labels", columns=["file"])["file"]).to_pylist()
    return frozenset(voter_of(name) for name in names if _is_same(corpus, name, truth))


def _is_same(corpus: Corpus, name: str, truth: Path) -> bool:
    there = list(_files(corpus, name))
    if not there:
        return Path(name).name == truth.name
    size = truth.stat().st_size
    return any(f.samefile(truth) or (f.stat().st_size == size and _equal(f, truth)) for f in there)


def _equal(one: Path, other: Path) -> bool:
    return file_digest(one) == file_digest(other)


def _files(corpus: Corpus, name: str) -> Iterator[Path]:
    """Yield the files of the sources that have a name, relative to what the user named."""
    for path in (Path(p) for source in sources_of(corpus) for p in source.paths):
        file = path if path.name == name else path / name
        if file.is_file():
            yield file

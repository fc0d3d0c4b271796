"""Vectors and the FAISS index over them: nearest neighbours by inner product, with a filter that never starves."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from radmine.errors import CorpusError, SettingsError
from radmine.files import write_whole
from radmine.run import require
from radmine.search.manifest import unreadable

EXACT_BELOW = 100_000  # vectors; above, "auto" takes an approximate index
_FEW = 20_000  # allowed vectors that are compared one by one: exact, and quicker than a filtered graph walk


def require_faiss() -> Any:
    """Return FAISS.

    Raises
    ------
    NotAvailable
        Neither `radmine[cpu]` nor `radmine[gpu]` is installed.
    """
    return require("faiss", extra="cpu", purpose="Search by image (radmine[cpu], or radmine[gpu] with CUDA)")


def _flat(vectors: np.ndarray) -> Any:
    """Return an exact index."""
    return require_faiss().IndexFlatIP(vectors.shape[1])


def _hnsw(vectors: np.ndarray) -> Any:
    """Return a graph index (Malkov, Yashunin 2018): 32 neighbours, 200 candidates while building."""
    faiss = require_faiss()
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 200
    return index


def _ivf(vectors: np.ndarray) -> Any:
    """Return an inverted file of `4 * sqrt(n)` cells, at most one for 39 vectors (what FAISS wants to train on)."""
    faiss = require_faiss()
    n, d = vectors.shape
    cells = max(1, min(int(4 * n**0.5), n // 39))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, cells, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    return index


INDEX_KINDS: Mapping[str, Callable[[np.ndarray], Any]] = {"flat": _flat, "hnsw": _hnsw, "ivf": _ivf}


def kind_for(kind: str, vectors: int) -> str:
    """Return the kind of index for so many vectors: the one asked for, or what "auto" means.

    Raises
    ------
    SettingsError
        There is no such kind.
    """
    if kind == "auto":
        return "flat" if vectors < EXACT_BELOW else "hnsw"
    if kind not in INDEX_KINDS:
        raise SettingsError(
            f"There is no kind of index {kind!r}.",
            where="index vector_index",
            do=f"Choose auto, {', '.join(INDEX_KINDS)}.",
        )
    return kind


def write_vectors(
    folder: Path, name: str, rows: np.ndarray, vectors: np.ndarray, *, kind: str | None
) -> None:
    """Write vectors, the entries' rows that they belong to and, where a kind is given, the FAISS index over them.

    Parameters
    ----------
    rows
        Ascending, shape (n,), int64.
    vectors
        Unit vectors, shape (n, d), float32.
    """
    np.save(folder / f"{name}-rows.npy", rows)
    np.save(folder / f"{name}-vectors.npy", vectors)
    if kind is not None:
        index = INDEX_KINDS[kind](vectors)
        index.add(vectors)
        write_whole(folder / f"{name}.faiss", require_faiss().serialize_index(index).tobytes())


class Vectors:
    """Stored vectors, memory-mapped, and the FAISS index over them, read when first needed.

    Parameters
    ----------
    file
        Returns where a file of the generation is.
    name
        Of which entries: "image", "report".
    kind
        Of the FAISS index; None: there is none.
    """

    def __init__(self, file: Callable[[str], Path], name: str, *, kind: str | None) -> None:
        self._file = file
        self._name = name
        self._kind = kind
        self.rows = self._array("rows")
        self.vectors = self._array("vectors")

    def _array(self, what: str) -> np.ndarray:
        path = self._file(f"{self._name}-{what}.npy")
        try:
            stored: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise unreadable(path, error, index=path.parent.parent) from error
        return stored

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, row: int) -> np.ndarray | None:
        """Return the vector of an entry, None where it has none."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return None
        return np.asarray(self.vectors[place])

    @cached_property
    def _index(self) -> Any:
        faiss = require_faiss()
        if self._kind is None:
            raise CorpusError(
                "The index was made where FAISS was not installed: it has no search by vectors.",
                where=self._name,
                do="Make the index again with `radmine index NAME`.",
            )
        path = self._file(f"{self._name}.faiss")
        try:
            return faiss.read_index(str(path))
        except RuntimeError as error:
            raise unreadable(path, error, index=path.parent.parent) from error

    def nearest(
        self, vector: np.ndarray, *, depth: int, allowed: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """Return the rows of the nearest vectors and their similarity, nearest first, then by row.

        Where the index is approximate it may overlook a neighbour, but `depth` of them come back wherever so many
        are allowed.

        Parameters
        ----------
        vector
            A unit vector, shape (d,).
        allowed
            Whether an entry's row may be found, shape (entries,), bool.

        Raises
        ------
        NotAvailable
            FAISS is not installed.
        CorpusError
            The vector has another length than those of the index, or the index was made without FAISS.
        """
        index = self._index
        if vector.shape != (self.vectors.shape[1],):
            raise CorpusError(
                f"The query's vector has {vector.shape[0]} values, those of the index have {self.vectors.shape[1]}.",
                where=self._name,
                do="Make the index again with `radmine index NAME`.",
            )
        places = None if allowed is None else np.flatnonzero(allowed[self.rows])
        count = len(self.rows) if places is None else len(places)
        if places is not None and count <= _FEW:
            return self._exact(vector, places, depth)
        found = _search(index, vector, min(depth, count), places, len(self.rows))
        if len(found) < min(depth, count):
            return self._exact(vector, np.arange(len(self.rows)) if places is None else places, depth)
        return self._ranked(np.array([p for p, _ in found]), np.array([s for _, s in found]), depth)

    def _exact(self, vector: np.ndarray, places: np.ndarray, depth: int) -> list[tuple[int, float]]:
        return self._ranked(places, self.vectors[places] @ vector, depth)

    def _ranked(self, places: np.ndarray, similarity: np.ndarray, depth: int) -> list[tuple[int, float]]:
        order = np.lexsort((places, -similarity))[:depth]
        return [(int(self.rows[places[i]]), float(similarity[i])) for i in order]


def _search(
    index: Any, vector: np.ndarray, depth: int, places: np.ndarray | None, total: int
) -> list[tuple[int, float]]:
    """Return the places and similarities that a FAISS index finds among the allowed places."""
    faiss = require_faiss()
    if depth == 0:
        return []
    options: dict[str, Any] = {}
    if places is not None:
        bits = np.zeros(total, dtype=bool)
        bits[places] = True
        options["sel"] = faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
    if isinstance(index, faiss.IndexHNSW):
        parameters = faiss.SearchParametersHNSW(efSearch=max(128, 2 * depth), **options)
    elif isinstance(index, faiss.IndexIVF):
        parameters = faiss.SearchParametersIVF(nprobe=max(8, index.nlist // 8), **options)
    else:
        parameters = faiss.SearchParameters(**options)
    query = np.ascontiguousarray(vector[None], dtype=np.float32)
    similarity, found = index.search(query, depth, params=parameters)
    return [(int(p), float(s)) for p, s in zip(found[0], similarity[0], strict=True) if p >= 0]

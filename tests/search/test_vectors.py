from pathlib import Path

import numpy as np
import pytest

from radmine.errors import CorpusError, NotAvailable, SettingsError
from radmine.search.vectors import INDEX_KINDS, Vectors, kind_for, write_vectors
from tests.search.corpora import unit


def made(folder: Path, n: int, d: int, *, kind: str | None = "flat", seed: int = 0) -> Vectors:
    vectors = unit(np.random.default_rng(seed).normal(size=(n, d)))
    write_vectors(folder, "image", np.arange(n, dtype=np.int64) * 2 + 5, vectors, kind=kind)
    return opened(folder, kind=kind)


def opened(folder: Path, *, kind: str | None = "flat") -> Vectors:
    return Vectors(folder.joinpath, "image", kind=kind)


def nearest_by_hand(vectors: Vectors, query: np.ndarray, depth: int, allowed: np.ndarray | None) -> list[int]:
    places = [p for p, row in enumerate(vectors.rows) if allowed is None or allowed[row]]
    places.sort(key=lambda p: (-float(vectors.vectors[p] @ query), p))
    return [int(vectors.rows[p]) for p in places[:depth]]


def test_flat_is_exact(tmp_path: Path) -> None:
    vectors = made(tmp_path, 500, 16)
    for query in unit(np.random.default_rng(1).normal(size=(20, 16))):
        found = vectors.nearest(query, depth=10)
        assert [row for row, _ in found] == nearest_by_hand(vectors, query, 10, None)
        assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


@pytest.mark.parametrize("kind", INDEX_KINDS)
@pytest.mark.parametrize("share", [0.9, 0.3, 0.01, 0.0])
def test_a_filter_holds_and_never_starves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, share: float
) -> None:
    monkeypatch.setattr("radmine.search.vectors._FEW", 50)  # so that FAISS's own filter is used
    vectors = made(tmp_path, 1000, 8, kind=kind)
    rng = np.random.default_rng(2)
    allowed = rng.random(2006) < share
    fit = int(np.count_nonzero(allowed[vectors.rows]))
    for query in unit(rng.normal(size=(5, 8))):
        found = vectors.nearest(query, depth=20, allowed=allowed)
        assert len(found) == min(20, fit)
        assert all(allowed[row] for row, _ in found)
        if kind == "flat" or fit <= 50:
            assert [row for row, _ in found] == nearest_by_hand(vectors, query, 20, allowed)


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_an_approximate_index_finds_nearly_all(tmp_path: Path, kind: str) -> None:
    vectors = made(tmp_path, 2000, 8, kind=kind)
    queries = unit(np.random.default_rng(3).normal(size=(30, 8)))
    found = [{row for row, _ in vectors.nearest(q, depth=10)} for q in queries]
    exact = [set(nearest_by_hand(vectors, q, 10, None)) for q in queries]
    assert np.mean([len(f & e) / 10 for f, e in zip(found, exact, strict=True)]) > 0.7


def test_equal_vectors_come_in_the_order_of_rows(tmp_path: Path) -> None:
    write_vectors(tmp_path, "image", np.arange(6), unit(np.ones((6, 4))), kind="flat")
    vectors = opened(tmp_path)
    assert [row for row, _ in vectors.nearest(unit(np.ones((1, 4)))[0], depth=6)] == list(range(6))


def test_the_vector_of_a_row(tmp_path: Path) -> None:
    vectors = made(tmp_path, 10, 4)
    assert vectors.of(7) is not None
    assert vectors.of(6) is vectors.of(1000) is None


def test_which_kind_is_made() -> None:
    assert kind_for("auto", 1000) == "flat"
    assert kind_for("auto", 200_000) == "hnsw"
    assert kind_for("ivf", 10) == "ivf"
    with pytest.raises(SettingsError, match="hnsw"):
        kind_for("annoy", 10)


def test_without_faiss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = made(tmp_path, 10, 4)
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(NotAvailable, match=r"radmine\[cpu\]") as caught:
        vectors.nearest(np.array(vectors.vectors[0]), depth=1)
    assert "radmine[gpu]" in str(caught.value)


def test_an_index_made_without_faiss_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="FAISS was not installed"):
        made(tmp_path, 10, 4, kind=None).nearest(np.ones(4, np.float32), depth=1)


def test_a_query_of_another_length_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="3 values"):
        made(tmp_path, 10, 4).nearest(np.ones(3, np.float32), depth=1)


def test_damaged_files_are_errors(tmp_path: Path) -> None:
    made(tmp_path, 10, 4)
    (tmp_path / "image.faiss").write_bytes(b"not an index")
    with pytest.raises(CorpusError, match="cannot be read"):
        opened(tmp_path).nearest(np.ones(4, np.float32), depth=1)
    (tmp_path / "image-vectors.npy").write_bytes(b"not an array")
    with pytest.raises(CorpusError):
        opened(tmp_path)

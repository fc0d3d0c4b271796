"""How we know that it works: images nearest to an image of the test part are of its kind, its own patient left out."""

from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.embed.text import Vectors
from radmine.records import Score, Truth

_K = 10
_AT_ONCE = 512


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return precision@10 of image search by the truth's groups, and what it would be by chance."""
    ids, vectors = image_vectors(corpus)
    groups = {image.image_id: image.group for image in truth.images}
    if not ids or not groups:
        return []
    patients = dict(_columns(corpus, "images", "image_id", "patient_id"))
    test = {p for p, split in _columns(corpus, "splits", "patient_id", "split") if split == "test"}
    return precision_at(ids, vectors, groups, patients, test, subject="image group")


def image_vectors(corpus: Corpus) -> tuple[list[str], Vectors]:
    """Return the ids and the unit vectors, shape (n, dimension), of the embedded images."""
    ids: list[str] = []
    parts: list[Vectors] = []
    for shard in corpus.shards("embeddings"):
        table = corpus.read_shard("embeddings", shard, columns=["kind", "id", "vector"])
        table = table.filter(pc.equal(table.column("kind"), "image"))
        if table.num_rows:
            ids += table.column("id").to_pylist()
            flat = table.column("vector").combine_chunks().flatten().to_numpy(zero_copy_only=False)
            parts.append(flat.reshape(table.num_rows, -1).astype(np.float32))
    return ids, np.concatenate(parts) if parts else np.empty((0, 0), np.float32)


def precision_at(
    ids: list[str],
    vectors: Vectors,
    groups: Mapping[str, str],
    patients: Mapping[str, str],
    test: set[str],
    *,
    subject: str,
    k: int = _K,
) -> list[Score]:
    """Return the mean share of the k nearest images that are of the query's group, beside the share by chance.

    Parameters
    ----------
    ids, vectors
        The images, and their unit vectors by row.
    groups
        image -> what it should be found with; images without a group are left out.
    patients
        image -> patient; images of the query's own patient do not count.
    test
        Patients whose images are queries; all are where it is empty.
    subject
        Of the scores.
    k
        Hits to look at.
    """
    kept = [row for row, i in enumerate(ids) if groups.get(i) is not None]
    vectors = vectors[kept]
    group = np.unique([groups[ids[row]] for row in kept], return_inverse=True)[1]
    patient = np.unique([patients.get(ids[row], ids[row]) for row in kept], return_inverse=True)[1]
    queries = np.flatnonzero([not test or patients.get(ids[row]) in test for row in kept])
    shares, chances = [], []
    for start in range(0, len(queries), _AT_ONCE):
        some = queries[start : start + _AT_ONCE]
        likeness = vectors[some] @ vectors.T
        own = patient[some][:, None] == patient[None]
        likeness[own] = -np.inf
        same = group[some][:, None] == group[None]
        nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :k]
        valid = np.take_along_axis(~own, nearest, 1)
        hits = np.take_along_axis(same, nearest, 1) & valid
        shares.append(hits.sum(1) / np.maximum(valid.sum(1), 1))
        chances.append((same & ~own).sum(1) / np.maximum((~own).sum(1), 1))
    if not shares:
        return [Score("embed", subject, f"precision@{k}", None, 0, note="no query in the test part")]
    found, chance = float(np.concatenate(shares).mean()), float(np.concatenate(chances).mean())
    return [
        Score("embed", subject, f"precision@{k}", found, len(queries), note="own patient left out"),
        Score("embed", subject, f"precision@{k} by chance", chance, len(queries)),
    ]


def _columns(corpus: Corpus, table: str, *names: str) -> list[tuple[str, str]]:
    read = corpus.read(table, columns=list(names))
    return list(zip(*(read.column(n).to_pylist() for n in names), strict=True))

"""How we know that search works: known items asked for by text and by image, against the truth."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from radmine.corpus import Corpus
from radmine.records import Assertion, Score, Truth
from radmine.search.folder import index_folder
from radmine.search.index import Index, open_index

_K = 10
_IMAGES = 500  # queries by image at most, evenly over the images by id


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return precision at 10 of search by finding and by image, in the corpus's index.

    By text: each finding's title is the query, and a report is right where the finding (or a child of it) is truly
    present. By image: each image is the query, without its own patient, and an image of the same true group is right.
    A query with fewer than 10 right answers is measured at as many. `own_patient` counts hits of the query's patient.
    """
    folder = index_folder(corpus)
    if not (folder / "manifest.json").exists():
        return []
    with open_index(folder) as index:
        return [*_by_text(index, corpus, truth), *_by_image(index, truth)]


def _by_text(index: Index, corpus: Corpus, truth: Truth) -> list[Score]:
    if not index.manifest.reports:
        return []
    known = set(corpus.read("reports", columns=["report_id"])["report_id"].to_pylist())
    right: dict[str, set[str]] = defaultdict(set)
    for label in truth.labels:
        if label.image_id is not None or label.report_id is None or label.report_id not in known:
            continue
        if label.assertion is Assertion.PRESENT:
            for finding in index.lexicon.said_with(label.finding, label.assertion):
                right[finding].add(label.report_id)
    scores = []
    for finding in sorted(right):
        named = index.lexicon.find(finding)
        if named is None:
            continue
        at = min(_K, len(right[finding]))
        hits = index.search(text=named.title, k=at)
        precision = sum(hit.report_id in right[finding] for hit in hits) / at
        scores.append(Score("index", finding, "text_precision@10", precision, at))
    return [
        *_mean("text_precision@10", "all findings", [s.value for s in scores if s.value is not None]),
        *scores,
    ]


def _by_image(index: Index, truth: Truth) -> list[Score]:
    if not index.manifest.vectors.get("image") or not index.manifest.vector_index["image"]:
        return []
    embedded = index.embedded_images()
    images = sorted((i for i in truth.images if i.image_id in embedded), key=lambda i: i.image_id)
    groups = {i.image_id: i.group for i in images}
    patients: dict[str, list[str]] = defaultdict(list)
    for image in images:
        patients[image.group].append(image.patient_id)
    queries = images[:: max(1, -(-len(images) // _IMAGES))]
    values, chances, own = [], [], 0
    for query in queries:
        others = sum(p != query.patient_id for p in patients[query.group])
        if not others:
            continue
        at = min(_K, others)
        hits = index.search(image=query.image_id, k=at)
        values.append(sum(groups.get(hit.image_id or "") == query.group for hit in hits) / at)
        chances.append(others / max(1, sum(i.patient_id != query.patient_id for i in images)))
        own += sum(hit.patient_id == query.patient_id for hit in hits)
    if not values:
        return []
    return [
        *_mean("image_precision@10", "images", values, note=f"by chance {np.mean(chances):.3f}"),
        Score(
            "index", "images", "own_patient", float(own), len(values), note="hits of the query's own patient"
        ),
    ]


def _mean(metric: str, subject: str, values: Sequence[float], *, note: str | None = None) -> list[Score]:
    """Return the mean of queries with its 95 % interval (percentile bootstrap over queries, 1,000 draws, seed 0)."""
    if not values:
        return []
    draws = np.random.default_rng(0).choice(np.asarray(values), (1000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return [
        Score("index", subject, metric, float(np.mean(values)), len(values), float(low), float(high), note)
    ]

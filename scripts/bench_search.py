"""Measure search: latency by kind of query, queries a second, and what the approximate index overlooks.

    python scripts/bench_search.py --index INDEX            an index folder, or a name under $RADMINE_HOME/indexes
    python scripts/bench_search.py --reports 100000         an index of made-up reports and vectors, made for the purpose

Prints Markdown (`--json`: one JSON object): the command, the machine, the seed, the numbers.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from bench_machine import command, machine

from radmine.corpus import Corpus, Manifest
from radmine.findings import load_findings
from radmine.records import (
    Assertion,
    EmbeddingRow,
    Experiencer,
    Image,
    LabelRow,
    Link,
    Mention,
    Report,
    Temporality,
)
from radmine.run import run_stage
from radmine.search import STAGE, Index, IndexSettings, index_folder, open_index
from radmine.search.vectors import INDEX_KINDS

WORDS = [
    "right",
    "left",
    "upper",
    "lower",
    "mild",
    "severe",
    "small",
    "large",
    "stable",
    "heart",
    "size",
    "lungs",
    "clear",
    "chest",
    "axial",
    "image",
    "seen",
    "noted",
    "normal",
]
DIMENSION = 128


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--index", help="an index folder, or a name")
    source.add_argument("--reports", type=int, help="make an index of so many reports, each with an image")
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if options.reports:
            started = time.perf_counter()
            corpus = make_corpus(Path(home), options.reports, options.seed)
            made = time.perf_counter()
            run_stage(corpus, STAGE, IndexSettings())
            built = time.perf_counter() - made
            path: str | Path = index_folder(corpus)
            notes = {"corpus made in s": made - started, "index made in s": built}
        else:
            path, notes = options.index, {}
        result = measure(path, queries=options.queries, seed=options.seed)
    result = {
        "command": command(),
        "machine": f"{machine()}, FAISS with {faiss.omp_get_max_threads()} threads",
        "seed": options.seed,
        **notes,
        **result,
    }
    print(json.dumps(result) if options.json else markdown(result))


# -- a corpus for the purpose -------------------------------------------------------------------------


def make_corpus(home: Path, count: int, seed: int) -> Corpus:
    """Return a corpus of reports of about 80 words, 8 labels each, with an image and two vectors each."""
    corpus = Corpus.create("bench", home=home)
    rng = random.Random(seed)
    findings = list(load_findings().values())
    vectors = clustered(count, np.random.default_rng(seed))
    tables: dict[str, list[Any]] = {
        t: [] for t in ("reports", "images", "links", "labels", "mentions", "embeddings")
    }
    for number in range(count):
        report_id, image_id, patient = f"r{number:07}", f"i{number:07}", f"p{number // 3}"
        text = ""
        for index, finding in enumerate(rng.sample(findings, 8)):
            assertion = rng.choice(list(Assertion))
            text += {"present": "There is ", "absent": "No ", "uncertain": "Possible "}[assertion]
            start = len(text)
            text += f"{finding.title.lower()} {' '.join(rng.choices(WORDS, k=7))}. "
            tables["labels"].append(LabelRow(report_id, None, finding.name, assertion, 0.5, ("rules",)))
            span = (start, start + len(finding.title))
            said = assertion, Temporality.CURRENT, Experiencer.PATIENT
            mention = Mention(*span, finding.name, *said, "default", None, None, index)
            tables["mentions"].append((report_id, index, *mention))
        modality = rng.choice(["CT", "MR", "DX"])
        tables["reports"].append(Report(report_id, patient, text, "bench", modality=modality))
        tables["images"].append(Image(image_id, patient, None, modality=modality))
        tables["links"].append(Link(report_id, image_id, "report", 0.5))
        tables["embeddings"].append(EmbeddingRow("image", image_id, "bench", vectors[number]))
    shards = {
        name: [corpus.write_shard(name, corpus.shard_name(name, 0, "bench", stage="bench"), rows)]
        for name, rows in tables.items()
    }
    corpus.write_manifest(Manifest("bench", "bench", {}, shards))
    return corpus


def clustered(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return unit vectors around 200 centres, shape (count, 128), as an encoder's are."""
    centres = rng.normal(size=(200, DIMENSION))
    vectors = centres[rng.integers(0, 200, count)] + 0.7 * rng.normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


# -- measuring ----------------------------------------------------------------------------------------


def measure(path: str | Path, *, queries: int, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    with open_index(path) as index:
        opened = time.perf_counter() - started
        manifest = index.manifest
        result: dict[str, Any] = {
            "reports": manifest.reports,
            "images": manifest.images,
            "vectors": manifest.vectors,
            "index kinds": manifest.vector_index,
            "open ms": 1000 * opened,
        }
        rows = []
        for name, calls in kinds_of_query(index, queries, random.Random(seed)):
            first = timed(calls[0])
            times = np.array([timed(call) for call in calls])
            p50, p95 = np.percentile(times, (50, 95))
            rows.append(
                {
                    "query": name,
                    "first ms": first,
                    "p50 ms": float(p50),
                    "p95 ms": float(p95),
                    "queries/s": 1000 / float(times.mean()),
                }
            )
        result["latency"] = rows
        if manifest.vectors.get("image"):
            result["vector indexes"] = list(recall(index, queries, seed))
        return result


def timed(call: Callable[[], object]) -> float:
    """Return how long a call takes, in milliseconds."""
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def kinds_of_query(
    index: Index, count: int, rng: random.Random
) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    titles = [finding.title for finding in load_findings().values()]

    def calls(make: Callable[[], dict[str, Any]]) -> list[Callable[[], object]]:
        asked = [make() for _ in range(count)]
        return [lambda q=q: index.search(**q) for q in asked]  # type: ignore[misc]

    images = sorted(index.embedded_images()) if index.manifest.vectors.get("image") else []
    if index.manifest.reports:
        yield "text: one finding", calls(lambda: {"text": rng.choice(titles)})
        yield (
            "text: two findings, one negated",
            calls(lambda: {"text": f"{rng.choice(titles)} without {rng.choice(titles)}"}),
        )
        yield "text: five words", calls(lambda: {"text": " ".join(rng.sample(WORDS, 5))})
        yield (
            "text: one finding, modality=CT",
            calls(lambda: {"text": rng.choice(titles), "where": "modality=CT"}),
        )
    if images:
        yield "image", calls(lambda: {"image": rng.choice(images)})
        yield "image, modality=CT", calls(lambda: {"image": rng.choice(images), "where": "modality=CT"})
    if images and index.manifest.reports:
        yield "both", calls(lambda: {"image": rng.choice(images), "text": rng.choice(titles)})


def recall(index: Index, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield for each kind of vector index: the time to build it, the time of a query, and recall@10 against flat."""
    from radmine.search.vectors import Vectors, write_vectors

    stored = index.image_vectors()
    vectors = np.ascontiguousarray(stored)
    rng = np.random.default_rng(seed)
    queries = vectors[rng.choice(len(vectors), min(count, len(vectors)), replace=False)]
    exact: list[set[int]] = []
    for kind in INDEX_KINDS:
        with tempfile.TemporaryDirectory() as folder:
            building = timed(
                lambda k=kind, f=folder: write_vectors(
                    Path(f), "image", np.arange(len(vectors)), vectors, kind=k
                )
            )  # type: ignore[misc]
            made = Vectors(Path(folder).joinpath, "image", kind=kind)
            made.nearest(queries[0], depth=10)
            times, found = [], []
            for query in queries:
                started = time.perf_counter()
                near = made.nearest(query, depth=10)
                times.append(1000 * (time.perf_counter() - started))
                found.append({row for row, _ in near})
        exact = exact or found
        yield {
            "index": kind,
            "built in s": building / 1000,
            "p50 ms": float(np.median(times)),
            "recall@10": float(np.mean([len(f & e) / len(e) for f, e in zip(found, exact, strict=True)])),
        }


# -- showing ------------------------------------------------------------------------------------------


def markdown(result: dict[str, Any]) -> str:
    lines = []
    for key, value in result.items():
        if isinstance(value, list):
            lines += ["", *table(value), ""]
        else:
            lines.append(f"- {key}: {f'{value:.1f}' if isinstance(value, float) else value}")
    return "\n".join(lines)


def table(rows: list[dict[str, Any]]) -> list[str]:
    columns = list(rows[0]) if rows else []
    shown = [[f"{r[c]:.3g}" if isinstance(r[c], float) else str(r[c]) for c in columns] for r in rows]
    return ["| " + " | ".join(cells) + " |" for cells in (columns, ["---"] * len(columns), *shown)]


if __name__ == "__main__":
    main()

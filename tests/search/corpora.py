"""Corpora whose tables the tests write themselves."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from radmine.corpus import Corpus, Manifest
from radmine.parse import parse_report
from radmine.records import (
    Assertion,
    EmbeddingRow,
    Experiencer,
    Image,
    LabelRow,
    Link,
    Report,
    Temporality,
)
from radmine.run import Outcome, run_stage
from radmine.search import STAGE, Index, IndexSettings, index_folder, open_index


def write_tables(corpus: Corpus, tables: Mapping[str, Sequence[Any]], *, stage: str = "test") -> None:
    """Write tables as a stage would that has just these rows."""
    fingerprint = hashlib.sha256(str(tables).encode()).hexdigest()
    shards = {
        name: [corpus.write_shard(name, corpus.shard_name(name, 0, fingerprint, stage=stage), rows)]
        for name, rows in tables.items()
    }
    corpus.write_manifest(Manifest(stage, fingerprint, {}, shards))


def read_reports(texts: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return mentions and labels of texts by report: present outranks uncertain, which outranks absent."""
    order = [Assertion.ABSENT, Assertion.UNCERTAIN, Assertion.PRESENT]
    mentions, labels = [], []
    for report_id, text in texts.items():
        said: dict[str, Assertion] = {}
        for index, mention in enumerate(parse_report(text).mentions):
            mentions.append((report_id, index, *mention))
            if (mention.temporality, mention.experiencer) != (Temporality.CURRENT, Experiencer.PATIENT):
                continue
            held = said.get(mention.finding, Assertion.ABSENT)
            said[mention.finding] = max(held, mention.assertion, key=order.index)
        for finding, assertion in said.items():
            probability = {Assertion.PRESENT: 0.9, Assertion.UNCERTAIN: 0.5, Assertion.ABSENT: 0.1}[assertion]
            labels.append(LabelRow(report_id, None, finding, assertion, probability, ("rules",)))
    return {"mentions": mentions, "labels": labels}


def unit(vectors: Any) -> np.ndarray:
    vectors = np.asarray(vectors, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embeddings(kind: str, ids: Sequence[str], vectors: Any, encoder: str = "encoder") -> list[EmbeddingRow]:
    return [EmbeddingRow(kind, i, encoder, tuple(map(float, v))) for i, v in zip(ids, vectors, strict=True)]


def make_corpus(
    home: Path,
    *,
    texts: Mapping[str, str] | None = None,
    reports: Mapping[str, Mapping[str, Any]] | None = None,
    images: Mapping[str, Mapping[str, Any]] | None = None,
    links: Sequence[Link] = (),
    labels: Sequence[LabelRow] = (),
    vectors: Sequence[EmbeddingRow] = (),
    name: str = "case",
) -> Corpus:
    """Return a corpus of these reports and images; a patient is named after the id unless it says so."""
    corpus = Corpus.create(name, home=home)
    texts, reports, images = texts or {}, reports or {}, images or {}
    read = read_reports(texts)
    write_tables(
        corpus,
        {
            "reports": [
                Report(
                    **{"report_id": i, "patient_id": f"p-{i}", "source": "test", **reports.get(i, {})}, text=t
                )
                for i, t in texts.items()
            ],
            "images": [
                Image(**{"image_id": i, "patient_id": f"p-{i}", "path": None, **facts})
                for i, facts in images.items()
            ],
            "links": list(links),
            "mentions": read["mentions"],
            "labels": [*read["labels"], *labels],
            "embeddings": list(vectors),
        },
    )
    return corpus


def index(corpus: Corpus, **settings: Any) -> Outcome:
    return run_stage(corpus, STAGE, IndexSettings(**settings))


def opened(corpus: Corpus, **settings: Any) -> Index:
    index(corpus, **settings)
    return open_index(index_folder(corpus))

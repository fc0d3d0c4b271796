"""The stage: a corpus's reports, images, labels and vectors become `indexes/NAME`."""

import importlib.util
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from radmine.corpus import LEXICON, Corpus
from radmine.embed import TEXT_MODEL
from radmine.files import digest
from radmine.models import copy_model, model_facts
from radmine.run import Job, NotApplicable, Stage, require_choice
from radmine.search.entries import Entries
from radmine.search.expand import FILE as NEAR
from radmine.search.expand import write_neighbours
from radmine.search.folder import index_folder, write_index
from radmine.search.score import score
from radmine.search.tables import write_entries
from radmine.search.text import label_term, write_text_index
from radmine.search.vectors import INDEX_KINDS, kind_for, write_vectors
from radmine.topics import MODEL as TOPICS
from radmine.topics import load_topics
from radmine.train import MODEL

_ENCODERS = {"image": MODEL, "report": TEXT_MODEL}  # the folder of the model that makes the vectors of a kind


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """How the index is made."""

    # flat (exact) | hnsw | ivf | auto: flat below 100,000 vectors, else hnsw.
    vector_index: str = "auto"

    def __post_init__(self) -> None:
        require_choice(self, vector_index=("auto", *INDEX_KINDS))


def _data(_corpus: Corpus, _settings: Any) -> str:
    """Return whether FAISS is there to make the index's vector part."""
    return digest(importlib.util.find_spec("faiss") is not None)


def _run(job: Job) -> None:
    corpus = job.corpus
    if not corpus.rows("reports") and not corpus.rows("images"):
        raise NotApplicable("the corpus has neither reports nor images")
    if not corpus.rows("reports") and not corpus.rows("embeddings"):
        raise NotApplicable("the corpus has no reports, and its images have no vectors")
    folder = index_folder(corpus)

    def fill(partial: Path) -> dict[str, Any]:
        job.progress(0, None, "entries")
        entries = write_entries(corpus, partial)
        if corpus.lexicon_folder is not None:
            corpus.lexicon.save(partial / LEXICON)
        if entries.reports:
            write_text_index(partial / "text", _documents(job, entries))
            if (found := _word_vectors(corpus)) is not None:
                words = write_neighbours(partial / NEAR, *found)
                job.notes["words"] = f"{words:,} have others that are used alike"
        vectors, kinds, encoders = _write_vectors(job, entries, partial)
        return {
            "made_from": job.inputs,
            "reports": entries.reports,
            "images": entries.ids.num_rows - entries.reports,
            "vectors": vectors,
            "vector_index": kinds,
            "encoders": encoders,
        }

    manifest = write_index(folder, f"generation-{job.fingerprint}", fill, corpus=corpus.name)
    job.folders[f"../../indexes/{corpus.name}/{manifest.generation}"] = manifest.generation
    job.files.append(f"../../indexes/{corpus.name}/manifest.json")
    job.notes.update(reports=manifest.reports, images=manifest.images, vectors=manifest.vectors)


def _word_vectors(corpus: Corpus) -> tuple[Sequence[str], np.ndarray] | None:
    """Return the corpus's words with vectors, the commonest first, and these; None where no topics were fitted."""
    if model_facts(corpus.folder / TOPICS) is None:
        return None
    model = load_topics(corpus.folder / TOPICS)
    return model.vectors.words, model.vectors.rows


def _documents(job: Job, entries: Entries) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each report's row, text and label terms, in the order of rows."""
    labels: dict[int, list[str]] = defaultdict(list)
    for finding, assertion, rows in entries.all_labels():
        for row in rows.tolist():
            labels[row].append(label_term(finding, assertion))
    texts = job.corpus.read("reports", columns=["report_id", "text"]).sort_by("report_id")["text"]
    for row, text in enumerate(texts):
        if row % 5000 == 0:
            job.progress(row, entries.reports, "reports")
        yield row, text.as_py(), labels.get(row, [])
    job.progress(entries.reports, entries.reports, "reports")


def _write_vectors(
    job: Job, entries: Entries, folder: Path
) -> tuple[dict[str, int], dict[str, str | None], dict[str, str]]:
    """Write the vectors of images and reports and copy their encoders; return how many, index kinds, encoders."""
    has_faiss = importlib.util.find_spec("faiss") is not None
    counts: dict[str, int] = {}
    kinds: dict[str, str | None] = {}
    encoders: dict[str, str] = {}
    for kind in _ENCODERS:
        rows, vectors, encoder = _vectors(job.corpus, entries, kind)
        if not len(rows):
            continue
        job.progress(0, len(rows), f"vectors of {kind}s")
        counts[kind] = len(rows)
        kinds[kind] = kind_for(job.settings.vector_index, len(rows)) if has_faiss else None
        if not has_faiss:
            job.notes[f"{kind}_vectors"] = "not searchable: FAISS is missing (radmine[cpu] or radmine[gpu])"
        write_vectors(folder, kind, rows, vectors, kind=kinds[kind])
        job.progress(len(rows), len(rows), f"vectors of {kind}s")
        if job.corpus.fingerprint(_ENCODERS[kind]) == encoder:
            copy_model(job.corpus.folder / _ENCODERS[kind], folder / f"{kind}-encoder")
            encoders[kind] = encoder
        else:
            job.notes[f"{kind}_encoder"] = "none: another model than the corpus' own made the vectors"
    return counts, kinds, encoders


def _vectors(corpus: Corpus, entries: Entries, kind: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the rows of a kind's embedded entries, ascending, their unit vectors, and their encoder."""
    import pyarrow.compute as pc

    parts: list[np.ndarray] = []
    ids: list[str] = []
    encoder = ""
    for shard in corpus.shards("embeddings"):
        table = corpus.read_shard("embeddings", shard)
        table = table.filter(pc.equal(table["kind"], kind)).combine_chunks()
        if table.num_rows:
            encoder = table["encoder"][0].as_py()
            ids += table["id"].to_pylist()
            flat = pc.list_flatten(table["vector"]).to_numpy().astype(np.float32)
            parts.append(flat.reshape(table.num_rows, -1))
    column = f"{kind}_id"
    places = {
        value: row
        for row, (value, of) in enumerate(
            zip(entries.ids[column].to_pylist(), entries.ids["kind"].to_pylist(), strict=True)
        )
        if of == kind
    }
    rows = np.array([places.get(i, -1) for i in ids], dtype=np.int64)
    order = np.argsort(rows, kind="stable")[int((rows < 0).sum()) :]
    vectors = np.concatenate(parts)[order] if parts else np.empty((0, 0), np.float32)
    return rows[order], np.ascontiguousarray(vectors), encoder


STAGE = Stage(
    name="index",
    run=_run,
    settings=IndexSettings,
    reads=(
        "reports",
        "images",
        "links",
        "mentions",
        "labels",
        "tags",
        "pixels",
        "embeddings",
        LEXICON,
        TOPICS,
        MODEL,
        TEXT_MODEL,
    ),
    writes=("indexes/NAME",),  # beside `corpora/`: in words, its generation stands in `job.folders`
    score=score,
    data=_data,
    version=7,
)

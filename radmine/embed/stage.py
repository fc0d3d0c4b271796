"""The stage: images and reports become unit vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from radmine.corpus import Corpus
from radmine.embed.encoder import load_encoder
from radmine.embed.score import score
from radmine.embed.text import TextEncoder, Vectors, fit_text_encoder, load_text_encoder, save_text_encoder
from radmine.files import digest
from radmine.models import remove_model
from radmine.parse import names_digest
from radmine.pixels import ARRAYS, open_pixels
from radmine.records import READ_TABLES, TABLES, Rejected, read_reports
from radmine.run import Job, NotApplicable, Piece, Stage, choose_device, require_at_least
from radmine.train import MODEL

TEXT_MODEL = "models/text"  # the folder in a corpus
_CHUNK = 4096  # rows of one shard; also the step of resuming


@dataclass(frozen=True, slots=True)
class EmbedSettings:
    """What the vectors are made with."""

    # Length of a report's vector, at most; an image's vector has the length that the network gives it.
    dimension: int = 128
    # Reports that a term must occur in.
    min_reports: int = 2
    # Reports that the text encoder is fitted on, at most, spread evenly.
    fit_reports: int = 50_000
    # Seed of the decomposition of the terms.
    seed: int = 0

    def __post_init__(self) -> None:
        require_at_least(self, dimension=1, min_reports=1, fit_reports=1)


def _why_no_images(corpus: Corpus) -> str | None:
    if not corpus.rows("pixels"):
        return "the corpus has no decoded pixels"
    return None if corpus.fingerprint(MODEL) else "no image model was trained"


def _run(job: Job) -> None:
    why = _why_no_images(job.corpus)
    if why and not job.corpus.rows("reports"):
        raise NotApplicable(f"there are no reports, and {why}")
    if why is None:
        job.notes["device"] = choose_device(job.execution.device).reason
        _embed_images(job)
    else:
        job.notes["images"] = f"not embedded: {why}"
    _embed_reports(job)


def _embed_images(job: Job) -> None:
    folder, device = job.corpus.folder, job.execution.device
    fingerprint = job.corpus.fingerprint(MODEL)
    store = open_pixels(job.corpus)
    chunks = [store.ids[i : i + _CHUNK] for i in range(0, len(store), _CHUNK)]
    pieces = [
        Piece(
            digest("image", job.stage.version, fingerprint, [(i, store.hashes[i]) for i in chunk]),
            len(chunk),
            (folder, chunk, device),
        )
        for chunk in chunks
    ]
    job.write_shards(_image_work, pieces, what="images")


def _image_work(folder: Path, chunk: Sequence[str], device: str) -> Mapping[str, Any]:
    encoder = load_encoder(folder / MODEL, device=device)
    vectors = encoder.squares(open_pixels(Corpus(folder)).batch(chunk))
    return {"embeddings": _table("image", chunk, encoder.fingerprint, vectors)}


def _embed_reports(job: Job) -> None:
    corpus, settings = job.corpus, job.settings
    encoder = _fitted(job) if corpus.rows("reports") else None
    if encoder is None:
        why = (
            f"no term occurs in {settings.min_reports} reports"
            if corpus.rows("reports")
            else "there are none"
        )
        job.notes["reports"] = f"not embedded: {why}"
        remove_model(corpus.folder / TEXT_MODEL)
        return
    job.folders[TEXT_MODEL] = encoder.fingerprint
    mark = ["report", job.stage.version, encoder.fingerprint]
    columns = {"reports": ("report_id", "text")}
    pieces = job.pieces(READ_TABLES, corpus.folder, columns=columns, marked_by=mark)
    job.write_shards(_report_work, pieces, what="reports")


def _fitted(job: Job) -> TextEncoder | None:
    """Return the text encoder of the corpus, fitted on reports outside of the test part, None where that cannot be."""
    corpus, settings = job.corpus, job.settings
    test = {s.patient_id for s in corpus.records("splits") if s.split == "test"}
    step = max(1, corpus.rows("reports") // settings.fit_reports)
    reads = (
        read
        for _, read, of in corpus.read_reports(also=("reports",), every=step)
        if of["reports"][0].patient_id not in test
    )
    try:
        encoder = fit_text_encoder(
            reads, dimension=settings.dimension, least=settings.min_reports, seed=settings.seed
        )
    except ValueError:
        return None
    save_text_encoder(corpus.folder / TEXT_MODEL, encoder)
    return load_text_encoder(corpus.folder / TEXT_MODEL)


def _report_work(tables: Mapping[str, pa.Table], folder: Path) -> Mapping[str, Any]:
    reads = dict(read_reports(tables))
    ids = list(reads)
    encoder = load_text_encoder(folder / TEXT_MODEL)
    vectors = encoder.reports(list(reads.values()))
    there: list[bool] = np.any(vectors, axis=1).tolist()
    kept = [i for i, known in zip(ids, there, strict=True) if known]
    rejected = [
        Rejected("embed", i, "no_known_terms", "no term of the text is known to the text encoder")
        for i, known in zip(ids, there, strict=True)
        if not known
    ]
    return {"embeddings": _table("report", kept, encoder.fingerprint, vectors[there]), "rejected": rejected}


def _table(kind: str, ids: Sequence[str], encoder: str, vectors: Vectors) -> pa.Table:
    """Return rows of `embeddings`, made of whole columns: a million vectors are too many for a loop."""
    count, dimension = vectors.shape
    starts = pa.array(np.arange(count + 1, dtype=np.int32) * dimension, pa.int32())
    return pa.table(
        [
            pa.array([kind] * count, pa.string()),
            pa.array(ids, pa.string()),
            pa.array([encoder] * count, pa.string()),
            pa.ListArray.from_arrays(starts, pa.array(np.ascontiguousarray(vectors).ravel(), pa.float32())),
        ],
        names=TABLES["embeddings"].schema.names,
    ).cast(TABLES["embeddings"].schema)


STAGE = Stage(
    name="embed",
    run=_run,
    settings=EmbedSettings,
    reads=(*READ_TABLES, "splits", "pixels", ARRAYS, MODEL),
    writes=("embeddings", TEXT_MODEL),
    score=score,
    data=lambda _corpus, _settings: names_digest(),
    version=4,
)

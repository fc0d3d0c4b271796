"""The stage: images and reports become unit vectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from radmine.corpus import Corpus
from radmine.embed.encoder import load_encoder
from radmine.embed.score import score
from radmine.embed.text import (
    TextEncoder,
    Vectors,
    fit_text_encoder,
    load_text_encoder,
    save_text_encoder,
    terms_of,
)
from radmine.files import digest
from radmine.models import remove_model
from radmine.parse import names_digest
from radmine.pixels import ARRAYS, open_pixels
from radmine.records import READ_TABLES, TABLES, ReadReport, Rejected, read_reports
from radmine.run import (
    Guard,
    Job,
    Limits,
    NotApplicable,
    Piece,
    Stage,
    choose_device,
    require_within,
    stops,
    to_list,
    uses,
)
from radmine.train import MODEL

NAME = "embed"
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
    limits: Limits = field(default=Limits(), metadata=uses("seconds"))

    def __post_init__(self) -> None:
        require_within(self, dimension=(1, 100_000), min_reports=(1, 2**31), fit_reports=(1, 2**31))
        require_within(self, seed=(0, 2**32 - 1))


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
    vectors = encoder.squares(encoder.model.stored(open_pixels(Corpus(folder)), chunk))
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
    seconds = settings.limits.seconds
    mark = ["report", job.stage.version, encoder.fingerprint, seconds]
    columns = {"reports": ("report_id", "text")}
    pieces = job.pieces(READ_TABLES, corpus.folder, seconds, columns=columns, marked_by=mark)
    job.write_shards(_report_work, pieces, what="reports")


def _fitted(job: Job) -> TextEncoder | None:
    """Return the text encoder of the corpus, fitted on reports outside of the test part, None where that cannot be."""
    corpus, settings = job.corpus, job.settings
    how = {"dimension": settings.dimension, "least": settings.min_reports, "seed": settings.seed}
    try:
        encoder = fit_text_encoder(_fit_reads(job), **how)
    except BaseException as error:
        if stops(error):
            raise
        try:  # a report that cannot be read is set aside where its vector is made
            encoder = fit_text_encoder(filter(_is_readable, _fit_reads(job)), **how)
        except ValueError:
            return None
    save_text_encoder(corpus.folder / TEXT_MODEL, encoder)
    return load_text_encoder(corpus.folder / TEXT_MODEL)


def _fit_reads(job: Job) -> Iterator[ReadReport]:
    corpus = job.corpus
    test = {s.patient_id for s in corpus.records("splits") if s.split == "test"}
    step = max(1, corpus.rows("reports") // job.settings.fit_reports)
    for _, read, of in corpus.read_reports(also=("reports",), every=step):
        if of["reports"][0].patient_id not in test:
            yield read


def _is_readable(read: ReadReport) -> bool:
    try:
        terms_of(read)
    except BaseException as error:
        if stops(error):
            raise
        return False
    return True


def _report_work(tables: Mapping[str, pa.Table], folder: Path, seconds: float) -> Mapping[str, Any]:
    encoder = load_text_encoder(folder / TEXT_MODEL)
    rejected: list[Rejected] = []
    with Guard(to_list(rejected, NAME), otherwise="unreadable_report", seconds=seconds) as guard:
        ids, vectors = _vectors(encoder, dict(read_reports(tables)), guard)
    there: list[bool] = np.any(vectors, axis=1).tolist()
    kept = [i for i, known in zip(ids, there, strict=True) if known]
    rejected += [
        Rejected(NAME, i, "no_known_terms", "no term of the text is known to the text encoder")
        for i, known in zip(ids, there, strict=True)
        if not known
    ]
    return {"embeddings": _table("report", kept, encoder.fingerprint, vectors[there]), "rejected": rejected}


def _vectors(
    encoder: TextEncoder, reads: Mapping[str, ReadReport], guard: Guard
) -> tuple[list[str], Vectors]:
    """Return the vectors of reports: of all at once, one by one where that fails; those that fail are set aside."""
    try:
        return list(reads), encoder.reports(list(reads.values()))
    except BaseException as error:
        if stops(error):
            raise
    made: dict[str, Vectors] = {}
    for report_id, read in reads.items():
        with guard(report_id):
            made[report_id] = encoder.reports([read])
    return list(made), np.concatenate([encoder.reports([]), *made.values()])


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
    name=NAME,
    run=_run,
    settings=EmbedSettings,
    reads=(*READ_TABLES, "splits", "pixels", ARRAYS, MODEL),
    writes=("embeddings", TEXT_MODEL),
    score=score,
    data=lambda _corpus, _settings: names_digest(),
    version=5,
)

"""The stage: image files become arrays ready to train on, decoded once."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from radmine.corpus import Corpus, Shard
from radmine.files import digest, open_file, write_whole
from radmine.pixels.bitmap import is_bitmap
from radmine.pixels.content import Bytes
from radmine.pixels.left_out import left_out, left_out_words
from radmine.pixels.marks import Mark, learn_marks
from radmine.pixels.near_table import near_duplicates
from radmine.pixels.read import read_pixels
from radmine.pixels.reader import PixelsSettings, Reader, Source
from radmine.pixels.score import score
from radmine.pixels.square import as_bytes
from radmine.pixels.store import ARRAYS, array_name, hash_of, is_whole
from radmine.pixels.value_files import ValueFiles
from radmine.records import Pixels, Rejected
from radmine.run import (
    TRY_AGAIN,
    Guard,
    Job,
    NotApplicable,
    Piece,
    Stage,
    require,
    to_list,
)

_NAME = "pixels"
_CHUNK = 64  # images of one array file, 3 MB at 224 pixels: what a process takes at a time, and the step of resuming
_LEARNED_FROM = 400  # images, about: marks


def _run(job: Job) -> None:
    settings: PixelsSettings = job.settings
    paths = job.corpus.read("images", columns=["path"]).column("path")
    if paths.null_count == len(paths):
        raise NotApplicable("the corpus has no images with pixel files")
    job.try_again = TRY_AGAIN | {"missing_file"}  # the marks of pieces say whether a file is there now
    job.notes["crop"] = settings.crop  # what a model trained on these must do to a new picture
    if settings.ocr != "none":
        require("rapidocr_onnxruntime", extra="ocr", purpose="Reading burned-in text")
    sources = _sources(job)
    marks = _marks(sources, settings) if settings.marks else ()
    job.notes["marks"] = [asdict(mark) for mark in marks]
    job.notes["ocr"] = settings.ocr != "none"
    if marks:
        job.said.append(
            f"print that many images have in the same corner is blanked: {', '.join(map(str, marks))}"
        )
    folder = job.corpus.folder
    chunks = [sources[i : i + _CHUNK] for i in range(0, len(sources), _CHUNK)]
    each = {**asdict(settings), "images": ""}
    del each["leave_out"]  # which images, too, and not what becomes of them
    base = [job.stage.version, each, job.notes["marks"]]
    pieces = [
        Piece(digest(base, [_state(s) for s in chunk]), len(chunk), (chunk, folder, settings, marks))
        for chunk in chunks
    ]

    def arrays_of(shards: Mapping[str, Shard]) -> set[str]:
        table = job.corpus.read_shard("pixels", shards["pixels"], columns=["array", "values"])
        return {file for column in table.columns for file in column.to_pylist()} - {None}

    def usable(shards: Mapping[str, Shard]) -> bool:
        return all((folder / ARRAYS / array).exists() for array in arrays_of(shards))

    made = job.write_shards(_decode, pieces, what="images", usable=usable)
    for words in (_assumed_words(job, made), _quality_words(job, made)):
        if words:
            job.said.append(words)
    job.write("near_duplicates", near_duplicates(job, made))
    arrays = set[str]().union(*map(arrays_of, made))
    (folder / ARRAYS).mkdir(exist_ok=True)
    job.folders[ARRAYS] = digest(sorted(arrays))
    job.files += (f"{ARRAYS}/{array}" for array in sorted(arrays))


def _marks(sources: Sequence[Source], settings: PixelsSettings) -> tuple[Mark, ...]:
    """Return the marks that are learned from one image of each of some patients, evenly from all, that is no DICOM file.

    So a mark, which stands in the manifest and in models, never is print that one patient's images alone have.
    """
    pictures: list[Bytes] = []
    one_each = list({source.patient: source for source in reversed(sources)}.values())[::-1]
    step = max(1, len(one_each) // _LEARNED_FROM)
    with Guard(to_list([], _NAME), otherwise="undecodable_pixels", seconds=settings.limits.seconds) as guard:
        for source in one_each[::step]:
            with guard(source.image_id):  # what cannot be read is told where it is decoded
                with open_file(Path(source.path)) as stream:
                    bitmap = is_bitmap(stream.read(132))
                if bitmap:
                    pictures.append(as_bytes(read_pixels(source.path, limits=settings.limits).grey))
    return learn_marks(pictures)


def _counted(job: Job, made: Sequence[Mapping[str, Shard]], column: str) -> tuple[str, int]:
    """Return what a column of lists says, "RescaleSlope 3, WindowWidth 1", the commonest first, and of how many images it says some."""
    counts, images = Counter[str](), 0
    for shards in made:
        table = job.corpus.read_shard("pixels", shards["pixels"], columns=[column])
        for said in table.column(column).to_pylist():
            images += bool(said)
            counts.update({word.split("=")[0] for word in said})
    most = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    return ", ".join(f"{word} {n:,}" for word, n in most), images


def _assumed_words(job: Job, made: Sequence[Mapping[str, Shard]]) -> str:
    """Return what people are told of headers that were missing or odd, "" where none was."""
    most, images = _counted(job, made, "assumed")
    if not images:
        return ""
    many = "an image" if images == 1 else f"{images:,} images"
    return f"header values of {many} were missing or odd and are read as `assumed` in `pixels` says: {most}"


def _quality_words(job: Job, made: Sequence[Mapping[str, Shard]]) -> str:
    """Return how many images have which flag, "" where none has one."""
    most, images = _counted(job, made, "quality")
    return f"`quality` in `pixels` has a doubt about {images:,} of the images: {most}" if images else ""


def _sources(job: Job) -> list[Source]:
    """Return the images to decode; identical ones stand together, where the first of them stands in the table."""
    columns = ["image_id", "patient_id", "path", "frame", "content_hash", "study_id", "series_id", "kind"]
    columns += ["modality", "meta"]
    rows = job.corpus.read("images", columns=columns).to_pylist()
    aside = left_out(rows, job.settings.leave_out)
    if job.settings.images == "linked":
        linked = {i for table in ("links", "source_labels") for i in _images_in(job.corpus, table)}
        if linked:
            rows = [row for row in rows if row["image_id"] in linked]
        else:
            job.notes["images"] = "no image is linked to a report or labelled by a table, so all were decoded"
    if words := left_out_words(aside[row["image_id"]] for row in rows if row["image_id"] in aside):
        job.said.append(words)
    rows = [row for row in rows if row["image_id"] not in aside]
    without = sum(row["path"] is None for row in rows)
    if without:
        job.notes["images_without_file"] = without
    groups: dict[str, list[Source]] = {}
    first: dict[str, tuple[str, int | None]] = {}  # image of a series
    for row in rows:
        if row["path"] is not None:
            text_of = place = row["path"], row["frame"]
            if job.settings.ocr == "series" and row["series_id"] and row["kind"] != "secondary_capture":
                text_of = first.setdefault(row["series_id"], place)
            source = Source(
                row["image_id"],
                *place,
                patient=row["patient_id"],
                modality=row["modality"],
                kind=row["kind"],
                image_type=_image_type(row["meta"]),
                text_of=None if job.settings.ocr == "none" else text_of,
            )
            groups.setdefault(row["content_hash"] or f"image {source.image_id}", []).append(source)
    return [source for group in groups.values() for source in group]


def _image_type(meta: str | None) -> tuple[str, ...]:
    said = json.loads(meta).get("image_type", ()) if meta and '"image_type"' in meta else ()
    return tuple(said) if isinstance(said, list) else ()


def _images_in(corpus: Corpus, table: str) -> set[str | None]:
    """Return the images that a table names."""
    return set(corpus.read(table, columns=["image_id"]).column("image_id").to_pylist())


def _state(source: Source) -> tuple[Any, ...]:
    """Return what the result of a source depends on: the files as they are now, too."""
    said = source.path, source.frame, source.modality, source.kind, source.image_type
    own = source.image_id, *said, *_file_state(source.path)
    return (*own, *source.text_of, *_file_state(source.text_of[0])) if source.text_of else own


def _file_state(path: str) -> tuple[int, int]:
    try:
        state = Path(path).stat()
    except OSError:
        return -1, -1
    return state.st_size, state.st_mtime_ns


def _decode(
    sources: Sequence[Source], folder: Path, settings: PixelsSettings, marks: Sequence[Mark]
) -> Mapping[str, Sequence[Pixels | Rejected]]:
    """Decode a chunk of images, write its array file, and return the rows that point into it."""
    squares: dict[str, tuple[int, Bytes]] = {}  # by content, in the order of the file
    found: list[tuple[Source, str, str | None, dict[str, Any]]] = []
    values = ValueFiles(folder / ARRAYS)
    reader = Reader(settings, marks)
    rejected: list[Rejected] = []
    to_rejected, seconds = to_list(rejected, _NAME), settings.limits.seconds
    with Guard(to_rejected, otherwise="undecodable_pixels", seconds=seconds) as guard:
        for source in sources:
            with guard(source.image_id):
                square, numbers, facts = reader.read(source)
                content = hash_of(square)
                squares.setdefault(content, (len(squares), square))
                found.append((source, content, None if numbers is None else values.add(numbers), facts))
    if not found:
        return {"pixels": (), "rejected": rejected}
    file = _write_arrays(
        folder / ARRAYS, np.stack([array for _, array in squares.values()]), array_name(squares)
    )
    places = values.places()
    rows = [
        Pixels(
            source.image_id,
            content,
            file,
            squares[content][0],
            values=None if key is None else places[key][0],
            values_at=None if key is None else places[key][1],
            **facts,
        )
        for source, content, key, facts in found
    ]
    return {"pixels": rows, "rejected": rejected}


def _write_arrays(folder: Path, stack: Bytes, file: str) -> str:
    """Write an array file under a name made from its content, and return the name."""
    if not is_whole(folder / file):
        content = io.BytesIO()
        np.save(content, stack, allow_pickle=False)
        write_whole(folder / file, content.getvalue())
    return file


STAGE = Stage(
    name=_NAME,
    version=4,
    run=_run,
    settings=PixelsSettings,
    reads=("images", "links", "source_labels"),
    needs=("images",),
    writes=("pixels", "near_duplicates", ARRAYS),
    score=score,
)

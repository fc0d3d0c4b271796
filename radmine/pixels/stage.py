"""The stage: image files become arrays ready to train on, decoded once."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from radmine.corpus import Corpus, Shard
from radmine.errors import InputError
from radmine.files import digest, open_file, write_whole
from radmine.pixels.bitmap import is_bitmap
from radmine.pixels.burned_in import burned_in
from radmine.pixels.content import Bytes
from radmine.pixels.left_out import KINDS, left_out, left_out_words
from radmine.pixels.marks import Mark, learn_marks
from radmine.pixels.printed import Box
from radmine.pixels.read import read_pixels
from radmine.pixels.score import score
from radmine.pixels.square import as_bytes, to_square
from radmine.pixels.store import ARRAYS, array_name, hash_of, is_whole
from radmine.records import Pixels, Rejected
from radmine.run import (
    TRY_AGAIN,
    Guard,
    Job,
    Limits,
    NotApplicable,
    Piece,
    Stage,
    require,
    require_choice,
    require_within,
    to_list,
    uses,
)

_NAME = "pixels"
_CHUNK = 512  # images of one array file: 8 MB at 128 pixels; also the step of resuming
_LEARNED_FROM = 400  # images, about: marks


@dataclass(frozen=True, slots=True)
class PixelsSettings:
    """Which images are decoded, and to what."""

    # linked: those that a report speaks of or a table labels (all of them, where there are none) | all
    images: str = "linked"
    # Kinds of DICOM images that are left out; secondary captures only where their study has other images.
    leave_out: tuple[str, ...] = KINDS
    # Pixels a side of the stored square.
    size: int = 224
    # Leave out text footers, empty borders and letters that stand alone in a corner.
    crop: bool = True
    # Blank print that many PNG or JPEG images have in the same corner, as a publisher's logo over anatomy.
    marks: bool = True
    # Blank text that OCR reads, about a second an image (extra `ocr`): none | series (where the first image of its series
    # has text; secondary captures each for themselves) | all (each image for itself)
    ocr: str = "none"
    limits: Limits = field(
        default=Limits(), metadata=uses("seconds", "document_mb", "inflated_mb", "frames", "megapixels")
    )

    def __post_init__(self) -> None:
        require_choice(self, images=("linked", "all"), leave_out=KINDS, ocr=("none", "series", "all"))
        require_within(self, size=(16, 4096))


@dataclass(frozen=True, slots=True)
class Source:
    """An image to decode and the file that holds it."""

    image_id: str
    path: str
    frame: int | None
    patient: str
    # Whose text OCR reads in its place: the first of its series, or itself; None: nobody's.
    text_of: tuple[str, int | None] | None = None


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
        table = job.corpus.read_shard("pixels", shards["pixels"], columns=["array"])
        return set(table.column("array").to_pylist())

    def usable(shards: Mapping[str, Shard]) -> bool:
        return all((folder / ARRAYS / array).exists() for array in arrays_of(shards))

    made = job.write_shards(_decode, pieces, what="images", usable=usable)
    if words := _assumed_words(job, made):
        job.said.append(words)
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


def _assumed_words(job: Job, made: Sequence[Mapping[str, Shard]]) -> str:
    """Return what people are told of headers that were missing or odd, "" where none was."""
    counts, images = Counter[str](), 0
    for shards in made:
        table = job.corpus.read_shard("pixels", shards["pixels"], columns=["assumed"])
        for assumed in table.column("assumed").to_pylist():
            images += bool(assumed)
            counts.update({said.split("=")[0] for said in assumed})
    if not images:
        return ""
    most = ", ".join(f"{keyword} {n:,}" for keyword, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
    many = "an image" if images == 1 else f"{images:,} images"
    return f"header values of {many} were missing or odd and are read as `assumed` in `pixels` says: {most}"


def _sources(job: Job) -> list[Source]:
    """Return the images to decode; identical ones stand together, where the first of them stands in the table."""
    columns = ["image_id", "patient_id", "path", "frame", "content_hash", "study_id", "series_id", "kind"]
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
                row["image_id"], *place, row["patient_id"], None if job.settings.ocr == "none" else text_of
            )
            groups.setdefault(row["content_hash"] or f"image {source.image_id}", []).append(source)
    return [source for group in groups.values() for source in group]


def _images_in(corpus: Corpus, table: str) -> set[str | None]:
    """Return the images that a table names."""
    return set(corpus.read(table, columns=["image_id"]).column("image_id").to_pylist())


def _state(source: Source) -> tuple[Any, ...]:
    """Return what the result of a source depends on: the files as they are now, too."""
    own = source.image_id, source.path, source.frame, *_file_state(source.path)
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
    found: list[tuple[Source, str, dict[str, Any]]] = []
    rejected: list[Rejected] = []
    reader = _Reader(settings, marks)
    to_rejected, seconds = to_list(rejected, _NAME), settings.limits.seconds
    with Guard(to_rejected, otherwise="undecodable_pixels", seconds=seconds) as guard:
        for source in sources:
            with guard(source.image_id):
                square, facts = reader.square(source)
                content = hash_of(square)
                squares.setdefault(content, (len(squares), square))
                found.append((source, content, facts))
    if not found:
        return {"pixels": (), "rejected": rejected}
    file = _write_arrays(
        folder / ARRAYS, np.stack([array for _, array in squares.values()]), array_name(squares)
    )
    rows = [Pixels(s.image_id, content, file, squares[content][0], **facts) for s, content, facts in found]
    return {"pixels": rows, "rejected": rejected}


class _Reader:
    """Reads images, and the text of the first of each series once."""

    def __init__(self, settings: PixelsSettings, marks: Sequence[Mark]) -> None:
        self._settings = settings
        self._marks = marks
        self._of_series: dict[tuple[str, int | None], tuple[tuple[int, ...], tuple[Box, ...]]] = {}

    def square(self, source: Source) -> tuple[Bytes, dict[str, Any]]:
        """Return the square that is stored of an image, and what its row says of it."""
        settings = self._settings
        picture = read_pixels(source.path, frame=source.frame, limits=settings.limits)
        facts = {"window": picture.window, "inverted": picture.inverted, "assumed": picture.assumed}
        pixels = as_bytes(picture.grey)
        del picture  # four times as large
        printed = self._printed(source, pixels)
        square = to_square(pixels, size=settings.size, crop=settings.crop, printed=printed)
        return square.array, {
            "rows": pixels.shape[0],
            "columns": pixels.shape[1],
            "crop": square.crop,
            "printed": tuple(chain.from_iterable(printed)),
            **facts,
        }

    def _printed(self, source: Source, pixels: Bytes) -> tuple[Box, ...]:
        """Return the boxes of text on an image: its own, or those of the first of its series where that is as large."""
        place = source.text_of
        if place is None or place == (source.path, source.frame):
            return burned_in(pixels, marks=self._marks, ocr=place is not None)
        if place not in self._of_series:
            try:
                first = as_bytes(read_pixels(place[0], frame=place[1], limits=self._settings.limits).grey)
            except (InputError, OSError):
                self._of_series[place] = (
                    (),
                    (),
                )  # set aside as itself; the others are read each for themselves
            else:
                self._of_series[place] = first.shape, burned_in(first, marks=self._marks, ocr=True)
        shape, printed = self._of_series[place]
        return printed if shape == pixels.shape else burned_in(pixels, marks=self._marks, ocr=True)


def _write_arrays(folder: Path, stack: Bytes, file: str) -> str:
    """Write an array file under a name made from its content, and return the name."""
    if not is_whole(folder / file):
        content = io.BytesIO()
        np.save(content, stack, allow_pickle=False)
        write_whole(folder / file, content.getvalue())
    return file


STAGE = Stage(
    name=_NAME,
    version=3,
    run=_run,
    settings=PixelsSettings,
    reads=("images", "links", "source_labels"),
    needs=("images",),
    writes=("pixels", ARRAYS),
    score=score,
)

"""The pixel store of a corpus: arrays mapped into memory, and a table that says where each image stands."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import digest
from radmine.pixels.content import Bytes
from radmine.pixels.neighbours import neighbours_of
from radmine.pixels.value_files import is_named_so, is_values, open_values
from radmine.pixels.values import Values

ARRAYS = "arrays"  # the folder in a corpus
_OURS = re.compile(r"part-[0-9a-f]{16}\.npy")
_OPEN = 512  # array files mapped at one time
_OF_VALUES = ("values", "values_at", "slope", "intercept", "unit", "crop", "window", "inverted")
_Mapped = TypeVar("_Mapped")


class PixelStore:
    """The decoded images of a corpus by id; nothing is read before it is asked for."""

    def __init__(self, corpus: Corpus, *, image_ids: Iterable[str] | None = None) -> None:
        asked = None if image_ids is None else pc.field("image_id").isin(pa.array(image_ids, pa.string()))
        table = corpus.read("pixels", columns=["image_id", "content_hash", "array", "row"], rows=asked)
        arrays, rows = table.column("array").to_pylist(), table.column("row").to_pylist()
        self.ids: tuple[str, ...] = tuple(table.column("image_id").to_pylist())
        self.hashes: dict[str, str] = dict(
            zip(self.ids, table.column("content_hash").to_pylist(), strict=True)
        )
        self._places = dict(zip(self.ids, zip(arrays, rows, strict=True), strict=True))
        self._folder, self._name = corpus.folder / ARRAYS, corpus.name
        self._array = lru_cache(_OPEN)(lambda file: self._map(file, _checked))
        self._numbers = lru_cache(_OPEN)(lambda file: self._map(file, open_values))
        self._corpus, self._asked = corpus, asked

    def __repr__(self) -> str:
        return f"PixelStore({self._name}: {len(self):,} images)"

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._places

    def __getitem__(self, image_id: str) -> Bytes:
        """Return one image, shape (size, size); KeyError where it is not stored."""
        array, row = self._places[image_id]
        image: Bytes = self._array(array)[row]
        return image

    @property
    def size(self) -> int:
        """Pixels a side; 0 where nothing is stored."""
        return int(self[self.ids[0]].shape[-1]) if self.ids else 0

    def batch(self, image_ids: Sequence[str]) -> Bytes:
        """Return a copy of several images in the order asked for, shape (n, size, size)."""
        stack = np.empty((len(image_ids), self.size, self.size), np.uint8)
        for place, image_id in enumerate(image_ids):
            stack[place] = self[image_id]
        return stack

    def values(self, image_id: str) -> Values | None:
        """Return the values of one image that were kept, of the same crop and not resized; None where none were.

        KeyError where the image is not stored.
        """
        kept = self._kept[image_id]
        if kept["values"] is None:
            return None
        top, bottom, left, right = kept["crop"]
        shape = bottom - top, right - left
        start = kept["values_at"]
        numbers = self._numbers(kept["values"])[start : start + shape[0] * shape[1]].reshape(shape)
        window = kept["window"][0], kept["window"][1]
        return Values(numbers, kept["slope"], kept["intercept"], kept["unit"], window, kept["inverted"])

    @cached_property
    def neighbours(self) -> dict[str, dict[str, str]]:
        """The stored images before and behind each in its series: `previous` and `next`, where there are some."""
        return neighbours_of(self._corpus, self.ids)

    @cached_property
    def _kept(self) -> dict[str, dict[str, Any]]:
        rows = self._corpus.read("pixels", columns=["image_id", *_OF_VALUES], rows=self._asked).to_pylist()
        return {row["image_id"]: row for row in rows}

    def _map(self, file: str, open_file: Callable[[Path], _Mapped]) -> _Mapped:
        path = self._folder / file
        try:
            return open_file(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise CorpusError(
                f"An array file cannot be read: {type(error).__name__}.",
                where=str(path),
                do=f"Run `radmine check {self._name}`: what is damaged is decoded anew.",
            ) from error


def hash_of(image: Bytes) -> str:
    """Return the hash of a stored image."""
    return hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()


def array_name(hashes: Iterable[str]) -> str:
    """Return the name of the file that holds images with these hashes, in this order."""
    return f"part-{digest(*hashes)}.npy"


def is_whole(path: Path) -> bool:
    """Return whether an array file is there and holds the images, or the values, that its name is made of."""
    if is_named_so(path):
        return is_values(path)
    try:
        _checked(path)
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def _checked(path: Path) -> Bytes:
    if path.exists() and not path.is_file():
        raise ValueError("no file")
    mapped: Bytes = np.load(path, mmap_mode="r", allow_pickle=False)
    if mapped.dtype != np.uint8 or mapped.ndim != 3:
        raise ValueError("no images")
    # A file that the stage did not name says nothing of its content.
    if _OURS.fullmatch(path.name) and path.name != array_name(map(hash_of, mapped)):
        raise ValueError("not what was written")
    return mapped


def open_pixels(corpus: Corpus, *, image_ids: Iterable[str] | None = None) -> PixelStore:
    """Return the pixel store of a corpus, of all images or of these; an empty one where none was made."""
    return PixelStore(corpus, image_ids=image_ids)

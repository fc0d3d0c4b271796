"""The pictures of hits: as the corpus beside the index stores them, else from the images' files."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.pixels import open_pixels, read_pixels, to_square
from radmine.search.asked import ImageQuery

SIDE = 256  # pixels of a picture on a sheet
_SHARP = 192  # pixels a side; what is stored smaller than this is the second choice


@dataclass(frozen=True, slots=True)
class Place:
    """Where the picture of an image is."""

    path: str | None
    frame: int | None
    content_hash: str | None  # of the stored picture


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a sheet, or why there is none."""

    square: np.ndarray | None  # shape (SIDE, SIDE), uint8
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the pictures of hits are; nothing is read before it is asked for.

    Parameters
    ----------
    corpus
        The folder in which the corpus of the index should be.
    places
        Of the images, by id.
    """

    corpus: Path
    places: Mapping[str, Place]

    def of(self, image_ids: Iterable[str]) -> dict[str, Picture]:
        """Return the pictures of images by id."""
        wanted = {i: self.places.get(i, Place(None, None, None)) for i in image_ids}
        stored = self._stored(wanted)
        made = {}
        for image_id, place in wanted.items():
            kept = stored.get(image_id)
            if kept is not None and len(kept) >= _SHARP:
                made[image_id] = Picture(_tile(kept))
                continue
            read = _from_file(place.path, place.frame)
            made[image_id] = Picture(_tile(kept)) if read.square is None and kept is not None else read
        return made

    def of_query(self, image: ImageQuery) -> Picture:
        """Return the picture that a query by image is."""
        if isinstance(image, np.ndarray):
            return Picture(_tile(image))
        name = os.fspath(image)
        return self.of([name])[name] if name in self.places else _from_file(name, None)

    def _stored(self, wanted: Mapping[str, Place]) -> dict[str, np.ndarray]:
        """Return what the corpus stores of images, where that is what the index was made of."""
        hashes = {i: place.content_hash for i, place in wanted.items() if place.content_hash}
        try:
            store = open_pixels(Corpus.open(str(self.corpus)), image_ids=hashes)
            return {i: store[i] for i, known in hashes.items() if store.hashes.get(i) == known}
        except (CorpusError, OSError):  # elsewhere, or damaged: the files will do
            return {}


def _tile(grey: np.ndarray) -> np.ndarray:
    return to_square(grey, size=SIDE, crop=False).array


def _from_file(path: str | None, frame: int | None) -> Picture:
    if path is None:
        return Picture(None, "no file of this image is known")
    try:
        return Picture(_tile(read_pixels(path, frame=frame).grey))
    except FileNotFoundError:
        return Picture(None, "its file is not there")
    except OSError:
        return Picture(None, "its file cannot be read")
    except InputError:
        return Picture(None, "its file holds no picture that can be decoded")

"""The encoder of images: a trained network's features as unit vectors."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.embed.text import Vectors, unit_rows
from radmine.errors import InputError, NotAvailable
from radmine.models import is_model
from radmine.pixels import Picture as Decoded
from radmine.pixels import read_pixels
from radmine.train import COLUMNS, MODEL, ImageModel, load_model

Picture = str | os.PathLike[str] | NDArray[Any]
_AT_ONCE = 256


class Encoder:
    """Turns images into unit vectors with a trained model; make one with `load_encoder`."""

    def __init__(self, model: ImageModel) -> None:
        self.model = model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.model.dimension + sum(len(self.model.facts.targets[name]) for name in self._kinds)

    @property
    def _kinds(self) -> list[str]:
        """What the model says an image is, one of several each: its modality, plane, location, ..."""
        return [name for name in self.model.facts.targets if name in COLUMNS]

    @property
    def fingerprint(self) -> str:
        """Which model it is: vectors of different fingerprints cannot be compared."""
        return self.model.fingerprint

    def images(self, pictures: Iterable[Picture]) -> Vectors:
        """Return unit vectors, shape (n, dimension), of files or of arrays (H, W), uint8 or float in [0, 1].

        Each is cropped, padded, resized and normalised as the model was trained.

        Raises
        ------
        FileNotFoundError, InputError
            A file is not there, or cannot be decoded.
        """
        if isinstance(pictures, (str, os.PathLike)):
            raise InputError(
                "Expected several pictures.", where=str(pictures), do="Give a list of paths or arrays."
            )
        parts: list[Vectors] = []
        squares: list[NDArray[np.uint8]] = []
        for picture in pictures:
            squares.append(
                self.model.shown(picture if isinstance(picture, np.ndarray) else self.read(picture))
            )
            if len(squares) == _AT_ONCE:
                parts.append(self.squares(np.stack(squares)))
                squares = []
        if squares:
            parts.append(self.squares(np.stack(squares)))
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    def read(self, path: str | os.PathLike[str], *, frame: int | None = None) -> Decoded:
        """Return the picture in a file, with its values where the model is shown windows of them."""
        return read_pixels(path, frame=frame, values=bool(self.model.facts.channels))

    def squares(self, squares: NDArray[np.uint8]) -> Vectors:
        """Return unit vectors of arrays as the pixel store holds them, shape (n, stored size, stored size), or of its channels, (n, channels, ...).

        Half of a vector's square length is the network's features, half what it says the image is (modality, plane, ...), where it
        learned that: roots of the probabilities, so that their product is the mean overlap of two images' distributions
        (Bhattacharyya, Bull. Calcutta Math. Soc. 35, 1943).
        """
        features, said = self.model.describe(squares)
        if not self._kinds:
            return unit_rows(features)
        parts = [unit_rows(features)]
        share = np.float32(len(self._kinds) ** -0.5)
        parts += [np.sqrt(said[name], dtype=np.float32) * share for name in self._kinds]
        return unit_rows(np.concatenate(parts, axis=1))

    def texts(self, strings: Iterable[str]) -> Vectors:
        """Return unit vectors of texts in the space of the images.

        Raises
        ------
        NotAvailable
            Always so far: this encoder has learned no space that texts and images share.
        """
        raise NotAvailable(
            "This encoder has no space that texts and images share.",
            where=self.fingerprint,
            do="Search for texts with the report index, or for images with an image.",
        )


def load_encoder(path: str | os.PathLike[str], *, device: str = "auto") -> Encoder:
    """Return the encoder of a model folder, or of a corpus (its current one).

    Raises
    ------
    CorpusError
        There is no model there, or it is damaged.
    """
    folder = Path(path)
    if not is_model(folder):
        folder = Corpus.open(str(path)).folder / MODEL
    return Encoder(load_model(folder, device=device))

"""What a network learns from, batch by batch: pictures varied at random, or features of a trunk that stays as it is."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radmine.files import bytes_digest, digest, read_checked, write_checked
from radmine.run import Device, Progress
from radmine.train.augment import augment
from radmine.train.crops import cropped
from radmine.train.model import ModelFacts, as_channels, fit, normalise
from radmine.train.settings import TrainSettings
from radmine.train.trunk_features import trunk_features

# Rows -> uint8 (n, stored, stored), or of channels (n, channels, stored, stored).
Squares = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
_FREE_SHARE = 0.5  # of a GPU's free memory that the pixels may take
_FITTED = 2**30  # bytes of memory that squares of another size than is stored may take
_CHUNK = 512  # images whose features are written together: the step of resuming


class Pictures:
    """Batches of stored squares on a device: all of them there at once where they fit, else as they are needed."""

    def __init__(
        self, squares: Squares, count: int, device: Device, facts: ModelFacts, settings: TrainSettings
    ) -> None:
        self._squares = squares
        self._device = device
        self._facts = facts
        self._settings = settings
        self._kept: Tensor | None = None
        # Row -> its square, once it was brought to another size.
        self._fitted: dict[int, NDArray[np.uint8]] = {}
        self._most = _FITTED // (facts.size**2 * facts.count_of_channels)
        if device.is_cuda and count:
            free, _ = torch.cuda.mem_get_info(device.name)
            if facts.size**2 * count * facts.count_of_channels < _FREE_SHARE * free:
                self._kept = self._read(np.arange(count))

    def _read(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(fit(self._squares(rows), self._facts.size)).to(self._device.name)

    def _squares_of(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return squares of the size of the network; those brought to it once are kept, as many as `_FITTED` bytes hold."""
        squares = self._squares
        if self._facts.size == self._facts.stored_size:
            return fit(squares(rows), self._facts.size)
        new = np.array([row for row in rows.tolist() if row not in self._fitted], np.int64)
        made = dict(zip(new.tolist(), fit(squares(new), self._facts.size), strict=True)) if len(new) else {}
        self._fitted |= dict(list(made.items())[: max(0, self._most - len(self._fitted))])
        return np.stack([made[row] if row in made else self._fitted[row] for row in rows.tolist()])

    def _images(self, rows: NDArray[np.int64]) -> Tensor:
        """Return the images of these rows, floats in [0, 1] of shape (n, channels, size, size), on the device."""
        if self._kept is None:
            batch = torch.from_numpy(self._squares_of(rows)).to(self._device.name)
        else:
            batch = self._kept[torch.from_numpy(rows).to(self._device.name)]
        return as_channels(batch).float() / 255  # type: ignore[no-any-return]

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which a network computes."""
        return self._device.autocast()

    def varied(self, rows: NDArray[np.int64], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return these rows as a network takes them, each picture varied at random, and which are mirrored."""
        mirrored = drawn_mirrored(len(rows), generator, self._settings)
        varied = vary(self._images(rows), generator, self._settings, mirrored)
        return normalise(varied, self._facts, self._device), mirrored

    def plain(self, rows: NDArray[np.int64], view: int = 0) -> Tensor:
        """Return these rows as a network takes them: whole, or a part of each (see `radmine.train.crops`)."""
        if view:
            squares = cropped(self._squares_of(rows), view)
            images = as_channels(torch.from_numpy(squares)).to(self._device.name).float() / 255
        else:
            images = self._images(rows)
        normal: Tensor = normalise(images, self._facts, self._device)
        return normal


class Features:
    """The features of a trunk that is not trained, of each picture as it is and of some variations, computed once.

    Parameters
    ----------
    trunk
        The module.
    squares
        Gives the stored squares of rows.
    device, facts, settings
        As for the training.
    folder
        Where they are written, each set of rows in a folder of its own, so that neither a killed training nor another one
        of the same pictures computes them again.
    """

    def __init__(
        self,
        trunk: Any,
        squares: Squares,
        device: Device,
        facts: ModelFacts,
        settings: TrainSettings,
        folder: Path,
    ) -> None:
        self._trunk = device.place(trunk).eval()
        self._squares = squares
        self._device = device
        self._facts = facts
        self._settings = settings
        self._folder = folder
        # Rows in ascending order, and their features: of all pictures as they are, then of each variation of the training's.
        self._tables: list[tuple[NDArray[np.int64], NDArray[np.float16]]] = []
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.float16]]] = []  # of each part of the pictures
        self._flips: list[Tensor] = []  # of each variation, whether the picture is mirrored
        self._compute: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None = None

    def make(
        self,
        training: NDArray[np.int64],
        others: NDArray[np.int64],
        *,
        asked: NDArray[np.int64] | None = None,
        progress: Progress,
        is_enough: Callable[[], bool],
    ) -> None:
        """Compute the features of the training rows, as they are and varied, and of other rows.

        Parameters
        ----------
        asked
            Rows of which the parts that are asked about beside the whole are computed too.
        progress
            Told of images.
        is_enough
            Asked before each further variation: whether so much time is used that there shall be none.
        """
        rows, training = np.union1d(training, others), np.sort(training)
        parts = self._settings.test_views if asked is not None else 0
        whole = len(rows) + self._settings.views * len(training)
        total = whole + (0 if asked is None else parts * len(asked))
        self._tables = [(rows, self._table(rows, 0, progress, 0, total))]
        for view in range(1, self._settings.views + 1):
            if is_enough():
                break
            done = len(rows) + (view - 1) * len(training)
            self._tables.append((training, self._table(training, view, progress, done, total)))
            starts = range(0, len(training), _CHUNK)
            flips = [self._mirrored(view, start, min(_CHUNK, len(training) - start)) for start in starts]
            self._flips.append(torch.cat(flips))
        if asked is not None:
            asked = np.sort(asked)
            for part in range(1, parts + 1):
                done = whole + (part - 1) * len(asked)
                self._parts.append((asked, self._table(asked, -part, progress, done, total)))
        self._compute = None  # what it holds is not needed any more

    def _table(
        self, rows: NDArray[np.int64], view: int, progress: Progress, before: int, total: int
    ) -> NDArray[np.float16]:
        settings, parts = self._settings, []
        varied = [getattr(settings, name) for name in (*VARIED, "flip", "seed")] if view > 0 else []
        # Of the facts all but what comes after the trunk.
        made_of = asdict(
            replace(self._facts, settings={}, targets={}, hidden=(), members=1, test_views=0, epoch=0)
        )
        folder = self._folder / digest(made_of, self._device.precision, bytes_digest(rows.tobytes()), varied)
        for start in range(0, len(rows), _CHUNK):
            progress(before + start, total, "images looked at")
            path = folder / f"features-{view}-{start}.npy"
            parts.append(self._chunk(rows[start : start + _CHUNK], view, start, path))
        return np.concatenate(parts)

    def _chunk(self, rows: NDArray[np.int64], view: int, start: int, path: Path) -> NDArray[np.float16]:
        """Return the features of some rows, read where an earlier run has written them."""
        saved = read_checked(path)
        if saved is not None:
            kept: NDArray[np.float16] = np.load(io.BytesIO(saved), allow_pickle=False)
            return kept
        squares = fit(self._squares(rows), self._facts.size)
        if view < 0:
            squares = cropped(squares, -view)
        elif view > 0:
            generator = torch.Generator().manual_seed((self._settings.seed * 101 + view) * 1_000_003 + start)
            images = as_channels(torch.from_numpy(squares)).to(self._device.name).float() / 255
            varied = vary(images, generator, self._settings, self._mirrored(view, start, len(rows)))
            squares = (varied * 255).round().to(torch.uint8).cpu().numpy()
        self._compute = self._compute or trunk_features(self._trunk, self._facts, self._device)
        made = self._compute(squares).astype(np.float16)
        stream = io.BytesIO()
        np.save(stream, made, allow_pickle=False)
        write_checked(path, stream.getvalue())
        return made

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which a head computes: float32, since it is small."""
        return nullcontext()

    def _mirrored(self, view: int, start: int, count: int) -> Tensor:
        """Return which pictures of a chunk are mirrored in a variation."""
        seed = (self._settings.seed * 101 + view) * 1_000_003 + start + 500_009
        return drawn_mirrored(count, torch.Generator().manual_seed(seed), self._settings)

    def varied(self, rows: NDArray[np.int64], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the features of these rows, each of one of its variations drawn at random, and which are mirrored."""
        which = torch.randint(len(self._tables), (len(rows),), generator=generator).tolist()
        some = [self._of(row, self._tables[view]) for view, row in zip(which, rows, strict=True)]
        mirrored = [
            view > 0 and bool(self._flips[view - 1][np.searchsorted(self._tables[view][0], row)])
            for view, row in zip(which, rows, strict=True)
        ]
        features = torch.from_numpy(np.stack(some)).float().to(self._device.name)
        return features, torch.tensor(mirrored)

    def stacked(self, rows: NDArray[np.int64]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the features of these training rows as they are, then of each variation, and which are mirrored."""
        yield self.plain(rows), torch.zeros(len(rows), dtype=torch.bool)
        for table, flips in zip(self._tables[1:], self._flips, strict=True):
            yield torch.from_numpy(self._of(rows, table)).float(), flips[np.searchsorted(table[0], rows)]

    def plain(self, rows: NDArray[np.int64], view: int = 0) -> Tensor:
        """Return the features of these rows as they are, or of a part of them."""
        table = self._parts[view - 1] if view else self._tables[0]
        return torch.from_numpy(self._of(rows, table)).float().to(self._device.name)

    def _of(
        self, rows: NDArray[np.int64], table: tuple[NDArray[np.int64], NDArray[np.float16]]
    ) -> NDArray[np.float16]:
        known, values = table
        found: NDArray[np.float16] = values[np.searchsorted(known, rows)]
        return found


# The settings by which pictures vary, beside being mirrored.
VARIED = ("rotate", "zoom", "shift", "intensity", "erase", "noise", "cut")


def drawn_mirrored(count: int, generator: torch.Generator, settings: TrainSettings) -> Tensor:
    """Return which of so many pictures are mirrored: half of them where the settings say so, shape (count,)."""
    return (
        torch.rand(count, generator=generator) < 0.5
        if settings.flip
        else torch.zeros(count, dtype=torch.bool)
    )


def vary(images: Tensor, generator: torch.Generator, settings: TrainSettings, mirrored: Tensor) -> Tensor:
    """Return pictures varied as the settings say, some of them mirrored."""
    varied = {name: getattr(settings, name) for name in VARIED}
    return augment(images, generator, mirrored=mirrored, **varied)

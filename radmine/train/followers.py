"""The processes beside the first one that torchrun started: they learn along, and write nothing. `leading`, `announce`, `follow`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.pixels import PixelStore, open_pixels, stored_channels
from radmine.run import choose_device, no_progress
from radmine.train.model import ModelFacts
from radmine.train.settings import TrainSettings
from radmine.train.targets import Target


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a follower is told: all that `learn` needs."""

    corpus: Path
    image_ids: Sequence[str]  # by row
    targets: Sequence[Target]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    facts: ModelFacts
    settings: TrainSettings
    checkpoint: Path


def is_follower() -> bool:
    """Return whether this is one of several processes that torchrun started, and not the first."""
    return _started() > 1 and os.environ.get("RANK", "0") != "0"


def own_device(wanted: str) -> str:
    """Return the device of this process: of several GPUs, each process has its own."""
    if _started() > 1 and wanted in ("auto", "cuda") and choose_device(wanted).is_cuda:
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return wanted


@contextmanager
def leading(device: str) -> Iterator[None]:
    """Let the other processes that torchrun started, if it did, follow this one until the block ends.

    Where the block fails, this process ends, and torchrun ends the others.
    """
    if _started() < 2:
        yield
        return
    from radmine.train.ranks import tell, together

    with together(on_gpu=choose_device(own_device(device)).is_cuda):
        yield
        tell(None)


def announce(assignment: Assignment) -> None:
    """Tell those that follow, where some do, what is learned now."""
    from radmine.train.ranks import processes, tell

    if processes() > 1:
        tell(assignment)


def follow(device: str) -> None:
    """Learn along whatever the first process learns, until it says that it is done."""
    from radmine.train.learn import learn
    from radmine.train.ranks import tell, together

    where = choose_device(own_device(device))
    with together(on_gpu=where.is_cuda):
        while (given := tell(None)) is not None:
            store = open_pixels(Corpus(given.corpus))
            learn(
                partial(_squares, store, given.image_ids, given.facts.channels),
                given.targets,
                given.training,
                given.validation,
                facts=given.facts,
                settings=given.settings,
                device=where,
                checkpoint=given.checkpoint,
                progress=no_progress,
            )


def _squares(
    store: PixelStore, image_ids: Sequence[str], channels: Sequence[str], rows: NDArray[np.int64]
) -> NDArray[np.uint8]:
    return stored_channels(store, [image_ids[row] for row in rows], channels)


def _started() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))

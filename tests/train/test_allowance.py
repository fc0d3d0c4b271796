"""The time that a training is given holds, validation counted: nothing here looks at a real clock."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radmine.run import choose_device
from radmine.train import TrainSettings
from radmine.train.allowance import Allowance
from radmine.train.epochs import Learned
from radmine.train.learn import learn
from radmine.train.model import ModelFacts
from radmine.train.targets import Target

IMAGES, SIZE, BATCH = 80, 16, 8
TRAINING, VALIDATION = np.arange(64), np.arange(64, IMAGES)


class Clock:
    """A clock that goes on by what is looked at: a second for each image in training, a quarter for one in validation."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.validating = 0.25
        random = np.random.default_rng(0)
        self.bright = np.arange(IMAGES) % 2 == 1
        self.pictures = random.integers(0, 60, (IMAGES, SIZE, SIZE)).astype(np.uint8)
        self.pictures[self.bright] += 150

    def __call__(self) -> float:
        return self.now

    def squares(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        self.now += sum(1.0 if row < len(TRAINING) else self.validating for row in rows.tolist())
        return self.pictures[rows]


def trained(
    clock: Clock,
    folder: Path,
    *,
    seconds: float | None,
    epochs: int = 3,
    patience: int = 10,
    stop_at: int | None = None,
    asked: NDArray[np.int64] | None = None,
    **more: Any,
) -> tuple[Learned, list[tuple[int, int | None, str]], float]:
    """Return what was learned, what was told of it, and the seconds that it took."""
    values = np.where(clock.bright, 1.0, 0.0).astype(np.float32)[:, None]
    settings = TrainSettings(
        epochs=epochs, patience=patience, batch_size=BATCH, seconds=seconds, size=SIZE, erase=0.0, **more
    )
    facts = ModelFacts(
        network="small",
        targets={"labels": ("fracture",)},
        stored_size=SIZE,
        size=SIZE,
        crop=True,
        mean=0.4,
        std=0.3,
        lexicon="x",
        learned_from="x",
        settings={},
        epoch=0,
        device="cpu",
        radmine="0",
    )
    told: list[tuple[int, int | None, str]] = []

    def progress(done: int, total: int | None, what: str) -> None:
        told.append((done, total, what))
        if done == stop_at:
            raise KeyboardInterrupt

    before = clock.now
    learned = learn(
        clock.squares,
        [Target("labels", ("fracture",), values)],
        TRAINING,
        VALIDATION,
        facts=facts,
        settings=settings,
        device=choose_device("cpu"),
        checkpoint=folder / "checkpoint.pt",
        progress=progress,
        asked=asked,
        clock=clock,
    )
    return learned, told, clock.now - before


@pytest.mark.parametrize("seconds", [20, 100, 1_000])
def test_it_never_takes_longer_than_it_is_given(tmp_path: Path, seconds: float) -> None:
    learned, told, took = trained(Clock(), tmp_path, seconds=seconds)
    epoch = len(TRAINING) + 0.25 * len(VALIDATION)
    assert took <= min(seconds, 3 * epoch)
    assert took > min(seconds - 2 * BATCH, 3 * epoch - 1)
    assert learned.stopped == ("all epochs done" if seconds > 3 * epoch else "the time given is used up")
    assert learned.state
    assert 1 <= learned.epoch <= len(learned.course)
    done, total, _ = told[-1]
    assert done == total  # the bar reaches its end
    assert learned.images_per_second == pytest.approx(done / took)


def test_it_says_what_the_time_allows(tmp_path: Path) -> None:
    _, told, _ = trained(Clock(), tmp_path, seconds=150)
    assert told[1] == (8, 142, "images learned from: epoch 1 of 3; an epoch takes about 72 s; 150 s allow 2")
    assert "takes about 68 s" in told[11][2]  # the validation was faster than expected
    allowance = Allowance(10, 0, lambda: 0.0)
    allowance.learned(1, 0.5)
    assert allowance.words(64) == "an epoch takes about 32 s; 10 s allow a part of one"
    assert Allowance(None, 0, lambda: 0.0).words(64) == ""


def test_a_validation_that_takes_too_long_is_left(tmp_path: Path) -> None:
    clock = Clock()
    clock.validating = 100.0
    learned, _, _ = trained(clock, tmp_path, seconds=100)
    assert (learned.epoch, len(learned.course)) == (1, 1)  # what was learned is kept all the same
    assert learned.stopped == "the time given is used up"


def test_the_time_of_an_earlier_run_counts(tmp_path: Path) -> None:
    clock = Clock()
    with pytest.raises(KeyboardInterrupt):
        trained(clock, tmp_path, seconds=150, stop_at=64 + 16)
    learned, told, took = trained(clock, tmp_path, seconds=150)
    assert told[0][0] == 64
    assert took <= 150 - 68
    assert len(learned.course) == 3  # 14 s were left of the third


def test_without_a_limit_all_epochs_are_done(tmp_path: Path) -> None:
    learned, told, _ = trained(Clock(), tmp_path, seconds=None, epochs=2)
    assert learned.stopped == "all epochs done"
    assert [done for done, *_ in told] == [*range(0, 129, 8), 128]
    assert {(total, what.partition(":")[0]) for _, total, what in told} == {(128, "images learned from")}

"""Which epoch is kept: AUC decides, of equal ones the loss; both count as better for patience, and after a resume."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radmine.train.epochs import Epoch, is_better
from tests.train.test_allowance import VALIDATION, Clock, trained


def kept(*course: tuple[float | None, float | None]) -> list[int]:
    """Return the epoch that is kept after each of a course of AUC and loss."""
    best: Epoch | None = None
    found = []
    for number, values in enumerate(course, start=1):
        epoch = Epoch(number, 1.0, *values)
        best = epoch if is_better(epoch, best) else best
        assert best is not None
        found.append(best.epoch)
    return found


def test_of_equal_auc_the_lower_loss_is_kept() -> None:
    assert kept((1.0, 0.6), (1.0, 0.4), (1.0, 0.4), (1.0, 0.5), (1.0, 0.3)) == [1, 2, 2, 2, 5]


def test_a_better_auc_is_kept_whatever_its_loss() -> None:
    assert kept((0.7, 0.3), (0.8, 0.9), (0.7, 0.1), (0.8, 0.8)) == [1, 2, 2, 4]


def test_without_auc_the_loss_decides_and_without_validation_the_last_is_kept() -> None:
    assert kept((None, 0.5), (None, 0.6), (None, 0.4)) == [1, 1, 3]
    assert kept((None, None), (None, None)) == [1, 2]
    assert kept((1.0, math.nan), (1.0, 0.9), (1.0, math.nan)) == [1, 2, 2]


def test_a_run_of_equal_aucs_goes_on_while_its_loss_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radmine.train.learn.merit", lambda *_: np.ones(1))
    learned, _, _ = trained(Clock(), tmp_path, seconds=None, epochs=4, patience=1)
    losses = [epoch.validation_loss for epoch in learned.course]
    assert learned.epoch == 1 + losses.index(min(losses)) > 1
    again, whole = tmp_path / "again", learned.epoch
    again.mkdir()
    with pytest.raises(KeyboardInterrupt):
        trained(Clock(), again, seconds=None, epochs=4, patience=1, stop_at=64 + 16)
    learned, _, _ = trained(Clock(), again, seconds=None, epochs=4, patience=1)
    assert learned.epoch == whole


def test_all_that_may_be_set_goes_on_after_a_kill_with_the_same_result(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "asked": VALIDATION,
        "loss": "focal",
        "sampling": "balanced",
        "schedule": "step",
        "averaging": 0.9,
        "correction": "forward",
        "noise": 0.1,
        "cut": 0.2,
        "flip": True,
    }
    whole, _, _ = trained(Clock(), tmp_path / "whole", seconds=None, epochs=3, **more)
    with pytest.raises(KeyboardInterrupt):
        trained(Clock(), tmp_path / "cut", seconds=None, epochs=3, stop_at=2 * 64 + 16, **more)
    again, _, _ = trained(Clock(), tmp_path / "cut", seconds=None, epochs=3, **more)
    assert again.course == whole.course
    np.testing.assert_allclose(again.said["labels"], whole.said["labels"], atol=1e-6)
    assert whole.said["labels"].shape == (16, 1)

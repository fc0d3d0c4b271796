"""The course of a training and its ROC curves, as CSV beside the weights: `write_course`, `write_roc`."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.files import write_whole
from radmine.train.targets import Target

COURSE, ROC = "course.csv", "roc.csv"  # in the folder of the model
_MOST = 200  # points of a curve

Number = float | None


def write_course(folder: Path, course: Iterable[tuple[int, Number, Number, Number]]) -> None:
    """Write epoch, loss, validation loss and validation AUC, a row an epoch."""
    _write(folder / COURSE, ("epoch", "loss", "validation_loss", "validation_auc"), course)


def write_roc(
    folder: Path,
    targets: Sequence[Target],
    predicted: Mapping[str, NDArray[np.float32]],
    rows: NDArray[np.int64],
) -> None:
    """Write the points of the ROC curve of every class that the test images have and do not have."""
    points = [
        (target.name, name, *(round(float(v), 4) for v in point))
        for target in targets
        for column, name in enumerate(target.classes)
        for point in roc(predicted[target.name][:, column], target.values[rows, column])
    ]
    _write(folder / ROC, ("target", "class", "false_positive_rate", "true_positive_rate"), points)


def roc(scores: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the points (false positive rate, true positive rate) of a ROC curve, from (0, 0) to (1, 1), at most 200.

    Without points where one of the two kinds is missing; NaN in `truth` is not known, above one half is positive.
    """
    known = ~np.isnan(truth)
    scores, positive = scores[known], truth[known] > 0.5
    if not positive.any() or positive.all():
        return np.zeros((0, 2))
    order = np.argsort(-scores, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(scores[order])), len(order) - 1]  # the last of each score
    hits = np.cumsum(positive[order])[ends] / positive.sum()
    false = np.cumsum(~positive[order])[ends] / (~positive).sum()
    points: NDArray[np.float64] = np.c_[np.r_[0, false], np.r_[0, hits]]
    if len(points) > _MOST:
        points = points[np.linspace(0, len(points) - 1, _MOST).round().astype(int)]
    return points


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(columns)
    table.writerows(["" if value is None else value for value in row] for row in rows)
    write_whole(path, written.getvalue().encode())

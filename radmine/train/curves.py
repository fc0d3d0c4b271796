"""The course of a training and its ROC curves beside the weights: as CSV, as SVG, and the points of curves."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.files import read_bytes, write_whole
from radmine.plots import Points, lines_svg
from radmine.train.targets import Target

COURSE, ROC = "course.csv", "roc.csv"  # in the folder of the model
_MOST = 200  # points of a curve

Number = float | None
Course = Sequence[tuple[int, Number, Number, Number]]  # epoch, loss, validation loss, validation AUC
COURSE_COLUMNS = ("epoch", "loss", "validation_loss", "validation_auc")


def write_course(folder: Path, course: Course) -> None:
    """Write the course of a training, a row an epoch."""
    _write(folder / COURSE, COURSE_COLUMNS, course)


def read_course(path: Path) -> Course:
    """Return what `write_course` wrote."""
    rows = csv.reader(read_bytes(path).decode().splitlines()[1:])
    found = ([float(cell) if cell else None for cell in row] for row in rows)
    return [(int(epoch or 0), loss, looked, auc) for epoch, loss, looked, auc in found]


def course_svgs(course: Course) -> list[str]:
    """Return loss and AUC by epoch, each as SVG; one that is not known is left out."""
    plots = (
        ({"training": _line(course, 1), "validation": _line(course, 2)}, "Loss", "loss", None),
        ({"validation": _line(course, 3)}, "AUC on the validation part", "AUC", (0.0, 1.0)),
    )
    drawn = []
    for lines, title, y, bounds in plots:
        known = {name: points for name, points in lines.items() if points}
        if known:
            drawn.append(lines_svg(known, title=title, x="epoch", y=y, bounds=bounds))
    return drawn


def _line(course: Course, column: int) -> Points:
    return [(float(row[0]), float(value)) for row in course if (value := row[column]) is not None]


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
        if target.has_classes
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
    hits, false = _counts(scores, positive)
    return _few(np.c_[np.r_[0, false / (~positive).sum()], np.r_[0, hits / positive.sum()]])


def precision_recall(scores: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the points (recall, precision), from the highest threshold to the lowest, at most 200; `truth` as in `roc`."""
    known = ~np.isnan(truth)
    scores, positive = scores[known], truth[known] > 0.5
    if not positive.any() or positive.all():
        return np.zeros((0, 2))
    hits, false = _counts(scores, positive)
    return _few(np.c_[hits / positive.sum(), hits / (hits + false)])


def _counts(
    scores: NDArray[np.float32], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many of either kind lie at each score or above it, highest first."""
    order = np.argsort(-scores, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(scores[order])), len(order) - 1]  # the last of each score
    hits: NDArray[np.int64] = np.cumsum(positive[order], dtype=np.int64)[ends]
    return hits, ends + 1 - hits


def _few(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(points) > _MOST:
        points = points[np.linspace(0, len(points) - 1, _MOST).round().astype(int)]
    return points


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(columns)
    table.writerows(["" if value is None else value for value in row] for row in rows)
    write_whole(path, written.getvalue().encode())

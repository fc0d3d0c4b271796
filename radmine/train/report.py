"""The scores of a network on the test part, with 95 % intervals by a bootstrap over patients."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from radmine.records import Score
from radmine.train.measure import (
    FEWEST,
    Estimate,
    Patients,
    Statistic,
    accuracy,
    estimate,
    macro_auc,
    measure_numbers,
    measure_times,
    micro_auc,
)
from radmine.train.targets import FROM_TEXT, Cases, Target
from radmine.train.tasks import REGRESSION

_MANY = 0.1  # of the test images: from here on it is said of the scores of all


def score_target(
    target: Target,
    predicted: NDArray[np.float32],
    rows: NDArray[np.int64],
    cases: Cases,
    repeated: NDArray[np.bool_],
    *,
    seed: int,
) -> list[Score]:
    """Return the scores of one target: AUC by finding, macro and micro; of classes, accuracy beside the majority's; errors of numbers.

    They are of all test images. Of a target that was read from texts come those again, as `auc_new` and so on, of the images alone
    about which no text speaks that also occurs in training.

    Parameters
    ----------
    target
        Its values are by row of `cases`.
    predicted
        Probabilities of the rows, shape (len(rows), classes).
    rows
        The test images.
    cases
        All images.
    repeated
        By row of `cases`: a text about the image also occurs in training.
    seed
        Of the bootstrap.
    """
    truth = target.values[rows]
    known = np.asarray(~np.isnan(truth).all(axis=1), np.bool_)
    repeats = known & repeated[rows] if target.name in FROM_TEXT else np.zeros(len(rows), bool)
    count = f"{int(repeats.sum())} of {int(known.sum())} test images"
    many = repeats.sum() > _MANY * known.sum()
    note = f"{count} have a text that also occurs in training: see auc_new" if many else ""
    scores = _scores(target, predicted, rows, cases, known, note=note, seed=seed)
    if repeats.any():
        note = f"left out: {count} whose text also occurs in training"
        scores += [
            replace(row, metric=f"{row.metric}_new")
            for row in _scores(target, predicted, rows, cases, known & ~repeats, note=note, seed=seed)
        ]
    return scores


def outcome(scores: Sequence[Score], *, untested: str = "") -> str:
    """Return what came of a training in a few words: "AUC macro .65 (.55 to .76), 18 of 26 findings"; "" without scores.

    Parameters
    ----------
    untested
        Why there was nothing to test it on.
    """
    of = {(row.subject, row.metric): row for row in scores}
    macro = of.get(("labels", "auc_macro"))
    if untested:
        return f"{'AUC macro' if macro else 'accuracy'} not known: {untested}"
    if macro is not None:
        each = [row for row in scores if row.metric == "auc"]
        known = sum(row.value is not None for row in each)
        new = of.get(("labels", "auc_macro_new"))
        also = f"; {_said(new)} on new texts" if new is not None else ""
        return f"AUC macro {_said(macro)}, {known} of {len(each)} findings{also}"
    first = next((row for row in scores if row.metric in ("accuracy", "mae", "c_index")), None)
    return "" if first is None else f"{first.subject} {first.metric.replace('_', ' ')} {_said(first)}"


def _said(score: Score) -> str:
    if score.value is None:
        return "not known"
    interval = (
        "" if score.low is None or score.high is None else f" ({_short(score.low)} to {_short(score.high)})"
    )
    return _short(score.value) + interval


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _scores(
    target: Target,
    predicted: NDArray[np.float32],
    rows: NDArray[np.int64],
    cases: Cases,
    kept: NDArray[np.bool_],
    *,
    note: str,
    seed: int,
) -> list[Score]:
    """Return the scores of a target on those of the rows that are kept."""
    truth, predicted = target.values[rows[kept]], predicted[kept]
    patients = [cases.patients[row] for row in rows[kept]]

    def row(subject: str, metric: str, statistic: Statistic, n: int, *more: str) -> Score:
        found = estimate(statistic, patients, seed=seed) if len(patients) else Estimate(None)
        said = [*more, note, "" if found.value is not None else "too few test images of either kind"]
        text = "; ".join(s for s in said if s) or None
        return Score("train", subject, metric, found.value, n, found.low, found.high, text)

    if not target.has_classes:
        return _of_numbers(target, predicted, truth, patients, cases, note, seed)
    scores: list[Score] = []
    if target.is_multilabel:
        for column, finding in enumerate(target.classes):
            there = ~np.isnan(truth[:, column])
            yes = truth[:, column] > 0.5

            def of_finding(weights: NDArray[np.float64], c: int = column) -> NDArray[np.float64]:
                return macro_auc(predicted[:, [c]], truth[:, [c]], weights)

            own = row(finding, "auc", of_finding, int(there.sum()), f"{int(yes.sum())} positive")
            kinds = ({patients[i] for i in np.flatnonzero(there & kind)} for kind in (yes, ~yes))
            few = min(map(len, kinds)) < FEWEST
            scores.append(replace(own, low=None, high=None) if few else own)
        micro = partial(micro_auc, predicted, truth)
        scores.append(row(target.name, "auc_micro", micro, len(truth)))
    else:
        answers, right = predicted.argmax(axis=1), truth.argmax(axis=1) if len(truth) else np.zeros(0, int)
        common = Counter(_training_answers(target, cases)).most_common(1)[0][0]
        n, classes = len(truth), f"{len(target.classes)} classes"
        scores.append(row(target.name, "accuracy", partial(accuracy, answers == right), n, classes))
        majority = partial(accuracy, right == common)
        scores.append(
            row(target.name, "majority_accuracy", majority, n, "always the commonest class of training")
        )
    scores.append(row(target.name, "auc_macro", partial(macro_auc, predicted, truth), len(truth)))
    return scores


def _of_numbers(
    target: Target,
    predicted: NDArray[np.float32],
    truth: NDArray[np.float32],
    patients: Sequence[str],
    cases: Cases,
    note: str,
    seed: int,
) -> list[Score]:
    """Return how near numbers come, beside always guessing the median of the training part; of risks the c-index."""
    if not len(truth):
        return []
    if target.task == REGRESSION:
        drawn, rows = Patients(patients, seed=seed), np.arange(len(truth))
        measures = measure_numbers(predicted[:, 0], truth[:, 0], drawn, rows)
        median = np.full(len(truth), np.nanmedian(target.values[cases.rows("train")]), np.float32)
        measures["mae_of_median"] = measure_numbers(median, truth[:, 0], drawn, rows)["mae"]
    else:
        measures = measure_times(predicted[:, 0], truth[:, 0], truth[:, 1] > 0.5, patients, seed=seed)
    return [
        Score("train", target.name, name, one.value, len(truth), one.low, one.high, note or None)
        for name, one in measures.items()
    ]


def _training_answers(target: Target, cases: Cases) -> list[int]:
    values = target.values[cases.rows("train")]
    return [int(v.argmax()) for v in values if not np.isnan(v).any()]

"""The scores of a network on the test part, with 95 % intervals by a bootstrap over patients."""

from collections import Counter
from functools import partial

import numpy as np
from numpy.typing import NDArray

from radmine.records import Score
from radmine.train.measure import Estimate, Statistic, accuracy, estimate, macro_auc, micro_auc
from radmine.train.targets import FROM_TEXT, Cases, Target


def score_target(
    target: Target,
    predicted: NDArray[np.float32],
    rows: NDArray[np.int64],
    cases: Cases,
    repeated: NDArray[np.bool_],
    *,
    seed: int,
) -> list[Score]:
    """Return the scores of one target: AUC by finding, macro and micro; of classes, accuracy beside the majority's.

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
        By row of `cases`: a text about the image also occurs in training. Such images are left out of targets that
        were read from texts, and counted in the note.
    seed
        Of the bootstrap.
    """
    truth = target.values[rows]
    known = ~np.isnan(truth).all(axis=1)
    left_out = known & repeated[rows] if target.name in FROM_TEXT else np.zeros(len(rows), bool)
    kept = known & ~left_out
    truth, predicted = truth[kept], predicted[kept]
    patients = [cases.patients[row] for row in rows[kept]]
    note = f"left out: {int(left_out.sum())} whose text also occurs in training" if left_out.any() else ""

    def row(subject: str, metric: str, statistic: Statistic, n: int, *more: str) -> Score:
        found = estimate(statistic, patients, seed=seed) if len(patients) else Estimate(None)
        said = [*more, note, "" if found.value is not None else "too few test images of either kind"]
        text = "; ".join(s for s in said if s) or None
        return Score("train", subject, metric, found.value, n, found.low, found.high, text)

    scores = []
    if target.is_multilabel:
        for column, finding in enumerate(target.classes):
            there = ~np.isnan(truth[:, column])
            yes = truth[:, column] > 0.5

            def of_finding(weights: NDArray[np.float64], c: int = column) -> NDArray[np.float64]:
                return macro_auc(predicted[:, [c]], truth[:, [c]], weights)

            scores.append(row(finding, "auc", of_finding, int(there.sum()), f"{int(yes.sum())} positive"))
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


def _training_answers(target: Target, cases: Cases) -> list[int]:
    values = target.values[cases.rows("train")]
    return [int(v.argmax()) for v in values if not np.isnan(v).any()]

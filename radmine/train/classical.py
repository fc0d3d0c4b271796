"""Classical classifiers on the features of a frozen trunk, in place of a head that is trained: `Classical`.

All but the forest are linear, and become the weights of the outputs exactly; the scaling of the features goes into them.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.train.targets import Target

LINEAR = ("logistic", "svm", "lda")
FOREST = "forest"
_STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # C of logistic regression and of support vectors: validation chooses
_USUAL = 0.01  # where there is no validation
_TREES = 300
_NEVER = -30.0  # the logit of a class that no training image has
Floats = NDArray[np.float32]


def strengths(kind: str, *, validated: bool) -> tuple[float, ...]:
    """Return the strengths of regularisation that are tried; one where there is none to choose, or nothing to choose by."""
    if kind not in ("logistic", "svm"):
        return (1.0,)
    return _STRENGTHS if validated else (_USUAL,)


@dataclass(frozen=True, slots=True)
class Classical:
    """Classifiers of one target, fitted on features of shape (n, d)."""

    target: Target
    weights: Floats | None  # (classes, d); None of a forest
    bias: Floats | None
    trees: tuple[
        Any, ...
    ] = ()  # the forest of each finding, or the one of all classes; the number 0 or 1 where all are alike

    def outputs(self, features: Floats) -> Floats:
        """Return what a network would, shape (n, classes): logits, or what has the probabilities of a forest."""
        if self.weights is not None and self.bias is not None:
            return np.asarray(features @ self.weights.T + self.bias, np.float32)
        said = np.zeros((len(features), len(self.target.classes)))
        if self.target.is_multilabel:
            for column, forest in enumerate(self.trees):
                said[:, column] = (
                    forest if isinstance(forest, float) else forest.predict_proba(features)[:, 1]
                )
        else:
            said[:, self.trees[0].classes_] = self.trees[0].predict_proba(features)
        said = np.clip(said, 1e-6, 1 - 1e-6)
        odds = np.log(said) - np.log1p(-said) if self.target.is_multilabel else np.log(said)
        return np.asarray(odds, np.float32)


def fit_classical(
    kind: str,
    features: Floats,
    target: Target,
    truth: Floats,
    weights: Sequence[float],
    *,
    strength: float,
    seed: int,
) -> Classical:
    """Return classifiers of one target: of findings one each, on the images of which it is known.

    Parameters
    ----------
    kind
        logistic | svm (linear) | lda (Ledoit and Wolf's shrinkage) | forest.
    features
        Of training images, shape (n, d).
    target
        Whose classes they are.
    truth
        Shape (n, classes): 1, 0, NaN where it is not known.
    weights
        Of the classes, or of a finding that is there against one that is not.
    strength
        C of logistic and svm: how little they are held back.
    seed
        Of what is drawn.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = features if kind == FOREST else (features - mean) / spread
    fitted: list[Any] = []
    if target.is_multilabel:
        for column in range(truth.shape[1]):
            known = np.asarray(~np.isnan(truth[:, column]), np.bool_)
            there = (truth[known, column] > 0.5).astype(np.int64)
            if len(set(there.tolist())) < 2:
                fitted.append(float(there.any()))
                continue
            one = _made(kind, {0: 1.0, 1: float(weights[column])}, strength, seed)
            fitted.append(_fitted(one, scaled[known], there))
    else:
        known = np.asarray(~np.isnan(truth).any(axis=1), np.bool_)
        by_class = {i: float(w) for i, w in enumerate(weights)}
        answers = truth[known].argmax(axis=1)
        here = {i: by_class[i] for i in set(answers.tolist())}
        fitted.append(_fitted(_made(kind, here, strength, seed), scaled[known], answers))
    if kind == FOREST:
        return Classical(target, None, None, tuple(fitted))
    coefficients, bias = _linear(fitted, target, scaled.shape[1])
    coefficients = coefficients / spread
    return Classical(target, coefficients.astype(np.float32), (bias - coefficients @ mean).astype(np.float32))


def _made(kind: str, weights: dict[int, float], strength: float, seed: int) -> Any:
    """Return a classifier that is not fitted yet."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    if kind == "logistic":
        return LogisticRegression(C=strength, class_weight=weights, max_iter=300, tol=1e-3)
    if kind == "svm":
        return LinearSVC(C=strength, class_weight=weights, dual="auto", max_iter=300, random_state=seed)
    if kind == "lda":
        return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return RandomForestClassifier(_TREES, class_weight=weights, random_state=seed)


def _fitted(classifier: Any, features: Floats, answers: NDArray[np.int64]) -> Any:
    """Return a classifier, fitted; that its last steps still moved is nothing to tell."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return classifier.fit(features, answers)


def _linear(
    fitted: Sequence[Any], target: Target, dimension: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights and the bias of each output of linear classifiers."""
    coefficients = np.zeros((len(target.classes), dimension))
    bias = np.full(len(target.classes), _NEVER)
    if target.is_multilabel:
        for column, one in enumerate(fitted):
            if isinstance(one, float):
                bias[column] = _NEVER * (1 - 2 * one)
            else:
                coefficients[column], bias[column] = one.coef_[0], one.intercept_[0]
        return coefficients, bias
    (one,) = fitted
    if len(one.classes_) == 2:  # one row for both: half for the one, half against the other
        half = np.array([[-0.5], [0.5]])
        coefficients[one.classes_], bias[one.classes_] = half * one.coef_, half[:, 0] * one.intercept_[0]
    else:
        coefficients[one.classes_], bias[one.classes_] = one.coef_, one.intercept_
    return coefficients, bias

"""Classifiers on features say as outputs of a network what scikit-learn says, and the stage keeps those that are linear."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from radmine.errors import SettingsError
from radmine.pixels import open_pixels
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, ablate, load_model
from radmine.train.classical import fit_classical, strengths
from radmine.train.model import probabilities
from radmine.train.targets import Target
from tests.train.corpus import make_corpus
from tests.train.test_frozen import SETTINGS, installed, weights  # noqa: F401  the fixtures

SKLEARN = {
    "logistic": lambda: LogisticRegression(C=0.1, max_iter=300, tol=1e-3),
    "svm": lambda: LinearSVC(C=0.1, dual="auto", max_iter=2000, random_state=0),
    "lda": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
}


def drawn(classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    answers = random.integers(classes, size=120)
    features = random.normal(size=(120, 6)) * 3 + 5
    features[:, :classes] += 12 * np.eye(classes)[answers]
    return features.astype(np.float32), answers


@pytest.mark.parametrize("kind", [*SKLEARN])
@pytest.mark.parametrize("classes", [2, 3])
def test_outputs_are_what_scikit_learn_says(kind: str, classes: int) -> None:
    features, answers = drawn(classes)
    target = Target("view", tuple("abcd"), np.eye(4, dtype=np.float32)[answers])  # nobody has d
    one = fit_classical(kind, features, target, target.values, [1.0] * 4, strength=0.1, seed=0)
    scaled = StandardScaler().fit_transform(features)
    theirs = SKLEARN[kind]().fit(scaled, answers)
    outputs = one.outputs(features)
    assert (outputs[:, classes:] == -30).all()
    if kind == "svm":
        margins = theirs.decision_function(scaled)
        expected = margins if classes > 2 else np.c_[-margins / 2, margins / 2]
        np.testing.assert_allclose(outputs[:, :classes], expected, atol=1e-3)
    else:
        said = probabilities({"view": outputs})["view"]
        np.testing.assert_allclose(said[:, :classes], theirs.predict_proba(scaled), atol=1e-3)


@pytest.mark.parametrize("kind", [*SKLEARN, "forest"])
def test_findings_are_told_apart_one_by_one_on_what_is_known(kind: str) -> None:
    features, answers = drawn(3)
    truth = np.c_[answers == 0, answers == 1, np.ones(120), np.zeros(120)].astype(np.float32)
    known = truth.copy()
    truth[::3, 1] = np.nan
    target = Target("labels", ("a", "b", "always", "never"), truth)
    one = fit_classical(kind, features, target, truth, [1.0] * 4, strength=0.1, seed=0)
    outputs = one.outputs(features)
    assert ((outputs[:, :2] > 0) == known[:, :2]).mean() > 0.9
    assert outputs[:, 2].min() > 10
    assert outputs[:, 3].max() < -10
    assert (one.weights is None) == (kind == "forest")


def test_strengths_are_chosen_where_there_is_a_choice() -> None:
    assert len(strengths("logistic", validated=True)) > 1
    assert len(strengths("svm", validated=False)) == len(strengths("lda", validated=True)) == 1


def test_a_classifier_wants_a_frozen_trunk_and_a_forest_is_not_kept() -> None:
    with pytest.raises(SettingsError, match="takes the features of a frozen trunk"):
        STAGE.check(TrainSettings(network="small", classifier="svm"))
    with pytest.raises(SettingsError, match="no network that could be kept"):
        STAGE.check(TrainSettings(network="lite0", classifier="forest"))


@pytest.mark.slow
def test_the_model_says_what_the_classifier_says(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 30)
    settings = replace(SETTINGS, classifier="logistic", min_positives=5, flip=True)
    run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    model = load_model(corpus.folder / MODEL, device="cpu")
    assert model.dimension == 1280
    store = open_pixels(corpus)
    assert {name: v.shape for name, v in model.predict(store.batch(store.ids[:3])).items()} == {
        "labels": (3, 2),
        "modality": (3, 2),
    }
    variants = {kind: replace(settings, classifier=kind) for kind in ("logistic", "forest")}
    rows = ablate(corpus, variants, on="test", device="cpu")
    (row,) = [r for r in rows if (r.variant, r.target, r.metric) == ("logistic", "modality", "auc_macro")]
    (score,) = [s for s in corpus.records("scores") if (s.subject, s.metric) == ("modality", "auc_macro")]
    assert row.value == pytest.approx(score.value, abs=0.01)
    assert all(r.value is not None for r in rows)

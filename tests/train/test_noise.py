"""Labels that were made wrong are suspected: as cleanlab does on arrays, and in a corpus by features that show the truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.train import noise, suspected
from radmine.train.features import LookedAt, cross_predicted, reduced, unlearned
from radmine.train.noise import confident_errors
from radmine.train.targets import read_cases, read_target
from tests.train.corpus import make_corpus


@pytest.mark.slow  # cleanlab is long in coming
@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_suspects_are_cleanlabs(share: float) -> None:
    filter_ = pytest.importorskip("cleanlab.filter")
    random = np.random.default_rng(0)
    truth = random.random(2000) < share
    there = np.clip(0.15 + 0.7 * truth + 0.25 * random.normal(size=2000), 0.001, 0.999)
    labels = truth ^ (random.random(2000) < 0.05)
    theirs = filter_.find_label_issues(
        labels.astype(int), np.column_stack((1 - there, there)), filter_by="confident_learning", n_jobs=1
    )
    ours = confident_errors(there, labels)
    assert ours.any()
    assert ours.tolist() == theirs.tolist()


def test_no_patient_is_predicted_by_what_learned_of_him() -> None:
    # Each patient has a feature of his own, and all his rows one label, drawn: learned from others it tells nothing.
    random = np.random.default_rng(0)
    labels = np.repeat(random.random(100) < 0.5, 3)
    patients = [f"p{row // 3}" for row in range(300)]
    features = np.repeat(np.eye(100), 3, axis=0)
    said = cross_predicted(features, labels.astype(np.int64), patients, strength=100.0)
    assert said is not None
    assert np.ptp(said[:, 1]) < 0.2
    assert said.sum(axis=1) == pytest.approx(np.ones(300))
    assert cross_predicted(features[:12], labels[:12].astype(np.int64), patients[:12], strength=1.0) is None


def test_components_have_one_variance_and_know_no_order() -> None:
    features = np.random.default_rng(1).normal(size=(50, 300)) * np.arange(300)
    made = reduced(features)
    assert made.shape == (50, 50)
    assert made[:, :40].std(axis=0, ddof=1) == pytest.approx(np.ones(40))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("noise"), patients=60)


def test_what_the_images_deny_is_suspected_first(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    cases = read_cases(corpus, [image.image_id for image in corpus.records("images")])
    every = replace(cases, parts=("train",) * len(cases.parts))
    target = read_target(corpus, "labels", every, least=5, uncertain="mask")
    shown = target.values.copy()  # what the images show: of fractures all but ten are as they are labelled
    wrong = random.choice(len(shown), 10, replace=False)
    shown[wrong, target.classes.index("fracture")] = 1 - shown[wrong, target.classes.index("fracture")]
    features = (shown + 0.05 * random.normal(size=shown.shape)).astype(np.float32)
    monkeypatch.setattr(noise, "unlearned", lambda *_, **__: LookedAt(cases, features, "made up"))
    monkeypatch.setattr(noise, "STRENGTH", 1.0)
    found = suspected(corpus)
    assert set(found.judged) == {"fracture", "lung_mass"}
    assert {s.image_id for s in found.found[:10]} == {cases.image_ids[row] for row in wrong}
    assert all(s.finding == "fracture" for s in found.found[:10])
    for s in found.found[:10]:
        assert (s.probability < 0.5) is s.there
        assert s.score < 1
    assert suspected(corpus) == found
    (mass,) = suspected(corpus, finding="lung_mass").judged
    assert mass == "lung_mass"
    with pytest.raises(InputError, match="labelled with this finding"):
        suspected(corpus, finding="rare_one")


def test_without_a_network_nobody_has_looked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image network"):
        unlearned(make_corpus(tmp_path, patients=5))

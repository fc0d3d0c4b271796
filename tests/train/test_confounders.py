"""What a column tells of a finding, and what is left to the network without it: against scikit-learn, and where the truth is made."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from radmine.corpus import Corpus
from radmine.train import confounders, find_confounders
from radmine.train.confounders import measure_confounding
from radmine.train.features import LookedAt, some_of
from radmine.train.measure import Patients
from radmine.train.targets import read_cases
from tests.cli.commands import objects, radmine


def arrays(*, sees: float, n: int = 1200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Return probabilities of a network that tells sites well, and findings as far as `sees`; truth; sites."""
    random = np.random.default_rng(0)
    site = random.integers(3, size=n)
    truth = random.random(n) < np.array([0.1, 0.3, 0.7])[site]
    return site + sees * truth + 0.3 * random.normal(size=n), truth, site


@pytest.mark.parametrize("sees", [0.0, 0.5])
def test_what_is_told_by_the_site_is_taken_apart(sees: float) -> None:
    said, truth, site = arrays(sees=sees)
    kept = np.arange(len(said))
    patients = Patients([str(i // 2) for i in kept])
    common = np.array([truth[site == g].mean() for g in range(3)])
    found = measure_confounding(said, truth, site, common, patients, kept)
    assert found["column_auc"].value == pytest.approx(roc_auc_score(truth, common[site]))
    assert found["network_auc"].value == pytest.approx(roc_auc_score(truth, said))
    inside = [roc_auc_score(truth[site == g], said[site == g]) for g in range(3)]
    pairs = [truth[site == g].sum() * (~truth[site == g]).sum() for g in range(3)]
    assert found["within_auc"].value == pytest.approx(np.average(inside, weights=pairs))
    weights = np.array(
        [(site == g).sum() / ((site == g) & (truth == t)).sum() for g, t in zip(site, truth, strict=True)]
    )
    assert found["balanced_auc"].value == pytest.approx(roc_auc_score(truth, said, sample_weight=weights))
    balanced_site = measure_confounding(site.astype(float), truth, site, common, patients, kept)
    assert balanced_site["balanced_auc"].value == pytest.approx(0.5)
    for one in found.values():
        assert one.low < one.value < one.high  # type: ignore[operator]
    if not sees:  # a network that sees nothing but the site
        assert found["network_auc"].value > 0.75  # type: ignore[operator]
        assert found["within_auc"].low < 0.5 < found["within_auc"].high  # type: ignore[operator]
        assert found["balanced_auc"].low < 0.5 < found["balanced_auc"].high  # type: ignore[operator]


def test_a_corpus_tells_which_columns_its_features_show(
    judged: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = read_cases(judged, [image.image_id for image in judged.records("images")])
    cases = some_of(cases, np.flatnonzero(np.array(cases.parts) != "train"))
    is_man = {image.image_id: '"M"' in (image.meta or "") for image in judged.records("images")}
    random = np.random.default_rng(0)
    features = random.normal(size=(len(cases.image_ids), 4)).astype(np.float32)
    features[:, 0] = [5.0 * is_man[i] for i in cases.image_ids]  # sex and nothing else
    monkeypatch.setattr(confounders, "unlearned", lambda *_, **__: LookedAt(cases, features, "made up"))
    found = find_confounders(judged)
    told = {t.column: t for t in found.told}
    assert told["sex"].accuracy.value == 1.0
    assert told["sex"].majority < 0.6
    assert told["site"].auc.low < 0.6  # type: ignore[operator]
    assert set(told["sex"].groups) == {"Female", "Male"}
    of = {(c.finding, c.column): c for c in found.findings}
    assert of["fracture", "sex"].n == 120
    assert of["lung_mass", "sex"].within_auc.value == pytest.approx(
        of["lung_mass", "sex"].network_auc.value, abs=0.05
    )
    values = [c.column_auc.value for c in found.findings]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    home = Path(judged.folder).parents[1]
    rows = objects(radmine("confounders", judged.name, "--json", home=home))
    assert len(rows) == len(found.told) + len(found.findings)
    shown = radmine("confounders", judged.name, home=home)
    assert "site" in shown.stdout
    assert "within" in shown.stdout

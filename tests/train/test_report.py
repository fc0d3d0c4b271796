"""Scores of all test images come first, then those of images about which training read nothing."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from radmine.train.curves import roc
from radmine.train.report import outcome, score_target
from radmine.train.targets import Cases, Target

N = 40


def scored(repeated: int, *, name: str = "labels") -> dict[tuple[str, str], tuple[float | None, int, str]]:
    """Return the scores of 40 test images, of which the first so many have a text of training."""
    random = np.random.default_rng(0)
    truth = np.stack([np.arange(N) % 2, np.arange(N) % 3 == 0], axis=1).astype(np.float32)
    predicted = (truth * 0.4 + random.random((N, 2)) * 0.6).astype(np.float32)
    cases = Cases(
        *(tuple(f"{kind}{i}" for i in range(N)) for kind in "ip"), ("test",) * N, (frozenset(),) * N
    )
    target = Target(name, ("mass", "fracture"), truth)
    rows = score_target(target, predicted, np.arange(N), cases, np.arange(N) < repeated, seed=0)
    return {(s.subject, s.metric): (s.value, s.n, s.note or "") for s in rows}


def test_all_images_count_and_then_the_new_ones() -> None:
    found = scored(10)
    assert list(found) == [
        (subject, f"{metric}{new}")
        for new in ("", "_new")
        for subject, metric in (
            ("mass", "auc"),
            ("fracture", "auc"),
            ("labels", "auc_micro"),
            ("labels", "auc_macro"),
        )
    ]
    assert found["mass", "auc"][1] == N
    assert found["mass", "auc_new"][1] == N - 10
    assert (
        "10 of 40 test images have a text that also occurs in training: see auc_new"
        in found["mass", "auc"][2]
    )
    assert "left out: 10 of 40 test images" in found["mass", "auc_new"][2]


@pytest.mark.parametrize(
    ("repeated", "warns", "again"), [(0, False, False), (4, False, True), (5, True, True)]
)
def test_more_than_a_tenth_is_warned_of(repeated: int, warns: bool, again: bool) -> None:
    found = scored(repeated)
    assert ("see auc_new" in found["mass", "auc"][2]) is warns
    assert (("mass", "auc_new") in found) is again


def test_where_all_texts_are_known_the_new_score_says_so_and_the_others_stand() -> None:
    found = scored(N)
    assert found["labels", "auc_macro"][0] is not None
    value, n, note = found["labels", "auc_macro_new"]
    assert (value, n) == (None, 0)
    assert "left out: 40 of 40 test images" in note


def test_what_was_not_read_from_texts_is_scored_once() -> None:
    random = np.random.default_rng(0)
    truth = np.eye(2, dtype=np.float32)[np.arange(N) % 2]
    parts = ("train", "test") * (N // 2)
    ids, patients = (tuple(f"{kind}{i}" for i in range(N)) for kind in "ip")
    cases = Cases(ids, patients, parts, (frozenset(),) * N)
    rows = cases.rows("test")
    target = Target("modality", ("CT", "MR"), truth)
    found = score_target(
        target, random.random((len(rows), 2)).astype(np.float32), rows, cases, np.ones(N, bool), seed=0
    )
    assert [s.metric for s in found] == ["accuracy", "majority_accuracy", "auc_macro"]
    assert outcome(found).startswith("modality accuracy ")
    assert outcome([]) == ""


def test_roc_points_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    scores = (random.integers(0, 12, 90) / 12).astype(np.float32)
    truth = (random.random(90) < scores).astype(np.float32)
    truth[:7] = np.nan
    points = roc(scores, truth)
    false, true, _ = roc_curve(truth[7:], scores[7:], drop_intermediate=False)
    np.testing.assert_allclose(points, np.c_[false, true])
    area = float(np.trapezoid(points[:, 1], points[:, 0]))
    assert area == pytest.approx(roc_auc_score(truth[7:], scores[7:]))
    many = roc(random.random(3000).astype(np.float32), (np.arange(3000) % 2).astype(np.float32))
    assert len(many) == 200
    assert many[[0, -1]].tolist() == [[0, 0], [1, 1]]
    assert not len(roc(scores, np.ones(90, np.float32)))


@pytest.mark.parametrize(("images_each", "has_one"), [(1, True), (9, False)])
def test_a_handful_of_patients_has_no_interval(images_each: int, has_one: bool) -> None:
    random = np.random.default_rng(0)
    truth = (np.arange(N) % 2 == 0).astype(np.float32)[:, None]
    predicted = (truth * 0.2 + random.random((N, 1)) * 0.8).astype(np.float32)
    patients = tuple(f"p{i % 2}-{i // 2 // images_each}" for i in range(N))
    cases = Cases(tuple(f"i{i}" for i in range(N)), patients, ("test",) * N, (frozenset(),) * N)
    rows = score_target(
        Target("labels", ("mass",), truth), predicted, np.arange(N), cases, np.zeros(N, bool), seed=0
    )
    assert (rows[0].low is not None) is has_one
    assert rows[0].value == pytest.approx(roc_auc_score(truth[:, 0], predicted[:, 0]))

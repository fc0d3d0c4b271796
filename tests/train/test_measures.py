"""Every measure equals that of scikit-learn, MONAI or lifelines on the same arrays, and its interval holds."""

import numpy as np
import pytest
import torch
from lifelines.utils import concordance_index
from monai.metrics import DiceMetric, compute_froc_curve_data, compute_froc_score
from scipy.stats import binomtest, pearsonr
from sklearn import metrics as oracle

from radmine.train.curves import precision_recall
from radmine.train.measure import (
    MEASURES,
    Mark,
    Patients,
    auc,
    brier,
    by_site,
    calibration_error,
    choose_threshold,
    concordance,
    confusion,
    delong,
    dice,
    equal_bins,
    estimate,
    froc,
    iou,
    kappa,
    measure_classes,
    measure_finding,
    measure_numbers,
    temperature,
    tempered,
)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def made(n: int = 300, *, levels: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with ties, and what is true."""
    random = np.random.default_rng(7)
    said = (random.integers(0, levels, n) / levels).astype(np.float32)
    return said, random.random(n) < 0.1 + 0.6 * said


def alone(n: int) -> Patients:
    return Patients([str(i) for i in range(n)])


def test_a_finding_is_measured_as_scikit_learn_does() -> None:
    said, truth = made()
    found = measure_finding(said, truth, alone(300), np.arange(300), threshold=0.5)
    called = said >= 0.5
    tn, fp, fn, _ = oracle.confusion_matrix(truth, called).ravel()
    expected = {
        "auc": oracle.roc_auc_score(truth, said),
        "average_precision": oracle.average_precision_score(truth, said),
        "sensitivity": oracle.recall_score(truth, called),
        "specificity": tn / (tn + fp),
        "ppv": oracle.precision_score(truth, called),
        "npv": tn / (tn + fn),
        "f1": oracle.f1_score(truth, called),
    }
    assert tuple(found) == MEASURES
    assert {name: one.value for name, one in found.items()} == pytest.approx(expected)
    for one in found.values():
        assert one.low < one.value < one.high  # type: ignore[operator]


def test_many_different_probabilities_have_the_interval_of_all_of_them(random: np.random.Generator) -> None:
    said = random.random(5000).astype(np.float32)
    truth = random.random(5000) < 0.3 * said
    patients = [str(i // 3) for i in range(5000)]
    found = measure_finding(said, truth, Patients(patients), np.arange(5000), threshold=float(said[17]))
    plain = estimate(lambda w: auc(said, truth, w), patients)
    assert found["auc"].value == pytest.approx(plain.value)
    assert found["auc"].low == pytest.approx(plain.low, abs=1e-4)  # the same draws
    assert found["auc"].high == pytest.approx(plain.high, abs=1e-4)
    assert found["sensitivity"].value == pytest.approx(oracle.recall_score(truth, said >= said[17]))
    assert found["sensitivity"].low < found["sensitivity"].value < found["sensitivity"].high  # type: ignore[operator]


def test_few_patients_have_no_interval_and_shares_of_all_or_nothing_one_of_binomials() -> None:
    truth = np.arange(40) < 8
    said = np.where(truth, 0.9, 0.1)
    found = measure_finding(said, truth, alone(40), np.arange(40), threshold=0.5)
    for name, patients in (("sensitivity", 8), ("specificity", 32)):
        exact = binomtest(patients, patients).proportion_ci(method="exact")
        assert (found[name].value, found[name].low, found[name].high) == pytest.approx((1, exact.low, 1))
    missed = measure_finding(said, truth, alone(40), np.arange(40), threshold=0.95)["sensitivity"]
    exact = binomtest(0, 8).proportion_ci(method="exact")
    assert (missed.value, missed.low, missed.high) == pytest.approx((0, 0, exact.high))
    grouped = Patients([str(min(i // 2, 9)) for i in range(40)])  # of four patients
    few = measure_finding(said, truth, grouped, np.arange(40), threshold=0.5)
    assert (few["auc"].value, few["auc"].low) == (1, None)
    assert found["auc"].low is None  # in every draw 1, which says nothing of how it varies
    assert few["sensitivity"].low == pytest.approx(binomtest(4, 4).proportion_ci(method="exact").low)


def test_images_of_one_patient_widen_the_interval_of_a_finding() -> None:
    said, truth = made(60)
    said, truth = np.repeat(said, 5), np.repeat(truth, 5)
    rows = np.arange(300)
    one = measure_finding(said, truth, alone(300), rows, threshold=0.5)["auc"]
    other = Patients([str(i // 5) for i in range(300)])
    together = measure_finding(said, truth, other, rows, threshold=0.5)["auc"]
    assert one.value == together.value
    assert together.high - together.low > 1.5 * (one.high - one.low)  # type: ignore[operator]


@pytest.mark.parametrize("truth", [np.zeros(5, bool), np.ones(5, bool), np.zeros(0, bool)])
def test_a_finding_of_one_kind_alone_has_no_auc(truth: np.ndarray) -> None:
    said = np.linspace(0, 1, len(truth))
    found = measure_finding(said, truth, alone(5), np.arange(len(truth)), threshold=None)
    assert found["auc"].value is None
    assert found["average_precision"].value is None
    assert found["sensitivity"].value is None


def test_the_threshold_of_youden_is_the_best_and_a_fixed_sensitivity_is_reached() -> None:
    said, truth = made()
    threshold = choose_threshold(said, truth)
    false, hits, _ = oracle.roc_curve(truth, said, drop_intermediate=False)
    called = said >= threshold
    reached = called[truth].mean() - called[~truth].mean()
    assert reached == pytest.approx((hits - false).max())
    at = choose_threshold(said, truth, sensitivity=0.9)
    assert (said >= at)[truth].mean() >= 0.9
    higher = said[said >= at].min() + 1e-6
    assert (said >= higher)[truth].mean() < 0.9
    assert choose_threshold(said, np.zeros(300, bool)) is None


def test_a_site_has_its_own_threshold_where_it_has_enough() -> None:
    truth = np.tile([True, False], 30)
    sites = ["a"] * 40 + ["b"] * 18 + [None] * 2
    said = np.where(truth, 0.8, 0.6)
    said[:40] -= 0.5
    found = by_site(said, truth, sites)
    assert [*found] == ["a"]
    assert 0.1 < found["a"] <= 0.3
    assert set(by_site(said, truth, sites, least=9)) == {"a", "b"}


def test_delong_has_the_area_of_scikit_learn_and_the_variance_of_its_definition(
    random: np.random.Generator,
) -> None:
    truth = random.random(120) < 0.4
    one = (2 * truth + random.normal(size=120)).round(1)
    other = (0.3 * truth + random.normal(size=120)).round(1)
    found = delong(one, other, truth, [str(i) for i in range(120)])
    assert found is not None
    assert found.one == pytest.approx(oracle.roc_auc_score(truth, one))
    assert found.other == pytest.approx(oracle.roc_auc_score(truth, other))
    placed = []
    for scores in (one, other):  # DeLong 1988, as it is written: every pair
        pairs = np.sign(scores[truth][:, None] - scores[~truth][None]) / 2 + 0.5
        placed.append((pairs.mean(axis=1), pairs.mean(axis=0)))
    cover = sum(np.cov([p[side] for p in placed]) / len(placed[0][side]) for side in (0, 1))
    assert np.array(found.variance) == pytest.approx(cover)
    assert found.z == pytest.approx(
        (found.one - found.other) / np.sqrt(cover[0, 0] + cover[1, 1] - 2 * cover[0, 1])
    )
    assert 0 < found.p < 0.05
    assert found.difference.low > 0  # type: ignore[operator]
    same = delong(one, 3 * one + 1, truth, [str(i) for i in range(120)])
    assert same is not None
    assert same.p == 1


def test_classes_are_measured_as_scikit_learn_does(random: np.random.Generator) -> None:
    truth = random.integers(0, 7, 400)
    said = random.random((400, 7)) + np.eye(7)[truth] * 0.5
    answers = said.argmax(axis=1)
    found = measure_classes(said, truth, alone(400), np.arange(400), majority=3)
    assert found["accuracy"].value == pytest.approx(oracle.accuracy_score(truth, answers))
    assert found["top5_accuracy"].value == pytest.approx(oracle.top_k_accuracy_score(truth, said, k=5))
    assert found["majority_accuracy"].value == pytest.approx((truth == 3).mean())
    assert found["kappa"].value == pytest.approx(oracle.cohen_kappa_score(truth, answers))
    for one in found.values():
        assert one.low < one.value < one.high  # type: ignore[operator]
    ordinal = measure_classes(said, truth, alone(400), np.arange(400), majority=3, ordinal=True)
    assert ordinal["kappa"].value == pytest.approx(
        oracle.cohen_kappa_score(truth, answers, weights="quadratic")
    )


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_of_a_model_and_a_reader(random: np.random.Generator, weights: str | None) -> None:
    one, other = random.integers(0, 4, 90), random.integers(0, 4, 90)
    other[:50] = one[:50]
    table = confusion(one, other, 4)
    assert (table == oracle.confusion_matrix(one, other)).all()
    assert kappa(table, weights=weights) == pytest.approx(
        oracle.cohen_kappa_score(one, other, weights=weights)
    )
    assert np.isnan(kappa(np.array([[5, 0], [0, 0]])))


def test_numbers_are_measured_as_scikit_learn_does(random: np.random.Generator) -> None:
    truth = 50 + 12 * random.normal(size=200)
    said = truth + 8 * random.normal(size=200) + 2
    found = measure_numbers(said, truth, alone(200), np.arange(200))
    assert found["mae"].value == pytest.approx(oracle.mean_absolute_error(truth, said))
    assert found["r2"].value == pytest.approx(oracle.r2_score(truth, said))
    assert found["pearson"].value == pytest.approx(pearsonr(truth, said)[0])
    for one in found.values():
        assert one.low < one.value < one.high  # type: ignore[operator]
    assert measure_numbers(said, np.full(200, 3.0), alone(200), np.arange(200))["r2"].value is None


def test_the_c_index_is_that_of_lifelines_with_ties(random: np.random.Generator) -> None:
    times = random.integers(1, 12, 150).astype(float)
    events = random.random(150) < 0.6
    risk = random.integers(0, 9, 150) - times / 4
    assert concordance(risk, times, events) == pytest.approx(concordance_index(times, -risk, events))
    assert concordance(risk, times, np.zeros(150, bool)) is None


def test_froc_is_that_of_monai(random: np.random.Generator) -> None:
    marks = [Mark("i", 0.01, None)]  # the lowest, which MONAI's curve leaves out
    for number, probability in enumerate(random.permutation(np.linspace(0.05, 0.95, 80))):
        lesion = f"l{number}" if random.random() < 0.2 + 0.5 * probability else None
        marks.append(Mark(f"i{number % 10}", float(probability), lesion))
    false = np.array([m.probability for m in marks if m.lesion is None])
    true = np.array([m.probability for m in marks if m.lesion is not None])
    found = froc(marks, lesions=len(true) + 3, images=10)
    assert found is not None
    rates, hits = compute_froc_curve_data(false, true, len(true) + 3, 10)
    assert found.false_per_image[:-1] == pytest.approx(rates[::-1])
    assert found.found[:-1] == pytest.approx(hits[::-1])
    assert found.score == pytest.approx(compute_froc_score(rates, hits))


def test_of_marks_in_one_lesion_the_surest_counts() -> None:
    marks = [Mark("i", 0.9, "l"), Mark("i", 0.4, "l"), Mark("i", 0.6, None), Mark("j", 0.5, "m")]
    found = froc(marks, lesions=2, images=2)
    assert found is not None
    assert found.false_per_image.tolist() == [0, 0, 0.5, 0.5]
    assert found.found.tolist() == [0, 0.5, 0.5, 1]
    assert found.score == pytest.approx((0.5 + 5 * 1.0) / 6)
    assert froc(marks, lesions=0, images=2) is None


def test_dice_and_iou_are_those_of_others(random: np.random.Generator) -> None:
    one, other = random.random((16, 16)) < 0.4, random.random((16, 16)) < 0.5
    together = [torch.tensor(m)[None, None].float() for m in (one, other)]
    assert dice(one, other) == pytest.approx(DiceMetric()(*together).item())
    assert iou(one, other) == pytest.approx(oracle.jaccard_score(other.ravel(), one.ravel()))
    nothing = np.zeros((4, 4), bool)
    assert dice(nothing, nothing) is iou(nothing, nothing) is None


def test_bins_of_equal_count_hold_everything_and_brier_is_that_of_scikit_learn() -> None:
    said, truth = made(97)
    bins = equal_bins(said, truth, bins=10)
    assert {b.n for b in bins} == {9, 10}
    assert sum(b.n * b.true for b in bins) == pytest.approx(truth.sum())
    assert all(b.low <= b.probability <= b.high + 1e-7 for b in bins)
    assert brier(said, truth) == pytest.approx(oracle.brier_score_loss(truth, said))
    assert calibration_error(equal_bins(np.full(10, 0.8), np.arange(10) < 5)) == pytest.approx(
        sum(abs(0.8 - t) for t in [1] * 5 + [0] * 5) / 10
    )
    assert calibration_error([]) is None
    assert brier(said[:0], truth[:0]) is None


def test_the_temperature_that_was_put_in_is_found_again(random: np.random.Generator) -> None:
    logits = 2 * random.normal(size=(4000, 2))
    truth = (random.random((4000, 2)) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    truth[:100, 0] = np.nan
    sure = 1 / (1 + np.exp(-3 * logits))
    found = temperature(sure, truth, several=True)
    assert found == pytest.approx(3, rel=0.1)
    assert (
        brier(tempered(sure[100:, 0], found, several=True), truth[100:, 0] > 0)
        < brier(  # type: ignore[operator]
            sure[100:, 0], truth[100:, 0] > 0
        )
    )
    logits = random.normal(size=(4000, 4))
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    right = np.array([random.choice(4, p=p) for p in chance])
    sure = chance**2.5 / (chance**2.5).sum(axis=1, keepdims=True)
    assert temperature(sure, np.eye(4)[right], several=False) == pytest.approx(2.5, rel=0.1)
    assert tempered(sure, 2.5, several=False) == pytest.approx(chance, abs=1e-5)
    assert temperature(sure[:0], np.eye(4)[right][:0], several=False) == 1


def test_precision_and_recall_are_those_of_scikit_learn() -> None:
    said, truth = made()
    points = precision_recall(said, truth.astype(np.float32))
    precision, recall, _ = oracle.precision_recall_curve(truth, said)
    ours = {(round(float(r), 9), round(float(p), 9)) for r, p in points}
    assert ours == {
        (round(float(r), 9), round(float(p), 9)) for r, p in zip(recall[:-1], precision[:-1], strict=True)
    }

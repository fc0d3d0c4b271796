"""The numbers agree with scikit-learn, the intervals with known values, and they hold what they say."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from radmine.curate.agreement import Agreement, Judged, Measure, by_finding, ratio, wilson
from radmine.records import Assertion

SAID = (Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT, None)
FINDINGS = ("effusion", "mass", "fracture")


def made(reports: int, *, seed: int) -> list[Judged]:
    random = np.random.default_rng(seed)
    rows = []
    for report in range(reports):
        for finding in FINDINGS:
            true = bool(random.random() < 0.4)
            chances = (0.7, 0.1, 0.1, 0.1) if true else (0.1, 0.1, 0.5, 0.3)
            rows.append(Judged(f"r{report}", finding, true, SAID[random.choice(4, p=chances)]))
    return rows


def values(agreement: Agreement) -> list[float | None]:
    return [m.value for m in (agreement.precision, agreement.recall, agreement.f1)]


def test_the_numbers_are_those_of_scikit_learn() -> None:
    judged = made(60, seed=3)
    micro, macro, doubtful, *each = by_finding(judged)
    assert [a.finding for a in each] == sorted(FINDINGS)

    def expected(rows: list[Judged], *said: Assertion) -> list[float]:
        true, ours = [j.true for j in rows], [j.ours in said for j in rows]
        return list(precision_recall_fscore_support(true, ours, average="binary")[:3])

    by_name = [expected([j for j in judged if j.finding == a.finding], Assertion.PRESENT) for a in each]
    for found, right in zip(each, by_name, strict=True):
        assert values(found) == pytest.approx(right)
    assert values(micro) == pytest.approx(expected(judged, Assertion.PRESENT))
    assert values(doubtful) == pytest.approx(expected(judged, Assertion.PRESENT, Assertion.UNCERTAIN))
    assert values(macro) == pytest.approx(np.mean(by_name, axis=0).tolist())
    assert micro.known == 180
    assert micro.there == sum(j.true for j in judged) == micro.hits + micro.missed


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0.0, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_that_of_the_books(share: float, n: int, low: float, high: float) -> None:
    assert wilson(share, n) == pytest.approx((low, high), abs=6e-5)


def test_one_answer_a_report_has_wilsons_interval_and_f1_that_of_f_star() -> None:
    rows = [Judged(f"r{i}", "mass", i < 30, SAID[0] if i < 24 or i >= 97 else SAID[2]) for i in range(100)]
    (one,) = by_finding(rows)[3:]
    assert (one.hits, one.false_alarms, one.missed) == (24, 3, 6)
    assert one.precision[1:] == pytest.approx(wilson(24 / 27, 27))
    assert one.recall[1:] == pytest.approx(wilson(24 / 30, 30))
    low, high = wilson(24 / 33, 33)
    assert one.f1 == pytest.approx((48 / 57, 2 * low / (1 + low), 2 * high / (1 + high)))


def test_answers_that_resemble_each_other_are_worth_less() -> None:
    rows = [Judged(f"r{i}", "mass", True, SAID[0] if i % 20 < 10 else None) for i in range(200)]
    alone = by_finding(rows)[3]
    together = by_finding(rows, clusters={f"r{i}": str(i // 10) for i in range(200)})[3]
    assert together.recall.value == alone.recall.value == 0.5
    width = [a.recall.high - a.recall.low for a in (alone, together)]  # type: ignore[operator]
    assert width[1] > 2.5 * width[0]


def test_no_error_seen_is_no_certainty_and_all_seen_is() -> None:
    ones = np.ones(20)
    assert ratio(ones, ones).low == pytest.approx(0.8389, abs=1e-4)
    assert ratio(ones, ones, drawn=0.5).low == pytest.approx(wilson(1, 40)[0])
    assert ratio(ones, ones, drawn=1) == Measure(1.0, 1.0, 1.0)
    assert ratio(np.zeros(3), np.zeros(3)) == Measure(None)
    assert by_finding([]) == []


def test_a_finding_that_nobody_has_has_no_number() -> None:
    nobody, false_alarms = (
        by_finding([Judged("a", "mass", False, said), Judged("b", "mass", False, None)])[3]
        for said in (Assertion.ABSENT, Assertion.PRESENT)
    )
    assert values(nobody) == [None, None, None]
    assert values(false_alarms) == [0.0, None, 0.0]


def test_intervals_of_a_draw_hold_what_is_true_of_the_corpus() -> None:
    """Of 300 draws of 50 among 500 reports whose errors come together, seeded: 19 of 20 intervals hold it, or a little less."""
    random = np.random.default_rng(7)
    corpus: dict[str, list[Judged]] = {}
    for report in range(500):
        bad = random.random() < 0.15  # a report that is read badly as a whole
        rows = []
        for finding in range(6):
            true = bool(random.random() < 0.3)
            right = random.random() < (0.4 if bad else 0.95)
            rows.append(Judged(f"r{report}", f"f{finding}", true, SAID[0] if true is right else None))
        corpus[f"r{report}"] = rows
    whole = by_finding([j for rows in corpus.values() for j in rows])
    held = np.zeros((2, 3))
    for seed in range(300):
        drawn = np.random.default_rng(seed).permutation(500)[:50]
        part = by_finding([j for r in drawn for j in corpus[f"r{r}"]], drawn=50 / 500)
        for row in range(2):  # micro, macro
            found, true = ((a.precision, a.recall, a.f1) for a in (part[row], whole[row]))
            held[row] += [f.low <= t.value <= f.high for f, t in zip(found, true, strict=True)]
    assert (held / 300 >= 0.90).all(), held / 300
    assert (held[0] / 300 <= 0.99).all(), held / 300

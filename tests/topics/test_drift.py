"""Topics over the dates of studies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import linregress

from radmine.corpus import Corpus
from radmine.records import Report, Study, TopicMixture
from radmine.topics import drift as drifts
from radmine.topics.drift import Drift, topic_drift
from tests.link.made import make_corpus
from tests.topics.made import add_tables


def drift(home: Path, dates: Sequence[str | None], weights: Sequence[float]) -> Drift:
    """Return the drift of reports on dates, each with so much of topic 0 and the rest of topic 1."""
    return topic_drift(corpus_of(home, dates, [(w, 1 - w) for w in weights]))


def corpus_of(home: Path, dates: Sequence[str | None], weights: Sequence[tuple[float, ...]]) -> Corpus:
    numbers = range(len(dates))
    reports = [Report(f"R{n}", f"P{n}", "Clear.", "test", study_id=f"S{n}") for n in numbers]
    corpus = make_corpus(home, reports)
    add_tables(corpus, "studies", {"studies": [Study(f"S{n}", f"P{n}", None, dates[n]) for n in numbers]})
    rows = [TopicMixture(f"R{n}", 0, w) for n, w in enumerate(weights)]
    add_tables(corpus, "topics", {"topic_mixtures": rows})
    return corpus


def days(month: str, number: int) -> list[str | None]:
    return [f"{month}-{1 + n % 28:02}" for n in range(number)]


def test_a_share_is_the_mean_weight_of_the_reports_of_a_month(tmp_path: Path) -> None:
    dates = [*days("2020-01", 10), *days("2020-03", 10), None]
    made = drift(tmp_path, dates, [0.25, 0.75] * 5 + [1.0] * 10 + [0.5])
    assert [(p.name, p.reports) for p in made.periods] == [("2020-01", 10), ("2020-03", 10)]
    assert made.periods[1].number - made.periods[0].number == 2
    assert made.shares.tolist() == [[0.5, 0.5], [1.0, 0.0]]
    assert (made.unit, made.undated) == ("month", 1)


def test_a_trend_is_the_slope_of_the_weights_over_the_dates_by_its_standard_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    months = np.repeat(np.arange(12), 8)
    # Topic 1 alone rises, by little; of topic 0 one month is far off, by chance.
    rising = 0.1 + 0.004 * months + rng.normal(0, 0.01, len(months))
    still = 0.3 + rng.normal(0, 0.1, len(months)) + 0.05 * (months == 5)
    dates = [f"2020-{m + 1:02}-{1 + n % 28:02}" for n, m in enumerate(months.tolist())]
    made = topic_drift(corpus_of(tmp_path, dates, list(zip(still, rising, 1 - still - rising, strict=True))))
    told = [linregress(months, column) for column in (still, rising, 1 - still - rising)]
    assert made.trends == pytest.approx([t.slope / t.stderr for t in told], rel=1e-3)
    assert made.changes == pytest.approx([11 * t.slope for t in told], rel=1e-3)
    assert made.order[0] == 1
    assert made.trends[1] > 10 > 3 > abs(made.trends[0])
    assert np.ptp(made.shares, axis=0).argmax() != 1  # by its shares alone another moved more


def test_what_does_not_move_or_has_one_date_has_no_trend(tmp_path: Path) -> None:
    still = drift(tmp_path / "still", ["2020-01-01", "2020-02-01", "2020-03-01"] * 5, [0.5] * 15)
    once = drift(tmp_path / "once", ["2020-01-01"] * 15, [n / 15 for n in range(15)])
    two = drift(tmp_path / "two", ["2020-01-01", "2020-02-01"], [0.1, 0.9])
    for made in (still, once, two):
        assert made.trends.tolist() == pytest.approx([0, 0], abs=1e-6)
        assert made.order == [0, 1]


def test_a_line_without_chance_is_a_sure_and_finite_trend(tmp_path: Path) -> None:
    made = drift(tmp_path, [f"2020-{n:02}" for n in range(1, 13)], [n / 16 for n in range(12)])
    assert np.isfinite(made.trends).all()
    assert made.trends[0] > 1000
    assert made.changes == pytest.approx([11 / 16, -11 / 16])


def test_a_year_without_a_month_counts_from_its_middle(tmp_path: Path) -> None:
    weights = [0.1, 0.3, 0.2, 0.5]
    made = drift(tmp_path / "years", ["2018", "2019", "2020", "2021"], weights)
    told = linregress([0, 1, 2, 3], weights)
    assert made.trends[0] == pytest.approx(told.slope / told.stderr, rel=1e-5)
    assert made.changes[0] == pytest.approx(3 * told.slope, rel=1e-5)


def test_few_reports_at_the_ends_make_no_period_of_their_own(tmp_path: Path) -> None:
    months = {1: 2, 2: 3, 3: 30, 4: 4, 5: 30, 6: 12, 7: 15, 8: 2}
    dates = [date for month, number in months.items() for date in days(f"2020-{month:02}", number)]
    made = drift(tmp_path, dates, [1.0] * 2 + [0.0] * (len(dates) - 2))
    assert [(p.name, p.reports) for p in made.periods] == [
        ("2020-01 to 2020-03", 35),
        ("2020-04", 4),
        ("2020-05", 30),
        ("2020-06", 12),
        ("2020-07 to 2020-08", 17),
    ]
    assert made.shares[0, 0] == pytest.approx(2 / 35)
    assert made.periods[0].number + 4 == made.periods[-1].number


def test_an_end_is_measured_by_the_others_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drifts, "LEAST", 1)
    months = {1: 6, 2: 30, 3: 30}
    dates = [date for month, number in months.items() for date in days(f"2020-{month:02}", number)]
    made = drift(tmp_path, dates, [0.5] * len(dates))
    assert [(p.name, p.reports) for p in made.periods] == [("2020-01 to 2020-02", 36), ("2020-03", 30)]


@pytest.mark.parametrize(
    ("dates", "unit", "names", "undated"),
    [
        (["2020-01-01", "2022-12-31"], "month", ["2020-01", "2022-12"], 0),
        (["2020-01-01", "2023-02-01"], "quarter", ["2020-Q1", "2023-Q1"], 0),
        (["1990-05", "2150-11-01"], "year", ["1990", "2150"], 0),
        (["2019", "2020", "2020-06-01"], "year", ["2019", "2020"], 0),
        (["2019", "2020-05-01", "2020-06-01", "soon"], "month", ["2020-05", "2020-06"], 2),
        ([None, ""], "year", [], 2),
    ],
)
def test_periods_are_as_fine_as_the_span_and_the_dates_allow(
    tmp_path: Path, dates: list[str | None], unit: str, names: list[str], undated: int
) -> None:
    made = drift(tmp_path, dates * 10, [0.5] * len(dates) * 10)
    assert (made.unit, [p.name for p in made.periods], made.undated) == (unit, names, 10 * undated)


def test_a_report_without_a_study_goes_by_its_own_date(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Report("R", "P", "Clear.", "test", study_date="2020-02-01")])
    add_tables(corpus, "topics", {"topic_mixtures": [TopicMixture("R", 0, (1.0,))]})
    assert [p.name for p in topic_drift(corpus).periods] == ["2020-02"]


def test_a_corpus_without_topics_has_no_drift(tmp_path: Path) -> None:
    made = topic_drift(Corpus.create("none", home=tmp_path))
    assert (made.periods, made.undated, made.trends.tolist(), made.order) == ((), 0, [], [])

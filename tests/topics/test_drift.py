"""Topics over the dates of studies."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.records import Report, Study, TopicMixture
from radmine.topics.drift import Drift, topic_drift
from tests.link.made import make_corpus
from tests.topics.made import add_tables


def drift(home: Path, dates: Sequence[str | None], weights: Sequence[float]) -> Drift:
    """Return the drift of reports on dates, each with so much of topic 0 and the rest of topic 1."""
    return topic_drift(corpus_of(home, dates, weights))


def corpus_of(home: Path, dates: Sequence[str | None], weights: Sequence[float]) -> Corpus:
    numbers = range(len(dates))
    reports = [Report(f"R{n}", f"P{n}", "Clear.", "test", study_id=f"S{n}") for n in numbers]
    corpus = make_corpus(home, reports)
    add_tables(corpus, "studies", {"studies": [Study(f"S{n}", f"P{n}", None, dates[n]) for n in numbers]})
    rows = [TopicMixture(f"R{n}", 0, (w, 1 - w)) for n, w in enumerate(weights)]
    add_tables(corpus, "topics", {"topic_mixtures": rows})
    return corpus


def test_a_share_is_the_mean_weight_of_the_reports_of_a_month(tmp_path: Path) -> None:
    made = drift(tmp_path, ["2020-01-03", "2020-01-30", "2020-03-01", None], [0.25, 0.75, 1.0, 0.5])
    assert [(p.name, p.reports) for p in made.periods] == [("2020-01", 2), ("2020-03", 1)]
    assert made.periods[1].number - made.periods[0].number == 2
    assert made.shares.tolist() == [[0.5, 0.5], [1.0, 0.0]]
    assert (made.unit, made.undated) == ("month", 1)
    assert made.moved == pytest.approx([(2 / 9) ** 0.5 / 2, (2 / 9) ** 0.5 / 2])


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
    made = drift(tmp_path, dates, [0.5] * len(dates))
    assert (made.unit, [p.name for p in made.periods], made.undated) == (unit, names, undated)
    assert made.moved.tolist() == pytest.approx([0, 0])


def test_a_report_without_a_study_goes_by_its_own_date(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Report("R", "P", "Clear.", "test", study_date="2020-02-01")])
    add_tables(corpus, "topics", {"topic_mixtures": [TopicMixture("R", 0, (1.0,))]})
    assert [p.name for p in topic_drift(corpus).periods] == ["2020-02"]


def test_a_corpus_without_topics_has_no_drift(tmp_path: Path) -> None:
    made = topic_drift(Corpus.create("none", home=tmp_path))
    assert (made.periods, made.undated, made.moved.tolist()) == ((), 0, [])

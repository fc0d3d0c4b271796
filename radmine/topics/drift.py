"""How topics come and go over the dates of studies: `topic_drift`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus

MOST_PERIODS = 36  # before they are made longer
LEAST = 10  # reports of the first and of the last period, and a quarter of the median at least
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ROUNDING = 1e-12  # of the squares that are summed


class _Sum(NamedTuple):
    """How many reports there are, with the sums of their weights and of the squares of those."""

    reports: int
    weights: NDArray[np.float64]
    squares: NDArray[np.float64]

    def plus(self, other: "_Sum | None") -> "_Sum":
        if other is None:
            return self
        return _Sum(self.reports + other.reports, self.weights + other.weights, self.squares + other.squares)


_Sums = dict[str, _Sum]  # of "2020-03", "2020" or ""


class Period(NamedTuple):
    """A month, quarter or year of which there are reports; the first and the last may be several."""

    name: str  # 2020-03 | 2020-Q1 | 2020 | 2020-03 to 2020-05
    number: int  # months, quarters or years since the year 0
    reports: int


@dataclass(frozen=True, slots=True)
class Drift:
    """The share of each document topic in the reports of each period, and whether it rises or falls."""

    unit: str  # month | quarter | year
    periods: tuple[Period, ...]
    shares: NDArray[np.float64]  # (periods, topics): the mean weight in the reports of a period
    trends: NDArray[np.float64]  # of each topic: standard deviations away from none
    changes: NDArray[np.float64]  # of each topic's share from the first date to the last, by its trend
    undated: int  # reports without a date, or without a month where that is needed

    @property
    def order(self) -> list[int]:
        """The topics, those with the surest trend first; of equals the first."""
        trends = self.trends.round(6).tolist()
        return sorted(range(len(trends)), key=lambda topic: (-abs(trends[topic]), topic))


def topic_drift(corpus: Corpus) -> Drift:
    """Return how the document topics of a corpus moved, by month, quarter or year: as fine as `MOST_PERIODS` allow.

    A report's date is that of its study, else its own. At the ends, periods with few reports (`LEAST`) are joined to their neighbours.

    The trend of a topic is told from chance by least squares: the weight of the topic in each dated report on the report's date (its
    month; a year without one counts from its middle), and the slope divided by its standard error (Draper, Smith, Applied Regression
    Analysis, 1998, 1.4).
    """
    sums = _by_month(corpus)
    months = {month: of for month, of in sums.items() if len(month) == 7}
    dated = sum(of.reports for of in months.values())
    years_only = sum(of.reports for month, of in sums.items() if len(month) == 4)
    numbers = [_number(month) for month in months] or [0]
    span = max(numbers) - min(numbers) + 1
    fine = [unit for unit in ("month", "quarter") if span <= MOST_PERIODS * _MONTHS[unit]]
    unit = fine[0] if fine and dated > years_only else "year"
    counted = {month: of for month, of in (sums if unit == "year" else months).items() if month}
    found: dict[int, _Sum] = {}
    for month, of in sorted(counted.items()):
        number = _number(month) // _MONTHS[unit]
        found[number] = of.plus(found.get(number))
    parts = _joined(found)
    periods = tuple(
        Period(" to ".join(_name(n, unit) for n in sorted({first, last})), number, of.reports)
        for first, last, number, of in parts
    )
    topics = len(next(iter(sums.values())).weights) if sums else 0
    shares = np.array([part.sum.weights / part.sum.reports for part in parts]).reshape(len(parts), topics)
    trends, changes = _trends(counted, topics)
    undated = sum(of.reports for of in sums.values()) - sum(period.reports for period in periods)
    return Drift(unit, periods, shares, trends, changes, undated)


class _Part(NamedTuple):
    """What becomes a period."""

    first: int
    last: int
    number: int  # where it is drawn
    sum: _Sum


def _joined(found: Mapping[int, _Sum]) -> list[_Part]:
    """Return periods in order, those with few reports at the ends joined to their neighbours."""
    parts = [_Part(number, number, number, found[number]) for number in sorted(found)]
    least = max(LEAST, float(np.median([part.sum.reports for part in parts] or [0])) / 4)
    for end in (0, -1):
        while len(parts) > 1 and parts[end].sum.reports < least:
            thin, near = parts.pop(end), parts[end]
            first, last = min(thin.first, near.first), max(thin.last, near.last)
            parts[end] = _Part(first, last, near.number, near.sum.plus(thin.sum))
    return parts


def _trends(sums: Mapping[str, _Sum], topics: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many standard errors the slope of each topic's weight over the dates is, and by how much its line rises in all."""
    reports = np.array([of.reports for of in sums.values()], np.float64)
    dates = np.array([_number(month) + (5.5 if len(month) == 4 else 0.0) for month in sums])
    n = reports.sum()
    if n < 3 or len(set(dates.tolist())) < 2:
        return np.zeros(topics), np.zeros(topics)
    dates -= np.average(dates, weights=reports)
    spread = reports @ dates**2
    weights = np.array([of.weights for of in sums.values()])
    squares = np.array([of.squares for of in sums.values()]).sum(axis=0)
    slopes = dates @ weights / spread
    left = squares - weights.sum(axis=0) ** 2 / n - slopes**2 * spread
    errors = np.sqrt(np.maximum(left, _ROUNDING * squares) / (n - 2) / spread)
    trends = np.divide(slopes, errors, out=np.zeros(topics), where=errors > 0)
    return trends, slopes * np.ptp(dates)


def _by_month(corpus: Corpus) -> _Sums:
    """Return for each month (or year, "" for none) how many reports it has, and the sums of their weights."""
    of_study = _column(corpus, "studies", "study_id", "study_date")
    sums: _Sums = {}
    for reports, mixtures in corpus.aligned_shards(("reports", "topic_mixtures")):
        columns = corpus.read_shard("reports", reports, columns=["report_id", "study_id", "study_date"])
        rows = zip(*(column.to_pylist() for column in columns.columns), strict=True)
        months = {report: _month(of_study.get(study) or own) for report, study, own in rows}
        table = corpus.read_shard("topic_mixtures", mixtures, columns=["report_id", "weights"])
        if not len(table):
            continue
        weights = table.column("weights").combine_chunks().flatten().to_numpy().reshape(len(table), -1)
        names = [months.get(report, "") for report in table.column("report_id").to_pylist()]
        known, place = np.unique(names, return_inverse=True)
        for at, month in enumerate(known.tolist()):
            chosen = weights[place == at].astype(np.float64)
            of = _Sum(len(chosen), chosen.sum(axis=0), (chosen**2).sum(axis=0))
            sums[month] = of.plus(sums.get(month))
    return sums


def _column(corpus: Corpus, table: str, key: str, value: str) -> Mapping[str | None, str]:
    columns = corpus.read(table, columns=[key, value]).columns
    pairs: Iterable[tuple[str, str | None]] = zip(*(c.to_pylist() for c in columns), strict=True)
    return {name: said for name, said in pairs if said}


def _month(date: str | None) -> str:
    """Return the month of a date, "2020-03"; the year where it has no month; "" where it has none."""
    parts = (date or "").split("-")
    if not (len(parts[0]) == 4 and parts[0].isdecimal()):
        return ""
    is_month = len(parts) > 1 and parts[1].isdecimal() and 1 <= int(parts[1]) <= 12
    return f"{parts[0]}-{int(parts[1]):02}" if is_month else parts[0]


def _number(month: str) -> int:
    """Return how many months since the year 0 a month is, or the first of a year."""
    year, _, number = month.partition("-")
    return 12 * int(year) + int(number or 1) - 1


def _name(number: int, unit: str) -> str:
    if unit == "year":
        return f"{number:04}"
    a_year = 12 // _MONTHS[unit]
    year, part = divmod(number, a_year)
    return f"{year:04}-{part + 1:02}" if unit == "month" else f"{year:04}-Q{part + 1}"

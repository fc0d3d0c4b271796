"""How topics come and go over the dates of studies: `topic_drift`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus

MOST_PERIODS = 36  # before they are made longer
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_Sums = dict[
    str, tuple[int, NDArray[np.float64]]
]  # "2020-03", "2020" or "" -> reports, the sum of their weights


class Period(NamedTuple):
    """A month, quarter or year of which there are reports."""

    name: str  # 2020-03 | 2020-Q1 | 2020
    number: int  # months, quarters or years since the year 0
    reports: int


@dataclass(frozen=True, slots=True)
class Drift:
    """The share of each document topic in the reports of each period."""

    unit: str  # month | quarter | year
    periods: tuple[Period, ...]
    shares: NDArray[np.float64]  # (periods, topics): the mean weight in the reports of a period
    undated: int  # reports without a date, or without a month where that is needed

    @property
    def moved(self) -> NDArray[np.float64]:
        """How much each topic moved: the standard deviation of its share over the periods, each as heavy as its reports."""
        if not self.periods:
            return np.zeros(self.shares.shape[1])
        weights = [period.reports for period in self.periods]
        mean = np.average(self.shares, axis=0, weights=weights)
        spread: NDArray[np.float64] = np.sqrt(np.average((self.shares - mean) ** 2, axis=0, weights=weights))
        return spread

    @property
    def order(self) -> list[int]:
        """The topics, those that moved most first; of equals the first."""
        moved = self.moved.round(6).tolist()
        return sorted(range(len(moved)), key=lambda topic: (-moved[topic], topic))


def topic_drift(corpus: Corpus) -> Drift:
    """Return how the document topics of a corpus moved, by month, quarter or year: as fine as `MOST_PERIODS` allow.

    A report's date is that of its study, else its own.
    """
    sums = _by_month(corpus)
    months = {month: of for month, of in sums.items() if len(month) == 7}
    dated = sum(n for n, _ in months.values())
    years_only = sum(n for month, (n, _) in sums.items() if len(month) == 4)
    numbers = [_number(month) for month in months] or [0]
    span = max(numbers) - min(numbers) + 1
    fine = [unit for unit in ("month", "quarter") if span <= MOST_PERIODS * _MONTHS[unit]]
    unit = fine[0] if fine and dated > years_only else "year"
    found: dict[int, tuple[int, NDArray[np.float64]]] = {}
    for month, (n, weights) in sorted((sums if unit == "year" else months).items()):
        if month:
            number = _number(month) // _MONTHS[unit]
            before = found.get(number, (0, np.zeros_like(weights)))
            found[number] = before[0] + n, before[1] + weights
    periods = tuple(Period(_name(number, unit), number, found[number][0]) for number in sorted(found))
    topics = len(next(iter(sums.values()))[1]) if sums else 0
    shares = np.array([found[p.number][1] / p.reports for p in periods]).reshape(len(periods), topics)
    total = sum(n for n, _ in sums.values())
    return Drift(unit, periods, shares, total - sum(period.reports for period in periods))


def _by_month(corpus: Corpus) -> _Sums:
    """Return for each month (or year, "" for none) how many reports it has, and the sum of their weights."""
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
            chosen = weights[place == at]
            before = sums.get(month, (0, np.zeros(weights.shape[1])))
            sums[month] = before[0] + len(chosen), before[1] + chosen.sum(axis=0, dtype=np.float64)
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

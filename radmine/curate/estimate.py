"""What a filled sheet says of the whole corpus: `estimate`."""

from dataclasses import dataclass
from math import ceil

from radmine.corpus import Corpus
from radmine.curate.agreement import Agreement, Judged, by_finding
from radmine.curate.compare import Comparison
from radmine.curate.draw import DOUBTFUL, RANDOM, Why, population
from radmine.curate.sheet import is_sheet


@dataclass(frozen=True, slots=True)
class Part:
    """The reports of a sheet that were drawn in one way."""

    why: Why
    drawn: int  # reports
    checked: int  # of them with at least one answer
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class More:
    """How many reports at random would halve the interval of F1 over all findings."""

    half_width: float  # of the interval now
    reports: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sheet says: its random part of the whole corpus, its doubtful part of itself alone."""

    population: int  # reports of the corpus
    random: Part
    doubtful: Part
    unanswered: int  # rows with a finding and no answer
    partly: int  # reports with some of their rows answered
    more: More | None


def estimate(corpus: Corpus, comparison: Comparison) -> Estimate | None:
    """Return what a filled sheet of `sample_check` says of the whole corpus; None where the table is no such sheet.

    Rows without an answer count for nothing. Intervals of the random part are those of a draw of whole reports from a corpus
    of this size: where all were drawn and checked, they have no width.
    """
    table = comparison.table
    if not is_sheet(table):
        return None
    answered: dict[str, list[bool]] = {}  # of rows with a finding
    seen: set[str] = set()  # reports with any answer
    for cell in table.cells:
        rows = answered.setdefault(cell.item, [])
        if cell.name:
            rows.append(bool(cell.word.strip()))
        if cell.word.strip():
            seen.add(cell.item)
    why = {
        cell.item: drawn
        for cell, drawn in zip(table.cells, _drawn(comparison), strict=True)
        if drawn in (RANDOM, DOUBTFUL)
    }
    everything = population(corpus)
    judged = [one for part in comparison.parts if part.kind == "report" for one in part.judged]

    def part(of: Why, share: float) -> Part:
        reports = [report for report, drawn in why.items() if drawn == of]
        checked = [report for report in reports if report in seen]
        own: list[Judged] = [one for one in judged if why.get(one.item) == of]
        drawn = share * len(checked)
        return Part(of, len(reports), len(checked), tuple(by_finding(own, drawn=drawn)))

    random = part(RANDOM, 1 / everything if everything else 0.0)
    return Estimate(
        everything,
        random,
        part(DOUBTFUL, 0.0),
        sum(not filled for rows in answered.values() for filled in rows),
        sum(any(rows) and not all(rows) for rows in answered.values()),
        _more(random, everything),
    )


def _drawn(comparison: Comparison) -> list[str]:
    """Return how the report of each cell was drawn, as its row says."""
    column = comparison.table.column("drawn")
    return [column[cell.line - 2].strip().lower() for cell in comparison.table.cells]


def _more(random: Part, population: int) -> More | None:
    """Return how many reports would halve the interval: its square goes with 1 / checked - 1 / population."""
    f1 = random.agreements[0].f1 if random.agreements else None
    if f1 is None or f1.low is None or f1.high is None or random.checked >= population:
        return None
    left = 1 / random.checked - 1 / population
    return More((f1.high - f1.low) / 2, min(population, ceil(1 / (1 / population + left / 4))))

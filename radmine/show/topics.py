"""What a terminal shows of topics: what they are, and how they moved."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.table import Table

from radmine.records import Topic
from radmine.show.tables import table
from radmine.topics import Drift

WORDS, FINDINGS = 6, 3  # shown of a topic
COLUMNS = ("topic", "name", "words", "findings", "documents", "coherence", "mark")
_RIGHT = ("topic", "documents", "coherence")


class Moved(NamedTuple):
    """How a document topic moved over the dates."""

    topic: int
    name: str
    trend: float  # standard deviations away from none
    change: float  # of the share from the first date to the last, by the trend
    unit: str
    periods: tuple[tuple[str, int, float], ...]  # name, reports, share


def topics_view(topics: Sequence[Topic]) -> Table:
    """Return topics as a table, a row each."""
    rows = (
        (
            str(topic.topic),
            topic.name,
            " ".join(topic.words[:WORDS]),
            ", ".join(finding_title(finding) for finding in topic.findings[:FINDINGS]),
            f"{topic.documents:,}",
            "" if topic.coherence is None else f"{topic.coherence:.3f}",
            topic.mark or "",
        )
        for topic in topics
    )
    return table(COLUMNS, rows, right=_RIGHT, whole=(*_RIGHT, "mark"))


def finding_title(finding: str) -> str:
    """Return a finding of a topic in words: one that is denied begins with "no"."""
    return finding.replace("_", " ")


def moved_topics(topics: Sequence[Topic], drift: Drift) -> Iterator[Moved]:
    """Yield the document topics with their shares by period, those with the surest trend first."""
    names = {topic.topic: topic.name for topic in topics if topic.level == "document"}
    for number in drift.order:
        shares = drift.shares[:, number].tolist()
        periods = tuple((p.name, p.reports, share) for p, share in zip(drift.periods, shares, strict=True))
        trend, change = float(drift.trends[number]), float(drift.changes[number])
        yield Moved(number, names.get(number, ""), trend, change, drift.unit, periods)


def drift_view(moved: Sequence[Moved]) -> Table:
    """Return how topics moved as a table: the share in the first and the last period, the lowest and the highest, and the trend."""
    rows = []
    for one in moved:
        shares = [(f"{share:.3f}", name) for name, _, share in one.periods]
        low, high = min(shares), max(shares)
        rows.append(
            (
                str(one.topic),
                one.name,
                shares[0][0],
                shares[-1][0],
                f"{low[0]} in {low[1]}",
                f"{high[0]} in {high[1]}",
                f"{one.change:+.3f}",
                f"{one.trend:+.1f}",
            )
        )
    first, last = (moved[0].periods[i][0] for i in (0, -1)) if moved else ("first", "last")
    columns = ("topic", "name", first, last, "lowest", "highest", "change", "trend")
    right = ("topic", first, last, "change", "trend")
    return table(columns, rows, right=right, whole=("topic", "lowest", "highest", "change", "trend"))


def periods_line(drift: Drift) -> str:
    """Return how many reports each period has."""
    return "Reports: " + ", ".join(f"{period.name} {period.reports:,}" for period in drift.periods)

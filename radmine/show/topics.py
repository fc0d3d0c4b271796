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
    moved: float
    unit: str
    periods: tuple[tuple[str, int, float], ...]  # name, reports, share


def topics_view(topics: Sequence[Topic]) -> Table:
    """Return topics as a table, a row each."""
    rows = (
        (
            str(topic.topic),
            topic.name,
            " ".join(topic.words[:WORDS]),
            ", ".join(finding_words(finding) for finding in topic.findings[:FINDINGS]),
            f"{topic.documents:,}",
            "" if topic.coherence is None else f"{topic.coherence:.3f}",
            topic.mark or "",
        )
        for topic in topics
    )
    return table(COLUMNS, rows, right=_RIGHT, whole=(*_RIGHT, "mark"))


def finding_words(finding: str) -> str:
    """Return a finding of a topic in words: one that is denied begins with "no"."""
    return finding.replace("_", " ")


def moved_topics(topics: Sequence[Topic], drift: Drift) -> Iterator[Moved]:
    """Yield the document topics with their shares by period, those that moved most first."""
    names = {topic.topic: topic.name for topic in topics if topic.level == "document"}
    moved = drift.moved
    for number in drift.order:
        shares = drift.shares[:, number].tolist()
        periods = tuple((p.name, p.reports, share) for p, share in zip(drift.periods, shares, strict=True))
        yield Moved(number, names.get(number, ""), float(moved[number]), drift.unit, periods)


def drift_view(moved: Sequence[Moved]) -> Table:
    """Return how topics moved as a table: the share in the first and the last period, the lowest and the highest."""
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
                f"{one.moved:.3f}",
            )
        )
    first, last = (moved[0].periods[i][0] for i in (0, -1)) if moved else ("first", "last")
    columns = ("topic", "name", first, last, "lowest", "highest", "moved")
    return table(columns, rows, right=("topic", first, last, "moved"), whole=("topic", "lowest", "highest"))

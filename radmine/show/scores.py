"""What a terminal shows of scores."""

from collections.abc import Iterable

from rich.table import Table

from radmine.records import Score
from radmine.show.tables import table


def scores_table(scores: Iterable[Score]) -> Table:
    """Return the table of `radmine evaluate`."""

    def interval(score: Score) -> str:
        return "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"

    return table(
        ("stage", "subject", "metric", "value", "95 % interval", "n", "note"),
        (
            (
                s.stage,
                s.subject,
                s.metric,
                "" if s.value is None else f"{s.value:.3f}",
                interval(s),
                str(s.n),
                s.note or "",
            )
            for s in scores
        ),
        right=("value", "n"),
    )

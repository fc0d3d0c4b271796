"""What a terminal shows of what a network may tell findings by."""

from rich.console import Group, RenderableType
from rich.text import Text

from radmine.show.scores import WORST, measure
from radmine.show.tables import table
from radmine.train import Confounders, Estimate


def confounders_view(found: Confounders, *, every: bool) -> RenderableType:
    """Return the two tables of `radmine confounders`, with what high numbers mean; of findings the ten that a column tells most of."""
    if not found.told and not found.findings:
        return Text("No column has two groups of enough patients: nothing is known that could confound.")
    told = table(
        ("the features tell", "groups", "images", "majority", "accuracy 95 %", "AUC 95 %"),
        (
            (t.column, str(len(t.groups)), f"{t.n:,}", measure(t.majority), _of(t.accuracy), _of(t.auc))
            for t in found.told
        ),
        right=("groups", "images"),
    )
    shown = found.findings if every else found.findings[:WORST]
    findings = table(
        ("finding", "by", "n", "there", "column alone", "network", "within groups", "balanced"),
        (
            (
                c.finding,
                c.column,
                f"{c.n:,}",
                f"{c.positives:,}",
                *map(_of, (c.column_auc, c.network_auc, c.within_auc, c.balanced_auc)),
            )
            for c in shown
        ),
        right=("n", "there"),
    )
    left = len(found.findings) - len(shown)
    lines = [
        *([f"and {left:,} more: --all"] if left else ()),
        "AUC .5 is chance. A column that the features tell, and that alone tells a finding, may be what the network tells it by;",
        "so much as the AUC falls within groups, or where the finding is balanced over them, it owes to the column.",
    ]
    return Group(told, Text(), findings, *map(Text, lines))


def _of(one: Estimate) -> str:
    return measure(one.value, one.low, one.high)

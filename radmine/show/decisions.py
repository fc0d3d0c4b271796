"""The rows of what people decided, for the terminal and for pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from radmine.label import Decision, Explanation

WHOLE = ("finding", "decided", "at")  # columns whose cells are not broken
COLUMNS = ("report or image", "finding", "decided", "by", "at", "why")
CASE_COLUMNS = (*COLUMNS[1:], "in the label")


def decision_rows(decisions: Iterable[Decision]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each decision, with the minute at which it was made (UTC)."""
    for d in decisions:
        item = d.report_id if d.image_id is None else d.image_id
        yield str(item), d.finding, d.answer, d.by, f"{d.at[:16].replace('T', ' ')}Z", d.why


def case_rows(
    decisions: Sequence[Decision], labels: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, ...]]:
    """Yield a row for each decision on one report or image, and whether its label has it: the voters of each label tell."""
    for d, row in zip(decisions, decision_rows(decisions), strict=True):
        yield *row[1:], "yes" if d.voter in labels.get(d.finding, ()) else "from the next run on"


def voters_of(*explanations: Explanation) -> dict[str, tuple[str, ...]]:
    """Return who made each label."""
    voters: dict[str, tuple[str, ...]] = {}
    for explanation in explanations:
        for finding, label in explanation.labels.items():
            voters[finding] = (*voters.get(finding, ()), *(vote.voter for vote in label.evidence))
    return voters

"""Who votes, and how their votes become labels: `Panel`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from radmine.label.combine import combine
from radmine.label.label_model import LabelModel
from radmine.label.reading import ReadReport
from radmine.label.report import in_order
from radmine.label.voters import VOTERS, Voter
from radmine.records import Label, Vote

Votes = dict[str, list[Vote]]


@dataclass(frozen=True)
class Panel:
    """Voters, and what is known of them."""

    voters: Mapping[str, Voter] = field(default_factory=lambda: VOTERS)
    model: LabelModel | None = None  # None: nothing is known of how good they are

    def cast(self, reads: Sequence[ReadReport]) -> list[Votes]:
        """Return the votes on each of the reports, findings in the order of the lexicon.

        A voter that has a method `many` (a network: it is faster so) gets all reports at once.
        """
        votes: list[Votes] = [{} for _ in reads]
        for voter in self.voters.values():
            many = getattr(voter, "many", None)
            for of_report, cast in zip(votes, many(reads) if many else map(voter, reads), strict=True):
                for finding, vote in cast:
                    of_report.setdefault(finding, []).append(vote)
        return [in_order(of_report) for of_report in votes]

    def labels(self, read: ReadReport) -> dict[str, Label]:
        """Return the labels of a report, findings in the order of the lexicon."""
        return self.labels_of(self.cast([read])[0])

    def labels_of(self, votes: Mapping[str, Iterable[Vote]]) -> dict[str, Label]:
        """Return the label of each finding on which votes were cast."""
        if self.model is None:
            return {finding: combine(tuple(cast)) for finding, cast in votes.items()}
        return {finding: self.model.combine(finding, tuple(cast)) for finding, cast in votes.items()}

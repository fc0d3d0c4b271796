"""Who votes, and how their votes become labels: `Panel`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from radmine.label.combine import combine, kind_of, speakers
from radmine.label.label_model import LabelModel
from radmine.label.reading import ReadReport
from radmine.label.report import in_order
from radmine.label.taught import VOTER as TAUGHT
from radmine.label.voters import VOTERS, Voter
from radmine.records import Assertion, Label, Vote

Votes = dict[str, list[Vote]]


@dataclass(frozen=True)
class Panel:
    """Voters, and what is known of them."""

    voters: Mapping[str, Voter] = field(default_factory=lambda: VOTERS)
    model: LabelModel | None = None  # None: nothing is known of how good they are
    own: frozenset[str] = (
        frozenset()
    )  # kinds of voters that learnt from the rules or with them, and the rules

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
        return {finding: self.label(finding, tuple(cast)) for finding, cast in votes.items()}

    def label(self, finding: str, votes: Sequence[Vote]) -> Label:
        """Return the label that votes on a finding make.

        Where only the rules and the voters of the folder vote, what truth has taught decides (`radmine.label.taught`). A voter
        that learnt from the rules does not overturn them: where they are sure, their word is the label. All else
        is for the label model; where there is none, all kinds of voters count alike.
        """
        heard = speakers(votes)
        if heard.keys() <= self.own:
            decides = heard.get(kind_of(TAUGHT)) or heard.get("rules")
            if decides is not None and (
                decides.voter == TAUGHT or decides.assertion is not Assertion.UNCERTAIN
            ):
                return Label(decides.assertion, decides.probability, tuple(votes))
        return self.model.combine(finding, votes) if self.model else combine(votes)

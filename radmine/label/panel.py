"""Who votes, and how their votes become labels: `Panel`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from os import PathLike
from pathlib import Path

from radmine.errors import CorpusError
from radmine.findings import Lexicon, in_order, load_lexicon
from radmine.label.voters.rules import VOTERS, rule_votes
from radmine.label.voters.taught import VOTER as TAUGHT
from radmine.label.voters.taught import TaughtVoter, load_taught
from radmine.label.voters.topics import load_topic_voter
from radmine.label.voters.training import KIND, LABEL_MODEL, MAKE
from radmine.label.voters.transformer import load_transformer
from radmine.label.voters.voter import ReportVoter
from radmine.label.voters.words import load_words
from radmine.label.weigh.combine import combine, speaker_of, speakers
from radmine.label.weigh.label_model import LabelModel, load_label_model
from radmine.models import SavedModel, is_model, load_model
from radmine.records import Label, ReadReport, Vote
from radmine.run import Guard, stops

Votes = dict[str, list[Vote]]

OWN = frozenset(("rules", "text", "topics", "taught"))  # kinds of the voters of a folder


@dataclass(frozen=True)
class Panel:
    """Voters, and what is known of them."""

    voters: Mapping[str, ReportVoter] = field(default_factory=lambda: VOTERS)
    # None: nothing is known of how good they are.
    model: LabelModel | None = None
    # Kinds of voters that learnt from the rules or with them, and the rules.
    own: frozenset[str] = frozenset()

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

        What people decided is the label, whatever others say. Where only the rules and the voters of the folder vote, what
        truth has taught decides (`radmine.label.voters.taught`); a voter that learnt from the rules does not overturn
        them: their word is the label, their doubt too. All else is for the label model; where there is none, all speakers
        count alike.
        """
        heard = speakers(votes)
        decided = [vote for vote in heard.values() if vote.is_decision]
        if decided:
            word = combine(decided)  # uncertain where decisions contradict each other
            return Label(word.assertion, word.probability, tuple(votes))
        if heard.keys() <= self.own:
            decides = heard.get(speaker_of(TAUGHT)) or heard.get("rules")
            if decides is not None:
                return Label(decides.assertion, decides.probability, tuple(votes))
        return self.model.combine(finding, votes) if self.model else combine(votes)


def cast_each(panel: Panel, reads: Mapping[str, ReadReport], guard: Guard) -> dict[str, Votes]:
    """Return the votes on each report but those on which a voter fails: on all at once, one by one where that fails."""
    try:
        return dict(zip(reads, panel.cast(list(reads.values())), strict=True))
    except BaseException as error:
        if stops(error):
            raise
    votes: dict[str, Votes] = {}
    for report_id, read in reads.items():
        with guard(report_id):
            votes[report_id] = panel.cast([read])[0]
    return votes


def rules_by(lexicon: Lexicon) -> dict[str, ReportVoter]:
    """Return the voters that need nothing but the rules, which take the parents of findings from a lexicon."""
    return VOTERS if lexicon is load_lexicon() else {"rules": partial(rule_votes, lexicon=lexicon)}


def panel_of(voters: str, lexicon: Lexicon) -> Panel:
    """Return the panel that votes on a corpus of this lexicon: the rules, with a folder of trained voters where one is named."""
    return load_panel(voters, lexicon=lexicon) if voters else Panel(rules_by(lexicon))


def load_panel(folder: str | PathLike[str], *, lexicon: Lexicon | None = None) -> Panel:
    """Return the rules and the trained voters of a folder, with what is known of them.

    Parameters
    ----------
    lexicon
        Of the corpus whose reports are labelled; None: ours.

    Raises
    ------
    CorpusError
        It holds none, or such as know findings that the lexicon lacks.
    """
    panel = load_model(folder, kind=KIND, make=MAKE, build=_panel)
    lexicon = lexicon or load_lexicon()
    if panel.model and not all(map(lexicon.find, panel.model.findings)):
        raise CorpusError(
            "The voters know findings that the lexicon lacks: they were trained with another one.",
            where=str(folder),
            do=f"Train them again, with `{MAKE}`.",
        )
    voters = {
        name: replace(voter, lexicon=lexicon) if isinstance(voter, TaughtVoter) else voter
        for name, voter in panel.voters.items()
    }
    return replace(panel, voters={**voters, **rules_by(lexicon)})


def check_panel(folder: str | PathLike[str]) -> None:
    """Check that a folder holds trained voters that can be loaded, whatever lexicon they know.

    Raises
    ------
    CorpusError
        It does not.
    """
    load_model(folder, kind=KIND, make=MAKE, build=_panel)


def _panel(saved: SavedModel) -> Panel:
    voters: dict[str, ReportVoter] = {
        name: _LOADERS[name](saved.folder / name) for name in saved.facts["voters"]
    }
    weighed = saved.folder / LABEL_MODEL
    model = load_label_model(weighed) if is_model(weighed) else None
    return Panel({**VOTERS, **voters}, model, OWN)


_LOADERS: dict[str, Callable[[Path], ReportVoter]] = {
    "words": load_words,
    "transformer": load_transformer,
    "topics": load_topic_voter,
    "taught": load_taught,
}


def outcome(labels: Mapping[str, Label]) -> Votes:
    """Return each label as one vote: what all voters together say, for the images of the report to inherit."""
    return {
        finding: [
            Vote(
                "label",
                said.assertion,
                said.probability,
                tuple(m for v in said.evidence for m in v.mentions),
                said.implied,
            )
        ]
        for finding, said in labels.items()
    }

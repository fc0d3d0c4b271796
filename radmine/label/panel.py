"""Who votes, and how their votes become labels: `Panel`."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from radmine.errors import CorpusError
from radmine.findings import in_order, load_findings
from radmine.label.voters.rules import VOTERS
from radmine.label.voters.taught import VOTER as TAUGHT
from radmine.label.voters.taught import load_taught
from radmine.label.voters.topics import load_topic_voter
from radmine.label.voters.training import FILE, MAKE
from radmine.label.voters.voter import ReportVoter
from radmine.label.voters.words import load_words
from radmine.label.weigh.combine import combine, reader_of, speakers
from radmine.label.weigh.label_model import FILE as MODEL_FILE
from radmine.label.weigh.label_model import LabelModel, load_label_model
from radmine.records import Assertion, Label, ReadReport, Vote

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
        them: where they are sure, their word is the label. All else is for the label model; where there is none, all
        readers count alike.
        """
        heard = speakers(votes)
        decided = [vote for vote in heard.values() if vote.kind == "decision"]
        if decided:
            return Label(decided[-1].assertion, decided[-1].probability, tuple(votes))
        if heard.keys() <= self.own:
            decides = heard.get(reader_of(TAUGHT)) or heard.get("rules")
            if decides is not None and (
                decides.voter == TAUGHT or decides.assertion is not Assertion.UNCERTAIN
            ):
                return Label(decides.assertion, decides.probability, tuple(votes))
        return self.model.combine(finding, votes) if self.model else combine(votes)


def load_panel(folder: str | PathLike[str]) -> Panel:
    """Return the rules and the trained voters of a folder, with what is known of them.

    Raises
    ------
    CorpusError
        It holds none, or such as know findings that the lexicon lacks.
    """
    written = Path(folder) / FILE
    return _load(Path(folder), written.stat().st_mtime_ns if written.exists() else 0)


@lru_cache(maxsize=4)
def _load(folder: Path, _written: int) -> Panel:
    try:
        names = json.loads((folder / FILE).read_text("utf-8"))["voters"]
        makers = [(name, _LOADERS[name]) for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(
            f"The folder holds no trained voters: {type(error).__name__}.", where=str(folder), do=MAKE
        ) from error
    voters: dict[str, Any] = {name: load(folder / name) for name, load in makers}
    model = load_label_model(folder) if (folder / MODEL_FILE).exists() else None
    if model and set(model.findings) - set(load_findings()):
        raise CorpusError(
            "The voters know findings that the lexicon lacks: they were trained with another one.",
            where=str(folder),
            do="Train them again, with `radmine voters train NAME`.",
        )
    return Panel({**VOTERS, **voters}, model, OWN)


def _load_transformer(folder: Path) -> ReportVoter:
    from radmine.label.voters.transformer import load_transformer

    return load_transformer(folder)


_LOADERS: dict[str, Callable[[Path], ReportVoter]] = {
    "words": load_words,
    "transformer": _load_transformer,
    "topics": load_topic_voter,
    "taught": load_taught,
}


def outcome(labels: Mapping[str, Label]) -> Votes:
    """Return each label as one vote: what all voters together say, for the images of the report to inherit."""
    return {
        finding: [
            Vote(
                "label", said.assertion, said.probability, tuple(m for v in said.evidence for m in v.mentions)
            )
        ]
        for finding, said in labels.items()
    }

"""The labels of one report: `label_report`."""

from collections.abc import Iterable, Mapping
from functools import cache
from os import PathLike
from typing import TypeVar

from radmine.findings import load_findings
from radmine.label.combine import combine
from radmine.label.reading import ReadReport, read_report
from radmine.label.voters import VOTERS, Voter
from radmine.records import Label, Vote

T = TypeVar("T")


def label_report(text: str, *, voters: str | PathLike[str] | None = None) -> dict[str, Label]:
    """Return what a report says of each finding it names, absent and uncertain ones too, with the votes as evidence.

    Parameters
    ----------
    voters
        The folder of trained voters that vote besides the rules; None: the rules alone.

    Raises
    ------
    CorpusError
        The folder holds no trained voters.

    Examples
    --------
    >>> labels = label_report("Small left pleural effusion. No pneumothorax.")
    >>> [(finding, str(label.assertion)) for finding, label in labels.items()]
    [('pleural_effusion', 'present'), ('pneumothorax', 'absent')]
    """
    return label_read(read_report(text), voters=voters)


def label_read(read: ReadReport, *, voters: str | PathLike[str] | None = None) -> dict[str, Label]:
    """Return the labels of a report that has been read; raises what `label_report` does."""
    if voters is None:
        return labels_of(cast_votes(read, VOTERS))
    from radmine.label.trained import load_panel

    return load_panel(voters).labels(read)


def cast_votes(read: ReadReport, voters: Mapping[str, Voter]) -> dict[str, list[Vote]]:
    """Return the votes on each finding, findings in the order of the lexicon."""
    votes: dict[str, list[Vote]] = {}
    for voter in voters.values():
        for finding, vote in voter(read):
            votes.setdefault(finding, []).append(vote)
    return in_order(votes)


def in_order(votes: Mapping[str, T]) -> dict[str, T]:
    """Return votes with the findings in the order of the lexicon."""
    if len(votes) < 2:
        return dict(votes)
    return {finding: votes[finding] for finding in sorted(votes, key=_place)}


@cache
def _place(finding: str) -> tuple[int, str]:
    """Return where a finding stands in the order of the lexicon; those that it does not know come last, by name."""
    places = _places()
    return places.get(finding, len(places)), finding


@cache
def _places() -> Mapping[str, int]:
    """Return where each finding stands in the lexicon."""
    return {name: place for place, name in enumerate(load_findings())}


def labels_of(votes: Mapping[str, Iterable[Vote]]) -> dict[str, Label]:
    """Return the label of each finding on which votes were cast."""
    return {finding: combine(tuple(cast)) for finding, cast in votes.items()}

"""The labels of one report: `label_report`, and how they came about: `explain`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from os import PathLike

from radmine.findings import load_findings
from radmine.label.combine import combine
from radmine.label.reading import NOT_FOUND, ReadReport, counts, read_report
from radmine.label.voters import VOTERS, Voter
from radmine.records import Label, Mention, Vote


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
    return labels_of(cast_votes(read_report(text), voters_in(voters)))


def voters_in(folder: str | PathLike[str] | None) -> dict[str, Voter]:
    """Return the rules and, from a folder, the trained voters."""
    if folder is None:
        return VOTERS
    from radmine.label.trained import load_voters

    return {**VOTERS, **load_voters(folder)}


def cast_votes(read: ReadReport, voters: Mapping[str, Voter]) -> dict[str, list[Vote]]:
    """Return the votes on each finding, findings in the order of the lexicon."""
    votes: dict[str, list[Vote]] = {}
    for voter in voters.values():
        for finding, vote in voter(read):
            votes.setdefault(finding, []).append(vote)
    return in_order(votes)


def in_order(votes: Mapping[str, list[Vote]]) -> dict[str, list[Vote]]:
    """Return votes with the findings in the order of the lexicon."""
    if len(votes) < 2:
        return dict(votes)
    place = _places()
    return {finding: votes[finding] for finding in sorted(votes, key=lambda f: (place.get(f, len(place)), f))}


@cache
def _places() -> Mapping[str, int]:
    """Return where each finding stands in the lexicon."""
    return {name: place for place, name in enumerate(load_findings())}


def labels_of(votes: Mapping[str, Iterable[Vote]]) -> dict[str, Label]:
    """Return the label of each finding on which votes were cast."""
    return {finding: combine(tuple(cast)) for finding, cast in votes.items()}


@dataclass(frozen=True, slots=True)
class ReadMention:
    """A mention and whether it counts: why not, else None."""

    mention: Mention
    left_out: str | None  # historical | hypothetical | other person | section that makes no label


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence that names findings."""

    start: int
    end: int
    section: str
    mentions: tuple[ReadMention, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a report got its labels: each sentence with its mentions, their rules and triggers; then the labels."""

    sentences: tuple[ReadSentence, ...]
    labels: dict[str, Label]


def explain(text: str, *, voters: str | PathLike[str] | None = None) -> Explanation:
    """Return how a report got its labels, sentence by sentence.

    Raises
    ------
    CorpusError
        The folder holds no trained voters.
    """
    read = read_report(text)
    groups: dict[int, list[ReadMention]] = {}
    for mention in read.mentions:
        groups.setdefault(mention.sentence, []).append(ReadMention(mention, _left_out(read, mention)))
    sentences = []
    for index, mentions in sorted(groups.items()):
        start, end, section = read.sentences[index]
        sentences.append(ReadSentence(start, end, read.sections[section].name, tuple(mentions)))
    return Explanation(tuple(sentences), labels_of(cast_votes(read, voters_in(voters))))


def _left_out(read: ReadReport, mention: Mention) -> str | None:
    section = read.section_of(mention)
    if section in NOT_FOUND:
        return f"the section {section} makes no label"
    if counts(mention):
        return None
    return str(mention.temporality) if mention.temporality != "current" else "another person"

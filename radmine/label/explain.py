"""How a report got its labels: `explain`, and `explanation_of` for a report that has been read and labelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike

from radmine.label.report import label_read
from radmine.label.voters.rules import overruled_mentions
from radmine.parse import makes_label, parse_report
from radmine.records import STRUCTURE, Label, Mention, ReadReport, Span, Temporality


@dataclass(frozen=True, slots=True)
class ReadMention:
    """A mention and whether it counts: why not, else None."""

    mention: Mention
    # historical | hypothetical | another person | the section ... makes no label | the addendum overrules it
    left_out: str | None


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence that names findings."""

    start: int
    end: int
    section: str
    mentions: tuple[ReadMention, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a report got its labels: what was read in it, by which rules and words; the labels with their votes."""

    headings: tuple[Span, ...]
    sentences: tuple[ReadSentence, ...]  # those that name findings
    labels: dict[str, Label]

    @property
    def mentions(self) -> tuple[ReadMention, ...]:
        """All mentions, in the order of the text."""
        return tuple(mention for sentence in self.sentences for mention in sentence.mentions)


def explain(text: str, *, voters: str | PathLike[str] | None = None) -> Explanation:
    """Return how a report gets its labels, with the same votes as `label_report`.

    Raises
    ------
    CorpusError
        The folder holds no trained voters.
    """
    read = parse_report(text)
    return explanation_of(read, label_read(read, voters=voters))


def explanation_of(
    read: ReadReport, labels: Mapping[str, Label], *, votes_alone: bool = False
) -> Explanation:
    """Return how a report that has been read got labels that have been given.

    Parameters
    ----------
    votes_alone
        Whether only the mentions on which votes rest are told of: of the labels of an image, on which not all of a report counts.
    """
    voting = {m for label in labels.values() for vote in label.evidence for m in vote.mentions}
    overruled = overruled_mentions(read)
    groups: dict[int, list[ReadMention]] = {}
    for mention in read.mentions:
        if not votes_alone or mention in voting:
            why_not = None if votes_alone else left_out(read, mention)
            if mention in overruled and not votes_alone:
                why_not = f"the {overruled[mention]} overrules it"
            groups.setdefault(mention.sentence, []).append(ReadMention(mention, why_not))
    sentences = []
    for index, mentions in sorted(groups.items()):
        start, end, section = read.sentences[index]
        sentences.append(ReadSentence(start, end, read.sections[section].name, tuple(mentions)))
    headings = tuple(section.heading for section in read.sections if section.heading is not None)
    return Explanation(headings, tuple(sentences), dict(labels))


def left_out(read: ReadReport, mention: Mention) -> str | None:
    """Return why a mention casts no vote, None where it does."""
    section = read.section_of(mention)
    if not makes_label(section):
        return f"the section {section} makes no label"
    if mention.finding == STRUCTURE:
        return "a part of the body, of which nothing abnormal is said"
    if mention.of_patient_now:
        return None
    return str(mention.temporality) if mention.temporality is not Temporality.CURRENT else "another person"

"""How a report got its labels: `explain`, and `explanation_of` for a report that has been read and labelled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike

from radmine.label.reading import NOT_FOUND, ReadReport, counts, read_report
from radmine.label.report import label_read
from radmine.records import Experiencer, Label, Mention, Span, Temporality


@dataclass(frozen=True, slots=True)
class ReadMention:
    """A mention and whether it counts: why not, else None."""

    mention: Mention
    left_out: str | None  # historical | hypothetical | another person | the section ... makes no label


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
    read = read_report(text)
    return explanation_of(read, label_read(read, voters=voters))


def explanation_of(read: ReadReport, labels: Mapping[str, Label]) -> Explanation:
    """Return how a report that has been read got labels that have been given."""
    groups: dict[int, list[ReadMention]] = {}
    for mention in read.mentions:
        groups.setdefault(mention.sentence, []).append(ReadMention(mention, _left_out(read, mention)))
    sentences = []
    for index, mentions in sorted(groups.items()):
        start, end, section = read.sentences[index]
        sentences.append(ReadSentence(start, end, read.sections[section].name, tuple(mentions)))
    headings = tuple(section.heading for section in read.sections if section.heading is not None)
    return Explanation(headings, tuple(sentences), dict(labels))


def _left_out(read: ReadReport, mention: Mention) -> str | None:
    """Return why a mention casts no vote, None where it does."""
    section = read.section_of(mention)
    if section in NOT_FOUND:
        return f"the section {section} makes no label"
    if counts(mention):
        return None
    return str(mention.temporality) if mention.temporality is not Temporality.CURRENT else "another person"


MENTION_COLUMNS = ("span", "phrase", "finding", "said", "by", "attributes", "left out because")
VOTE_COLUMNS = ("finding", "label", "probability", "voter", "its vote", "its probability")
_USUAL = (Temporality.CURRENT, Experiencer.PATIENT)


def mention_row(read: ReadMention, text: str) -> tuple[str, ...]:
    """Return a mention in words: where, the phrase, the finding, what is said of it and by which rule, its attributes."""
    m = read.mention
    said = [str(m.assertion), *(str(v) for v in (m.temporality, m.experiencer) if v not in _USUAL)]
    by = m.rule
    if m.trigger is not None:
        by += f': "{text[slice(*m.trigger)]}" at {m.trigger[0]}'
    if m.scope is not None:
        by += f", reaches {m.scope[0]}-{m.scope[1]}"
    return (
        f"{m.start}-{m.end}",
        text[m.start : m.end],
        m.finding,
        ", ".join(said),
        by,
        attributes(m),
        read.left_out or "",
    )


def attributes(mention: Mention) -> str:
    """Return where a finding is, how large, how severe and how it has changed, as far as its sentence says."""
    size = " x ".join(f"{value:g}" for value in mention.size_mm)
    known = (
        mention.laterality,
        mention.anatomy,
        size and f"{size} mm",
        mention.severity,
        mention.change,
    )
    return ", ".join(value for value in known if value)


def vote_rows(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    """Yield a row for each vote; the first on each finding begins with the finding and its label."""
    for finding, label in explanation.labels.items():
        outcome = (finding, str(label.assertion), f"{label.probability:.2f}")
        for vote in label.evidence:
            yield (*outcome, vote.voter, str(vote.assertion), f"{vote.probability:.2f}")
            outcome = ("", "", "")

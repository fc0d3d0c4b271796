"""Records of text: reports and what parsing finds in them.

All offsets are half-open and count Unicode code points of `Report.text`, which never changes after ingest.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

Span = tuple[int, int]

STRUCTURE = "structure"
"""The finding of a part of the body that a sentence measures or points at, and of which it says nothing abnormal: it makes no label."""


class Assertion(StrEnum):
    """Whether the text says that a finding is there.

    Where several are said of one finding, the one of the greatest `strength` holds: present over uncertain over absent.
    """

    strength: int

    PRESENT = "present", 2
    ABSENT = "absent", 0
    UNCERTAIN = "uncertain", 1

    def __new__(cls, value: str, strength: int = 0) -> "Assertion":
        """Return the member of a value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.strength = strength
        return member


class Temporality(StrEnum):
    """When a finding is said to be there."""

    CURRENT = "current"
    HISTORICAL = "historical"
    HYPOTHETICAL = "hypothetical"


class Experiencer(StrEnum):
    """Whom a finding is said of."""

    PATIENT = "patient"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """One report (or the text of one case) as its source gives it."""

    report_id: str
    patient_id: str  # issuer + id; else the case, else the report
    text: str
    source: str  # the source reader that made it
    study_id: str | None = None
    accession_number: str | None = None
    modality: str | None = None
    body_part: str | None = None
    study_date: str | None = None  # ISO 8601, as far as known
    source_split: str | None = None  # train | validation | test, where the source has a split of its own
    path: str | None = None  # the file it was read from
    # Which id its file or folder is named by, where nothing else says whose it is: study_id, accession_number,
    # series_id, image_id or patient_id of images, or report_id: folders of images are named by it
    named_by: str | None = None
    # Which of modality, body_part and study_date the report does not say, but all images of its study, joined by ","
    by_study: str | None = None
    meta: str | None = None  # a JSON object of what else the source says; never read as report text


class Section(NamedTuple):
    """A section of a report: `start` to `end` is its body; the heading stands before it (None where there is none)."""

    start: int
    end: int
    name: str  # normalised: findings, impression, indication, comparison, technique, history, exam, caption, ...
    heading: Span | None


class Sentence(NamedTuple):
    """A sentence of a report."""

    start: int
    end: int
    section: int  # index of its section


class Described(NamedTuple):
    """Words that describe a finding: what they say of it, and where they stand."""

    kind: str  # laterality | size | severity | change
    value: str  # as the mention has it, a size as "18 x 12" in millimetres; of "left and right" each word its own side
    start: int
    end: int


class Mention(NamedTuple):
    """A finding named in a sentence, and what the sentence says of it."""

    start: int
    end: int
    finding: str
    assertion: Assertion
    temporality: Temporality
    experiencer: Experiencer
    rule: str  # the name of the rule that decided, "default" where none spoke
    trigger: Span | None  # the words that decided
    scope: Span | None  # the words that the trigger reaches
    sentence: int  # index of its sentence
    anatomy: str | None = None  # where: a name of `radmine.findings.load_anatomy`
    laterality: str | None = None  # left | right | bilateral
    size_mm: tuple[float, ...] = ()  # its dimensions in millimetres, as the sentence gives them
    severity: str | None = None  # minimal | mild | moderate | severe
    change: str | None = None  # new | increased | decreased | unchanged | resolved
    site: Span | None = None  # the words that name the anatomy
    certainty: float = 1.0  # how likely it is there, as the words say: in [0, 1], 1 without a hedge, 0 denied
    described: tuple[Described, ...] = ()  # the words that give the other attributes, in order
    sites: tuple[str, ...] = ()  # all places that the sentence gives it, `anatomy` first
    tags: tuple[str, ...] = ()  # how it looks: spiculated, hypodense, multiple, ... (parse/data/tags.toml)
    tag_spans: tuple[Span, ...] = ()  # the words of each tag

    @property
    def of_patient_now(self) -> bool:
        """Whether it says something of this patient now; others make no label."""
        return self.temporality is Temporality.CURRENT and self.experiencer is Experiencer.PATIENT

    @property
    def is_denied(self) -> bool:
        """Whether the text says that the patient does not have it."""
        return self.assertion is Assertion.ABSENT and self.experiencer is Experiencer.PATIENT

    def __repr__(self) -> str:
        words = [self.finding, str(self.assertion)]
        words += [] if self.temporality is Temporality.CURRENT else [str(self.temporality)]
        words += [] if self.experiencer is Experiencer.PATIENT else ["of another"]
        return f"Mention({self.start}:{self.end} {' '.join(words)}, rule {self.rule})"


class Category(NamedTuple):
    """A category or number of a scoring system that a sentence gives: "BI-RADS 4A"."""

    start: int
    end: int
    system: str  # BI-RADS, LI-RADS, Bosniak, ...
    category: str | None  # as the system writes it: 4A, IIF, TR viable; None where it is a number
    modifier: str | None  # its marks, joined by "/": S, P1/HRP
    value: float | None  # the score as a number, or its points: an Agatston score of 245, 7 points
    version: str | None  # as the text has it: 2.1, 2018
    side: str | None  # left | right | bilateral, where the words beside it say so
    assertion: Assertion
    temporality: Temporality
    rule: str  # stated | alternative | doubt | denied | earlier | section
    sentence: int  # index of its sentence
    mention: int | None  # index of the mention that it belongs to, in the same sentence


class Recommendation(NamedTuple):
    """What a report says should be done, may be done or need not be done."""

    start: int
    end: int
    # follow_up | imaging | additional_views | biopsy | endoscopy | intervention | laboratory | clinical_correlation |
    # comparison | consultation
    kind: str
    modality: str | None  # as DICOM has it: CT, MR, US, MG, DX, PT, NM, RF, XA, BMD
    anatomy: str | None  # of what: a name of `radmine.findings.load_anatomy`
    when: str | None  # interval | repeated | short_term | after_event | now
    earliest_days: int | None  # of an interval, 0 of "within"; how often, where it is repeated
    latest_days: int | None
    condition: Span | None  # the words under which it holds: "if clinically indicated"
    strength: str  # recommended | suggested | considered | if_needed
    needed: bool  # False: it is said not to be needed
    source: str | None  # the guideline that is named: Fleischner, ACR, ...
    rule: str  # the name of the rule that decided
    sentence: int  # index of its sentence
    mention: int | None  # index of the mention that it is for, in the same sentence or the one before


class Incidental(NamedTuple):
    """A finding that a report calls incidental, and the words that do."""

    start: int  # of the words, or of the heading
    end: int
    rule: str  # words | section
    sentence: int  # index of the mention's sentence
    mention: int  # index of the mention


class ReadReport(NamedTuple):
    """A report's text and what reading it found."""

    text: str
    sections: Sequence[Section]
    sentences: Sequence[Sentence]
    mentions: Sequence[Mention]
    # What `parse_report` reads besides; tables of a corpus are not read for it.
    recommendations: Sequence[Recommendation] = ()
    categories: Sequence[Category] = ()
    incidentals: Sequence[Incidental] = ()

    def __repr__(self) -> str:
        parts = ("sections", "sentences", "mentions")
        counts = (f"{len(getattr(self, part))} {part}" for part in parts)
        return f"ReadReport({len(self.text)} characters, {', '.join(counts)})"

    def section_of(self, mention: Mention) -> str:
        """Return the name of the section in which a finding is named."""
        return self.sections[self.sentences[mention.sentence].section].name

    def pieces(self, start: int, end: int) -> Iterator[tuple[str, str | None]]:
        """Yield the text between two offsets in pieces, each with the finding that is denied there, else None.

        "No effusion, but a mass" is "No ", "effusion" with pleural_effusion, and ", but a mass". For those who count words:
        a thousand reports that deny an effusion and a hundred that see one shall not look alike.
        """
        at = start
        first = bisect_left(self.mentions, start, key=attrgetter("start"))
        for mention in (self.mentions[i] for i in range(first, len(self.mentions))):
            if mention.start >= end:
                break
            if mention.is_denied and mention.start >= at:  # else a second finding in the same words
                yield self.text[at : mention.start], None
                yield self.text[mention.start : mention.end], mention.finding
                at = mention.end
        yield self.text[at:end], None

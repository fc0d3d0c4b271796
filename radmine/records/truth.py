"""What is known to be true of a corpus, for scoring; every record is a row of `truth/NAME.jsonl`."""

from dataclasses import dataclass

from radmine.records.text import Assertion, Experiencer, Temporality


@dataclass(frozen=True, slots=True)
class TrueSection:
    """A section's body."""

    report_id: str
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class TrueSentence:
    """A sentence."""

    report_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TrueMention:
    """A finding as it stands in the text, and what the text says of it."""

    report_id: str
    start: int
    end: int
    finding: str
    assertion: Assertion
    temporality: Temporality
    experiencer: Experiencer


@dataclass(frozen=True, slots=True)
class TrueCategory:
    """A category of a scoring system, and where the text gives it."""

    report_id: str
    start: int
    end: int
    system: str
    category: str


@dataclass(frozen=True, slots=True)
class TrueLink:
    """A span of a report speaks of an image."""

    report_id: str
    image_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TrueLabel:
    """A finding of a report (`image_id` None), or one that an image shows or does not show."""

    report_id: str | None
    image_id: str | None
    finding: str
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class TrueImage:
    """What an image is."""

    image_id: str
    patient_id: str
    modality: str
    plane: str | None
    body_part: str
    group: str  # images of one group look alike to a person: the case's kind of picture and finding


@dataclass(frozen=True, slots=True)
class TrueTrap:
    """A file or row that a careful reader sets aside, or reads in a way that is easy to get wrong."""

    item: str  # path relative to the source folder, or a report id
    kind: str  # truncated_dicom | empty_report | monochrome1 | duplicate_image | prior_reference | ...
    rejected: bool  # it must be in `rejected`


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is known to be true of a corpus."""

    sections: tuple[TrueSection, ...] = ()
    sentences: tuple[TrueSentence, ...] = ()
    mentions: tuple[TrueMention, ...] = ()
    links: tuple[TrueLink, ...] = ()
    labels: tuple[TrueLabel, ...] = ()
    images: tuple[TrueImage, ...] = ()
    traps: tuple[TrueTrap, ...] = ()
    categories: tuple[TrueCategory, ...] = ()

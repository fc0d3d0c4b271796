"""Records of evidence: references, links, labels of sources, topics, votes, labels, scores."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from radmine.records.text import Assertion, Mention

if TYPE_CHECKING:
    import pandas


class Reference(NamedTuple):
    """A reference in a text to images: "series 3, images 45-47" has series 3, first 45, last 47.

    `str()` gives the short notation `3:45-47[prior,plane=axial]`.
    """

    start: int
    end: int
    series: int | None
    first: int
    last: int
    prior: bool = False  # an image of an earlier study
    plane: str | None = None  # axial | coronal | sagittal
    total: int | None = None  # "image 30 of 116"
    suffix: str | None = None  # series "601b"
    ocr: bool = False  # digits split by dictation: low confidence
    mark: bool = False  # it only stands for an image, "BOOKMARK": `first` is its number, else its place among those without

    def __str__(self) -> str:
        images = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        flags = [
            text
            for text in (
                "prior" if self.prior else "",
                f"plane={self.plane}" if self.plane else "",
                f"total={self.total}" if self.total else "",
                f"sfx={self.suffix}" if self.suffix else "",
                "ocr" if self.ocr else "",
                "mark" if self.mark else "",
            )
            if text
        ]
        series = "?" if self.series is None else str(self.series)
        return f"{series}:{images}" + (f"[{','.join(flags)}]" if flags else "")


@dataclass(frozen=True, slots=True)
class Link:
    """A report, or a span of it, speaks of an image, and how we know."""

    report_id: str
    image_id: str
    # reference | caption | figure | key_object | report (source's own tie) | study | accession | filename
    method: str
    confidence: float  # in [0, 1]
    start: int | None = None  # the span that speaks of the image; None: the whole report
    end: int | None = None
    reference: int | None = None  # index of the report's reference, where one was resolved


@dataclass(frozen=True, slots=True)
class SourceLabel:
    """What a table that came with the images, or a column that the user names, says of a finding."""

    image_id: str | None  # None: it is said of a report
    report_id: str | None
    finding: str
    assertion: Assertion
    file: str  # the table, relative to its source
    column: str  # of the table


LEVELS = ("document", "second", "sentence")  # of topics


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one level, named by its words or by a person."""

    level: str  # document | second (the parts of a document topic) | sentence
    topic: int  # from 0 within its level
    parent: int | None  # the document topic that a topic of the second level is a part of
    name: str  # its three strongest words, or what a person named it
    words: tuple[str, ...]  # strongest first
    weights: tuple[float, ...]
    findings: tuple[str, ...]  # that it over-represents, most first; one that is denied has "no_" before it
    odds: tuple[float, ...]  # of each finding: log-odds against the other topics, in standard deviations
    documents: int  # reports or sentences whose strongest topic it is
    coherence: float | None = None
    mark: str | None = None  # what a person says of it: high | low


@dataclass(frozen=True, slots=True)
class TopicMixture:
    """How much of each document topic a report holds; the weights sum to 1."""

    report_id: str
    topic: int  # the strongest
    weights: tuple[float, ...]  # by document topic
    second: int | None = None  # the strongest part of its strongest topic
    second_weights: tuple[float, ...] = ()  # of the parts of its strongest topic, in order; they sum to 1


@dataclass(frozen=True, slots=True)
class SentenceTopics:
    """The strongest topics of a sentence, read with its neighbours: of one that refers to an image or, where none of the corpus does, says that a finding is there."""

    report_id: str
    sentence: int  # `index` in `sentences`
    topic: int  # the strongest
    topics: tuple[int, ...]  # strongest first; of those that weigh next to nothing none
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ImageTopic:
    """The topics of a linked image at each level: of the report that speaks most surely of it, and of the sentence."""

    image_id: str
    report_id: str
    topic: int  # of the document level
    second: int | None
    sentence: int | None  # None: no sentence refers to it


DECISION = "decision"  # the kind of a vote by which a person decided


def is_decision(voter: str) -> bool:
    """Return whether a vote of this voter is what a person decided."""
    return voter.startswith(f"{DECISION}:")


@dataclass(frozen=True, slots=True)
class Vote:
    """One voter's word on one finding of one report or image; a voter that abstains casts none."""

    voter: str  # "KIND:NAME": what kind of voter it is, and which of that kind or on which part of the report
    assertion: Assertion
    probability: float  # that the finding is present
    mentions: tuple[Mention, ...] = ()
    implied: bool = False  # whether it names only kinds of the finding, or what denies all of its kind

    @property
    def kind(self) -> str:
        """What kind of voter cast it: rules, text, person, llm, ..."""
        return self.voter.partition(":")[0]

    @property
    def is_decision(self) -> bool:
        """Whether a person decided it."""
        return is_decision(self.voter)

    def __repr__(self) -> str:
        mentions = f", {_counted(len(self.mentions), 'mention')}" if self.mentions else ""
        return f"Vote({self.voter} {self.assertion} {self.probability:.2f}{mentions})"


@dataclass(frozen=True, slots=True)
class Label:
    """The outcome of all votes on one finding, with the votes as evidence."""

    assertion: Assertion
    probability: float  # that the finding is present
    evidence: tuple[Vote, ...] = ()

    @property
    def implied(self) -> bool:
        """Whether nobody who says so names the finding itself: it follows from what is said of others."""
        agreeing = [vote for vote in self.evidence if vote.assertion is self.assertion] or self.evidence
        return bool(agreeing) and all(vote.implied for vote in agreeing)

    def __repr__(self) -> str:
        return f"Label({self.assertion} {self.probability:.2f}, {_counted(len(self.evidence), 'vote')})"


class Labels(dict[str, Label]):
    """The labels of one report by finding, or by the labels of a scheme."""

    def __missing__(self, name: str) -> Label:
        words = str(name).lower()
        near = [own for own in self if words in own.lower() or own.lower() in words]
        near = near or get_close_matches(str(name), self, n=3)
        raise KeyError(f"nothing is said of {name}" + (f"; near: {', '.join(near[:3])}" if near else ""))

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the labels as a data frame, a row a label; `spans` are where the report says so, and what is `implied` follows from what it names."""
        import pandas

        columns = ["label", "assertion", "probability", "voters", "spans", "implied"]
        rows = [
            (
                name,
                str(label.assertion),
                label.probability,
                tuple(dict.fromkeys(vote.voter for vote in label.evidence)),
                tuple(dict.fromkeys((m.start, m.end) for vote in label.evidence for m in vote.mentions)),
                label.implied,
            )
            for name, label in self.items()
        ]
        return pandas.DataFrame(rows, columns=columns)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


@dataclass(frozen=True, slots=True)
class Score:
    """One number on how well something works."""

    stage: str
    subject: str  # a model, a finding, a table
    metric: str
    value: float | None  # None where it cannot be computed (one class only)
    n: int
    low: float | None = None  # 95 % confidence interval
    high: float | None = None
    note: str | None = None

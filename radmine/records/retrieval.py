"""Records of retrieval: hits and the reasons for them."""

from dataclasses import dataclass

from radmine.records.text import Span


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a hit; `start` and `end` are a span of the report's text where it has one."""

    by: str  # terms | near | finding | tag | silent | link | study | image | image_label | text_vector
    detail: str  # the terms, the finding and its assertion, the link's method, the similarity, ...
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A case found, best first; `rank` counts from 1 and a higher `score` is better."""

    rank: int
    score: float
    kind: str  # report | image
    image_id: str | None
    report_id: str | None
    study_id: str | None
    patient_id: str
    path: str | None  # of the image's file
    why: tuple[Reason, ...]
    study_date: str | None = None
    modality: str | None = None  # of a report with images of several: "CT/MR"
    sentence: str | None = None  # of the report: the one that was found, or that speaks of the image
    marks: tuple[Span, ...] = ()  # the words in it that were found

    def __repr__(self) -> str:
        known = (self.modality, self.study_date, self.report_id or self.image_id)
        return f"Hit({self.rank}. {self.score:.3f} {' '.join([self.kind, *(k for k in known if k)])})"

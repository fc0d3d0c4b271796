"""Records of retrieval: hits and the reasons for them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a hit; `start` and `end` are a span of the report's text where it has one."""

    by: str  # terms | finding | link | image | text_vector
    detail: str  # the terms, the finding and its assertion, the link's method, the similarity
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

"""A synthetic report as it was written, with the truth about every word of it."""

from collections.abc import Sequence
from typing import NamedTuple

from radmine.records import (
    Assertion,
    Experiencer,
    Report,
    Temporality,
    TrueCategory,
    TrueLabel,
    TrueLink,
    TrueMention,
    TrueSection,
    TrueSentence,
    Truth,
)
from radmine.sample.grammar import RawMention
from radmine.sample.patient import Patient, SeriesPlan, StudyPlan

RawLink = tuple[int, int, StudyPlan, SeriesPlan, int]  # sentence, then the image it speaks of

# What the sections before the findings say is asked or known, not found: it makes no label.
_NOT_FOUND = frozenset({"exam", "indication", "history", "technique", "comparison"})


SCORES = (("Bosniak", "I", "Bosniak I"),)


class SampleReport(NamedTuple):
    """A report and what is true of it; the truth's records are made when asked for."""

    report: Report
    patient: Patient
    study: StudyPlan
    sections: list[tuple[int, int, str]]
    sentences: list[tuple[int, int]]
    mentions: list[RawMention]
    links: list[RawLink]
    scores: Sequence[tuple[str, str, str]] = (
        SCORES  # system, category and words of the scores that it may give
    )

    def labels(self) -> dict[str, Assertion]:
        """Return what the report says of each finding now: present before uncertain before absent; an addendum overrules it."""
        labels: dict[str, Assertion] = {}
        later: dict[str, Assertion] = {}
        for start, _, finding, (assertion, temporality, experiencer) in self.mentions:
            if temporality != Temporality.CURRENT or experiencer != Experiencer.PATIENT:
                continue
            section = next(name for low, high, name in self.sections if low <= start < high)
            if section in _NOT_FOUND:
                continue
            said = later if section == "addendum" else labels
            if finding not in said or assertion.strength > said[finding].strength:
                said[finding] = assertion
        return labels | later

    def truth(self) -> Truth:
        """Return all that is known to be true of the report."""
        name = self.report.report_id
        return Truth(
            sections=tuple(TrueSection(name, *section) for section in self.sections),
            sentences=tuple(TrueSentence(name, *sentence) for sentence in self.sentences),
            mentions=tuple(
                TrueMention(name, start, end, finding, *status)
                for start, end, finding, status in self.mentions
            ),
            links=tuple(
                TrueLink(name, self.patient.image_uid(study, series, instance), start, end)
                for start, end, study, series, instance in self.links
            ),
            labels=tuple(TrueLabel(name, None, f, assertion) for f, assertion in self.labels().items()),
            categories=tuple(
                TrueCategory(name, at, at + len(words), system, category)
                for system, category, words in self.scores
                if (at := self.report.text.find(words)) >= 0
            ),
        )

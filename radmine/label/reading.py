"""A report that has been read: what every voter gets."""

from collections.abc import Sequence
from typing import NamedTuple

from radmine.parse import parse_report
from radmine.records import Experiencer, Mention, Section, Sentence, Temporality

NOT_FOUND = frozenset(
    (
        "exam",
        "indication",
        "history",
        "past_history",
        "family_history",
        "social_history",
        "allergies",
        "technique",
        "comparison",
    )
)
"""Sections that say what is asked, known or done, not what is found: they make no label, whatever the sentence says."""


class ReadReport(NamedTuple):
    """A report's text and what reading it found."""

    text: str
    sections: Sequence[Section]
    sentences: Sequence[Sentence]
    mentions: Sequence[Mention]

    def section_of(self, mention: Mention) -> str:
        """Return the name of the section in which a finding is named."""
        return self.sections[self.sentences[mention.sentence].section].name


def read_report(text: str) -> ReadReport:
    """Return a report, read."""
    return ReadReport(text, *parse_report(text))


def counts(mention: Mention) -> bool:
    """Return whether a mention says something of this patient now; others cast no vote."""
    return mention.temporality is Temporality.CURRENT and mention.experiencer is Experiencer.PATIENT

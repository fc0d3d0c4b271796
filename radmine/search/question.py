"""What the words of a query ask for: findings that shall be there, or shall not, and how well a report agrees."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from radmine.findings import Lexicon
from radmine.parse import parse_report
from radmine.records import STRUCTURE, Assertion, Temporality

# How much a report's label speaks for it, by what the query wants of the finding (outer key) and what the label says
# (inner key). A report that does not mention the finding gets 0. Absence is worth less than presence, so that
# "effusion without pneumothorax" finds effusions first, and a contradiction costs as much as a presence brings.
AGREEMENT: Mapping[Assertion, Mapping[Assertion, float]] = {
    Assertion.PRESENT: {Assertion.PRESENT: 1.0, Assertion.UNCERTAIN: 0.5, Assertion.ABSENT: -1.0},
    Assertion.UNCERTAIN: {Assertion.UNCERTAIN: 1.0, Assertion.PRESENT: 0.5, Assertion.ABSENT: -1.0},
    Assertion.ABSENT: {Assertion.ABSENT: 0.5, Assertion.UNCERTAIN: -0.5, Assertion.PRESENT: -1.0},
}
STEP = 0.5  # sums of agreements differ by this or more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding that a query names, and what it wants of it."""

    finding: str
    assertion: Assertion


# What people who are no radiologists call a finding, and reports do not (where reports do, it is in the lexicon, perhaps
# of another finding: a radiologist's collapsed lung is an atelectasis, MedlinePlus heads pneumothorax with it).
_LAY = {
    "collapsed lung": "pneumothorax",
    "water on the lung": "pleural effusion",
    "fluid around the lung": "pleural effusion",
    "fluid in the lung": "pulmonary edema",
    "blood clot in the lung": "pulmonary embolism",
    "bleeding in the brain": "intracranial hemorrhage",
    "brain bleed": "intracranial hemorrhage",
    "water on the brain": "hydrocephalus",
    "slipped disc": "disc herniation",
    "broken bone": "fracture",
}
_LAY_WORDS = re.compile(rf"\b({'|'.join(_LAY)})s?\b", re.IGNORECASE)

_AS_WORDS = str.maketrans("_?", "  ")  # a finding's name is words, and who asks "pneumothorax?" wants one


def wanted_findings(text: str, lexicon: Lexicon | None = None) -> tuple[Wanted, ...]:
    """Return the findings that a query asks for, read as a report is read: negation and synonyms count.

    "effusion without pneumothorax" wants the one present and the other absent; "rule out pneumonia" wants it present.
    "pneumothorax in 2015" and "history of pneumothorax" want it present: when, and whose it was, is a matter of words. Finding names may be written as such
    (`pleural_effusion`); a finding named twice counts as first named. `lexicon` has
    the findings that can be asked for; None: ours.
    """
    wanted: dict[str, Wanted] = {}
    text = _LAY_WORDS.sub(lambda match: _LAY[match[1].lower()], text.translate(_AS_WORDS))
    for mention in parse_report(text, lexicon=lexicon).mentions:
        if mention.finding == STRUCTURE:
            continue
        hypothetical = mention.temporality is Temporality.HYPOTHETICAL
        assertion = Assertion.PRESENT if hypothetical else mention.assertion
        wanted.setdefault(mention.finding, Wanted(mention.finding, assertion))
    return tuple(wanted.values())

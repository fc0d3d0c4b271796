"""What the words of a query ask for: findings that shall be there, or shall not, and how well a report agrees."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeAlias

from radmine.findings import Lexicon
from radmine.parse import parse_report
from radmine.records import STRUCTURE, Assertion, Span, Temporality

# How much a report's label speaks for it, by what the query wants of the finding (outer key) and what the label says
# (inner key). A report that does not mention the finding gets 0. Absence is worth less than presence, so that
# "effusion without pneumothorax" finds effusions first, and a contradiction costs as much as a presence brings.
AGREEMENT: Mapping[Assertion, Mapping[Assertion, float]] = {
    Assertion.PRESENT: {Assertion.PRESENT: 1.0, Assertion.UNCERTAIN: 0.5, Assertion.ABSENT: -1.0},
    Assertion.UNCERTAIN: {Assertion.UNCERTAIN: 1.0, Assertion.PRESENT: 0.5, Assertion.ABSENT: -1.0},
    Assertion.ABSENT: {Assertion.ABSENT: 0.5, Assertion.UNCERTAIN: -0.5, Assertion.PRESENT: -1.0},
}
_Swap: TypeAlias = tuple[int, int, Span]  # where words stand, and the lay words before them
STEP = 0.5  # sums of agreements differ by this or more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding that a query names, and what it wants of it."""

    finding: str
    assertion: Assertion


# What people who are no radiologists call a finding, and reports do not (where reports do, it is in the lexicon, perhaps
# of another finding: a radiologist's collapsed lung is an atelectasis, MedlinePlus heads pneumothorax with it).
_LAY: Mapping[str, tuple[str, ...]] = {
    "collapsed lung": ("pneumothorax",),
    "water on the lung": ("pleural effusion",),
    "fluid around the lung": ("pleural effusion",),
    "fluid in the lung": ("pulmonary edema",),
    "blood clot in the lung": ("pulmonary embolism",),
    "bleeding in the brain": ("intracranial hemorrhage",),
    "brain bleed": ("intracranial hemorrhage",),
    "water on the brain": ("hydrocephalus",),
    "slipped disc": ("disc herniation",),
    "broken bone": ("fracture",),
}
# The same of parts of the body, and the words by which reports name them; a query is read with the first.
LAY_PARTS: Mapping[str, tuple[str, ...]] = {
    "adam's apple": ("larynx", "thyroid cartilage"),
    "ankle bone": ("talus",),
    "back passage": ("rectum", "rectal"),
    "backbone": ("spine", "vertebra", "spinal"),
    "belly": ("abdomen", "abdominal"),
    "belly button": ("umbilicus", "umbilical"),
    "birth canal": ("vagina", "vaginal"),
    "breast bone": ("sternum", "sternal"),
    "breastbone": ("sternum", "sternal"),
    "cheek bone": ("zygoma", "zygomatic"),
    "cheekbone": ("zygoma", "zygomatic"),
    "collar bone": ("clavicle", "clavicular"),
    "collarbone": ("clavicle", "clavicular"),
    "eye socket": ("orbit", "orbital"),
    "food pipe": ("esophagus", "oesophagus", "esophageal"),
    "foot bone": ("metatarsal", "tarsal"),
    "gall bladder": ("gallbladder",),
    "gullet": ("esophagus", "oesophagus", "esophageal"),
    "gut": ("bowel", "intestine", "colon"),
    "hand bone": ("metacarpal", "carpal"),
    "heart muscle": ("myocardium", "myocardial"),
    "heel bone": ("calcaneus", "calcaneal"),
    "jaw": ("mandible", "mandibular", "maxilla"),
    "jaw bone": ("mandible", "mandibular", "maxilla"),
    "jaw joint": ("temporomandibular joint",),
    "jawbone": ("mandible", "mandibular", "maxilla"),
    "knee cap": ("patella", "patellar"),
    "kneecap": ("patella", "patellar"),
    "large bowel": ("colon",),
    "lower back": ("lumbar", "lumbar spine"),
    "lower jaw": ("mandible", "mandibular"),
    "lymph gland": ("lymph node", "lymphadenopathy"),
    "muscle belly": ("muscle belly",),  # which is no belly
    "shin bone": ("tibia", "tibial"),
    "shoulder blade": ("scapula", "scapular"),
    "tail bone": ("coccyx", "coccygeal"),
    "tailbone": ("coccyx", "coccygeal"),
    "thigh bone": ("femur", "femoral"),
    "tummy": ("abdomen", "abdominal"),
    "upper arm bone": ("humerus", "humeral"),
    "upper jaw": ("maxilla", "maxillary"),
    "voice box": ("larynx", "laryngeal"),
    "water pipe": ("urethra", "urethral"),
    "wind pipe": ("trachea", "tracheal"),
    "windpipe": ("trachea", "tracheal"),
    "womb": ("uterus", "uterine"),
}

_QUOTED = re.compile(r'"([^"]+)"')
_AS_WORDS = str.maketrans("_?", "  ")  # a finding's name is words, and who asks "pneumothorax?" wants one


def quoted_in(text: str) -> list[Span]:
    """Return where the phrases are that must occur: between double quotes."""
    return [match.span(1) for match in _QUOTED.finditer(text)]


class Named(NamedTuple):
    """A finding that a query names, where in the query, and what the query says of it."""

    finding: str
    assertion: Assertion
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it is read."""

    text: str
    said: str  # with the words of reports for parts of the body ...
    lay: tuple[str, ...]  # ... instead of these
    named: tuple[Named, ...]  # in the order of the query

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What the query wants of the findings that it names, each as first named."""
        wanted: dict[str, Wanted] = {}
        for finding, assertion, _, _ in self.named:
            wanted.setdefault(finding, Wanted(finding, assertion))
        return tuple(wanted.values())


def wanted_findings(text: str, lexicon: Lexicon | None = None) -> tuple[Wanted, ...]:
    """Return the findings that a query asks for, read as a report is read: negation and synonyms count.

    "effusion without pneumothorax" wants the one present and the other absent; "rule out pneumonia" wants it present.
    "pneumothorax in 2015" and "history of pneumothorax" want it present: when, and whose it was, is a matter of words. Finding names may be written as such
    (`pleural_effusion`); a finding named twice counts as first named. `lexicon` has
    the findings that can be asked for; None: ours.
    """
    return read_query(text, lexicon).wanted


def read_query(text: str, lexicon: Lexicon | None = None, *, parts: bool = False) -> "Reading":
    """Return every place of a query that names a finding, see `wanted_findings`, and what it says in the words of reports.

    Parameters
    ----------
    parts
        Read the words of lay people for parts of the body (`LAY_PARTS`) as the words of reports, too, but for those in quotes.
    """
    said, parts_swapped = _swapped(text, LAY_PARTS, quoted_in(text)) if parts else (text, ())
    plain, findings_swapped = _swapped(said.translate(_AS_WORDS), _LAY, ())
    named = []
    for mention in parse_report(plain, lexicon=lexicon).mentions:
        if mention.finding == STRUCTURE:
            continue
        hypothetical = mention.temporality is Temporality.HYPOTHETICAL
        assertion = Assertion.PRESENT if hypothetical else mention.assertion
        start, end = mention.start, mention.end
        for swaps in (findings_swapped, parts_swapped):
            start, end = _before(start, swaps, 0), _before(end, swaps, 1)
        named.append(Named(mention.finding, assertion, start, end))
    lay = tuple(dict.fromkeys(text[start:end] for _, _, (start, end) in parts_swapped))
    return Reading(text, said, lay, tuple(named))


def _swapped(
    text: str, instead: Mapping[str, tuple[str, ...]], but: Sequence[Span]
) -> tuple[str, Sequence[_Swap]]:
    """Return a text with the words of reports instead of those of lay people, but in some spans, and each swap."""
    pieces, swaps, at, moved = list[str](), list[_Swap](), 0, 0
    for match in _any_of(tuple(instead)).finditer(text):
        known = instead.get(match[1].lower())  # none where letters of another script are written for ours
        if known is None or any(match.start() < end and match.end() > start for start, end in but):
            continue
        words = known[0]
        start = match.start() + moved
        swaps.append((start, start + len(words), match.span()))
        pieces += [text[at : match.start()], words]
        at, moved = match.end(), moved + len(words) - len(match[0])
    return "".join([*pieces, text[at:]]), swaps


@cache
def _any_of(lay: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(lay, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})s?\b", re.IGNORECASE)


def _before(place: int, swaps: Sequence[_Swap], edge: int) -> int:
    """Return where a start (edge 0) or end (1) stood before swaps; words for lay words count as a whole."""
    moved = 0
    for first, last, span in swaps:
        if first + edge <= place < last + edge:
            return span[edge]
        if last <= place:
            moved = span[1] - last
    return place + moved

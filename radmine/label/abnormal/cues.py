"""The cues by which a sentence speaks of something abnormal, and how likely they make it."""

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from radmine.parse import assert_spans, parse_report
from radmine.records import STRUCTURE, Assertion, ReadReport, Temporality

KINDS = (
    "present", "uncertain", "historical", "absent", "abnormal", "denied", "degree", "place", "device", "normal", "advice"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of a sentence and what each kind adds to the log odds."""

    points: dict[str, float]
    patterns: dict[str, re.Pattern[str]]


@cache
def load_cues() -> Cues:
    """Return the cues of the data file."""
    data = tomllib.loads((files(__package__) / "data" / "abnormal.toml").read_text("utf-8"))
    return Cues(data["points"], {kind: _pattern(phrases) for kind, phrases in data["cues"].items()})


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    alternatives = (r"\s+".join(map(re.escape, p.split())).replace(r"\*", r"\w*") for p in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def cue_probability(sentence: str) -> float:
    """Return how likely the rules and the cues make it that a sentence speaks of something abnormal, in [0, 1]."""
    points = load_cues().points
    score = points["start"] + sum(points[kind] for kind in cues_of(sentence))
    return 1 / (1 + math.exp(-score))


def cues_of(sentence: str) -> list[str]:
    """Return the kinds of cues that a sentence has, in the order of `KINDS`."""
    return cues_in(parse_report(sentence))


def cues_in(read: ReadReport) -> list[str]:
    """Return the kinds of cues of a sentence that has been read, in the order of `KINDS`."""
    sentence = read.text
    found = set(_mention_kinds(read))
    named = [(m.start, m.end) for m in read.mentions if m.finding != STRUCTURE]
    for kind, pattern in load_cues().patterns.items():
        spans = [m.span() for m in pattern.finditer(sentence)]
        spans = [(a, b) for a, b in spans if not any(a < end and start < b for start, end in named)]
        if kind == "abnormal" and spans:
            said = {assertion for assertion, _, _ in assert_spans(sentence, spans)}
            found |= {"denied"} if said == {Assertion.ABSENT} else {"abnormal"}
        elif spans:
            found.add(kind)
    return [kind for kind in KINDS if kind in found]


def _mention_kinds(read: ReadReport) -> set[str]:
    found = set()
    for mention in read.mentions:
        if mention.finding == STRUCTURE:
            continue
        if mention.assertion is Assertion.ABSENT:
            found.add("absent")
        elif mention.temporality is Temporality.HISTORICAL:
            found.add("historical")
        else:
            found.add(str(mention.assertion))
    return found

"""Findings named in a sentence: phrases of the lexicon, and patterns whose two parts stand apart."""

import functools
from dataclasses import dataclass
from typing import NamedTuple

from radmine.findings import load_phrases
from radmine.parse.data_files import load_data
from radmine.parse.phrases import Hit, Phrases
from radmine.records import Assertion, Span


class Found(NamedTuple):
    """A finding named in a folded sentence."""

    start: int
    end: int
    finding: str
    anchor: Span  # the words that a rule must reach: the second part of a pattern
    pattern: str | None  # the pattern that found it
    asserts: Assertion | None  # what the words say by themselves


@dataclass(frozen=True, slots=True)
class Pattern:
    """A finding said in two parts."""

    name: str
    findings: tuple[str, ...]
    words: int
    either_order: bool
    asserts: Assertion | None


class _Value(NamedTuple):
    findings: tuple[str, ...]
    first: tuple[int, ...]  # patterns of which the phrase is the first part
    second: tuple[int, ...]


@functools.cache
def load_patterns() -> tuple[Pattern, ...]:
    """Return the two-part patterns."""
    return tuple(
        Pattern(
            name=entry["name"],
            findings=tuple(entry["findings"]),
            words=entry["words"],
            either_order=entry.get("either_order", False),
            asserts=Assertion(entry["asserts"]) if "asserts" in entry else None,
        )
        for entry in load_data("patterns")["pattern"]
    )


@functools.cache
def _phrases() -> tuple[Phrases[tuple[str, ...]], Phrases[_Value]]:
    """Return the phrases of the lexicon, and the parts of patterns."""
    parts: dict[str, tuple[list[int], list[int]]] = {}
    for index, entry in enumerate(load_data("patterns")["pattern"]):
        for side, key in enumerate(("first", "second")):
            for phrase in entry[key]:
                parts.setdefault(phrase.replace("-", " "), ([], []))[side].append(index)
    values = {phrase: _Value((), tuple(first), tuple(second)) for phrase, (first, second) in parts.items()}
    return Phrases(load_phrases()), Phrases(values)


def find_findings(text: str) -> list[Found]:
    """Return the findings named in a folded sentence, in order."""
    lexicon, parts = _phrases()
    found = [
        Found(hit.start, hit.end, name, (hit.start, hit.end), None, None)
        for hit in lexicon.find(text)
        for name in hit.value
    ]
    hits = parts.find(text)
    if len(hits) > 1:
        known = list(found)
        for new in _pair(text, hits):
            if not any(
                new.finding == old.finding and new.start < old.end and old.start < new.end for old in known
            ):
                found.append(new)
        found.sort(key=lambda f: (f.start, f.end, f.finding))
    return found


def _pair(text: str, hits: list[Hit]) -> list[Found]:
    """Return what the parts of patterns make together: each second part with the nearest first part."""
    patterns = load_patterns()
    found: dict[tuple[int, int, str], Found] = {}
    for place, hit in enumerate(hits):
        for index in hit.value.second:
            pattern = patterns[index]
            partner = _partner(text, hits, place, index, -1)
            if partner is None and pattern.either_order:
                partner = _partner(text, hits, place, index, +1)
            if partner is None:
                continue
            start, end = min(partner.start, hit.start), max(partner.end, hit.end)
            for name in pattern.findings:
                new = Found(start, end, name, (hit.start, hit.end), pattern.name, pattern.asserts)
                found.setdefault((start, end, name), new)
    return list(found.values())


def _partner(text: str, hits: list[Hit], place: int, index: int, step: int) -> Hit | None:
    """Return the nearest first part of a pattern before (-1) or after (+1) a second part, near enough."""
    words = load_patterns()[index].words
    hit = hits[place]
    rival = False  # another subject stands between: "heart normal, spleen enlarged"
    place += step
    while 0 <= place < len(hits):
        other = hits[place]
        gap = text[other.end : hit.start] if step < 0 else text[hit.end : other.start]
        if gap.count(" ") > words + 1 or ";" in gap or ". " in gap:
            return None
        if index in other.value.first:
            return None if rival and "," in gap else other
        rival = rival or bool(other.value.first)
        place += step
    return None

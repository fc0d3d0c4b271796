"""Findings named in a sentence: phrases of the lexicon, and patterns whose two parts stand apart."""

from collections.abc import Sequence
from typing import NamedTuple

from radmine.parse.patterns import load_patterns
from radmine.parse.phrases import Hit
from radmine.records import Assertion, Span


class Found(NamedTuple):
    """A finding named in a folded sentence."""

    start: int
    end: int
    finding: str
    anchor: Span  # the words that a rule must reach: the second part of a pattern
    pattern: str | None  # the pattern that found it
    asserts: Assertion | None  # what the words say by themselves


def find_findings(text: str, phrases: Sequence[Hit], parts: Sequence[Hit]) -> list[Found]:
    """Return the findings named in a folded sentence, in order, by the phrases and parts of patterns found in it."""
    new = tuple.__new__
    found: list[Found] = [
        new(Found, (start, end, name, (start, end), None, None))
        for start, end, names in phrases
        for name in names
    ]
    if len(parts) > 1 and (pairs := _pair(text, parts)):
        said = [(finding, start, end) for start, end, finding, *_ in found]
        for pair in pairs:
            start, end, finding, *_ = pair
            if not any(finding == name and start < stop and at < end for name, at, stop in said):
                found.append(pair)
        found.sort(key=lambda f: (f.start, f.end, f.finding))
    return found


def _pair(text: str, hits: Sequence[Hit]) -> list[Found]:
    """Return what the parts of patterns make together: each second part with the nearest first part."""
    patterns = load_patterns()
    found: dict[tuple[int, int, str], Found] = {}
    for place, (start, end, (_, second)) in enumerate(hits):
        if not second:
            continue
        partners = _partners(text, hits, place, second, -1) if place else {}
        missing = [i for i in second if patterns[i].either_order and i not in partners]
        if missing:
            partners |= _partners(text, hits, place, missing, +1)
        if not partners:
            continue
        for index in second:
            if index in partners:
                first = partners[index]
                low, high = min(first.start, start), max(first.end, end)
                pattern = patterns[index]
                for name in pattern.findings:
                    new = Found(low, high, name, (start, end), pattern.name, pattern.asserts)
                    found.setdefault((low, high, name), new)
    return list(found.values())


def _partners(text: str, hits: Sequence[Hit], place: int, wanted: Sequence[int], step: int) -> dict[int, Hit]:
    """Return, for patterns, the nearest first part before (-1) or after (+1) a second part, near enough."""
    patterns = load_patterns()
    partners: dict[int, Hit] = {}
    left = set(wanted)
    start, end, _ = hits[place]
    rival = False  # another subject stands between: "heart normal, spleen enlarged"
    place += step
    while left and 0 <= place < len(hits):
        other = hits[place]
        first = other.value.first
        if first:
            gap = text[other.end : start] if step < 0 else text[end : other.start]
            if ";" in gap or ". " in gap:
                break
            shared = left & first
            if shared:
                words = gap.count(" ") - 1
                blocked = rival and "," in gap
                for index in shared:
                    if not blocked and words <= patterns[index].words:
                        partners[index] = other
                left -= shared
            rival = True
        place += step
    return partners

"""Findings named in a sentence: phrases of the lexicon, and patterns whose two parts stand apart."""

from typing import NamedTuple

from radmine.parse.patterns import adjectives, either_order, load_patterns
from radmine.parse.phrases import Hit
from radmine.records import Assertion, Span

THINGS = frozenset(("lymph_node",))
"""Findings that are parts of the body: they are named where no other finding is in the same words."""

# After an adjective: what follows is another thing.
_PARTS_FROM = (
    " and ",
    " or ",
    " but ",
    " with ",
    " without ",
    ",",
    ":",
    " in ",
    " on ",
    " compared ",
    " by ",
)
# After a finding: another thing follows.
_JOINED = (" and ", " or ", " and/or ", " with ", " in ", " near ", " abutting ", " adjacent ")
# Before words that say how what follows them is: "the meniscus is torn with normal ligaments".
_OF_ANOTHER = (" with ", " and ", " but ", " with the ", " with a ")


class Found(NamedTuple):
    """A finding named in a folded sentence."""

    start: int
    end: int
    finding: str  # "" of a pattern that hides what its anchor names, while findings are gathered
    anchor: Span  # the words that a rule must reach: the second part of a pattern
    pattern: str | None  # the pattern that found it
    asserts: Assertion | None  # what the words say by themselves


def find_findings(text: str, phrases: list[Hit], parts: list[Hit]) -> list[Found]:
    """Return the findings named in a folded sentence, in order, by the phrases and parts of patterns found in it."""
    new = tuple.__new__
    found: list[Found] = []
    for start, end, names in phrases:
        anchor = start, end
        for name in names:
            found.append(new(Found, (start, end, name, anchor, None, None)))
    if len(parts) > 1 and (pairs := _pair(text, parts)):
        said = [(finding, start, end) for start, end, finding, *_ in found]
        for pair in pairs:
            start, end, finding, anchor, *_ = pair
            if not finding:
                found = [item for item in found if item[0] < anchor[0] or item[1] > anchor[1]]
            elif any(at == anchor[0] and stop > anchor[1] for _, at, stop in said):
                continue  # "the heart has an enlarged right atrium"
            elif pair[5] is None and any(
                start < at and stop < anchor[0] and name[0].isalpha() and text.startswith(_JOINED, stop)
                for name, at, stop in said
            ):
                continue  # "a suspicious mass or lymph nodes"
            elif pair[5] is not None and any(
                finding == name and start <= at and stop <= anchor[0] for name, at, stop in said
            ):  # "flow voids preserved"
                found = [f for f in found if f[2] != finding or f[0] < start or f[1] > anchor[0]]
                found.append(pair)
            elif not any(finding == name and start < stop and at < end for name, at, stop in said):
                found.append(pair)
                if any(name in THINGS and start < stop and at < end for name, at, stop in said):
                    found = [f for f in found if f[2] not in THINGS or f[0] >= end or f[1] <= start]
        found.sort(key=lambda f: (f.start, f.end, f.finding))
    return found


def _pair(text: str, hits: list[Hit]) -> list[Found]:
    """Return what the parts of patterns make together: each second part with the nearest first part."""
    firsts = 0
    for _, _, (first, _) in hits:
        firsts |= first
    found: dict[tuple[int, int, str], Found] = {}
    for place, (start, end, (_, second)) in enumerate(hits):
        wanted = second & firsts
        if not wanted:
            continue
        partners = _partners(text, hits, place, wanted, -1) if place else {}
        either = wanted & either_order()
        if either:
            for index in partners:
                either &= ~(1 << index)
            partners |= _partners(text, hits, place, either, +1)
        for index in sorted(partners):
            low, high = partners[index]
            pattern = load_patterns()[index]
            low, high = min(low, start), max(high, end)
            for name in ("",) if pattern.hides else pattern.findings:
                new = Found(low, high, name, (start, end), pattern.name, pattern.asserts)
                found.setdefault((low, high, name), new)
    return list(found.values())


def _partners(text: str, hits: list[Hit], place: int, wanted: int, step: int) -> dict[int, Span]:
    """Return, for patterns, where the nearest first part before (-1) or after (+1) a second part is, near enough."""
    patterns = load_patterns()
    partners: dict[int, Span] = {}
    start, end, _ = hits[place]
    rival = False  # another subject stands between: "heart normal, spleen enlarged"
    last = len(hits) if step > 0 else -1
    for other in range(place + step, last, step):
        low, high, (first, _) = hits[other]
        if not first:
            continue
        gap = text[high:start] if step < 0 else text[end:low]
        if ";" in gap or ". " in gap:
            break
        shared = wanted & first
        if shared:
            wanted &= ~shared
            if not (rival and "," in gap):
                words = gap.count(" ") - 1
                while shared:
                    index = shared.bit_length() - 1
                    shared ^= 1 << index
                    pattern = patterns[index]
                    if words > pattern.words or (pattern.adjective and gap.startswith(_PARTS_FROM)):
                        continue
                    if pattern.asserts is not None and step < 0 and gap.endswith(_OF_ANOTHER):
                        continue
                    partners[index] = low, high
            if not wanted:
                break
        if first & ~adjectives():
            rival = True
    return partners

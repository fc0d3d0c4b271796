"""What a sentence says of a finding beside its being there: where, on which side, how large, how severe, and its change."""

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from radmine.findings import load_anatomy, load_site_phrases, plural, sites_above
from radmine.parse.data_files import load_data


class Attribute(NamedTuple):
    """What a phrase says of a finding near it."""

    kind: str  # anatomy, laterality, size, severity, change
    value: Any  # size: (millimetres, ...), else a word


class Attributes(NamedTuple):
    """What a sentence says of a finding; None (no size) where it says nothing."""

    anatomy: str | None = None
    laterality: str | None = None  # left | right | bilateral
    size_mm: tuple[float, ...] = ()
    severity: str | None = None  # minimal | mild | moderate | severe
    change: str | None = None  # new | increased | decreased | unchanged | resolved


NOTHING = Attributes()

# What stands between two statements, or two items of a list.
# (Every branch begins with a plain character: the regular expression engine skips to those.)
_SEPARATOR = re.compile(
    r",|;|:|\. |/(?!\d)| (?:and|or|nor|with|without|but|versus|vs\.?|while|whereas|plus) ", re.ASCII
)
# What stands after a finding and before its place: "nodule in the right upper lobe concerning for pneumonia".
_GOES_ON = re.compile(
    r" (?:in|of|at|on|within|is|are|was|were|for|to|from|by|that|which|the|an?|has|have|may|could|likely|possibly|"
    r"probably|suggest\w*|represent\w*|reflect\w*|indicat\w*|adjacent|associated|due|secondary|causing|there) ",
    re.ASCII,
)
_PREPOSITION = re.compile(
    r" (?:in|at|on|of|within|involving|over|overlying|along|near|throughout|about|around|projecting|adjacent to) ",
    re.ASCII,
)
# A finding named anew: "an opacity in the right lower lobe, consistent with pneumonia".
_SAME = re.compile(
    r"\b(?:(?:consistent|compatible|in keeping) with|(?:concerning|suspicious|worrisome) for|suggest\w*(?: of)?|"
    r"represent\w*|reflect\w*|likely|possibly|probably|such as|i\.?e)\b",
    re.ASCII,
)
_ALTERNATIVE = frozenset((" or ", "/", " and/or ", " versus ", " vs ", " vs. ", " / "))
_JOINED = _ALTERNATIVE | {" and ", ", ", ", and ", ", or ", " & "}
# How far away a site is that stands inside of the finding's own name: a place that is said beside it says more, "pleural
# thickening in the left apex"; one at the end of the name is itself a place, "collapse of the left upper lobe".
_OWN_NAME = 10_000
_CLOSE = frozenset(("", ".", ",", ";", ")"))
# A word that shares what follows: "right upper and lower lobe opacities".
_COORDINATED = re.compile(
    r"(?: (?:upper|middle|mid|lower|anterior|posterior|medial|lateral|frontal|parietal))?(?: and | or |/| & |, )",
    re.ASCII,
)

_NUMBER = r"[\d.]\d*(?:\.\d+)?"
_UNIT = r"(?: ?(mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?))?"
_SIZE = re.compile(
    rf"({_NUMBER}){_UNIT}(?: ?(x|by|×|\*|to) ?({_NUMBER}){_UNIT})?(?: ?(?:x|by|×|\*) ?({_NUMBER}){_UNIT})?(?![\w^²³/])"
)
# Lengths that are no size of a finding: how far away, how thick a slice, how much displaced.
_NO_SIZE = re.compile(
    r" ?(?:\w+ )?(?:above|below|from|proximal|distal|superior to|inferior to|cranial|caudal|beyond|away|(?:thick )?slices?\b|"
    r"(?:thick )?sections?\b|intervals?\b|increments?\b|collimation|(?:of )?displacement|axial|per )",
    re.ASCII,
)
_BEFORE_NOW = re.compile(
    r"\b(?:previous(?:ly)?|formerly|prior|earlier|compared (?:to|with)|versus|was|were|up from|down from|from)"
    r"(?: (?:measured|measuring|approximately|about|of|the|exam|study|at|an?))* ?$",
    re.ASCII,
)


@functools.cache
def load_attribute_phrases() -> Mapping[str, tuple[Attribute, ...]]:
    """Return what each folded phrase says; nothing for phrases that hide a shorter one ("small vessel").

    Sites and their sides come from the findings room, the other words from `data/attributes.toml`.
    """
    data = load_data("attributes")
    found: dict[str, tuple[Attribute, ...]] = {}
    for phrase, (site, side) in load_site_phrases().items():
        said = (Attribute("anatomy", site),)
        found[phrase] = said if side is None else (*said, Attribute("laterality", side))
    for name, entry in load_anatomy().items():
        for noun in entry.synonyms:
            for both in (f"both {plural(noun)}", f"both the {plural(noun)}"):
                found[both] = (Attribute("anatomy", name), Attribute("laterality", "bilateral"))
    for entry in data["attribute"]:
        said = (Attribute(entry["kind"], entry["value"]),)
        for phrase in entry["phrases"]:
            found[phrase.replace("-", " ")] = said
    for entry in data["attribute"]:
        if entry["kind"] == "change":
            said = (Attribute("change", entry["value"]),)
            for phrase in entry["phrases"]:
                for degree in data["degrees"]:
                    found.setdefault(f"{degree} {phrase}", said)
    for phrase in data["ignored"]:
        found[phrase] = ()
    return MappingProxyType(found)


@functools.cache
def _unsided() -> frozenset[str]:
    return frozenset(load_data("attributes")["unsided"])


def find_sizes(text: str) -> list[tuple[int, int, tuple[Attribute, ...]]]:
    """Return the sizes in a folded text, in millimetres: (start, end, what they say); earlier ones of two are left out."""
    now: list[tuple[int, int, tuple[Attribute, ...]]] = []
    before: list[tuple[int, int, tuple[Attribute, ...]]] = []
    for match in _SIZE.finditer(text):
        start, end = match.span()
        first, first_unit, link, second, second_unit, third, third_unit = match.groups()
        unit = third_unit or second_unit or first_unit
        if (
            unit is None
            or _NO_SIZE.match(text, end)
            or (start and (text[start - 1].isalnum() or text[start - 1] == "/"))
        ):
            continue
        numbers = [(first, first_unit), (second, second_unit), (third, third_unit)]
        if link == "to":  # "3 to 5 mm", "from 3 mm to 5 mm": the larger, or what it is now
            del numbers[0]
        if any(number == "." for number, _ in numbers):
            continue
        size = tuple(
            round(float(number) * (10.0 if (own or unit)[0] == "c" else 1.0), 3)
            for number, own in numbers
            if number
        )
        hit = (start, end, (Attribute("size", size),))
        old = link != "to" and _BEFORE_NOW.search(text, max(0, start - 50), start)
        (before if old else now).append(hit)
    return now or before


class _Head:
    """What is said of the findings of one place in a sentence, gathered hit by hit."""

    anatomy: str | None = None
    side: str | None = None
    size: tuple[float, ...] = ()
    severity: str | None = None
    change: str | None = None
    site_distance = 0  # how far away the words are that say the anatomy, ...
    distances: dict[str, int] | None = None  # ... and the others, by kind
    outside = False  # whether a place stands outside of the finding's own words
    after = False  # whether it follows them

    def take(self, said: tuple[Attribute, ...], distance: int, inside: bool, after: bool) -> None:
        """Add what a phrase says, unless something nearer said it."""
        for kind, value in said:
            if kind == "anatomy":
                known = self.anatomy
                if known is not None and not _says_more(value, known, nearer=distance < self.site_distance):
                    continue
                self.anatomy = value
                self.site_distance = distance
            elif kind == "laterality":
                self.side = value if self.side is None or self.side == value else "bilateral"
            else:
                self._describe(kind, value, distance, inside)
                return
        if not inside:
            self.outside = True
            if after:
                self.after = True

    def _describe(self, kind: str, value: Any, distance: int, inside: bool) -> None:
        """Add a size, a severity or a change; "again seen" yields to any other change."""
        if inside and value in ("increased", "decreased"):
            return  # "increased density" is the finding's own name
        distances = self.distances
        if distances is None:
            distances = self.distances = {}
        known = getattr(self, kind)
        if known and known != "unchanged" and (value == "unchanged" or distance >= distances[kind]):
            return
        setattr(self, kind, value)
        distances[kind] = distance


def _says_more(site: str, known: str, *, nearer: bool) -> bool:
    """Return whether a site says more than the one known: a part of it does; of two others the nearer does."""
    above = sites_above()
    return known in above[site] or (nearer and site not in above[known])


def attach(
    text: str,
    hits: Sequence[tuple[int, int, tuple[Attribute, ...]]],
    found: Sequence[Any],
    clauses: Sequence[int],
) -> list[Attributes]:
    """Return what a folded sentence says of each finding in it, in their order.

    `hits` are the phrases of `load_attribute_phrases()` in the sentence, in order and without overlaps; `found` are
    findings (start, end, name, ...), in order; `clauses` the places where clauses begin, in order. Sizes are read here.
    """
    if ("mm" in text or "cm" in text or "imet" in text) and (sizes := find_sizes(text)):
        hits = sorted([*hits, *sizes], key=_start)
    if not hits or not found:
        return [NOTHING] * len(found)
    spans: list[list[int]] = []
    which: list[int] = []  # the place of each finding: findings that overlap are one
    many = 0
    for item in found:
        start, end = item[0], item[1]
        if many and start < spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
        else:
            spans.append([start, end])
            many += 1
        which.append(many - 1)
    heads: list[_Head | None] = [None] * many
    right = 0  # the first place that ends after the hit begins
    loose = -1  # where a site that belongs to no finding ends: what follows it speaks of that site
    for place, (start, end, said) in enumerate(hits):
        if not said:
            continue
        while right < many and spans[right][1] <= start:
            right += 1
        inside = False
        to: int | None = right
        gap = 1
        if right < many and (gap := spans[right][0] - end) < 2:
            inside = gap < 0
        else:
            to = _owner(text, hits, place, spans, heads, right, clauses, loose)
            if to is None:
                if said[0][0] == "anatomy":
                    loose = end
                continue
            gap = start - spans[to][1] if to < right else spans[to][0] - end
        head = heads[to]  # type: ignore[index]
        if head is None:
            head = heads[to] = _Head()  # type: ignore[index]
        if inside:
            gap = _OWN_NAME if end < spans[right][1] and said[0][0] == "anatomy" else 0
        head.take(said, gap, inside, not inside and to < right)  # type: ignore[operator]
    if many > 1:
        _share(text, spans, heads)
    result = []
    for index, item in zip(which, found, strict=True):
        said_of = heads[index]
        if said_of is None:
            result.append(NOTHING)
        else:
            side = said_of.side
            if side is not None and item[2] in _unsided():
                side = None
            result.append(
                _new(Attributes, (said_of.anatomy, side, said_of.size, said_of.severity, said_of.change))
            )
    return result


_new = tuple.__new__


def _start(hit: tuple[int, int, Any]) -> int:
    return hit[0]


def _owner(
    text: str,
    hits: Sequence[tuple[int, int, tuple[Attribute, ...]]],
    place: int,
    spans: list[list[int]],
    heads: list[_Head | None],
    right: int,
    clauses: Sequence[int],
    loose: int,
) -> int | None:
    """Return which place in the sentence a hit beside it speaks of, or None."""
    start, end, said = hits[place]
    many = len(spans)
    left = right - 1
    near_right = right < many and _together(text, end, spans[right][0], clauses)
    near_left = left >= 0 and _together(text, spans[left][1], start, clauses)
    if near_right:
        if near_left and _GOES_ON.search(text, end, spans[right][0]):
            return left
        return right
    if near_left:
        return left
    # It stands in an item without a finding.
    begin = spans[left][1] if left >= 0 else 0
    for separator in _SEPARATOR.finditer(text, begin, start):
        begin = separator.end()
    if said[0].kind not in ("anatomy", "laterality"):
        if loose >= begin:
            return None  # "heart size is stable"
        return left if left >= 0 else right
    if left >= 0 and (
        said[0].value == "bilateral"
        or ((head := heads[left]) is not None and head.after)
        or _placed(text, begin, start)
        or _alone(text, hits, place, begin)
    ):
        return left if loose < begin else None
    if right < many and (_COORDINATED.match(text, end) is not None or _placed(text, begin, start)):
        return right
    return None


def _placed(text: str, begin: int, start: int) -> bool:
    """Return whether a preposition stands in an item, before a hit: ", predominantly in the right lung"."""
    return text.startswith(("in ", "at ", "on ", "within "), begin) or (
        _PREPOSITION.search(text, max(begin - 1, 0), start) is not None
    )


def _together(text: str, start: int, end: int, clauses: Sequence[int]) -> bool:
    """Return whether no list item and no clause ends in a stretch of text."""
    if len(clauses) > 1 and bisect_right(clauses, start) != bisect_left(clauses, end + 1):
        return False
    return end - start < 2 or _SEPARATOR.search(text, start, end) is None


def _alone(text: str, hits: Sequence[tuple[int, int, Any]], place: int, begin: int) -> bool:
    """Return whether hits are all that an item says: "nodule, right upper lobe."."""
    first = place
    while first and hits[first - 1][1] + 1 == hits[first][0]:
        first -= 1
    last = place
    while last + 1 < len(hits) and hits[last][1] + 1 == hits[last + 1][0]:
        last += 1
    end = hits[last][1]
    return not text[begin : hits[first][0]].strip() and text[end : end + 1] in _CLOSE


def _share(text: str, spans: list[list[int]], heads: list[_Head | None]) -> None:
    """Give a place to findings that share it: "atelectasis or infiltrate in the right base"."""
    for index in range(len(spans) - 1, 0, -1):
        here, before = heads[index], heads[index - 1]
        if here is None or not here.after or (before is not None and before.outside):
            continue
        if text[spans[index - 1][1] : spans[index][0]] in _JOINED:
            heads[index - 1] = before = _lend(here, before)
            before.after = True
    for index in range(1, len(spans)):
        before, here = heads[index - 1], heads[index]
        if before is not None and before.outside and (here is None or not here.outside):
            gap = text[spans[index - 1][1] : spans[index][0]]
            if gap in _ALTERNATIVE or _SAME.search(gap):
                heads[index] = _lend(before, here)


def _lend(giver: _Head, taker: _Head | None) -> _Head:
    """Return a head with the place of another."""
    taker = taker or _Head()
    if taker.anatomy is None or (giver.anatomy and taker.anatomy in sites_above()[giver.anatomy]):
        taker.anatomy = giver.anatomy
    taker.side = taker.side or giver.side
    taker.outside = True
    return taker

"""Recommendations in a sentence: what should be done, by which modality, when, and under which condition."""

import re
from collections.abc import Sequence

from radmine.parse.advice_times import When, find_times
from radmine.parse.advice_words import load_advice
from radmine.parse.advised import CHECKS, CONDITION, DONE, IF_NEEDED, STOP, Advised, Group, find_advised
from radmine.parse.attribute_words import Attribute
from radmine.parse.phrases import Hit
from radmine.parse.text import Folded
from radmine.records import Recommendation, Span

# Of several kinds in one phrase the first holds: "follow-up with biopsy" is a biopsy.
_ORDER = (
    "biopsy",
    "endoscopy",
    "intervention",
    "consultation",
    "laboratory",
    "comparison",
    "clinical_correlation",
    "follow_up",
    "additional_views",
    "imaging",
)
_AGAIN = re.compile(
    r"\b(?:repeat|repeated|serial|surveillance|follow up|interval|annual|routine)(?: \w+){0,2} $"
)
_URGENT = re.compile(
    r"(?<!non )(?<!not )\b(?:urgent|urgently|emergent|emergently|immediate|immediately|stat|promptly)\b"
)
_AND = re.compile(r"\b(?:and|or|plus)\b")
_SHARES = re.compile(r"\b(?:and|or)\b|/")  # joins things that share the time of the last
_SOURCE = re.compile(
    r"\b(fleischner)\b|\b(?:(acr)|(sru)|(ata)|(nccn)|(uspstf)|(acog)|(aga)|(esr)|(bts))(?:'s)? (?:\w+ ){0,3}?"
    r"(?:guidelines?|recommend\w*|white paper|criteria|committee|appropriateness|consensus|statement|lung|li|ti|bi|o)\b"
)


def read_recommendations(folded: Folded, words: Sequence[Hit], *, section: bool) -> list[Recommendation]:
    """Return what a folded sentence recommends; offsets are into it. Sentence and mention are left at 0 and None.

    Parameters
    ----------
    words
        The phrases of sites and other attributes in it.
    section
        Whether it stands in a section of recommendations, where a thing alone is advised.
    """
    text = folded.text
    things, directives = load_advice().find(folded)
    if not things:
        return []
    conditions = [match.span() for match in CONDITION.finditer(text)]
    advised = find_advised(text, things, directives, conditions, section=section)
    if not advised:
        return []
    times = find_times(text)
    result: list[Recommendation] = []
    later: tuple[int, When] | None = None  # the time of the group after, and the chain that it is of
    for place in range(len(advised) - 1, -1, -1):
        item = advised[place]
        low, high = _region(text, advised, place)
        if DONE.search(text, item.group.start, high):
            continue
        following = place + 1 < len(advised) and high == advised[place + 1].group.start
        when = _time(item.group, times, low, high, following=following)
        made = _record(text, item, when, (low, high), words, conditions)
        shares = when is None and later is not None and later[0] == item.chain
        if shares and later is not None and made[0].kind in {"imaging", "follow_up"}:
            between = text[item.group.end : advised[place + 1].group.start]
            if _SHARES.search(between):
                when = later[1]
                made = _record(text, item, when, (low, high), words, conditions)
        later = (item.chain, when) if when is not None else None
        result[:0] = made
    return result


def _region(text: str, advised: Sequence[Advised], place: int) -> Span:
    """Return the part of a sentence that speaks of an advised group."""
    group, words = advised[place].group, advised[place].words
    first, last = min(group.start, words[0] if words else group.start), group.end
    low, high = 0, len(text)
    if place:
        low = advised[place - 1].group.end
        first = max(first, low)
    if place + 1 < len(advised):
        following = advised[place + 1]
        high = following.group.start
        if following.words and following.words != words and group.end <= following.words[0] < high:
            high = following.words[0]
    if words and words[1] <= high:
        last = max(last, words[1])
    for match in STOP.finditer(text, low, first):
        low = match.end()
    stop = STOP.search(text, last, high)
    return low, stop.start() if stop else high


def _time(group: Group, times: Sequence[When], low: int, high: int, *, following: bool) -> When | None:
    """Return when a group is advised: the first time after it begins, else the nearest before.

    `following`: whether another group begins at `high`; "3 month" right before that one is its own.
    """
    own = [when for when in times if low <= when.start and when.end <= high + 1]
    after = [
        when
        for when in own
        if when.start >= group.start and not (following and when.end + 1 == high and not when.ahead)
    ]
    if after:
        return after[0]
    before = [when for when in own if when.start < group.start]
    return before[-1] if before else None


def _record(
    text: str,
    item: Advised,
    when: When | None,
    region: Span,
    words: Sequence[Hit],
    conditions: Sequence[Span],
) -> list[Recommendation]:
    """Return the records of an advised group: one, or one for each of the kinds that a phrase names."""
    group = item.group
    kinds = {kind for _, _, said in group.hits for kind in said.kinds}
    modality = next((said.modality for _, _, said in group.hits if said.modality), None)
    said = {"clinical_correlation"} if kinds == {"correlation"} else kinds - {"correlation"}
    kinds_of_first: tuple[str, ...] = group.hits[0][2].kinds
    several = kinds_of_first if len(kinds_of_first) > 1 else ()
    kind = next(name for name in _ORDER if name in said)
    low, high = region
    again = _AGAIN.search(text, low, group.start) or CHECKS.search(text, group.end, high)
    if kind == "imaging" and (again or (when is not None and when.when != "now")):
        kind = "follow_up"
    if when is None and (urgent := _URGENT.search(text, low, high)):
        when = When(*urgent.span(), "now", None, None, True, False)
    condition = next((span for span in conditions if low <= span[0] < high + 2), None)
    if condition is None and conditions and conditions[0][0] == 0 and low <= conditions[0][1] + 2:
        condition = conditions[0]
    strength = item.strength
    if condition is not None and item.words is None and IF_NEEDED.match(text, condition[0]):
        strength = "if_needed"
    source = _SOURCE.search(text)
    named = next(filter(None, source.groups())) if source else None
    parts = [(group.start, group.end), item.words, (when.start, when.end) if when else None]
    return [
        Recommendation(
            min(part[0] for part in parts if part),
            max(part[1] for part in parts if part),
            name,
            modality,
            _anatomy(text, group, words, region),
            when.when if when else None,
            when.earliest if when else None,
            when.latest if when else None,
            condition,
            strength,
            item.needed,
            named and ("Fleischner" if named == "fleischner" else named.upper()),
            item.rule,
            0,
            None,
        )
        for name in several or (kind,)
    ]


def _anatomy(text: str, group: Group, words: Sequence[Hit], region: Span) -> str | None:
    """Return the site nearest to a group, of those that its part of the sentence names close by."""
    best, nearest = None, 4
    follows = region[0] > 0  # what "and" parts from it is then the site of the one before
    for start, end, said in words:
        assert isinstance(said, Attribute)
        if said.site is None or start < region[0] or end > region[1]:
            continue
        gap = text[group.end : start] if start >= group.end else text[end : group.start]
        distance = gap.count(" ")
        if (
            distance < nearest
            and "," not in gap
            and not (follows and end <= group.start and _AND.search(gap))
        ):
            best, nearest = said.site, distance
    return best

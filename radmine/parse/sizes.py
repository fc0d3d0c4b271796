"""Sizes in a sentence, in millimetres: `find_sizes`."""

import re
from collections.abc import Sequence

from radmine.parse.attribute_words import Attribute

_NUMBER = r"[\d.](?:(?<=\d)\d*(?:\.\d+|,\d\d?(?!\d))?|(?<=\.)(?<!\.\.)\d+)"  # "3", "3.5", "3,5", ".5"
_AXIS = r"(?: ?\(?(?:ap|tr|trv|cc|si|ml|rl|tv|w|l|h|d|transverse|craniocaudal|anteroposterior|length|width|height)\)?(?= ?[x×]))?"
_UNIT = rf"(?: ?(mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)\b)?{_AXIS}"
_SIZE = re.compile(
    rf"({_NUMBER}){_UNIT}(?: ?(x|by|×|\*|to) ?({_NUMBER}){_UNIT})?(?: ?(?:x|by|×|\*) ?({_NUMBER}){_UNIT})?(?![\w^²³/])"
)
# Lengths that are no size of a finding: how far away, how thick a slice, how much displaced.
_NO_SIZE = re.compile(
    r" ?(?:\w+ )?(?:above|below|from|(?:proximal|distal)(?! \w+ (?!to\b)\w)|deep|superior to|inferior to|cranial|caudal|beyond|away|(?:thick )?slices?\b|"
    r"(?:thick )?sections?\b|intervals?\b|increments?\b|collimation|(?:fn|cfn)\b|(?:of )?(?:displacement|retropulsion|retraction|distraction|shortening|diastasis)|axial|per )",
    re.ASCII,
)
_MOVED = re.compile(
    r"\b(?:retropuls|retract|displace|distract|shorten|advance|withdraw|pull|push|repositioned)\w*(?: (?:back|out|by|of|another|about|approximately|up|to))* ?$",
    re.ASCII,
)
_BEFORE_NOW = re.compile(
    r"\b(?:prev(?:ious(?:ly)?)?|formerly|prior|earlier|compar(?:ed|ison) (?:to|with)|versus|was|were|up from|down from|from)"
    r"(?: (?:measured|measuring|approximately|about|of|the|exam|study|at|an?))* ?$",
    re.ASCII,
)
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_THEN = re.compile(
    rf" (?:previously|before|earlier|formerly|(?:(?:in|of|on) )?(?:(?:early|mid|late|{_MONTH})\.? )?(?:19|20)\d\d|in (?:{_MONTH})|(?:on|at|in) (?:the )?(?:prior|previous|earlier|last)|"
    r"last (?:year|month|week|time|exam\w*|study|scan)|(?:an?|one|two|three|four|five|six|\d+) (?:year|month|week|day)s? (?:ago|before|earlier))\b"
    r"(?! (?:measur\w+ |was |of )?\d)",
    re.ASCII,
)


def find_sizes(text: str) -> list[tuple[int, int, Attribute]]:
    """Return the sizes in a folded text, in millimetres: (start, end, what they say).

    Of sizes of now and of then, those of then say how much the nearest of now has changed ("compared").
    """
    now: list[tuple[int, int, Attribute]] = []
    before: list[tuple[int, int, Attribute]] = []
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
        if _MOVED.search(text, max(0, start - 50), start):
            continue
        numbers = [(first, first_unit), (second, second_unit), (third, third_unit)]
        if link == "to":  # "3 to 5 mm", "from 3 mm to 5 mm": the larger, or what it is now
            del numbers[0]
        size = tuple(
            round(float(number.replace(",", ".")) * (10.0 if (own or unit)[0] == "c" else 1.0), 3)
            for number, own in numbers
            if number
        )
        hit = (start, end, Attribute(kind="size", value=size))
        old = link != "to" and (_BEFORE_NOW.search(text, max(0, start - 50), start) or _THEN.match(text, end))
        (before if old else now).append(hit)
    if not now or not before:
        return now or before
    return [*now, *(_compared(hit, now) for hit in before)]


def _compared(
    then: tuple[int, int, Attribute], now: list[tuple[int, int, Attribute]]
) -> tuple[int, int, Attribute]:
    """Return how a size has changed since then: the size of now before it, else after it, by the longest diameters."""
    start, end, said = then
    before = [hit for hit in now if hit[0] < start]
    nearest = before[-1] if before else now[0]
    longer = max(nearest[2].value) - max(said.value)
    change = "increased" if longer > 0 else "decreased" if longer < 0 else "unchanged"
    return start, end, Attribute(kind="compared", value=change)


def in_words(size: Sequence[float]) -> str:
    """Return a size as text, without its unit: "18 x 12"."""
    return " x ".join(f"{value:g}" for value in size)

"""Times in a sentence that lie ahead: "in 3-6 months", "within 1 year", "annually", "after treatment"; in days."""

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
_COUNTS = {
    word: count
    for count, words in {
        1: "one a an",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        12: "twelve",
        18: "eighteen",
        24: "twentyfour",
    }.items()
    for word in words.split()
}
_COUNT = rf"(?:\d{{1,3}}(?:\.\d)?|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_COUNTED = re.compile(rf"\b{_COUNT}\b")
_INTERVAL = re.compile(
    rf"(?:\b(?P<how>within|in|at|after|every|by|for|over|less than|no more than|up to|stable for|each)"
    rf"(?: (?:the|next|another|about|approximately|around|a period of|an interval of|no more than|roughly))* )?"
    rf"(?<![\w.])(?P<first>{_COUNT})(?P<more>(?:(?: ?(?:,|to|or|and|/|, and) ?| ){_COUNT}){{0,8}}) ?"
    r"(?P<unit>hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?)\b(?! (?:ago|prior|old|earlier|previously|before|history|duration|post|"
    r"status))"
)
_EVERY = re.compile(
    r"\b(?:(?P<y>annual|annually|yearly|every year|each year)|(?P<s>biannual|semiannual|semi annual)|(?P<m>monthly))\b"
)
# As the British write it: "6/12" are months, "6/52" weeks, "3/7" days.
_OF_A_YEAR = re.compile(
    r"\b(?:(?P<how>within|in|at|after|every)(?: (?:about|approximately))? )?(?<![\w/.])(?P<first>\d{1,2})(?: ?(?:-|to| ) ?(?P<last>\d{1,2}))? ?/ ?"
    r"(?P<of>12|52|7)\b(?![/.]\d)"
)
_OF = {"12": _DAYS["m"], "52": _DAYS["w"], "7": _DAYS["d"]}
_SHORT = re.compile(r"\b(?:short|close|near)(?:er)? (?:term|interval)\b")
_EVENT = re.compile(
    r"\b(?:after|following|post|upon|at|once|when)(?: (?:the|appropriate|adequate|completion|of|acute|completing|clinical|medical|a|course|full|"
    r"conservative))* (?:treatment|therapy|antibiotics?|antibiotic (?:therapy|treatment)|diuresis|resolution|chemotherapy|management|recovery|"
    r"symptoms? (?:resolve|subside)|infection|episode|symptoms|delivery|completion)\b"
)


class When(NamedTuple):
    """A time ahead, and where it stands."""

    start: int
    end: int
    when: str  # interval | repeated | short_term | after_event | now
    earliest: int | None  # in days
    latest: int | None
    ahead: bool  # whether its own words say that it is ahead: "in 3 months", but "3 month"
    leads: bool  # whether a study with it is advised, rather than told of: "CT in 3 months", but "CT at 3 months"


def find_times(text: str) -> list[When]:
    """Return the times ahead in a folded text, in order."""
    return sorted(_times(text), key=itemgetter(0))


def _times(text: str) -> Iterator[When]:
    for match in _INTERVAL.finditer(text):
        how = match["how"]
        if how in {"for", "over", "stable for"}:
            continue
        each = _DAYS[match["unit"][0]]
        counts = [_count(word) for word in _COUNTED.findall(match["first"] + match["more"])]
        low, high = round(min(counts) * each), max(1, round(max(counts) * each))
        start = match.start()
        if how == "every" or how == "each" or len(counts) > 2:
            yield When(start, match.end(), "repeated", low, high, True, True)
        elif how in {"within", "by", "less than", "no more than", "up to"}:
            yield When(start, match.end(), "interval", 0, high, True, True)
        else:
            leads = how == "in" or (how == "at" and len(counts) > 1)
            yield When(start, match.end(), "interval", low, high, how is not None, leads)
    if "/" in text:
        yield from _of_a_year(text)
    for match in _EVERY.finditer(text):
        days = {"y": 365, "s": 183, "m": 30}[match.lastgroup or "y"]
        adverb = text.startswith("ly", match.end() - 2)
        yield When(*match.span(), "repeated", days, days, adverb or match.start() == 0, adverb)
    for match in _SHORT.finditer(text):
        yield When(*match.span(), "short_term", None, None, False, False)
    for match in _EVENT.finditer(text):
        yield When(*match.span(), "after_event", None, None, False, False)


def _of_a_year(text: str) -> Iterator[When]:
    for match in _OF_A_YEAR.finditer(text):
        how, each = match["how"], _OF[match["of"]]
        low, high = round(int(match["first"]) * each), round(int(match["last"] or match["first"]) * each)
        kind = "repeated" if how == "every" else "interval"
        first = 0 if how == "within" else low
        yield When(
            match.start(), match.end(), kind, first, high, how is not None, how in ("in", "within", "every")
        )


def _count(word: str) -> float:
    return float(_COUNTS[word]) if word in _COUNTS else float(word)

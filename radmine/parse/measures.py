"""Sizes that say a finding by themselves, read from `data/measures.toml`: "CBD 13 mm"."""

import functools
import math
import re
from collections.abc import Mapping
from typing import Any

from radmine.parse.attributes import Attributes
from radmine.parse.data_files import load_data
from radmine.parse.findings import Found
from radmine.parse.sizes import in_words
from radmine.records import Assertion, Described

_FILL = (
    r"(?: is| was| are| were| measures?| measuring| measured| has| of| at| up to| to| by| the| an?| in| approximately|"
    r" about| its| caliber| diameter| length| maximum| maximal| transverse| short axis| now| enlarged|,|:| \()*"
)
_BESIDE = 25  # characters after a size in which its axis is named
_NUMBER = r"(?<![\w.])\d*\.?\d+"
# What stands before what is measured where the size may be of another thing: "a cyst in the spleen, 2 cm".
_WITHIN = re.compile(r"\b(?:in|within|near|to|at|from|along|on|of) (?:the )?$", re.ASCII)
# What follows a size that is of what stands before it: not "spleen 9 cm cyst".
_ENDS = re.compile(
    r" ?(?:$|[.,;)]|(?:in|and|which|with|ap|short|long|craniocaudal|wide|thick|maximum|at)\b)", re.ASCII
)

# The writer's own word on a size, behind it or before what is measured, which outweighs our limit.
_FINE = re.compile(
    r"[,;]? ?\(?(?:(?:which|that|and|but|this|is|are|remains?|still|considered|likely|probably|also) )*"
    r"(?:within (?:the )?(?:upper )?(?:normal|expected|acceptable|physiologic)\w*(?: limits?| range)?|(?:at |in )?(?:the )?(?:upper )?(?:limits? of |range of )?normal"
    r"(?: range| limits?| size| caliber)?|expected|acceptable|physiologic|unremarkable|not (?:abnormally )?(?:dilated|enlarged|aneurysmal)|"
    r"non ?dilated|(?:age )?appropriate)(?= ?(?:$|[.,;)])| (?:for|in|post|after|following|status|given|considering|s/p|on|at)\b)",
    re.ASCII,
)
_FINE_BEFORE = re.compile(r"\b(?:normal(?: caliber| sized?)?|non ?dilated|unremarkable) $", re.ASCII)


@functools.cache
def _measures() -> tuple[re.Pattern[str], Mapping[str, list[dict[str, Any]]]]:
    """Return the pattern of what is measured and its size, and the limits of each phrase, highest first."""
    limits: dict[str, list[dict[str, Any]]] = {}
    for entry in sorted(load_data("measures")["measure"], key=lambda entry: -float(entry.get("least", 0))):
        for phrase in entry["words"]:
            limits.setdefault(phrase, []).append(entry)
    names = "|".join(sorted(map(re.escape, limits), key=len, reverse=True))
    return re.compile(
        rf"\b({names})\b{_FILL} ?({_NUMBER}(?: ?(?:x|by) ?{_NUMBER}){{0,2}}) ?(mm|cm)?\b(?! (?:from|above|below|x|by))"
    ), limits


def find_measured(text: str) -> list[tuple[Found, Attributes]]:
    """Return the findings that the sizes in a folded sentence with digits say or deny, and what is said of each."""
    measured: list[tuple[Found, Attributes]] = []
    if not ("mm" in text or "cm" in text or "ratio" in text or "ctr" in text):
        return measured
    pattern, limits = _measures()
    for match in pattern.finditer(text):
        phrase, numbers, unit = match.groups()
        start, end = match.span()
        factor = 10 if unit == "cm" else 1
        sizes = tuple(round(float(number) * factor, 3) for number in re.split(" ?(?:x|by) ?", numbers))
        entry, said = _fitting(limits[phrase], max(sizes), unit, text, match)
        if entry is not None:
            size = sizes if unit else ()
            words = (Described("size", in_words(size), match.start(2), end),) if size else ()
            item = Found(start, end, entry["finding"], (start, end), f"measure_{entry['name']}", said)
            measured.append((item, Attributes(entry["site"], None, size, None, None, match.span(1), words)))
    return measured


def _fitting(
    limits: list[dict[str, Any]], size: float, unit: str | None, text: str, match: re.Match[str]
) -> tuple[dict[str, Any] | None, Assertion]:
    """Return the limit that speaks of a size, and what it says; None where none does."""
    around = text[match.start() : match.end() + _BESIDE]
    for entry in limits:
        low, high = entry.get("usual", (math.inf, -math.inf))
        least, most = entry.get("least", math.inf), entry.get("most", -math.inf)
        if (max(most, min(least, 1)) < 1) != (unit is None) or (unit is None and size >= 1):
            continue
        if entry.get("axis", "") not in around or not any(w in text for w in entry.get("beside", ("",))):
            continue
        if size >= least or size <= most:
            fine = _FINE.match(text, match.end()) or _FINE_BEFORE.search(
                text, max(0, match.start() - 20), match.start()
            )
            return entry, Assertion.ABSENT if fine else Assertion.PRESENT
        if (
            low <= size <= high
            and _ENDS.match(text, match.end())
            and not _WITHIN.search(text, max(0, match.start() - 12), match.start())
        ):
            return entry, Assertion.ABSENT
    return None, Assertion.PRESENT

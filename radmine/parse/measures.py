"""Sizes that say a finding by themselves, read from `data/measures.toml`: "CBD 13 mm"."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from radmine.parse.attributes import Attributes
from radmine.parse.data_files import load_data
from radmine.parse.findings import Found
from radmine.records import Assertion

_FILL = (
    r"(?: is| was| are| were| measures?| measuring| measured| has| of| at| up to| to| by| the| an?| in| approximately|"
    r" about| its| caliber| diameter| length| maximum| maximal| transverse| short axis| now| enlarged|,|:| \()*"
)
_BESIDE = 25  # characters after a size in which its axis is named


@functools.cache
def _measures() -> tuple[re.Pattern[str], Mapping[str, list[dict[str, Any]]]]:
    """Return the pattern of what is measured and its size, and the limits of each phrase, highest first."""
    limits: dict[str, list[dict[str, Any]]] = {}
    for entry in sorted(load_data("measures")["measure"], key=lambda entry: -float(entry["least"])):
        for phrase in entry["words"]:
            limits.setdefault(phrase, []).append(entry)
    names = "|".join(sorted(map(re.escape, limits), key=len, reverse=True))
    return re.compile(
        rf"\b({names})\b{_FILL} ?((?<![\w.])\d*\.?\d+) ?(mm|cm)?\b(?! (?:from|above|below))"
    ), limits


def find_measured(text: str) -> Iterator[tuple[Found, Attributes]]:
    """Yield the findings that the sizes in a folded sentence say, and what is said of each."""
    if not ("mm" in text or "cm" in text or "ratio" in text or "ctr" in text):
        return
    pattern, limits = _measures()
    for match in pattern.finditer(text):
        phrase, number, unit = match.groups()
        start, end = match.span()
        entry = _fitting(limits[phrase], float(number) * (10 if unit == "cm" else 1), unit, text, match)
        asserts = Assertion.PRESENT
        if entry is None and unit:
            entry, asserts = (
                _normal(limits[phrase], float(number) * (10 if unit == "cm" else 1)),
                Assertion.ABSENT,
            )
        if entry is not None:
            name = f"measure_{entry['name']}"
            size = (round(float(number) * (10 if unit == "cm" else 1), 3),) if unit else ()
            yield (
                Found(start, end, entry["finding"], (start, end), name, asserts),
                Attributes(entry["site"], None, size, None, None, match.span(1)),
            )


def _fitting(
    limits: list[dict[str, Any]], size: float, unit: str | None, text: str, match: re.Match[str]
) -> dict[str, Any] | None:
    """Return the limit that a size reaches, None where it reaches none."""
    around = text[match.start() : match.end() + _BESIDE]
    for entry in limits:
        ratio = float(entry["least"]) < 1
        if ratio == (unit is None) and size >= entry["least"] and (not ratio or size < 1):
            return entry if entry.get("axis", "") in around else None
    return None


def _normal(limits: list[dict[str, Any]], size: float) -> dict[str, Any] | None:
    """Return the limit of a finding that a size rules out, None where it rules out none."""
    return next((entry for entry in limits if size <= entry.get("normal", -1)), None)

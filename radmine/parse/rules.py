"""The rules of assertion, read from `data/assertion.toml`."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radmine.parse.data_files import load_data
from radmine.records import Assertion, Experiencer, Temporality

FORWARD, BACKWARD = 1, 2


@dataclass(frozen=True, slots=True)
class Rule:
    """What a phrase says of the findings in its reach."""

    name: str
    kind: str
    reach: int  # FORWARD or BACKWARD
    words: int
    final: bool  # speaks of what precedes it only before punctuation or the end
    assertion: Assertion | None
    temporality: Temporality | None
    experiencer: Experiencer | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a phrase means to the reading of a sentence."""

    rules: tuple[Rule, ...] = ()
    ends: bool = False  # ends a clause
    coordinates: bool = False
    alternative: bool = False  # "or", "nor"
    relates: bool = False  # "that", "which"
    verb: bool = False
    closes: bool = False  # "seen", "identified" after a verb
    fresh: bool = False  # begins a statement of its own after a comma


_REACH = {"forward": FORWARD, "backward": BACKWARD}
_ASSERTIONS = {
    "negation": Assertion.ABSENT,
    "uncertainty": Assertion.UNCERTAIN,
    "hypothetical": Assertion.UNCERTAIN,  # what is looked for or warned of is not said to be there
}
_TIMES = {
    "historical": Temporality.HISTORICAL,
    "hypothetical": Temporality.HYPOTHETICAL,
    "experiencer": Temporality.HISTORICAL,
}
_MARKS = {
    "ends": "ends",
    "coordinators": "coordinates",
    "alternatives": "alternative",
    "relatives": "relates",
    "verbs": "verb",
    "closers": "closes",
    "fresh": "fresh",
}


def _phrases(entries: list[str]) -> Iterator[str]:
    """Yield phrases, one for each year of the last century and this where `{year}` stands in them."""
    for entry in entries:
        if "{year}" in entry:
            yield from (entry.format(year=year) for year in range(1900, 2100))
        else:
            yield entry


@functools.cache
def load_triggers() -> Mapping[str, Trigger]:
    """Return every phrase that means something to the rules, and what it means."""
    data = load_data("assertion")
    rules: dict[str, tuple[Rule, ...]] = {}
    marks: dict[str, set[str]] = {}
    for entry in data["rule"]:
        kind = entry["kind"]
        rule = Rule(
            name=entry["name"],
            kind=kind,
            reach=_REACH[entry.get("direction", "forward")],
            words=entry.get("words", 0),
            final=entry.get("final", False),
            assertion=_ASSERTIONS.get(kind),
            temporality=_TIMES.get(kind),
            experiencer=Experiencer.OTHER if kind == "experiencer" else None,
        )
        for phrase in _phrases(entry["phrases"]):
            key = phrase.replace("-", " ")
            rules[key] = rules.get(key, ()) + (() if kind == "pseudo" else (rule,))
    for group, mark in _MARKS.items():
        for phrase in data["clauses"][group]:
            marks.setdefault(phrase, set()).add(mark)
    return {
        phrase: Trigger(rules=rules.get(phrase, ()), **dict.fromkeys(marks.get(phrase, ()), True))
        for phrase in {**rules, **marks}
    }

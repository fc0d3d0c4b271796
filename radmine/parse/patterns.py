"""Findings said in two parts that stand apart, read from `data/patterns.toml`."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from radmine.parse.data_files import load_data
from radmine.records import Assertion


@dataclass(frozen=True, slots=True)
class Pattern:
    """A finding said in two parts."""

    name: str
    findings: tuple[str, ...]
    words: int  # that may stand between the parts
    either_order: bool
    asserts: Assertion | None  # what the words say by themselves
    adjective: bool  # whether the first part says how the second is
    hides: bool  # whether the second part is no finding here


class Part(NamedTuple):
    """A phrase that is a part of patterns; bit i of a number stands for pattern i."""

    first: int  # the patterns of which it is the first part
    second: int


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
            adjective=entry.get("adjective", False),
            hides=entry.get("hides", False),
        )
        for entry in load_data("patterns")["pattern"]
    )


@functools.cache
def load_parts() -> Mapping[str, Part]:
    """Return the phrases that are parts of patterns."""
    parts: dict[str, list[int]] = {}
    for index, entry in enumerate(load_data("patterns")["pattern"]):
        for side, key in enumerate(("first", "second")):
            for phrase in entry[key]:
                parts.setdefault(phrase.replace("-", " "), [0, 0])[side] |= 1 << index
    return {phrase: Part(*sides) for phrase, sides in parts.items()}


@functools.cache
def either_order() -> int:
    """Return the patterns whose second part may come first, as the bits of a number."""
    return sum(1 << index for index, pattern in enumerate(load_patterns()) if pattern.either_order)


@functools.cache
def adjectives() -> int:
    """Return the patterns whose first part is an adjective, as the bits of a number."""
    return sum(1 << index for index, pattern in enumerate(load_patterns()) if pattern.adjective)


@functools.cache
def load_hidden() -> tuple[str, ...]:
    """Return the phrases that name no finding, though words in them do."""
    data = load_data("patterns")
    return (*data["hidden"], *data["lookalikes"])

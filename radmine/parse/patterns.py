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


class Part(NamedTuple):
    """A phrase that is a part of patterns."""

    first: frozenset[int]  # patterns of which it is the first part
    second: tuple[int, ...]


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
        )
        for entry in load_data("patterns")["pattern"]
    )


@functools.cache
def load_parts() -> Mapping[str, Part]:
    """Return the phrases that are parts of patterns."""
    parts: dict[str, tuple[list[int], list[int]]] = {}
    for index, entry in enumerate(load_data("patterns")["pattern"]):
        for side, key in enumerate(("first", "second")):
            for phrase in entry[key]:
                parts.setdefault(phrase.replace("-", " "), ([], []))[side].append(index)
    return {phrase: Part(frozenset(first), tuple(second)) for phrase, (first, second) in parts.items()}

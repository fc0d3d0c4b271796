"""The words that say something of a finding near them, read from `data/attributes.toml` and the findings room: `load_attribute_phrases`."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from radmine.findings import load_anatomy, load_site_phrases, plural
from radmine.parse.data_files import load_data
from radmine.parse.rules import expand, load_words


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a phrase says of a finding near it: a site, a side, or a value of another kind."""

    site: str | None = None
    side: str | None = None
    kind: str | None = None  # size, severity, change; compared: a change that two sizes tell
    value: Any = None  # size: (millimetres, ...), else a word


HIDES = Attribute()
"""What phrases say that only hide a shorter one: "small vessel"."""


@functools.cache
def load_attribute_phrases() -> Mapping[str, Attribute]:
    """Return what each folded phrase says.

    Sites and their sides come from the findings room, the other words from `data/attributes.toml`.
    """
    data = load_data("attributes")
    said_at = {place: Attribute(*place) for place in set(load_site_phrases().values())}
    found = {phrase: said_at[place] for phrase, place in load_site_phrases().items()}
    for name, entry in load_anatomy().items():
        for noun in entry.synonyms:
            for both in (f"both {plural(noun)}", f"both the {plural(noun)}"):
                found[both] = Attribute(name, "bilateral")
    for entry in data["attribute"]:
        kind, value = entry["kind"], entry["value"]
        said = Attribute(side=value) if kind == "laterality" else Attribute(kind=kind, value=value)
        for pattern in entry["phrases"]:
            found.update(dict.fromkeys(expand(pattern, load_words()), said))
    for entry in data["attribute"]:
        if entry["kind"] == "change":
            said = Attribute(kind="change", value=entry["value"])
            for phrase in [phrase for phrase in entry["phrases"] if not {"{", "("} & set(phrase)]:
                for degree in data["degrees"]:
                    found.setdefault(f"{degree} {phrase}", said)
                if phrase.endswith("ed"):
                    for degree in data["degrees_after"]:
                        found.setdefault(f"{phrase} {degree}", said)
    for letter, side in data["letters"].items():
        found[letter] = Attribute(side=side)
        found[f"{letter} sided"] = Attribute(side=side)
        found.update((f"{number} {letter}", HIDES) for number in range(100))
    for phrase in data["ignored"]:
        found[phrase] = HIDES
    return MappingProxyType(found)


@functools.cache
def unsided() -> frozenset[str]:
    """Return the findings that have no side."""
    return frozenset(load_data("attributes")["unsided"])


_HAS = re.compile(
    r"(?: (?:wall|loops?|segments?|parenchyma|gland))?,? with (?:(?!(?:contrast|gadolinium|without|no|and|or|shows?|showed|showing|"
    r"demonstrat\w+|reveal\w*|there|of|in|normal)\b)[a-z]+ ){0,4}",
    re.ASCII,
)
_BEARS = re.compile(
    r" with (?:(?:an?|some|multiple|several|few|small|thick|thin|peripheral|internal|mural|central) )*",
    re.ASCII,
)
_INSIDE = re.compile(r"(?: (?:rim|wall|margin|border|focus|foci)s?)? (?:in|within) ", re.ASCII)


def has(text: str, end: int, start: int) -> bool:
    """Return whether a place that ends at `end` has the finding that begins at `start`: "the liver with several cysts"."""
    return text.find(" with ", end, start) >= 0 and _HAS.fullmatch(text, end, start) is not None


def bears(text: str, end: int, start: int, stop: int) -> bool:
    """Return whether a finding that ends at `end` bears the next, and one place is said of both: "cysts with calcified rims in the liver"."""
    return (
        text.startswith(" with ", end)
        and _BEARS.fullmatch(text, end, start) is not None
        and _INSIDE.match(text, stop) is not None
    )

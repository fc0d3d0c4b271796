"""The words of recommendations, read from `data/advice.toml`: what may be advised, and the words that advise it."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from radmine.parse.categories import category_cues
from radmine.parse.data_files import load_data
from radmine.parse.phrases import Phrases
from radmine.parse.rules import expand, load_misspelt

ADVICE, CATEGORY, INCIDENTAL = 1, 2, 4
"""What a sentence may hold, by its cues."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What may be advised."""

    kinds: tuple[str, ...]
    modality: str | None
    bare: bool  # advises by itself at the start of a sentence
    telegram: bool  # advises by itself in an impression
    hidden: bool  # only looks like advice


@dataclass(frozen=True, slots=True)
class Directive:
    """Words that advise."""

    strength: str  # recommended | suggested | considered
    after: bool  # it advises what follows; else what precedes
    opens: bool  # only at the start of a sentence or item

    @property
    def rule(self) -> str:
        """The name of the rule: its strength, and whether it advises what follows or what precedes."""
        return f"{self.strength}_{'after' if self.after else 'before'}"


def _phrases(entry: dict[str, Any]) -> Iterator[str]:
    for pattern in entry["phrases"]:
        yield from filter(None, expand(pattern, load_data("advice")["words"]))


@functools.cache
def load_words() -> tuple[dict[str, Thing], dict[str, Directive]]:
    """Return the phrases of things and of directives, and what they mean."""
    data = load_data("advice")
    things: dict[str, Thing] = {}
    for entry in data["thing"]:
        kinds = (entry["kind"],) if isinstance(entry["kind"], str) else tuple(entry["kind"])
        thing = Thing(
            kinds,
            entry.get("modality"),
            entry.get("bare", False),
            entry.get("telegram", False),
            kinds == ("hidden",),
        )
        for phrase in _phrases(entry):
            things.setdefault(phrase, thing)
    directives: dict[str, Directive] = {}
    for entry in data["directive"]:
        said = Directive(entry["strength"], entry["reach"] == "after", entry.get("opens", False))
        for phrase in _phrases(entry):
            directives.setdefault(phrase, said)
    return things, directives


@functools.cache
def load_advice() -> Phrases:
    """Return the look-up of things and directives in a sentence."""
    return Phrases(*load_words(), misspelt=load_misspelt())


@functools.cache
def load_cues() -> dict[str, int]:
    """Return the phrases without one of which a sentence holds no category, no advice and nothing incidental."""
    things, directives = load_words()
    cues = dict.fromkeys(category_cues(), CATEGORY)
    told = [
        *directives,
        *(phrase for phrase, thing in things.items() if thing.bare or thing.telegram or thing.modality),
    ]
    told += _phrases({"phrases": load_data("advice")["cues"]["words"]})
    cues |= dict.fromkeys(told, ADVICE)
    cues |= dict.fromkeys(load_data("advice")["incidental"]["words"], INCIDENTAL)
    return cues

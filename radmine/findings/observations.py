"""Observations: what is seen at a site, and the words that say it, read from `data/observations.toml`."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from radmine.errors import InputError
from radmine.findings.lexicon import DATA, load_findings, read_toml
from radmine.findings.phrases import fold_phrase, load_phrases, spellings

ADJECTIVE = "+"
"""What the name of an observation begins with where an adjective says it: before another finding it says nothing."""
DESCRIBING = "-"
"""The same of an adjective that says it of a site only (not "the nodule is calcified")."""
PLACED = "~"
"""The same of other words that say it with a site only, ..."""
PREDICATE = "="
"""... or with a site only that is their subject."""
BEFORE = "<"
"""... or right before a site only that nothing else follows."""

_LISTS = ("words", "forms", "adjectives", "also", "placed", "predicates", "before")


@dataclass(frozen=True, slots=True)
class Observation:
    """Something seen, of which a site makes a finding."""

    name: str  # of the finding that it is where no site is named
    usual: str | None = None  # the finding that its words mean in a text that speaks of no place
    beside: bool = False  # whether it is named beside what a site makes of it
    words: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


@functools.cache
def load_observations() -> Mapping[str, Observation]:
    """Return every observation by name.

    Raises
    ------
    InputError
        The data file has an unknown key or finding.
    """
    path = DATA / "observations.toml"
    findings = load_findings()
    found = {}
    for name, entry in read_toml(path)["observation"].items():
        usual = entry.get("usual")
        if (
            set(entry) - {"usual", "beside", *_LISTS}
            or name not in findings
            or (usual or name) not in findings
        ):
            raise InputError(
                f"The observation {name!r} has unknown keys, or it or its usual finding is not in the lexicon.",
                where=str(path),
                do="Correct it.",
            )
        found[name] = Observation(
            name, usual, entry.get("beside", False), *(tuple(entry.get(key, ())) for key in _LISTS)
        )
    return MappingProxyType(found)


@functools.cache
def observation_phrases() -> Mapping[str, str]:
    """Return for each phrase that names an observation, folded, its name, with the mark of how it does."""
    data = read_toml(DATA / "observations.toml")
    found: dict[str, str] = {}
    for name, observation in load_observations().items():
        for phrase in observation.before:
            found[fold_phrase(phrase)] = BEFORE + name
        for phrase in spellings(observation.placed, ()):
            found[fold_phrase(phrase)] = PLACED + name
        for phrase in _predicates(observation.predicates, data):
            found[phrase] = PREDICATE + name
        for phrase in spellings((), observation.adjectives):
            folded = fold_phrase(phrase)
            found[folded] = (ADJECTIVE if folded in load_phrases() else DESCRIBING) + name
        for phrase in spellings(observation.words, observation.forms):
            found[fold_phrase(phrase)] = name
    return MappingProxyType(found)


def _predicates(phrases: Iterable[str], data: Mapping[str, Any]) -> Iterator[str]:
    """Yield phrases after each verb and degree."""
    for phrase in phrases:
        for verb in data["copulas"]:
            for degree in data["degrees"]:
                yield fold_phrase(f"{verb} {degree} {phrase}")


@functools.cache
def phrases_beside() -> Mapping[str, str]:
    """Return for each phrase that names an observation beside what the lexicon calls it, folded, its name."""
    return MappingProxyType(
        {
            fold_phrase(phrase): name
            for name, observation in load_observations().items()
            for phrase in spellings(observation.also, ())
        }
    )

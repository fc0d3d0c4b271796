"""The observation that words name: `observation_called`, `observation_in`."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from radmine.findings import (
    ADJECTIVE,
    BEFORE,
    DESCRIBING,
    PLACED,
    PREDICATE,
    load_composed,
    load_findings,
    load_observations,
    observation_phrases,
    phrases_of,
)

_MARKS = ADJECTIVE + DESCRIBING + PLACED + PREDICATE + BEFORE


@functools.cache
def _heads() -> Mapping[str, str]:
    """Return the phrases that name an observation, with its name."""
    heads = {
        phrase: name.lstrip(_MARKS)
        for phrase, name in observation_phrases().items()
        if name[0] not in PREDICATE + BEFORE
    }
    for name in load_observations():
        for phrase in phrases_of(load_findings()[name]):
            heads.setdefault(phrase, name)
    return MappingProxyType(heads)


def observation_called(words: str) -> str | None:
    """Return the observation that folded words name, None where they name none."""
    return _heads().get(words)


def observation_in(words: str, name: str) -> str | None:
    """Return the observation with which the words of a named finding end: "renal cysts" are cysts."""
    at = words.find(" ")
    while at >= 0:
        observation = _heads().get(words[at + 1 :])
        if observation is not None:
            return observation if name in _made_of(observation) else None
        at = words.find(" ", at + 1)
    return None


@functools.cache
def _made_of(observation: str) -> frozenset[str]:
    return frozenset(meant for (name, _), meant in load_composed().items() if name == observation)

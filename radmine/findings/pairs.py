"""Pairs of an observation and a site as people name them, and what is asked for by them: `pair_named`, `read_pairs`."""

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from radmine.findings.anatomy import load_anatomy, load_site_phrases, sites_above
from radmine.findings.composed import AT, composed, finding_of, load_composed
from radmine.findings.lexicon import Finding
from radmine.findings.near import plain_name
from radmine.findings.observations import load_observations, observation_phrases
from radmine.findings.phrases import fold_phrase

ANY = "*"


class Pairs(NamedTuple):
    """Which pairs are asked for: of one observation or of all, at one site and its parts or at all that are named."""

    observation: str | None
    site: str | None

    def hold(self, finding: str) -> bool:
        """Return whether a finding is one of them: a pair, or one with a name that only such pairs are called; of all pairs ("*@*"), a pair."""
        if self.observation is None and self.site is None and not is_pair(finding):
            return False
        sites = [site for what, site in _pairs_of(finding) if self.observation in (None, what)]
        return bool(sites) and all(map(self._within, sites))

    def _within(self, site: str) -> bool:
        return self.site is None or self.site == site or self.site in sites_above()[site]

    def names(self) -> Iterator[str]:
        """Yield the findings that they are, each once."""
        seen = set()
        for observation in load_observations() if self.observation is None else (self.observation,):
            for site in load_anatomy():
                name = composed(observation, site) if self._within(site) else ""
                if name and name not in seen and self.hold(name):
                    seen.add(name)
                    yield name


def read_pairs(name: str) -> Pairs | None:
    """Return which pairs a name asks for, None where it asks for none.

    Examples
    --------
    >>> read_pairs("thickening@*").hold("thickening@tongue"), read_pairs("*@colon").hold("thickening@sigmoid_colon")
    (True, True)
    """
    observation, at, site = (part.strip() for part in name.partition(AT))
    if not at:
        return None
    what = None if observation == ANY else _observation(observation)
    where = None if site == ANY else _site(site)
    if (what is None and observation != ANY) or (where is None and site != ANY):
        return None
    return Pairs(what, where)


def pair_named(name: str) -> str | None:
    """Return the finding that a name of one pair means, also by synonyms of its parts: the pair, or what it is called.

    Examples
    --------
    >>> pair_named("Injury @ large bowel"), pair_named("thickening@gallbladder")
    ('injury@colon', 'gallbladder_wall_thickening')
    """
    pairs = read_pairs(name)
    if pairs is None or pairs.observation is None or pairs.site is None:
        return None
    return composed(pairs.observation, pairs.site) or f"{pairs.observation}{AT}{pairs.site}"


def pairs_below(name: str) -> frozenset[str]:
    """Return the pairs that are kinds of a finding: at any site of an observation, at the parts of a site of a pair."""
    return _pairs_below().get(name, frozenset()) if AT not in name else frozenset(_parts(name))


def is_pair(name: str) -> bool:
    """Return whether a finding is a pair without a name of its own."""
    return AT in name


def denies(finding: str, asked: str) -> bool:
    """Return whether the absence of a pair denies another that is asked for: at the same site, or at a part of it."""
    return finding == asked or (AT in asked and asked in pairs_below(finding))


def _parts(name: str) -> Iterator[str]:
    observation, _, whole = name.partition(AT)
    for site, above in sites_above().items():
        if whole in above:
            yield f"{observation}{AT}{site}"


@functools.cache
def _pairs_below() -> Mapping[str, frozenset[str]]:
    """Return for each finding the pairs that are kinds of it."""
    found: dict[str, set[str]] = defaultdict(set)
    above: dict[str, tuple[str, ...]] = {}
    for observation in load_observations():
        for site in load_anatomy():
            pair = f"{observation}{AT}{site}"
            finding = finding_of(pair)
            assert finding is not None
            for parent in finding.parents:
                if parent not in above:
                    above[parent] = tuple(_generals(parent))
                for general in above[parent]:
                    found[general].add(pair)
    return {name: frozenset(pairs) for name, pairs in found.items()}


def _generals(name: str) -> Iterator[str]:
    """Yield a finding and its ancestors."""
    level = [name]
    while level:
        yield from level
        known: list[Finding] = [f for f in map(finding_of, level) if f is not None]
        level = [parent for finding in known for parent in finding.parents]


@functools.cache
def _pairs_of(finding: str) -> tuple[tuple[str, str], ...]:
    """Return the observation and site of a pair; of a finding with a name all pairs that are called so."""
    observation, at, site = finding.partition(AT)
    if not at:
        return _named_pairs().get(finding, ())
    return ((observation, site),) if site in load_anatomy() else ()


@functools.cache
def _named_pairs() -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (observation, site), name in load_composed().items():
        if name and observation in load_observations():
            found[name].append((observation, site))
    return {name: tuple(pairs) for name, pairs in found.items()}


def _observation(word: str) -> str | None:
    name = plain_name(word).replace(" ", "_")
    if name in load_observations():
        return name
    meant = observation_phrases().get(fold_phrase(word))
    return meant if meant in load_observations() else None


def _site(word: str) -> str | None:
    name = plain_name(word).replace(" ", "_")
    if name in load_anatomy():
        return name
    return load_site_phrases().get(fold_phrase(word), (None, None))[0]

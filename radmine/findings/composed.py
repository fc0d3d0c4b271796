"""Findings composed of an observation and a site: their names, and what is known of a pair that has none."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from radmine.errors import InputError
from radmine.findings.anatomy import load_anatomy, sites_above
from radmine.findings.lexicon import DATA, Finding, load_findings, read_toml
from radmine.findings.observations import load_observations

AT = "@"
_ONLY = "only "


@functools.cache
def load_composed() -> Mapping[tuple[str, str], str]:
    """Return what an observation, or another general finding, is called at a site, for the pairs that have a name.

    "" where it is nothing of note there.

    Raises
    ------
    InputError
        The data file names an unknown finding or site.
    """
    return read_composed(DATA / "composed.toml")


def read_composed(path: Path) -> Mapping[tuple[str, str], str]:
    """Return the names of a data file, checked; what holds of a site holds of its parts, the nearest first."""
    entries = read_toml(path)
    findings, sites, above = load_findings(), load_anatomy(), sites_above()
    meant = {}
    for name, at in entries.items():
        named = {site.removeprefix(_ONLY) for site in at}
        unknown = sorted({name, *at.values()} - set(findings) - {"", AT}) + sorted(named - set(sites))
        if unknown:
            raise InputError(
                f"The entry {name!r} names unknown findings or sites: {', '.join(unknown)}.",
                where=str(path),
                do="Add them to the lexicon or the sites, or correct their names.",
            )
        for site in sites:
            near = [site] if site in at else sorted(above[site] & set(at), key=_depth)
            if _ONLY + site in at:
                meant[name, site] = at[_ONLY + site]
            elif near and at[near[-1]] != AT:
                meant[name, site] = at[near[-1]]
    return MappingProxyType(meant)


def _depth(site: str) -> tuple[int, str]:
    """Return how many sites a site is part of: the more, the nearer to its own parts."""
    return len(sites_above()[site]), site


@functools.cache
def composable() -> frozenset[str]:
    """Return the findings of which a site can make another."""
    return frozenset(load_observations()) | {name for name, _ in load_composed()}


@functools.cache
def composed(name: str, site: str) -> str:
    """Return what a finding of `composable()` is called at a site: a name, else, of an observation, the pair `name@site`.

    Examples
    --------
    >>> composed("thickening", "gallbladder"), composed("thickening", "tongue")
    ('gallbladder_wall_thickening', 'thickening@tongue')
    """
    meant = load_composed().get((name, site))
    if meant is None:
        meant = f"{name}{AT}{site}" if name in load_observations() else name
    return meant


@functools.cache
def _pair(name: str) -> Finding | None:
    """Return the finding that a pair is, None where a name is none."""
    observation, _, site = name.partition(AT)
    where = load_anatomy().get(site)
    if where is None or observation not in load_observations():
        return None
    what = load_findings()[observation]
    title = f"{what.title.partition(', site not named')[0]}: {where.title.lower()}"
    named = load_composed().get((observation, site))
    parents = dict.fromkeys((named, observation) if named else (observation,))
    return Finding(name, title, what.group, tuple(parents))


def finding_of(name: str, findings: Mapping[str, Finding] | None = None) -> Finding | None:
    """Return the finding of a name, also where that is a pair without an entry of its own; None where there is none.

    Parameters
    ----------
    findings
        Those of another lexicon; None: ours.

    Examples
    --------
    >>> finding_of("thickening@tongue").parents
    ('thickening',)
    """
    found = (load_findings() if findings is None else findings).get(name)
    return _pair(name) if found is None and AT in name else found

"""General words that name another finding at another site: a "nodule" is one of the lung, unless it is in the thyroid."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from radmine.errors import InputError
from radmine.findings.anatomy import load_anatomy, sites_above
from radmine.findings.lexicon import DATA, load_findings, read_toml


@functools.cache
def load_elsewhere() -> Mapping[tuple[str, str], str]:
    """Return the finding that is meant by a finding's name at a site, for the pairs where that is another one.

    Raises
    ------
    InputError
        The data file names an unknown finding or site.
    """
    return read_elsewhere(DATA / "elsewhere.toml")


def read_elsewhere(path: Path) -> Mapping[tuple[str, str], str]:
    """Return the findings and sites of a data file, checked; what holds of a site holds of its parts, the nearest first."""
    entries = read_toml(path)
    findings, sites = load_findings(), load_anatomy()
    for name, at in entries.items():
        unknown = sorted({name, *at.values()} - set(findings)) + sorted(set(at) - set(sites))
        if unknown:
            raise InputError(
                f"The entry {name!r} names unknown findings or sites: {', '.join(unknown)}.",
                where=str(path),
                do="Add them to the lexicon or the sites, or correct their names.",
            )
    meant = {}
    for name, at in entries.items():
        for site in sites:
            near = [site] if site in at else sorted(sites_above()[site] & set(at), key=_depth)
            if near:
                meant[name, site] = at[near[-1]]
    return MappingProxyType(meant)


def _depth(site: str) -> tuple[int, str]:
    """Return how many sites a site is part of: the more, the nearer to its own parts."""
    return len(sites_above()[site]), site

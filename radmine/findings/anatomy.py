"""The sites of the body: titles, what they are part of, and the phrases that name them, read from a data file."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from radmine.errors import InputError
from radmine.findings.lexicon import DATA, read_toml
from radmine.findings.phrases import fold_phrase, spellings

REGIONS = ("chest", "abdomen", "pelvis", "head", "neck", "spine", "bones", "vessels")
SIDES = ("left", "right", "bilateral")

_LEVELS = (
    *(f"c{i}" for i in range(1, 8)),
    *(f"t{i}" for i in range(1, 13)),
    *(f"l{i}" for i in range(1, 6)),
    "s1",
)
# Of magnetic resonance, or stages of a tumour, where they stand alone.
_WEIGHTINGS = frozenset(("t1", "t2", "t3", "t4"))
_PARTS = {"c": "cervical_spine", "t": "thoracic_spine", "l": "lumbar_spine", "s": "sacrum"}


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the body. The side is no part of it, unless it is on one side only (lingula, spleen)."""

    name: str  # lower_case_with_underscores
    title: str
    region: str  # one of REGIONS
    parents: tuple[str, ...] = ()  # the sites that it is part of
    synonyms: tuple[str, ...] = ()  # nouns, singular
    forms: tuple[str, ...] = ()  # phrases used as they stand: adjectives, abbreviations
    codes: tuple[str, ...] = ()  # "SYSTEM:code"
    sided: tuple[tuple[str, str], ...] = ()  # phrases that name a side too, and which of SIDES


@functools.cache
def load_anatomy() -> Mapping[str, Site]:
    """Return every site by name: those of the data file, then vertebrae and discs.

    Raises
    ------
    InputError
        The data file is not TOML, has an unknown key, region or parent, or parents form a circle.
    """
    return read_anatomy(DATA / "anatomy.toml", levels=True)


def read_anatomy(path: Path, *, levels: bool = False) -> Mapping[str, Site]:
    """Return the sites of a data file, checked; with `levels`, the vertebrae and discs as well."""
    sites = {name: _site(name, entry, path) for name, entry in read_toml(path).items()}
    if levels:
        sites.update((site.name, site) for site in _levels())
    for name, site in sites.items():
        for parent in site.parents:
            if parent not in sites:
                raise InputError(
                    f"The site {name!r} has the unknown parent {parent!r}.",
                    where=str(path),
                    do="Add the parent or correct its name.",
                )
    for name in sites:
        if name in _above(name, sites):
            raise InputError(
                "Parents form a circle.", where=f"{path}: {name}", do="Remove one of these parents."
            )
    return MappingProxyType(sites)


def _site(name: str, entry: Any, path: Path) -> Site:
    known = {"title", "region", "parents", "synonyms", "forms", "codes", *SIDES}
    if not isinstance(entry, dict) or not entry.get("title") or set(entry) - known:
        raise InputError(
            f"The site {name!r} needs a title and may have {', '.join(sorted(known - {'title'}))}.",
            where=str(path),
            do="Correct its keys.",
        )
    if entry.get("region") not in REGIONS:
        raise InputError(
            f"The site {name!r} needs a region.", where=str(path), do=f"Use one of {', '.join(REGIONS)}."
        )
    return Site(
        name=name,
        title=entry["title"],
        region=entry["region"],
        parents=tuple(entry.get("parents", ())),
        synonyms=tuple(entry.get("synonyms", ())),
        forms=tuple(entry.get("forms", ())),
        codes=tuple(entry.get("codes", ())),
        sided=tuple((phrase, side) for side in SIDES for phrase in entry.get(side, ())),
    )


def _levels() -> Iterator[Site]:
    """Yield the vertebrae ("L4") and the discs between them ("L4-L5", "L4/5")."""
    for level in _LEVELS:
        bare = () if level in _WEIGHTINGS else (level,)
        named = tuple(
            f"{level} {noun}" for noun in ("vertebra", "vertebral body", "level", "pedicle", "endplate")
        )
        yield Site(level, level.upper(), "spine", (_PARTS[level[0]], "vertebra"), named, bare)
    for upper, lower in pairwise(_LEVELS):
        number = lower[1:]
        forms = [f"{upper} {lower}", f"{upper}/{lower}", f"{upper}/{number}", f"{upper} {number}"]
        if lower == "s1":
            forms = forms[:2]
        forms += [f"{form} disc" for form in forms] + [f"{form} level" for form in forms]
        parents = tuple(dict.fromkeys((_PARTS[upper[0]], _PARTS[lower[0]], "disc")))
        yield Site(f"{upper}_{lower}", f"{upper.upper()}-{lower.upper()}", "spine", parents, (), tuple(forms))


def _above(name: str, sites: Mapping[str, Site]) -> frozenset[str]:
    """Return every site that a site is part of."""
    found: set[str] = set()
    level = [name]
    while level:
        level = [parent for child in level for parent in sites[child].parents if parent not in found]
        found.update(level)
    return frozenset(found)


@functools.cache
def sites_above() -> Mapping[str, frozenset[str]]:
    """Return for each site every site that it is part of, near and far."""
    sites = load_anatomy()
    return MappingProxyType({name: _above(name, sites) for name in sites})


@functools.cache
def load_site_phrases() -> Mapping[str, tuple[str, str | None]]:
    """Return for each phrase, folded, the site that it names and the side where it names one.

    The first site of the data file that has a phrase keeps it.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for name, site in load_anatomy().items():
        for phrase in spellings(site.synonyms, site.forms):
            found.setdefault(fold_phrase(phrase), (name, None))
        for sided, side in site.sided:
            for phrase in spellings((), (sided,)):
                found[fold_phrase(phrase)] = (name, side)
    return MappingProxyType(found)

"""The lexicon: every finding with its title, parents, synonyms and codes, read from data files."""

import functools
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from radmine.errors import InputError

DATA = Path(__file__).parent / "data"
GROUPS = (
    "chest",
    "abdomen",
    "head",
    "spine",
    "bones",
    "vessels",
    "devices",
    "general",
    "tumors",
    "congenital",
    "variants",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: what a report can say of a patient."""

    name: str  # lower_case_with_underscores
    title: str
    group: str  # one of GROUPS, or the ontology that it comes from
    parents: tuple[str, ...] = ()  # findings that are there wherever this one is
    synonyms: tuple[str, ...] = ()  # nouns, singular, and forms, as they stand in the data file
    codes: tuple[str, ...] = ()  # "SYSTEM:code"
    forms: tuple[str, ...] = ()  # those of the synonyms of which no plural is made


@functools.cache
def load_findings() -> Mapping[str, Finding]:
    """Return every finding by name, in the order of the data files.

    Raises
    ------
    InputError
        A data file is not TOML, has an unknown key, or the parents are unknown or form a circle.
    """
    return read_lexicon(DATA / f"{group}.toml" for group in GROUPS)


def read_lexicon(files: Iterable[Path]) -> Mapping[str, Finding]:
    """Return the findings of data files, checked; a file's name is their group.

    Raises
    ------
    InputError
        A file is no data file (see `read_entries`), a finding is there twice, or the parents are unknown or form a circle.
    """
    findings: dict[str, Finding] = {}
    for path in files:
        for name, finding in read_entries(path).items():
            if name in findings:
                raise InputError(f"The finding {name!r} is there twice.", where=str(path), do="Remove one.")
            findings[name] = finding
    check_parents(findings)
    return MappingProxyType(findings)


def read_entries(path: Path) -> Mapping[str, Finding]:
    """Return the findings of one data file; their parents may be elsewhere.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or a finding lacks a title or has an unknown key.
    """
    return MappingProxyType({name: _finding(name, entry, path) for name, entry in read_toml(path).items()})


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a data file holds; raises InputError where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"The data file cannot be read: {error}", where=str(path), do="Correct or restore it."
        ) from error


def _finding(name: str, entry: Any, path: Path) -> Finding:
    known = {"title", "parents", "synonyms", "forms", "codes"}
    if not isinstance(entry, dict) or not entry.get("title") or set(entry) - known:
        raise InputError(
            f"The finding {name!r} needs a title and may have {', '.join(sorted(known - {'title'}))}.",
            where=str(path),
            do="Correct its keys.",
        )
    forms = tuple(entry.get("forms", ()))
    return Finding(
        name=name,
        title=entry["title"],
        group=path.stem,
        parents=tuple(entry.get("parents", ())),
        synonyms=(*entry.get("synonyms", ()), *forms),
        codes=tuple(entry.get("codes", ())),
        forms=forms,
    )


def check_parents(findings: Mapping[str, Finding]) -> None:
    """Raise InputError where a parent is unknown, or parents form a circle."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise InputError(
                "Parents form a circle.", where=circle, do="Remove one of these parents from the lexicon."
            )
        if name not in findings:
            raise InputError(
                f"The finding {path[-1]!r} has the unknown parent {name!r}.",
                where=path[-1],
                do="Add the parent to the lexicon or correct its name.",
            )
        if name not in done:
            for parent in findings[name].parents:
                visit(parent, (*path, name))
            done.add(name)

    for name in findings:
        visit(name, ())


T = TypeVar("T")


def in_order(by_finding: Mapping[str, T]) -> dict[str, T]:
    """Return what is known by finding, the findings in the order of the lexicon; those that it lacks last, by name."""
    if len(by_finding) < 2:
        return dict(by_finding)
    return {finding: by_finding[finding] for finding in sorted(by_finding, key=_place)}


@functools.cache
def _place(finding: str) -> tuple[int, str]:
    places = _places()
    return places.get(finding, len(places)), finding


@functools.cache
def _places() -> Mapping[str, int]:
    return {name: place for place, name in enumerate(load_findings())}


@functools.cache
def lexicon_digest() -> str:
    """Return the fingerprint of the lexicon and the schemes."""
    summary = hashlib.blake2b(digest_size=8)
    for path in sorted(DATA.rglob("*.toml")):
        summary.update(path.relative_to(DATA).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return summary.hexdigest()

"""Reports that take back what they said: an addendum overrules the report, the final report a preliminary one.

What a later version says of a finding, present, absent or uncertain, holds; what it says nothing of stays as it was. The votes of
what it overrules stay as evidence, and speak for no more general finding.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from radmine.parse import makes_label, section_role
from radmine.records import Assertion

T = TypeVar("T")

PRELIMINARY, REPORT, FINAL, ADDENDUM = range(4)
PARTS = {PRELIMINARY: "preliminary", FINAL: "final", ADDENDUM: "addendum"}
"""As which part a version votes; the report itself votes as its own parts."""

TITLES = {REPORT: "report", FINAL: "final report", ADDENDUM: "addendum"}
"""What a version that overrules another is called."""

_ROLES = {"preliminary": PRELIMINARY, "final_report": FINAL, "addendum": ADDENDUM}
_VERSIONS = {f"rules:{part}": version for version, part in PARTS.items()}
# "No other fracture" takes back none.
_MORE = re.compile(r"\b(?:other|additional|further|new|more|another)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_BEFORE = 40  # characters before a mention
_SIDES = frozenset(("left", "right"))


class Said(NamedTuple, Generic[T]):
    """What an item of a report says of a finding, in which version and part of it."""

    version: int
    part: str
    finding: str
    assertion: Assertion
    side: str | None
    more: bool  # whether it speaks of others than were named before
    item: T


def overrules(voter: str) -> int:
    """Return the version that a voter speaks for: of the rules' votes on one report, those of the latest hold."""
    return _VERSIONS.get(voter, REPORT)


def has_versions(names: Iterable[str]) -> bool:
    """Return whether the names of a report's sections tell of several versions of it."""
    return any(map(_is_version, names))


@lru_cache(maxsize=4096)
def _is_version(name: str) -> bool:
    return section_role(name) in _ROLES


def versions_of(names: Sequence[str], empty: Sequence[bool]) -> list[int]:
    """Return of which version each section of a report is.

    A heading without words of its own ("FINAL REPORT") stands over the sections after it; so does an addendum under the
    report. What stands under an addendum on top is the report. A report that has no other version is no final one.

    Parameters
    ----------
    empty
        For each section whether it has no words of its own.
    """
    roles = [section_role(name) for name in names]
    versions: list[int] = []
    goes_on = REPORT
    reported = False
    for place, (role, nothing) in enumerate(zip(roles, empty, strict=True)):
        version = _ROLES.get(role)
        if version == ADDENDUM:
            above = nothing and _ROLES.get(roles[place + 1] if place + 1 < len(roles) else "") != ADDENDUM
            goes_on = ADDENDUM if above or reported else goes_on
        elif version == PRELIMINARY:
            goes_on = PRELIMINARY if nothing and "final_report" in roles[place:] else REPORT
        elif version == FINAL:
            goes_on = version = FINAL if reported else REPORT
        elif role == "original_report":
            version = goes_on = REPORT
        else:
            version = goes_on
            reported = reported or (version == REPORT and makes_label(names[place]) and not nothing)
        versions.append(REPORT if version is None else version)
    return versions


def speaks_of_more(text: str, start: int) -> bool:
    """Return whether words before a mention say that others are meant than were named before: "no other fracture"."""
    return _MORE.search(text, max(0, start - _BEFORE), start) is not None


def by_version(said: Sequence[Said[T]]) -> list[Said[T]]:
    """Return what is said, but as of the report itself what a later version denies without taking anything back.

    That is what it denies of others than were named before, or of one side where the report speaks of the other.
    """
    return [
        one._replace(version=REPORT, part="findings")
        if one.version > REPORT
        and one.assertion is Assertion.ABSENT
        and (one.more or _of_one_side(one, said))
        else one
        for one in said
    ]


def _of_one_side(one: Said[T], said: Iterable[Said[T]]) -> bool:
    return one.side in _SIDES and any(
        other.version < one.version
        and other.finding == one.finding
        and other.side not in {None, one.side}
        and other.assertion is not Assertion.ABSENT
        for other in said
    )

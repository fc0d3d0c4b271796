"""Reports that take back what they said: an addendum overrules the report, the final report a preliminary one.

What a later version says of a finding, present, absent or uncertain, holds; what it says nothing of stays as it was, and so does
what it denies or doubts of another lesion alone: at another site or side, of another kind. The votes of what it overrules stay as
evidence, and speak for no more general finding.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from radmine.findings import sites_above
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
# "No other fracture" takes back none, "possibly a second nodule" doubts none; "further views" are no further findings.
_NO_FINDING = (
    r"(?!(?:re)?(?:views?|reviews?|images?|imaging|studies|sequences|evaluation|inspection|analysis|discussion|consideration|information"
    r"|history|comparison|correlation|likely|probabl[ey]|consistent|suggestive|compatible|typical)\b)"
)
_MORE = re.compile(
    rf"\b(?:other|additional|further|new|more|another|separate|extra|superimposed|second|third)\s+{_NO_FINDING}(?:\w+\s+){{0,3}}$",
    re.IGNORECASE,
)
_ALSO = re.compile(r"\b(?:also|in addition|as well as)\b,?\s+(?:[\w-]+\s+){0,6}$", re.IGNORECASE)
# Kinds of a finding: who doubts or denies one says nothing of the finding itself.
_KIND = re.compile(
    r"\b(?:closed[- ]loop|strangulated|incarcerated|high[- ]grade|complete|pathologic(?:al)?|infected|h[ae]+morrhagic|ruptured|perforated|complicated)\b",
    re.IGNORECASE,
)
_BEFORE = 40  # characters before a mention
_KIND_BEFORE = 15
_GENERAL = frozenset(("lymph_node", "joint", "soft_tissue"))  # sites that are all over the body
_SIDES = frozenset(("left", "right"))


class Said(NamedTuple, Generic[T]):
    """What an item of a report says of a finding, in which version and part of it."""

    version: int
    part: str
    finding: str
    assertion: Assertion
    side: str | None
    site: str | None
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


def speaks_of_more(text: str, start: int, end: int, assertion: Assertion) -> bool:
    """Return whether a mention is of others than were named before, or of a kind of them: "no other fracture", "no closed loop obstruction".

    "Also" says so of what may be there, not of what is denied.
    """
    if assertion is Assertion.PRESENT:
        return False
    low = max(0, start - _BEFORE)
    return (
        _MORE.search(text, low, start) is not None
        or _KIND.search(text, max(0, start - _KIND_BEFORE), end) is not None
        or (assertion is Assertion.UNCERTAIN and _ALSO.search(text, low, start) is not None)
    )


def by_version(said: Sequence[Said[T]], above: Callable[[str], Iterable[str]]) -> list[Said[T]]:
    """Return what is said, but as of an earlier version what a later one denies or doubts without taking back what that says.

    That is what it says of others than were named before, or of one side or site where the report speaks of another.

    Parameters
    ----------
    above
        What is more general than a finding.
    """
    read = []
    for one in said:
        spared = [
            other.version
            for other in said
            if one.version > other.version
            and one.assertion.strength < other.assertion.strength
            and _stays(other, one, above)
        ]
        read.append(one._replace(version=spared[0], part=PARTS.get(spared[0], "findings")) if spared else one)
    return read


def _stays(before: Said[T], one: Said[T], above: Callable[[str], Iterable[str]]) -> bool:
    """Return whether something said before is not touched by what a later version denies or doubts, for it is of another lesion."""
    if before.finding != one.finding and one.finding not in above(before.finding):
        return False
    if one.more or (one.side in _SIDES and before.side not in {None, one.side}):
        return True
    site, whole = _site(before), _site(one)
    return site is not None and whole is not None and whole != site and whole not in sites_above()[site]


def _site(said: Said[T]) -> str | None:
    """Return the site at which something is said to be, None where the finding's name or its kind alone says it."""
    site = said.site
    return None if site is None or site in _GENERAL or site[:4] in said.finding else site

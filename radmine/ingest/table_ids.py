"""Ids as they were before a program made something else of them.

pandas writes a column of whole numbers with a gap as `12345.0`, others as `1.2345E+04` or `12,345`: where a column holds
nothing but numbers, they are whole again. `="00123"` and `'00123` keep a spreadsheet from making numbers of them.
"""

import re
from collections.abc import Iterable

FIELDS = ("report_id", "patient_id", "study_id", "accession_number", "series_id", "image_id", "study_date")
# What programs write for a missing value.
MISSING = frozenset(
    (
        "nan",
        "null",
        "none",
        "n/a",
        "na",
        "<na>",
        "#n/a",
        "\\n",
        "nat",
        "nil",
        "(null)",
        "[null]",
        "<null>",
        "undefined",
        "#name?",
        "#value!",
        "#ref!",
        "#null!",
        "#num!",
        "#div/0!",
    )
)
_SHIELDED = re.compile(r"=\"([^\"]*)\"|'(\w[\w./-]*)'?")
_DIGITS = re.compile(r"[-+]?\d+")
_WITH_ZERO = re.compile(r"([-+]?\d+)\.0*")
_POWER = re.compile(r"([-+]?\d)\.?(\d*)[eE]\+?(\d{1,2})")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,'\u2019\u00a0\u202f ]\d{3})+(?:\.0+)?")


def plain_id(value: str, *, whole: bool) -> str | None:
    """Return an id without what a program put around it, None where that says that there is none.

    Parameters
    ----------
    whole
        Whether its column holds whole numbers.
    """
    if value[0] in "='" and (found := _SHIELDED.fullmatch(value)):
        value = (found[1] or found[2] or "").strip()
    if not value or value.lower() in MISSING:
        return None
    return (_whole(value) or value) if whole else value


def holds_whole_numbers(values: Iterable[str]) -> bool:
    """Return whether a column holds nothing but whole numbers, and some are written otherwise."""
    found = [value for value in values if value.lower() not in MISSING]
    return not all(map(_DIGITS.fullmatch, found)) and all(map(_whole, found))


def loses_digits(values: Iterable[str]) -> bool:
    """Return whether a column has numbers of which digits are lost: `1.23E+11`."""
    return any(_POWER.fullmatch(value) and not _whole(value) for value in values)


def _whole(value: str) -> str | None:
    """Return a whole number as its digits, None where it is none or some of them are not written."""
    if _DIGITS.fullmatch(value):
        return value
    if found := _WITH_ZERO.fullmatch(value):
        return found[1]
    if found := _POWER.fullmatch(value):
        first, rest, power = found[1], found[2], int(found[3])
        return first + rest[:power] if len(rest) >= power and not rest[power:].strip("0") else None
    if _THOUSANDS.fullmatch(value):
        return re.sub(r"\D", "", value.partition(".")[0])
    return None

"""Columns of tables that list what is there, as `Effusion|Mass`: `is_listing`, `listed`, `scheme_of`."""

import re
from collections.abc import Iterable

from radmine.findings.names import SILENT, NameReader
from radmine.findings.schemes import schemes

_LISTS = ("findinglabels", "findinglabel", "labels")  # names of such columns, plain
_MARKS = re.compile(r"[|,;]")


def is_listing(column: str) -> bool:
    """Return whether a column of this name may list findings."""
    return re.sub(r"[\W_]+", "", column).lower() in _LISTS


def listed(text: str) -> list[str]:
    """Return what a cell lists.

    Examples
    --------
    >>> listed("Effusion|Mass")
    ['Effusion', 'Mass']
    """
    return [part for part in (p.strip() for p in _MARKS.split(text)) if part and part.lower() not in SILENT]


def scheme_of(cells: Iterable[str], reader: NameReader | None = None) -> str | None:
    """Return the label scheme that answers in lists: one of whose "No Finding" is in them, and that has all the rest.

    What a row does not list is then absent. "" where there is none, None where not all parts mean findings.
    """
    parts = {part for text in cells for part in listed(text)}
    reader = reader or NameReader(parts)
    if any(reader.read(part) is None and not reader.is_normal(part) for part in parts):
        return None
    whole = (n for n, s in schemes().items() if s.no_finding in parts and parts <= {*s.labels, s.no_finding})
    return next(whole, "")

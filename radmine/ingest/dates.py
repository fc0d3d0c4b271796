"""Dates as people and their systems write them: `iso_date`, `order_of`.

Year, month, day in this order, with or without `-`, `.`, `/` between; `D.M.YYYY`; a month's name in one of five languages.
Of `03/04/2022` and `03-04-2022` the column as a whole tells whether the day or the month comes first (`order_of`); where it
does not, they are not read, unless they can mean one day only. Nor are years of two digits: nobody knows the century, nor which of the three is the year.
A time may follow.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from radmine.ingest.composition import field_text

ORDERS = ("dmy", "mdy")  # day first, month first

_MONTHS = (
    "jan january januar jänner janvier enero januari ene",
    "feb february februar février fevrier fev fév febrero februari",
    "mar march märz maerz mär mrz mars marzo maart mrt",
    "apr april avril avr abril abr",
    "may mai mayo mei",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august août aout aoû agosto ago augustus",
    "sep sept september septembre septiembre",
    "oct october oktober okt octobre octubre",
    "nov november novembre noviembre",
    "dec december dezember dez décembre decembre déc diciembre dic",
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}

_END = r"(?:$|(?=[\sT,;Z+]))"
_YEAR_FIRST = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})(?:\D|$|\d{6})")
_YEAR_FIRST_SHORT = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})" + _END)
_NUMBERS = re.compile(r"(\d{1,2})(\. ?|[/-])(\d{1,2})\2(\d{4})" + _END)
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:\.|st|nd|rd|th|er)?[\s/-]*(?:de |of )?([^\W\d_]+)\.?[\s/,-]*(?:de )?(\d{4})" + _END
)
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.?[\s/-]*(\d{1,2})(?:st|nd|rd|th)?[\s,/-]+(\d{4})" + _END)


def iso_date(value: Any, *, order: str | None = None) -> str | None:
    """Return a date as `2011-03-28`, None where it is none or may be another day.

    Parameters
    ----------
    order
        Of day and month in `03/04/2022`: one of `ORDERS`; None: it is not known.
    """
    text = field_text(value) or ""
    match = _YEAR_FIRST.match(text)
    if match is not None:
        return _iso(*match.groups())
    if match := _NUMBERS.match(text):
        first, mark, second, year = match.groups()
        day_first, month_first = _iso(year, second, first), _iso(year, first, second)
        if mark[0] == "." or order == "dmy":
            return day_first
        if order == "mdy":
            return month_first
        found = {day_first, month_first} - {None}
        return found.pop() if len(found) == 1 else None
    if match := _YEAR_FIRST_SHORT.match(text):
        year, _, month, day = match.groups()
        return _iso(year, month, day)
    if match := _DAY_FIRST.match(text):
        day, name, year = match.groups()
    elif match := _MONTH_FIRST.match(text):
        name, day, year = match.groups()
    else:
        return None
    return _iso(year, _MONTH.get(name.lower(), 0), day)


def _iso(year: str, month: str | int, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def has_order(value: Any) -> bool:
    """Return whether a value is a date of which it must be known whether the day or the month comes first."""
    match = _NUMBERS.match(field_text(value) or "")
    return match is not None and match[2][0] != "."


def order_of(values: Iterable[Any]) -> str | None:
    """Return the order in which dates such as `31/01/2022` are written, None where none of them tells, or they differ."""
    found = set[str]()
    for value in values:
        match = _NUMBERS.match(field_text(value) or "")
        if match is not None and match[2][0] != ".":
            first, second = int(match[1]), int(match[3])
            if 12 < first <= 31 and second <= 12:
                found.add("dmy")
            elif 12 < second <= 31 and first <= 12:
                found.add("mdy")
    return found.pop() if len(found) == 1 else None

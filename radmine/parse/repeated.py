"""What parts the statements of a line because the line repeats it: "No mass¤Cardiomegaly¤No fracture", rows of a table."""

import re

from radmine.parse.openings import BREAK, ends_before, in_brackets, lower_before

DENIAL = re.compile(
    r"N(?:(?<=[^A-Za-z0-9\s.;:()\[\]]N)|(?<=[^A-Za-z0-9\s.;:()\[\]] N)|(?<=[.:]{2}N)|(?<=[.:]{2} N))(?:o|O|ot|egative) (?=[A-Za-z])"
)
"""A sign between a word and a denial with a capital: begins with the denial, which a search skips to."""

_SIGNS = re.compile(r"[^A-Za-z0-9\s()\[\]\"'\x1e]+")
_PLAIN = frozenset((".", ";", ":", "...", "…"))  # read elsewhere
_LONGEST = 5  # signs
_ROW = re.compile(
    r",(?<=[A-Za-z)],)[ \t]?(?=(?:yes|no|none|absent|present|negative|positive|y|n|not seen|true|false)[ \t]*(?:\n|$))",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?!(?:No|Not|There|Without|Negative)\b)[A-Z][A-Za-z]+(?:[ /-][A-Za-z]+){0,4}(?: \([a-z]+\))?"
)


def add_repeated(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the signs before a denial, and all like them in their line between a small letter and a capital."""
    done: set[tuple[int, str]] = set()
    for match in DENIAL.finditer(text):
        sign = _before(text, match.start())
        if sign is None:
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        if (line, sign) in done:
            continue
        done.add((line, sign))
        stop = text.find("\n", match.start())
        _add_like(text, sign, line, len(text) if stop < 0 else stop, marks)


def _before(text: str, at: int) -> str | None:
    """Return the signs that stand right before a place, after a word; None where they are none or read elsewhere."""
    high = at
    while high and text[high - 1] in " \t":
        high -= 1
    low = high
    while low and high - low <= _LONGEST and _SIGNS.match(text[low - 1]):
        low -= 1
    sign = text[low:high]
    if not sign or sign in _PLAIN or low == 0 or text[low - 1] in "\n([":
        return None
    if sign[-1] == "?" and high < at and text[low - 1] not in " \t":
        return None  # "Mass? No fracture."
    return sign


def _add_like(text: str, sign: str, line: int, stop: int, marks: list[tuple[int, int, str]]) -> None:
    at = text.find(sign, line, stop)
    while at >= 0:
        low, high = at, at + len(sign)
        while low > line and text[low - 1] in " \t":
            low -= 1
        while high < stop and text[high] in " \t":
            high += 1
        whole = (at == line or not _SIGNS.match(text[at - 1])) and not _SIGNS.match(
            text[at + len(sign) : at + len(sign) + 1]
        )
        fits = (
            whole
            and low > line
            and high < stop
            and text[high].isupper()
            and text[high + 1 : high + 2] in _SMALL
        )
        if fits and lower_before(text, low) and ends_before(text, low) and not in_brackets(text, line, low):
            marks.append((low, high, BREAK))
        at = text.find(sign, at + len(sign), stop)


_SMALL = frozenset("abcdefghijklmnopqrstuvwxyz ")


def add_rows(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the commas between a name and its answer that are all of a line: "Effusion, Yes"."""
    for match in _ROW.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        if _NAME.fullmatch(text, line, match.start()) is None:
            continue
        after = text[match.end() :].partition("\n")[2].lstrip()
        if not after or not after[0].islower():
            marks.append((match.start(), match.end(), ":"))

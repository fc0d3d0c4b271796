"""A finding in doubt before a colon, and what is seen of it behind: "Cholecystitis suspected: thick wall and stones."."""

import re

from radmine.findings import load_phrases
from radmine.parse.answers import starts_with_value
from radmine.parse.openings import BREAK

_DOUBTS = (
    "usp",
    "uestion",
    "oncern ",
    "ossible ",
    "robable ",
)  # a word of each doubt, whatever its first letter
_DOUBTED = re.compile(
    r".*\bsuspected\b.*|(?:(?:some|low|high|strong|mild) )?"
    r"(?:question of|suspicion (?:of|for)|concern (?:for|of)|questionable|possible|probable) .+",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"(?:(?:very |relatively )?(?:high|low)|moderate|intermediate|equivocal|minimal|(?:un)?likely)\b[ \t]*(?:[.,;\n]|$)",
    re.IGNORECASE,
)
# What says below a question on top what was found.
_ANSWERED = re.compile(
    r"\n[ \t#*_]*(?:findings?|report|impressions?|conclusions?|opinion|results?|comments?)\b", re.IGNORECASE
)
_MOST = 6  # words of a finding's name
_LONGEST = 70  # characters before the colon
_STOPS = (".", ";", ":", "\n", BREAK)


def add_doubts(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the stops for colons behind findings in doubt of which the line goes on to tell, unless it asks what a report answers below."""
    for doubt in _DOUBTS:
        at = text.find(doubt)
        while at >= 0:
            colon = text.find(": ", at, at + _LONGEST)
            if colon >= 0 and (sign := _sign(text, at, colon)) is not None:
                marks.append((colon, colon + 1, sign))
            at = text.find(doubt, at + 1)


def _sign(text: str, at: int, colon: int) -> str | None:
    """Return what stands for a colon behind a word of doubt: a stop, a blank before a degree of doubt, None: itself."""
    low = max(colon - _LONGEST, 0)
    begin = max([low - 1, *[text.rfind(sign, low, colon) for sign in _STOPS]]) + 1
    if begin > at or (begin == low > 0):
        return None
    value = colon + 2
    while text.startswith(" ", value):
        value += 1
    label = text[begin:colon].strip()
    if (
        _DOUBTED.fullmatch(label) is None
        or not text[value : value + 1].isalnum()
        or starts_with_value(text, value)
        or not _names_finding(label)
        or (not text[:begin].strip() and _ANSWERED.search(text, colon) is not None)
    ):
        return None
    return " " if _DEGREE.match(text, value) else "."


def _names_finding(label: str) -> bool:
    words, names = label.lower().replace("-", " ").split(), load_phrases()
    size = len(words)
    return any(
        " ".join(words[low:high]) in names
        for low in range(size)
        for high in range(low + 1, min(size, low + _MOST) + 1)
    )

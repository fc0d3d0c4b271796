"""A finding in doubt before a colon, and what is seen of it behind: "Cholecystitis suspected: thick wall and stones."."""

import re

from radmine.findings import load_phrases
from radmine.parse.answers import starts_with_value

_DOUBTS = (
    "uspected",
    "uspicion ",
    "uestion of ",
    "uestionable ",
    "oncern for ",
    "oncern of ",
    "ossible ",
    "robable ",
)
_DOUBTED = re.compile(
    r"(?:^|[.;:\n\x1e])[ \t]*(?P<label>(?=[^\n.;:\x1e]{6,70}:)(?:[^\n.;:\x1e]*\bsuspected\b[^\n.;:\x1e]*"
    r"|(?:(?:some|low|high|strong|mild) )?(?:question of|suspicion (?:of|for)|concern (?:for|of)|questionable|possible|probable) [^\n.;:\x1e]+))"
    r"(?P<colon>:)[ \t]+(?=[A-Za-z\d(])",
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


def may_doubt(text: str) -> bool:
    """Return whether a text may doubt a finding before a colon: a cheap test."""
    return any(doubt in text for doubt in _DOUBTS)


def add_doubts(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the stops for colons behind findings in doubt of which the line goes on to tell, unless it asks what a report answers below."""
    for match in _DOUBTED.finditer(text):
        if not _names_finding(match["label"]) or starts_with_value(text, match.end()):
            continue
        if match.start() == 0 and _ANSWERED.search(text, match.end()):
            continue
        sign = " " if _DEGREE.match(text, match.end()) else "."
        marks.append((*match.span("colon"), sign))


def _names_finding(label: str) -> bool:
    words, names = label.lower().replace("-", " ").split(), load_phrases()
    size = len(words)
    return any(
        " ".join(words[low:high]) in names
        for low in range(size)
        for high in range(low + 1, min(size, low + _MOST) + 1)
    )

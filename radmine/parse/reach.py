"""How far a denial reaches: what is denied of a finding, of another picture or of one side does not deny the finding."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from radmine.parse.data_files import load_data
from radmine.records import Span

_BREAK = re.compile(r"[,;:(]| (?:or|nor) ")
# Endings of words for what becomes or is a part of a thing: "cavitation", "narrowing", "growth".
_PART_ENDINGS = (
    "tion",
    "sion",
    "ment",
    "ing",
    "ness",
    "ance",
    "ence",
    "age",
    "ure",
    "ity",
    "sis",
    "th",
    "al",
)
_COMMON = 3  # spaces in the shortest stretch that ties one thing to another: " air in the "

_SHORT_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"
_MONTH = "january|february|march|april|june|july|august|september|october|november|december"
# What follows "not seen" where it speaks of another time ...
_NOW = r"(?:current|currently|today\S*|present|presently|this|compar\w+|as|than|since|and|but|which|that|or)"
_EARLIER = re.compile(
    rf" (?:(?:(?:{_MONTH}|{_SHORT_MONTH})\.? |\d\d?[/.](?:\d\d?[/.])?)?(?:19|20)\d\d\b(?![/-])|(?:on|in|at|by|from|during)(?: (?!{_NOW}\b)[^\s,;]+){{0,5}}?"
    rf" (?:prior|priors|previous|earlier|last|old|older|outside|ago|yesterday\S*|(?:19|20)\d\d|{_MONTH})\b"
    r"|(?:just |even |ever |\w+ (?:days?|weeks?|months?|years?) )?(?:before|previously|earlier|yesterday|ago|last (?:year|month|week|time))\b)"
    rf"(?! (?:or|and|nor) (?:on |in )?(?:the )?(?:current|present|today))"
)
# ... or of another picture.
_PICTURES = r"(?:image|slice|section|figure|picture|frame|panel|cut|level|plane)"
_OTHER_PICTURE = re.compile(
    rf" (?:here\b|(?:on|in|at) (?:this|these|other|another|adjacent|neighboring|the other|the remaining)(?: \w+)? {_PICTURES}s?\b)"
)
_PRINTED = ("shown", "pictured", "depicted", "displayed", "illustrated", "included", "imaged")
_AT = (" on", " in", " at", " by")
_DENIES = ("not ", "cannot ", "can not ", "could not ", "absent", "was absent", "were absent")
_IN_BRACKETS = re.compile(r"\((?:\w+ ){0,2}$")

_SIDE = re.compile(r"\b(left|right)(?: side| sided)?[:,=]? ?$")
_NONE = r"(?: side| sided)?[:,=]? ?(?:none|no|neg|negative|absent|nil|clear)\b"
_OTHER_SIDE = {
    "left": re.compile(rf"\bright\b(?!{_NONE})[:,=]? ?\w"),
    "right": re.compile(rf"\bleft\b(?!{_NONE})[:,=]? ?\w"),
}
_SINGULAR = re.compile(r"(?:is|has|was)\b")
_PLURAL = re.compile(r" (?:and|or|nor|/) ")
_SIZED = re.compile(
    r"\b(?:large|larger|huge|big|massive|extensive|moderate|small|tiny|mild|severe|new|stable|unchanged|increased|decreased|growing|enlarging)\b"
)
_ON_SIDE = re.compile(r" (?:on|in|at) the (left|right)\b")
_SUBJECT = re.compile(r"(?:, and|, while|,| and) (?:the|an?) (?!same )")

_SPECIFIC = re.compile(
    r"\b(?:left|right|bilateral|is|there|contains?|shows?|of|in|at|within|involving|measur\w+|mild|moderate|severe|small|tiny|trace|minimal|subtle|large|"
    r"extensive|new|stable|unchanged|increased|decreased|acute|chronic|old|healed|healing|known)\b|\d ?[mc]m\b",
    re.ASCII,
)
_SEVERAL = re.compile(r"\b(?:or|nor|both|either|neither|all|each|are|were|have)\b", re.ASCII)
_VERB = 5  # characters of the longest of these at the beginning of a denial

# What is not more is not there, where "increase" is among the words of a finding itself: "heart size is not increased".
_NO_INCREASE = re.compile(
    r"\b(no|not|without)(?: (?:significant|definite|obvious|clearly|significantly))?(?: an)? increase"
)
_BEFORE_INCREASE = 24


class _Ties(NamedTuple):
    """The words that tie what is denied to another thing."""

    pattern: re.Pattern[str]
    definite: re.Pattern[str]
    changes: frozenset[str]  # what happens to a finding, whether or not it is a definite one
    parts: frozenset[str]
    empty: frozenset[str]  # words that only say that a thing is there, not what


@functools.cache
def _ties() -> _Ties:
    data = load_data("assertion")["ties"]

    def one_of(name: str) -> str:
        return "|".join(map(re.escape, sorted(data[name], key=len, reverse=True)))

    definite = rf"(?:{one_of('definite')}) "
    word = rf"(?:and (?:the|these|this|those) |(?!(?:{one_of('stops')})\b)[^\s,;:]+ )"
    return _Ties(
        re.compile(
            rf"(?<![^\s])(?:(of)|(?:{one_of('locating')})|((?:{one_of('relating')})(?= {definite})))"
            rf" (?!(?:an?|any|no|either|other) )(?:(?:the|this|that|these|those) )?{word}{{0,6}}$"
        ),
        re.compile(definite),
        frozenset(data["changes"]),
        frozenset(data["parts"]),
        frozenset(data["empty"]),
    )


def tie_before(text: str, low: int, high: int, *, bare: bool = False, back: bool = False) -> int:
    """Return where the words begin that tie what is denied from `low` on to the thing at `high`, which is then not denied; else -1.

    "No gas within the abscess" denies gas; "no sign of the abscess" denies the abscess.

    Parameters
    ----------
    bare
        Whether nothing need stand between the denial and the tie ("does not extend into", "is not in the mass").
    back
        Whether the denial comes after the thing ("edema around the mass is not seen").
    """
    if text.count(" ", low, high) < _COMMON:
        return -1
    ties = _ties()
    for mark in _BREAK.finditer(text, low, high):
        low = mark.end() - 1
    stretch = text[low:high]
    match = ties.pattern.search(stretch)
    if match is None or (back and match[2]):
        return -1
    at = low + match.start()
    before = stretch[: match.start()].split()
    if not before:
        return at if bare else -1
    head = before[-1].strip("\"'().")
    if head.endswith("s") and not head.endswith(("ss", "sis")):
        head = head[:-1]
    if head in ties.empty:
        return -1
    if not match[1] or head in ties.changes:
        return at
    known = ties.definite.match(stretch, match.end(1) + 1) is not None
    return at if known and (head in ties.parts or head.endswith(_PART_ENDINGS)) else -1


# "No evidence that the effusion has resolved" denies what is said of the effusion, unless that is that it is there.
_THAT = re.compile(r"(?: [a-z]+){0,3} that (?:the|this|these|those|his|her|its|known)\b")
_SAID_OF = re.compile(
    r",?(?: [^\s,;.]+){0,6}? (?:(?:has|have|had|is|are|was|were) (?!(?:present|there|seen|real|genuine|identified|visible|due|a|an|the)\b)"
    r"|(?:extends?|invades?|involves?|crosses|communicates?|caused|causes|explains?|arises?|represents?|reaches|compress(?:es)?)\b)"
)


def denies_of(text: str, stop: int, first: int, end: int) -> bool:
    """Return whether a denial that ends at `stop` is of what is said of a thing from `first` to `end`: "no evidence that the mass has grown"."""
    low = max(0, stop - 5)
    if text.find(" that ", low, first) < 0:
        return False
    low = low if text.endswith(" that", 0, stop) else stop
    return _THAT.match(text, low, first) is not None and _SAID_OF.match(text, end) is not None


def tie_to_name(text: str, low: int, first: int, start: int, *, bare: bool) -> int:
    """Return where the words begin that tie what is said from `low` on to a thing whose words begin at `first` and its name at `start`; else -1."""
    tie = tie_before(text, low, first, bare=bare)
    return tie if tie < 0 or first == start or tie_before(text, low, start, bare=bare) >= 0 else -1


def labelled(text: str, low: int, high: int) -> bool:
    """Return whether a new label begins between two places ("no fracture lungs: nodule"), but "no sign of the following: X"."""
    colon = text.find(": ", low, high)
    return colon > low and not text.endswith(("following", " of", " for"), low, colon)


def of_another(text: str, start: int, stop: int, limit: int) -> bool:
    """Return whether "not seen" from `start` to `stop` speaks of another time or picture: "not seen before", "(not shown)"."""
    words = text[start:stop]
    if not words.startswith(_DENIES):
        return False
    if words.endswith(_AT):
        stop -= 3
    if words.endswith(_PRINTED) and _IN_BRACKETS.search(text, max(0, start - 30), start):
        return True
    return bool(_EARLIER.match(text, stop, limit) or _OTHER_PICTURE.match(text, stop, limit))


def of_one_side(text: str, begin: int, end: int, start: int, stop: int) -> bool:
    """Return whether an answer from `start` to `stop` is of one side only, and the other side has another: "right small, left none"."""
    side = _SIDE.search(text, end, start)
    name = side[1] if side else None
    if name is None:
        after = _ON_SIDE.match(text, stop)
        if after is None:
            return False
        name = after[1]
    return _OTHER_SIDE[name].search(text, begin) is not None


def has_own_subject(text: str, begin: int, end: int, start: int) -> bool:
    """Return whether the verb of a denial at `start` has a subject of its own after the thing that ends at `end`.

    "The mass grew, the edema has resolved": one thing is gone, by the verb, and it is the last; so also in "large mass, edema
    has resolved", but not in "mass, edema has resolved", a list.
    """
    if not _SINGULAR.match(text, start):
        verb = text.rfind(" ", begin, start - 1) + 1
        if verb < end or not _SINGULAR.match(text, verb):
            return False
        start = verb
    if text.find("(", end, start) >= 0:
        return False
    comma = text.rfind(",", end, start)
    between = text[comma + 1 : start].split() if comma >= 0 else []
    if comma >= 0 and len(between) < 2 and (not between or between[0] in {"now", "since", "also"}):
        return False  # ", previously large, has resolved"
    if _SUBJECT.search(text, end, start):
        return True
    return (
        comma >= 0
        and _SIZED.search(text, begin, comma) is not None
        and not _PLURAL.search(text, comma, start)
    )


def stands_before(text: str, begin: int, span: Span, at: int, named: Sequence[int]) -> bool:
    """Return whether a denial at `at` is of the last item alone, and what stands at `span`, in a clause from `begin` on, is told before it.

    "Fracture of the left rib, pneumothorax absent" and "diverticulosis, diverticulitis not seen" have the first; "pneumothorax,
    effusion, edema not seen" is one list of what is not there. `named` are the places where findings are named.
    """
    first, end = span
    last = text.rfind(",", end, at)
    if last < 0 or text[at - 1] != " " or not text[at - 2].isalnum():
        return False
    if not any(last < place < at for place in named):
        return False  # "nodule, previously 5 mm, not seen"
    ahead = text[begin:last]
    if text.startswith((", or ", ", nor ", ", and "), last) or _SEVERAL.search(text, last, at + _VERB):
        return False
    opened = max(begin, text.rfind(",", begin, first) + 1)
    if _SPECIFIC.search(text, opened, text.find(",", end)):
        return True
    return "," not in ahead and not _PLURAL.search(ahead)


def asks_of_another(text: str, end: int, mark: int) -> bool:
    """Return whether a question mark stands with words of its own in brackets: "mosaic pattern (small airways disease?)"."""
    opened = text.rfind("(", end, mark)
    return opened >= 0 and text.rfind(")", opened, mark) < 0 and bool(text[opened + 1 : mark].strip(" ?"))


def denied_increase(text: str, first: int, end: int) -> Span | None:
    """Return where the denial stands of an increase that is among the words of a finding, None where there is none."""
    if text.find("increase", first, end) < 0:
        return None
    denial = _NO_INCREASE.search(text, max(0, first - _BEFORE_INCREASE), end)
    return denial.span(1) if denial is not None and denial.end() > first else None

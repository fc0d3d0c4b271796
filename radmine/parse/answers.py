"""The fields of forms: what the value after a finding's name says of it."""

import functools
import re
from typing import NamedTuple

from radmine.parse.data_files import load_data
from radmine.records import Assertion, Span


class Answer(NamedTuple):
    """The value of a field."""

    assertion: Assertion | None  # None: it says nothing
    span: Span


_KINDS = {
    "absent": Assertion.ABSENT,
    "present": Assertion.PRESENT,
    "uncertain": Assertion.UNCERTAIN,
    "unknown": None,
}
_MARK = r"(?::|=+>?|->|→|\||\?+|\t| {3,}|[ \t][-–—]{1,2}[ \t])"
# What parts a field's name, of which more may stand after the finding, from its value.
_FIELD = re.compile(
    r"[^:=?|\t\n.,;+→-]{0,40}?(?:\([^()\n]{0,20}\)|,[ ]?(?:right|left|bilateral|any))?[\"'*_]*[ \t]*"
    rf"{_MARK}+[ \t\n]*(?:[\"'](?![\"'])|[*_]{{1,2}}(?=[A-Za-z]))?"
)
_SIGN = re.compile(
    r"(?: ?\(?(\+/-|-/\+|±|\+{1,3}|[-+]ve\b)\)?|\(?(-{1,2})\)?)(?=[,;.]|\s*$|\s+(?!(?:and|or|to)\b)[A-Za-z][A-Za-z ]{1,30}[-+±(]+(?:[,;.)\s]|$|[-+]))"
    r"|[ ](--?)(?=[,;.]|\s*$)"
)
_BOX = r"(?:[\[(<{][ _]?[xX✓✔✗*]?[ _]?[\])>}]|[☐☒☑□■✓✔✗])"
_CHOICE = re.compile(
    rf"{_BOX}[ ]?[A-Za-z/]+(?:[ ,/|;]+{_BOX}[ ]?[A-Za-z/]+)+|[A-Za-z/]++[ :]*+{_BOX}(?:[ ,/|;]+[A-Za-z/]+[ :]*{_BOX})+"
)
_ONE = re.compile(rf"({_BOX})|([A-Za-z/]+)")
_FULL = re.compile(r"[xX✓✔✗☒☑■*]")
_BRACKETED = re.compile(
    r"(?:[A-Za-z]++ ?/ ?)?[\[(<{]([A-Za-z]+)[\])>}](?: ?/ ?[A-Za-z]+)?(?=[ \t]*(?:[,;.|\t\n]|$))"
)
# A value in brackets without a mark before it ("[N]"), or an empty box; a full box that is all there is.
_ASIDE = re.compile(
    r"[ \t]?([\[(<{][ _]{0,3}([A-Za-z][A-Za-z/]+|[nNyYxX])?[ _]?[\])>}])(?=[ \t]*(?:[,;.|\t\n]|$))"
)
_ONE_BOX = re.compile(r"(?:[\[(<{][ _]?[xX✓✔*][ _]?[\])>}]|[☑✓✔■])(?=[ \t]*(?:[,;.|\t\n]|$))")
_SIGN_BEFORE = re.compile(
    r"(?<![\w)\]])[\[(]([-+]|[NnYy]|[Nn]o|NO|[Yy]es|YES)[)\]][ \t]?$|(?:(?<=[,;:.] )|(?<=^))([-+])[ \t]?$"
)
_DEGREE = re.compile(
    r"(?:small|tiny|trace|mild|minimal|moderate|large|severe|marked|stable|unchanged|new)\b", re.IGNORECASE
)
# No value, or a mark that stands for one.
_BLANK = (
    r"(?:\{[^{}\n]{0,40}\}|<{1,2}[^<>\n]{0,40}>{1,2}|([@$%])[\w ]{1,30}\1|\[[ *_.?-]{0,20}\]|\([ _]{0,3}\)"
    r"|\[(?:enter|select|choose|insert|type|fill|free|field|value|pick|click)[^\[\]\n]{0,30}\]|[\"']{2}|[☐□])"
)
_EMPTY = re.compile(
    r"[-_*.…=–—?~#@% ]*(?:$|(?=[A-Z][A-Za-z ,/()]{1,40}[:=?]))|[-_*–—.#]*+(?=[ \t]*[,;|])"
    rf"|{_BLANK}(?=[ \t]*(?:[,;.|\n]|$))"
)
# Where to look it up: "see CT". Who points at an image shows what is there.
_REFERS = re.compile(
    r"(?:(?:please|kindly|pls|also)[ ])?(?:see|refer(?:red)? to|as per|per|cf\.?|vide|(?:discussed|described|reported|detailed|covered)[ ](?:in|on|under|with|separately)"
    r"|defer(?:red)? to)\b(?![^.;\n]{0,40}\b(?:images?|figures?|fig|arrows?|series|slices?|key)\b)[\w /'&-]{0,50}(?=\.?\)?[ \t]*(?:[;|\n]|\.[ \t]|$))",
    re.IGNORECASE,
)
# "None", whatever follows: "none of note", but "none of them has grown", "none on the right, small on the left".
_NONE = re.compile(
    r"(none|nil)(?= (?!of (?:the|these|those|them|which)\b)"
    r"(?!(?:(?:on|in|at) )?(?:the )?(?:left|right)\b[^.;\n]*[,;] [^.;\n]*\b(?:left|right)\b)[a-z])",
    re.IGNORECASE,
)
_LABELLED_NONE = re.compile(r": ?(none|nil)\b", re.IGNORECASE)
_EMPTY_CELL = re.compile(
    r"(?:[-–—_*.?~#]+|\{[^{}\n]{0,40}\}|@[\w ]{1,30}@|\[[ *_.?-]{1,20}\])[ \t]*(?=[|\t\n]|$)"
)
_ENDS = r"(?=[\"'*_]{0,2}[ \t]*(?:[,;.|)}\]\n]|$| -|  |\t)|[\"'*_]{0,2}[ \t]+[A-Z\[(][A-Za-z ,/()]{1,40}?(?:[:=?|\[]| -))"


@functools.cache
def answer_words() -> dict[str, Assertion | None]:
    """Return what each value of a field says, None where that is nothing."""
    return {value: said for kind, said in _KINDS.items() for value in load_data("answers")[kind]}


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return the patterns of values that end their fields, by their first two characters; those of one by that."""
    longest_first = sorted(answer_words(), key=len, reverse=True)
    patterns: dict[str, re.Pattern[str]] = {}
    for first in {value[:2] for value in longest_first}:
        words = "|".join(re.escape(v) for v in longest_first if v.startswith(first) or v == first[0])
        patterns[first] = re.compile(rf"({words}){_ENDS}", re.IGNORECASE)
    return patterns


def _value(text: str, start: int) -> re.Match[str] | None:
    """Return the value that stands at a place, and ends its field."""
    first = text[start : start + 2].lower()
    pattern = _patterns().get(first) or _patterns().get(first[:1])
    return None if pattern is None else pattern.match(text, start)


@functools.cache
def _before_field() -> re.Pattern[str]:
    """Return the pattern of a field's value that another field follows in its line: "X: [ ] Y: small"."""
    words = "|".join(re.escape(value) for value in sorted(answer_words(), key=len, reverse=True))
    return re.compile(
        rf":[ \t]*(?:{_CHOICE.pattern}|{words}|{_BLANK}|[-_*–—?~#.]+)[.]?([ \t]+)(?=[A-Z][A-Za-z][A-Za-z ,/()-]{{1,40}}[:=?])",
        re.IGNORECASE,
    )


def ends_of_fields(text: str) -> list[Span]:
    """Return the blanks between a field's value and the name of the next in its line."""
    return [
        match.span(match.lastindex or 0)
        for match in _before_field().finditer(text)
        if text[match.end()].isupper()
    ]


def may_answer(text: str) -> bool:
    """Return whether a sentence may hold fields: a cheap test."""
    return (
        ":" in text
        or "?" in text
        or "=" in text
        or "+" in text
        or "- " in text
        or "-," in text
        or text.endswith("-")
        or "-." in text
        or "-ve" in text
        or "|" in text
        or "\t" in text
        or "   " in text
        or "[" in text
        or "(" in text
        or not text.isascii()
    )


def starts_with_value(text: str, start: int) -> bool:
    """Return whether the value of a field stands at a place, and ends it."""
    if text[start : start + 1] in {'"', "'"}:
        start += 1
    return _value(text, start) is not None or _one_of(text, start) is not None


def chooses(text: str, start: int) -> bool:
    """Return whether several boxes with their words stand at a place."""
    return _CHOICE.match(text, start) is not None


def is_cell(text: str, start: int) -> bool:
    """Return whether the value of a field stands at a place, or a mark for none, which is all that its cell holds."""
    return (
        starts_with_value(text, start)
        or (not text[start : start + 1].isalnum() and _EMPTY_CELL.match(text, start) is not None)
        or chooses(text, start)
    )


def gives_value(text: str, start: int) -> bool:
    """Return whether a field's value stands at a place: one we know, a choice, a mark for none, or a size or degree."""
    return (
        is_cell(text, start)
        or _DEGREE.match(text, start) is not None
        or (not text[start : start + 1].isalnum() and _EMPTY.match(text, start) is not None)
    )


def _one_of(text: str, start: int) -> tuple[str, Span] | None:
    """Return the value in brackets at a place, alone or as one of two."""
    one = _BRACKETED.match(text, start)
    if one is None or one[1].lower() not in answer_words():
        return None
    return one[1].lower(), one.span(1)


def find_answer(text: str, end: int) -> Answer | None:
    """Return the value of the field that is named by words which end here, None where they name none."""
    sign = _SIGN.match(text, end)
    if sign is not None:
        shown = sign[1] or sign[2] or sign[3]
        said = Assertion.UNCERTAIN if "/" in shown or shown == "±" else None
        said = said or (Assertion.PRESENT if shown[0] == "+" else Assertion.ABSENT)
        return Answer(said, sign.span(sign.lastindex or 0))
    aside = _ASIDE.match(text, end)
    if aside is not None and (aside[2] is None or aside[2].lower() in answer_words()):
        ticked = aside[2] is not None and aside[2] in "xX"
        said = Assertion.PRESENT if ticked else answer_words()[aside[2].lower()] if aside[2] else None
        return Answer(said, aside.span(1))
    field = _FIELD.match(text, end)
    if field is None:
        return None
    start = field.end()
    choice = _CHOICE.match(text, start)
    if choice is not None:
        return _chosen(choice)
    full = _ONE_BOX.match(text, start)
    if full is not None:
        return Answer(Assertion.PRESENT, full.span())
    one = _one_of(text, start)
    if one is not None:
        return Answer(answer_words()[one[0]], one[1])
    value = _value(text, start)
    if value is not None:
        return Answer(answer_words()[value[1].lower()], value.span(1))
    none = _NONE.match(text, start)
    if none is not None:
        return Answer(Assertion.ABSENT, none.span(1))
    refers = _REFERS.match(text, start)
    if refers is not None:
        return Answer(None, refers.span())
    empty = _EMPTY.match(text, start)
    if empty is not None and "?" not in text[end:start]:
        return Answer(None, (min(start, len(text) - 1), max(empty.end(), min(start, len(text) - 1) + 1)))
    return None


def find_answer_within(text: str, start: int, end: int) -> Answer | None:
    """Return the value that stands among a finding's own words: "nodes: none enlarged"."""
    if text.find(":", start, end) < 0 or (none := _LABELLED_NONE.search(text, start, end)) is None:
        return None
    return Answer(Assertion.ABSENT, none.span(1))


def find_answer_before(text: str, start: int) -> Answer | None:
    """Return the value that stands before the name that begins here: "[N] Effusion", "(+) nodes, (-) ascites"."""
    if start == 0 or text[start - 1] not in " \t)]+-":
        return None
    sign = _SIGN_BEFORE.search(text, max(0, start - 12), start)
    if sign is None:
        return None
    shown = (sign[1] or sign[2]).lower()
    if sign[2] and ("+" not in text or "-" not in text):
        return None  # one sign alone is the mark of an item
    said = Assertion.PRESENT if shown in {"+", "y", "yes"} else Assertion.ABSENT
    return Answer(said, sign.span(sign.lastindex or 0))


def _chosen(choice: re.Match[str]) -> Answer:
    """Return what the full boxes among several say."""
    parts = list(_ONE.finditer(choice[0]))
    boxes, words = parts[0 if parts[0][1] else 1 :: 2], parts[1 if parts[0][1] else 0 :: 2]
    said = {
        answer_words().get(word[2].lower(), Assertion.PRESENT)
        for box, word in zip(boxes, words, strict=False)
        if word[2] and _FULL.search(box[0])
    }
    span = choice.span()
    if not said:
        return Answer(None, span)
    return Answer(said.pop() if len(said) == 1 else Assertion.UNCERTAIN, span)

"""Alternatives between names: "atelectasis or pneumonia", "atelectasis, aspiration versus pneumonia", "atelectasis/pneumonia".

Convention: names of what something is that was seen are uncertain, all of their list, and what they explain is there: "opacity,
atelectasis or pneumonia" leaves the opacity. Words that tell what is seen are `observed` and `seen_things` in `data/assertion.toml`.
Where nothing is explained, "or", "and/or" and a slash between two findings leave both there, as those who code reports do with
"scarring or atelectasis in the left base" and "edema/effusion"; "versus" never does. Nor is there an alternative where something
denies both, or between a finding and a more general one: "no edema or effusion", "cyst or simple cyst".
"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from radmine.findings import ancestors
from radmine.parse.data_files import load_data
from radmine.records import Span

_OR = re.compile(r",? (?:and/or|or|versus|vs\.?) (?!without )|(?<=[a-z]{3})(?: / |/)(?=[a-z]{3})")
# With one of these before it in its clause, "or" says "and": "no effusion or edema", "any change in A or B".
_JOINS = re.compile(
    r"\b(?:no|not|nor|neither|without|never|none|absence|lack|free|clear|negative|cannot|can't|isn't|aren't|any|if|whether|change"
    r"|unchanged|stable|excludes?|excluded|exclude|removal|resolved|resolution|new|worsening|rather|either way|risk|evaluate)\b"
)
# What may not stand between a name and "or": another statement, another part of this one, words that were masked.
_BREAK = re.compile(
    r"[,;:()?\[\]_*]|xxx|\. | (?:and|or|with|without|but|which|that|is|are|was|were|has|have|due|from|consistent|compatible|represent\w*"
    r"|suggest\w*|concerning|suspicious|likely|causing|secondary|associated|related|versus|vs|to|for|by|than) "
)
_WORD = re.compile(r"[a-z]+")
_LEFT, _RIGHT, _LISTED = (
    7,
    4,
    3,
)  # words at most between the left name and "or", "or" and the right one, and two of a list


class Choice(NamedTuple):
    """The mark of an alternative and what it joins."""

    mark: Span
    names: tuple[Span, ...]  # of the findings


@functools.cache
def _seen() -> frozenset[str]:
    words = load_data("assertion")["words"]
    return frozenset((*words["observed"], *words["seen_things"]))


def may_choose(text: str) -> bool:
    """Return whether a folded sentence may hold an alternative."""
    return " or " in text or "/" in text or " vs" in text or " versus " in text


def find_choices(text: str, named: Mapping[Span, Sequence[str]]) -> list[Choice]:
    """Return the alternatives of a folded sentence between the findings named in it."""
    spans = sorted(named)
    choices: list[Choice] = []
    joined = _joined_from(text)
    for mark in _OR.finditer(text):
        low, high = mark.span()
        if low >= joined:
            break
        left: Span | None = None
        right: Span | None = None
        for span in spans:
            if span[1] <= low:
                left = span
            elif span[0] >= high:
                right = span
                break
        if left is not None and _apart(text[left[1] : low], _LEFT):
            left = None
        if right is not None and _apart(text[high : right[0]], _RIGHT):
            right = None
        known = left or right
        if known is None or _JOINS.search(text, _begin(text, min(known[0], low)), low):
            continue
        if left is None or right is None:  # the other has a name that we do not know
            first = low if left is None else left[0]
            if not _explains(text, first, _LEFT):
                continue
        elif _same(named[left], named[right]):
            continue
        names = [right] if right is not None else []
        if left is not None:
            names += _listed(text, spans, left)
        if left is None or "v" in mark[0] or _explains(text, names[-1][0]):
            choices.append(Choice((low, high), tuple(names)))
    return choices


def _joined_from(text: str) -> int:
    """Return from where on "or" says "and" in a text that is one statement, as far as punctuation tells; else its end."""
    if ";" in text or ". " in text or " but " in text or " however " in text:
        return len(text)
    if text.startswith("no "):
        return 2
    word = _JOINS.search(text)
    return len(text) if word is None else word.end()


def _listed(text: str, spans: list[Span], last: Span) -> list[Span]:
    """Return the names of a list, from its last back to its first: not what is seen, which the list explains."""
    names = [last]
    for span in reversed([span for span in spans if span[1] <= last[0]]):
        gap = text[span[1] : names[-1][0]]
        if not gap.startswith(", ") or _apart(gap[1:], _LISTED):
            break
        if text[span[0] : span[1]].rpartition(" ")[2] in _seen():
            break
        names.append(span)
    return names


def _explains(text: str, at: int, words: int = _LISTED) -> bool:
    """Return whether the names that begin at a place say what something is that was seen: "opacity, likely A or B"."""
    begin = _begin(text, at)
    low = max(text.rfind(",", begin, at), text.rfind(":", begin, at), text.rfind("(", begin, at))
    if low < begin or _apart(text[low + 1 : at], words):
        return False
    return not _seen().isdisjoint(_WORD.findall(text, begin, low))


def _begin(text: str, at: int) -> int:
    """Return where the statement begins in which a name stands, as far as punctuation tells."""
    begin = text.rfind(";", 0, at)
    begin = max(begin, text.rfind(". ", begin + 1, at))
    begin = max(begin, text.rfind(" but ", begin + 1, at))
    return max(begin, text.rfind(" however ", begin + 1, at)) + 1


def _apart(gap: str, words: int) -> bool:
    """Return whether more stands between two things than words that describe them."""
    return gap.count(" ") > words or _BREAK.search(f"{gap} ") is not None


def _same(first: Sequence[str], second: Sequence[str]) -> bool:
    """Return whether two names are of one finding, or one's is of a more general finding than the other's."""
    return any(a == b or a in ancestors(b) or b in ancestors(a) for a in first for b in second)

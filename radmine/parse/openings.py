"""What opens a statement and what asks for more: the words by which the end of one is known."""

import functools
import re

from radmine.parse.data_files import load_data
from radmine.parse.text import FILLER

BREAK = "\x1e"
"""What ends a statement within its line; `plain_space` leaves none of a text's own."""

DENIES_LIST = re.compile(
    r"\b(?:no|without|negative for|absent|evidence|pertinent negatives|none|denies|differential(?: diagnosis)?|ddx)\b(?:(?!   )[^\n:.]){0,60}:\s*$",
    re.IGNORECASE,
)
"""What ends before a list of which something is said as a whole."""

_WORD = re.compile(r"[A-Za-z]+")


@functools.cache
def words_of_kind(*names: str) -> frozenset[str]:
    """Return the words of some lists of `breaks.toml`."""
    return frozenset(word for name in names for word in load_data("breaks")[name])


def opens(text: str, at: int, *names: str) -> bool:
    """Return whether a word of some lists stands at a place."""
    word = _WORD.match(text, at)
    return word is not None and word[0].lower() in words_of_kind(*names)


def opens_statement(text: str, at: int) -> bool:
    """Return whether a word that opens a statement stands at a place."""
    return opens(text, at, "denying", "sizing") or (text[at].isupper() and opens(text, at, "naming"))


def _before(text: str, end: int) -> str:
    word = text[max(0, end - 30) : end].rsplit(" ", 1)[-1]
    if word.isalpha():
        return word
    low = end
    while low and low > end - 30 and (text[low - 1].isalpha() or text[low - 1] in "'" + FILLER):
        low -= 1
    return text[low:end]


def lower_before(text: str, end: int) -> bool:
    """Return whether the word before a place begins without a capital, or is one of capitals alone."""
    word = _before(text, end)
    return not word or word[0].islower() or word.isupper()


def ends_before(text: str, end: int) -> bool:
    """Return whether a statement may end at a place: its last word asks for no more, and was written otherwise."""
    word = _before(text, end)
    return word.lower() not in _holding()


@functools.cache
def _holding() -> frozenset[str]:
    """Return the words to which what follows belongs."""
    return words_of_kind("holding").union(load_data("assertion")["clauses"]["modifiers"]) - {
        "seen",
        "evident",
        "evidenced",
        "visible",
    }


def in_brackets(text: str, begin: int, mark: int) -> bool:
    """Return whether a bracket was opened shortly before and not closed."""
    low = max(begin, mark - 60)
    for opening, closing in ("()", "[]"):
        opened = text.rfind(opening, low, mark)
        if opened >= 0 and opened > text.rfind(closing, low, mark):
            return True
    return False

"""A text as it is read: its characters mended, its markup read, its statements parted; character for character."""

import functools
import re

from radmine.findings import load_phrases
from radmine.parse.breaks import with_breaks
from radmine.parse.characters import mend_characters
from radmine.parse.markup import without_markup
from radmine.parse.text import FILLER, plain_space

# What may part a word: a test by its mark, which is quick, before the whole pattern.
_PARTED = re.compile(r"[-\u00ad\u2010](?<=[A-Za-z]{2}.)(?: |[ \t\r]*\n[ \t]*)[a-z]{2}")
_HYPHENATED = re.compile(r"\b([A-Za-z]{2,20})([-\u00ad\u2010](?:[ \t\r]*\n[ \t]*| ))([a-z]{2,20})\b")


# What a caption points at: "pericardial (dashed arrow) and pleural effusion (arrows)".
_POINTED = re.compile(
    r" \((?:[A-Za-z]+[ -]){0,4}(?:arrows?|arrow ?heads?|asterisks?|stars?)(?: [a-z]{1,3})?\)", re.IGNORECASE
)


def plain_text(text: str) -> str:
    """Return a text as its sections and sentences are looked for; offsets are those of the text itself."""
    return with_breaks(_unmarked(text))


def unmarked_text(text: str) -> str:
    """Return a text with its characters mended and blanks for its markup; offsets are those of the text itself."""
    return _unmarked(text).replace(FILLER, " ")


def _unmarked(text: str) -> str:
    text = mend_characters(text)
    if ("-" in text or not text.isascii()) and _PARTED.search(text):
        text = _HYPHENATED.sub(_joined, text)
    if "(" in text and ("arrow" in text or "sterisk" in text or "star" in text):
        text = _POINTED.sub(_blank, text)
    return without_markup(plain_space(text))


def _blank(match: re.Match[str]) -> str:
    return FILLER * (match.end() - match.start())


@functools.cache
def _words() -> frozenset[str]:
    """Return every word of the findings' names."""
    return frozenset(word for phrase in load_phrases() for word in phrase.split())


def _joined(match: re.Match[str]) -> str:
    """Return a word that a line's end parts, in one where we know it so."""
    first, gap, last = match.groups()
    word = f"{first}{last}".lower()
    known = word in _words() and not (first.lower() in _words() and last in _words())
    return f"{first}{FILLER * len(gap)}{last}" if known else match[0]

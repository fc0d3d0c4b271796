"""The reading of a text: one kind of white space, then, for the look-up of phrases, lower case; offsets are kept."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection
from typing import NamedTuple

from radmine.parse.data_files import load_data

# White space besides blanks, tabs and new lines: what ends a line, what stands between words, what has no width.
_BREAKS = "\x0c\x85\u2028\u2029"
_BLANKS = "\x0b\x1c\x1d\x1e\x1f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_NO_WIDTH = "".join(
    chr(code)
    for low, high in (
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x180E, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
    )
    for code in range(low, high + 1)
)
WHITE = f" \t\r\n{_BREAKS}{_BLANKS}{_NO_WIDTH}"
"""All that looks empty."""

FILLER = "\ufff9"
"""What stands where a text is read with fewer characters: it is no part of any word, and parts none."""


def padded(meant: str, room: int) -> str:
    """Return what so many characters are read as: within a word with fillers after it, elsewhere with blanks."""
    filler = FILLER if meant.isalnum() or meant in "'\"‘’“”" else " "
    return meant + filler * (room - len(meant)) if len(meant) <= room else " " * room


_LAYOUT = re.compile(f"[{_BREAKS}{_BLANKS}{_NO_WIDTH}]")
_TO_PLAIN = {**dict.fromkeys(map(ord, _BREAKS), "\n"), **dict.fromkeys(map(ord, _BLANKS), " ")}
_PAGE_AT_LINE = re.compile(r"(?<=\n)\x0c|\x0c(?=\r?\n)")
_UNSEEN = re.compile(f"[{_NO_WIDTH}]+")

_SPACES = dict.fromkeys((*range(9, 14), *range(28, 33), 133, 160, 8232, 8233, 8239, 8287, 12288), " ")
_HYPHENS = dict.fromkeys((45, 173, *range(8192, 8214), 8722), " ")
_QUOTES = {0x2018: "'", 0x2019: "'"}
_FOLD = {**_SPACES, **_HYPHENS, **_QUOTES}
_RUN = re.compile(" {2,}")
# Characters that a word is read without, or of which it is read as others: those of no width, marks over letters,
# letters with such marks, ligatures, full-width letters, letters of mathematics.
_DROPPED = re.compile(f"[{_NO_WIDTH}{FILLER}\u0300-\u036f]")
_ODD = re.compile(
    f"[{_NO_WIDTH}{FILLER}\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]"
)


def plain_space(text: str) -> str:
    """Return a text with blanks and new lines for all other white space, character for character.

    Form feeds and the line ends of Unicode end a line, except beside a new line, as at the top of a page; so do carriage
    returns in a text that has no new line. What has no width is a part of its word, elsewhere a blank: a line that looks
    empty is empty.
    """
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    if text.isascii():
        # One by one: six times as fast as a pattern, and most texts have none.
        if not (
            "\x0c" in text
            or "\x0b" in text
            or "\x1c" in text
            or "\x1d" in text
            or "\x1e" in text
            or "\x1f" in text
        ):
            return text
    elif not _LAYOUT.search(text):
        return text
    if "\x0c" in text:
        text = _PAGE_AT_LINE.sub(" ", text)
    text = text.translate(_TO_PLAIN)
    return text if text.isascii() else _UNSEEN.sub(_seen, text)


def _seen(run: re.Match[str]) -> str:
    """Return what stands for characters without width: themselves within a word, else blanks."""
    start, end = run.span()
    text = run.string
    within = start and end < len(text) and text[start - 1].isalnum() and text[end].isalnum()
    return run[0] if within else " " * (end - start)


class _Words(dict[int, int]):
    """What `str.translate` makes of a character: itself where it belongs to a word, else a space."""

    def __missing__(self, code: int) -> int:
        return code if chr(code).isalnum() else 32


_WORDS = _Words()
_ASCII = bytes(range(256)).decode("latin-1")
_ASCII_FOLD = _ASCII.lower().translate(_FOLD).encode("latin-1")
_ASCII_WORDS = _ASCII.translate(_WORDS).encode("latin-1")
_ASCII_LINES = _ASCII_WORDS[:10] + b"\n" + _ASCII_WORDS[11:]
_ASCII_LOW_WORDS = _ASCII_FOLD.translate(_ASCII_WORDS)


class Folded(NamedTuple):
    """A folded text, and for each of its characters where it stands in the text it was made of."""

    text: str
    # The same parted at spaces and punctuation: two of them in a row have an empty word between.
    words: list[str]
    # None: the same offsets.
    origin: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that a span of the folded text stands for."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1

    def position(self, offset: int) -> int:
        """Return the place in the folded text of an offset into the original."""
        if self.origin is None:
            return offset
        return bisect_left(self.origin, offset)


def fold(text: str) -> Folded:
    """Return a text in lower case with hyphens and white space read as single spaces; "(-)", which denies, as "(~)"."""
    if not text.isascii() and _ODD.search(text):
        return _fold_plain(text)
    return _fold(text)


def _fold(text: str) -> Folded:
    """Return a text without odd characters folded."""
    if "(-)" in text:
        text = text.replace("(-)", "(~)")
    if text.isascii():  # the same by tables of bytes, which is several times as fast
        encoded = text.encode("ascii").translate(_ASCII_FOLD)
        if b"  " not in encoded:
            words = encoded.translate(_ASCII_WORDS).decode("ascii").split(" ")
            return tuple.__new__(Folded, (encoded.decode("ascii"), words, None))
        folded = encoded.decode("ascii")
    else:
        lowered = text.lower()
        if len(lowered) != len(text):  # "İ" has a longer lower case
            lowered = "".join(low if len(low := c.lower()) == 1 else c for c in text)
        folded = lowered.translate(_FOLD)
        if "  " not in folded:
            return Folded(folded, words_of(folded), None)
    origin: list[int] = []
    parts: list[str] = []
    at = 0
    for run in _RUN.finditer(folded):
        parts.append(folded[at : run.start() + 1])
        origin.extend(range(at, run.start() + 1))
        at = run.end()
    parts.append(folded[at:])
    origin.extend(range(at, len(folded)))
    single = "".join(parts)
    return Folded(single, words_of(single), origin)


def _fold_plain(text: str) -> Folded:
    """Return a text folded after its odd characters are made plain, with offsets into the text itself."""
    double: dict[str, str] = load_data("characters")["double"]
    parts: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if _ODD.match(character):
            plain = double.get(character) or unicodedata.normalize("NFKD", character)
            character = _DROPPED.sub("", plain)
        parts.append(character)
        places.extend([at] * len(character))
    folded = _fold("".join(parts))
    origin = places if folded.origin is None else [places[at] for at in folded.origin]
    return Folded(folded.text, folded.words, origin)


def ascii_words(text: str) -> list[str]:
    """Return the words of a text of ASCII, in lower case, as folding reads them."""
    return text.encode("ascii").translate(_ASCII_LOW_WORDS).decode("ascii").split()


_DIGIT = re.compile("[0-9]")


def has_digit(text: str) -> bool:
    """Return whether a text has a digit in it."""
    if text.isascii():  # without them it is as long: three times as fast as a pattern
        return len(text.encode("ascii").translate(None, b"0123456789")) != len(text)
    return _DIGIT.search(text) is not None


def words_of(text: str) -> list[str]:
    """Return a folded text parted at spaces and punctuation."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII_WORDS).decode("ascii").split(" ")
    return text.translate(_WORDS).split(" ")


def words_of_all(texts: Collection[str]) -> list[str]:
    """Return folded texts of one line each with spaces for punctuation: all at once, several times as fast."""
    whole = "\n".join([text if text.isascii() else "" for text in texts])
    lines = whole.encode("ascii").translate(_ASCII_LINES).decode("ascii").split("\n") if texts else []
    for place, text in enumerate(texts):
        if not text.isascii():
            lines[place] = " ".join(words_of(text))
    return lines

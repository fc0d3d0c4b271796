"""The reading of a text on which phrases are looked up: lower case, one kind of space, offsets kept."""

import re
import unicodedata
from bisect import bisect_left
from typing import NamedTuple

_SPACES = dict.fromkeys((*range(9, 14), *range(28, 33), 133, 160, 8232, 8233, 8239, 8287, 12288), " ")
_HYPHENS = dict.fromkeys((45, 173, *range(8192, 8214), 8722), " ")
_QUOTES = {0x2018: "'", 0x2019: "'"}
_FOLD = {**_SPACES, **_HYPHENS, **_QUOTES}
_RUN = re.compile(" {2,}")
# Characters that a word is read without, or of which it is read as others: soft hyphens, ligatures, full-width letters.
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_ODD = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\ufb00-\ufb06\uff01-\uff5e]")


class _Words(dict[int, int]):
    """What `str.translate` makes of a character: itself where it belongs to a word, else a space."""

    def __missing__(self, code: int) -> int:
        return code if chr(code).isalnum() else 32


_WORDS = _Words()
_ASCII = bytes(range(256)).decode("latin-1")
_ASCII_FOLD = _ASCII.lower().translate(_FOLD).encode("latin-1")
_ASCII_WORDS = _ASCII.translate(_WORDS).encode("latin-1")


class Folded(NamedTuple):
    """A folded text, and for each of its characters where it stands in the text it was made of."""

    text: str
    # The same with spaces for punctuation, and a space before and after: a word has spaces around it.
    words: str
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
    if "(-)" in text:
        text = text.replace("(-)", "(~)")
    if text.isascii():  # the same by tables of bytes, which is several times as fast
        encoded = text.encode("ascii").translate(_ASCII_FOLD)
        if b"  " not in encoded:
            words = encoded.translate(_ASCII_WORDS).decode("ascii")
            return tuple.__new__(Folded, (encoded.decode("ascii"), f" {words} ", None))
        folded = encoded.decode("ascii")
    else:
        if _ODD.search(text):
            return _fold_plain(text)
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
    parts: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if _ODD.match(character):
            character = "" if character in _INVISIBLE else unicodedata.normalize("NFKC", character)
        parts.append(character)
        places.extend([at] * len(character))
    folded = fold("".join(parts))
    origin = places if folded.origin is None else [places[at] for at in folded.origin]
    return Folded(folded.text, folded.words, origin)


def words_of(text: str) -> str:
    """Return a folded text with spaces for punctuation, and one more before and after it."""
    if text.isascii():
        return f" {text.encode('ascii').translate(_ASCII_WORDS).decode('ascii')} "
    return f" {text.translate(_WORDS)} "

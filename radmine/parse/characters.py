"""Characters that were broken on their way, read as what they were."""

import functools
import re

from radmine.parse.data_files import load_data
from radmine.parse.text import FILLER, padded

# The bytes that follow the first of a character in UTF-8, as Windows or Latin-1 show them.
_FOLLOWING = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(f"(?:[\u00c2-\u00f4][{_FOLLOWING}]{{1,3}})+|ï¬(?=[a-z])|Â(?=\\s|$)")
_WINDOWS = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}
_TO_BYTE = {shown: code for code, shown in _WINDOWS.items() if shown != "\ufffd"}
_HALVES = {"ï¬": "fi", "Â": " "}  # the last byte was lost
_WORD = re.compile(r"\w+")
_BEFORE_T = re.compile("[\"?*^_'\x1a\ufffd] ?[tT]\\b")  # what may be left of "n't"


@functools.cache
def _singles() -> dict[int, str]:
    """Return what stands for single characters, wherever they stand."""
    data = load_data("characters")
    return {ord(c): "'" for c in data["apostrophes"]} | {
        ord(c): meant for c, meant in data["windows"].items()
    }


@functools.cache
def _odd() -> re.Pattern[str]:
    return re.compile("[" + re.escape("".join(map(chr, _singles()))) + "]")


@functools.cache
def _alike() -> tuple[re.Pattern[str], dict[int, str]]:
    table = {ord(c): meant for c, meant in load_data("characters")["alike"].items()}
    return re.compile("[" + "".join(map(chr, table)) + "]"), table


@functools.cache
def _contraction() -> re.Pattern[str]:
    stems = "|".join(load_data("characters")["contracted"])
    return re.compile(
        rf"\b(?:{stems})n(â€.?|[\"?*^_\x1a\ufffd]{{1,3}}|''|\\'| ?' |\ ')(?=t\b)", re.IGNORECASE
    )


def mend_characters(text: str) -> str:
    """Return a text with what broken characters were, character for character; what is left over is a filler."""
    if not text.isascii():
        if _MOJIBAKE.search(text):
            text = _MOJIBAKE.sub(_decoded, text)
        if _odd().search(text):
            text = text.translate(_singles())
        alike, _ = _alike()
        if alike.search(text):
            text = _WORD.sub(_of_one_alphabet, text)
    elif "`" in text:
        text = text.replace("`", "'")
    broken = "'" in text or "?" in text or "\x1a" in text or 'n"t' in text or not text.isascii()
    if broken and (_BEFORE_T.search(text) or "â€" in text):
        text = _contraction().sub(_apostrophe, text)
    return text


def _decoded(match: re.Match[str]) -> str:
    """Return what characters of UTF-8 were before they were shown as those of another code."""
    shown = match[0]
    if shown in _HALVES:
        return _HALVES[shown]
    read = shown
    for _ in range(2):  # some are broken twice
        try:
            read = bytes(_TO_BYTE.get(c, ord(c)) for c in read).decode("utf-8")
        except ValueError:
            break
    return padded(read, len(shown))


def _of_one_alphabet(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(_alike()[1]) if re.search("[A-Za-z]", word) else word


def _apostrophe(match: re.Match[str]) -> str:
    return match[0][: -len(match[1])] + "'".rjust(len(match[1]), FILLER)

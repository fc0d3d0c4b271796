"""Where a statement ends within its line: at bars, bullets, arrows and wide blanks, at numbers of a list, at capitals.

What parts two statements becomes `BREAK`, what parts a name from its value a colon, the mark of an item blanks.
"""

import functools
import re
import string

from radmine.parse.answers import chooses, ends_of_fields, is_cell, starts_with_value
from radmine.parse.data_files import load_data
from radmine.parse.doubts import add_doubts
from radmine.parse.numbered import RUN_ON, add_numbers, may_number
from radmine.parse.openings import (
    BREAK,
    DENIES_LIST,
    ends_before,
    in_brackets,
    lower_before,
    opens,
    opens_statement,
    words_of_kind,
)
from radmine.parse.repeated import DENIAL, add_repeated, add_rows

_BULLETS = "".join(load_data("breaks")["bullets"])
# Marks that may part statements: some wherever they stand, some beside a blank or before a capital.
_HARD = f"|{_BULLETS}·~→⇒»\t—"
_SOFT = r"/>*+^#–=_&\\\-"
_SOFT_MARKS = "/>*+^#=_&\\-"  # those of ASCII
_BROKEN = (
    r"(?!(?<=#) ?(?:[LR]|left|right|LEFT|RIGHT|distal|proximal|shaft|neck|NOF)\b)"  # "# L NOF": a fracture
)
_PARTS = (
    rf"(?<=[{_HARD}])|(?<=[{_SOFT}]){_BROKEN}(?:(?=[ \t])|(?<=[ \t].)|(?=[A-Z])(?<=[a-z.;:?].)|(?=[{_SOFT}]))"
)
# Each pattern begins with a set, which its search skips to.
_MARK = re.compile(
    rf"[{_HARD}{_SOFT}](?:(?<=\|)(?:[ \t]*\|)*|(?:{_PARTS})[{_HARD}{_SOFT}]*(?:[ \t]?[{_BULLETS}~/>*+^#\t–—-]+)*)"
)
_WIDE = re.compile(r"  (?<=[A-Za-z)\].;:]  ) *(?=\S)")
_LEADER = re.compile(r"(?:\.{3,}+|·{3,}+|_{3,}+|…++|-{3,}+)")
_ASKED = re.compile(r"\?(?=[\"')]?\s+\S)")
# A bracket around a statement of its own.
_ASIDE = re.compile(
    r"[(\[](?=[a-zA-Z])(?i:(?<=.)(no|without|small|mild|moderate|large|tiny|trace|minimal) )(?=[a-z]{3})(?!or |and )"
)
_DENIED = re.compile(r"\b(?:no|not|without|negative|absent|denies)\b", re.IGNORECASE)
_COLON_OR_SEMICOLON = re.compile(r"[:;.\n] ?")
_LIST = 2000  # characters of a line in which a list goes on
_ITEM_WORD = re.compile(r"[A-Za-z][a-z-]*+(?!\d)")  # "L4" is a place in "L2 - L4"


@functools.cache
def _openings() -> tuple[str, str]:
    """Return the first letters of words with a capital that open a statement after one without, and what must follow."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words_of_kind("denying", "sizing", "naming"), key=len, reverse=True):
        if len(word) > 1:
            by_letter.setdefault(word[0].upper(), []).append(word[1:])
    words = "|".join(f"(?<={first})(?:{'|'.join(rest)})\\b" for first, rest in sorted(by_letter.items()))
    return "".join(by_letter), rf"(?<=[A-Za-z] .)(?:{words})(?=[ ,.])"


@functools.cache
def _shape() -> bytes:
    """Return what stands for each byte in a text's shape: "a" a letter, "A" a capital that may open a statement, "B" another.

    "|" is a mark that parts statements wherever it stands, "-" one that may, "+" any other sign; blanks and new lines stay.
    """
    letters, _ = _openings()
    shape = bytearray(b"+" * 256)
    for code in range(128):
        sign = chr(code)
        if sign.isalpha():
            shape[code] = ord("a" if sign.islower() else "A" if sign in letters else "B")
        elif sign in _HARD or sign in _SOFT_MARKS:
            shape[code] = ord("|" if sign in _HARD else "-")
        elif sign in " \n":
            shape[code] = code
    return bytes(shape)


@functools.cache
def _capital() -> re.Pattern[str]:
    """Return the pattern of a word with a capital that opens a statement."""
    letters, words = _openings()
    return re.compile(f"[{letters}]{words}")


_FIELDS = re.compile(r":(?<=[A-Za-z)]:)[^:\n]{0,40}[ \t][A-Z][A-Za-z ,/()-]{2,40}:")
_COMMA_ROW = re.compile(
    r",[ \t]?(?i:yes|no|none|absent|present|negative|positive|y|n|not seen|true|false)[ \t]*(?:\n|$)"
)
_WORDS = f"{string.ascii_letters} \t".encode()
_MARKS = re.compile(rf"[|~{re.escape(_SOFT_MARKS)}]")
_TWO_COLONS = re.compile(r":[^:\n]*+:")
_STOP_AND_NUMBER = re.compile(r"\.[0-9]{1,2}[.)]")
_OPENS = re.compile(b" Aa(?<=[aAB] Aa)")  # in a shape: a capital that may open a statement, after a word


def with_breaks(text: str) -> str:
    """Return a text whose statements end in `BREAK` where something else than a stop or a line's end parts them."""
    marks: list[tuple[int, int, str]] = []
    encoded, odd = text.encode("ascii", "replace"), not text.isascii()
    # What most texts have none of is looked for in what is left without letters and blanks: a few characters.
    signs = encoded.translate(None, _WORDS).decode("ascii")
    if ":" in signs:
        add_doubts(text, marks)
    if "?" in signs:
        marks.extend((m.start(), m.end(), ":") for m in _ASKED.finditer(text) if _answered(text, m))
    if odd or "---" in signs or "___" in signs or "..." in text:
        for match in _LEADER.finditer(text):
            if sign := _leads_to(text, match):
                marks.append((match.start(), match.end(), sign))
    shape = encoded.translate(_shape())
    if odd or (("\t" in text or _MARKS.search(signs)) and _may_mark(shape)):
        _add_marks(text, marks)
    if _OPENS.search(shape):
        _add_capitals(text, shape, marks)
    if "  " in text:
        for match in _WIDE.finditer(text):
            _add_wide(text, match, marks)
    if "(" in signs or "[" in signs:
        for match in _ASIDE.finditer(text):
            _add_aside(text, match, marks)
    if ";" in signs and ":" in signs:
        _add_semicolons(text, marks)
    if may_number(text, encoded):
        add_numbers(text, marks)
    if ("No " in text or "NO " in text or "Not " in text) and DENIAL.search(text):
        add_repeated(text, marks)
    if _TWO_COLONS.search(signs) and _FIELDS.search(text):
        marks.extend((start, end, BREAK) for start, end in ends_of_fields(text))
    if (",\n" in signs or signs.endswith(",")) and _COMMA_ROW.search(text):
        add_rows(text, marks)
    if _STOP_AND_NUMBER.search(signs):
        marks.extend((m.start(1), m.end(), BREAK) for m in RUN_ON.finditer(text))
    return _rewritten(text, marks) if marks else text


def _add_capitals(text: str, shape: bytes, marks: list[tuple[int, int, str]]) -> None:
    """Add the blanks before a capital that opens a statement."""
    for place in _OPENS.finditer(shape):
        start = place.start() + 1
        if _capital().match(text, start) and lower_before(text, start - 1) and ends_before(text, start - 1):
            marks.append((start - 1, start, BREAK))


def _may_mark(shape: bytes) -> bool:
    """Return whether a mark between statements may stand in a text of this shape."""
    if b"|" in shape:
        return True
    at = shape.find(b"-")
    while at >= 0:
        if shape[at + 1 : at + 2] in _BESIDE or (at > 0 and shape[at - 1 : at] == b" "):
            line = shape.rfind(b"\n", 0, at) + 1
            if shape[line:at].strip(b" "):  # else it is the mark of an item
                return True
        at = shape.find(b"-", at + 1)
    return False


_BESIDE = frozenset((b" ", b"A", b"B", b"-"))  # what may stand after a mark


def _rewritten(text: str, marks: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, sign in sorted(marks):
        if start < at:
            continue
        parts.append(text[at:start])
        parts.append(sign.ljust(end - start))
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _answered(text: str, match: re.Match[str]) -> bool:
    """Return whether what follows a question is its answer alone."""
    at = match.end()
    while at < len(text) and text[at] in "\"') \t\n":
        at += 1
    if match.start() == 0 or not text[match.start() - 1].isalnum():
        return False
    return starts_with_value(text, at) or chooses(text, at)


_DENIERS = frozenset(("no", "not", "without"))


def _leads_to(text: str, match: re.Match[str]) -> str | None:
    """Return what stands for dots: a colon before a name's value in the same line, an end before another statement."""
    start, end = match.span()
    low = text.rfind("\n", max(0, start - 60), start) + 1 or max(0, start - 60)
    name = text[low:start].rstrip(" \t")
    if name[-7:].lower().rpartition(" ")[2] in _DENIERS:
        return " "
    if len(name) < 3 or not (name[-1].isalnum() or name[-1] == ")") or not ends_before(name, len(name)):
        return None
    while end < len(text) and text[end] in " \t":
        end += 1
    if end == len(text) or text[end] == "\n":
        return ":" if match[0][0] == "_" or len(match[0]) > 3 else None
    if starts_with_value(text, end) and len(name) < 58:
        return ":"
    if text[end].isupper():
        return BREAK if lower_before(name, len(name)) else None
    return (
        ":" if len(match[0]) > 3 and match[0][0] != "_" and text[end].isalpha() and len(name) < 58 else None
    )


def _add_marks(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the marks between statements: bars, bullets, arrows, dashes."""
    listed = -1  # until where a list goes on that something is said of as a whole
    used: set[str] = set()  # what has parted statements
    item, items = "", -1  # the mark of its items in a list that runs on, and until where
    for match in _MARK.finditer(text):
        start, end = match.span()
        mark = match[0].replace(" ", "")
        low, high = start, end
        while low and text[low - 1] in " \t":
            low -= 1
        while high < len(text) and text[high] in " \t":
            high += 1
        if mark[0] in _BULLETS and text.startswith("??", high):  # what an odd bullet has left
            while high < len(text) and text[high] in "? \t":
                high += 1
            end = max(end, high - 1)
        if low == 0 or text[low - 1] == "\n":  # at the beginning of its line, an item's mark
            if mark[0] == "|":
                marks.append((low, high, ""))
            elif mark[0] in _BULLETS:
                marks.append((start, end, "-"))
            continue
        if high == len(text) or text[high] == "\n":  # at its end
            if mark[0] == "|":
                empty = _EMPTY_CELL.match(text, start) is not None and text[low - 1].isalnum()
                marks.append((low, high, f":{BREAK}" if empty else BREAK))
            elif mark[0] == "\t" and mark.strip("\t") and text[low - 1].isalpha():
                marks.append((low, text.index(mark.lstrip("\t")[0], start), ":"))  # "Pneumothorax <tab> ***"
            elif mark in used:
                marks.append((low, high, " "))
            continue
        if in_brackets(text, max(0, low - 60), low):
            continue
        if start < listed and not opens_statement(text, high):
            marks.append((low, high, ","))
            continue
        if text[low - 1] == ":" and (
            mark[0] in _BULLETS or (mark in _ITEMS and (high > end or text[high].isupper()))
        ):
            line = text.find("\n", high, high + _LIST)
            item, items = mark, high + _LIST if line < 0 else line
            if DENIES_LIST.search(text, max(0, low - 80), low):
                listed = items
            marks.append((low, high, " "))
            used.add(mark)
            continue
        if start < items and mark == item and low < start and text[high].isupper():
            sign: str | None = BREAK
        else:
            sign = _sign(text, mark, start, end, low, high)
        if sign is not None:
            marks.append((low, high, sign))
            if sign == BREAK:
                used.add(mark)


_ITEMS = frozenset(("*", "-", "+", ">", "–", "—", "#", ">>", "->", "→", "--", "~", "·", "=>"))


def _sign(text: str, mark: str, start: int, end: int, low: int, high: int) -> str | None:
    """Return what stands for a mark between words: the end of a statement, a colon before a value, None: itself."""
    spaced = low < start and high > end
    before, after = text[low - 1], text[high]
    first = mark[0]
    arrow = mark in _ARROWS
    if before == ":" and first in "|\t":
        return None if first == "\t" else " "
    if _valued(text, low, high):
        return ":" if first in "|\t" or arrow else None
    if first == "|" and _EMPTY_CELL.match(text, start):
        return f":{BREAK}"
    if first == "|" or first in _BULLETS:
        return BREAK
    if not (_ITEM_WORD.match(text, high) or after in "([\"'"):
        return None
    capital = after.isupper()
    if before in ".;" and first not in "/=_&" and (capital or not spaced):
        return (
            BREAK if text[max(low - 3, 0) : low - 1].isalpha() or before == ";" else None
        )  # "1. <tab> Mass"
    if before in ":,(" or not ends_before(text, low) or _SIDE_ALONE.match(text, high):
        return None
    if first == "\t":
        return BREAK
    if mark == "//" or first in "~·":
        return BREAK if spaced or capital else None
    fresh = opens_statement(text, high)
    if arrow and mark != ">":
        return BREAK if capital or fresh else None
    begins = capital and lower_before(text, low) and text[high + 1 : high + 2].islower()
    if spaced:
        if first in "/=+&":
            return BREAK if fresh and (first != "&" or capital) else None
        return BREAK if begins or (fresh and mark != ">") else None
    # "No effusion/No mass", "pneumothorax-Small effusion", "pneumothorax- Small effusion"
    if len(mark) > 1 or not begins or (low < start and first in "/-#"):
        return None
    return BREAK if first in "—^*" or opens(text, high, "denying", "sizing") else None


# A side that ends its line: "XR KNEE - LEFT".
_SIDE_ALONE = re.compile(r"(?:left|right|bilateral|both)[ \t]*(?:[.:,]|\n|$)", re.IGNORECASE)
_ARROWS = frozenset((">", "->", "-->", "=>", "==>", ">>", ">>>", "→", "⇒", "»"))
_EMPTY_CELL = re.compile(r"\|[ \t]+\|")


def _valued(text: str, low: int, high: int) -> bool:
    """Return whether a name stands before a place and its value after it."""
    return (text[low - 1].isalpha() or text[low - 1] in ")?") and is_cell(text, high)


def _add_aside(text: str, match: re.Match[str], marks: list[tuple[int, int, str]]) -> None:
    """Add the brackets around a statement: one that denies beside one that does not, or the other way round."""
    start = match.start()
    close = text.find(")" if text[start] == "(" else "]", start, start + 100)
    low = start
    while low and low > start - 200 and text[low - 1] not in ".;\n" and text[low - 1] != BREAK:
        low -= 1
    before = text[low:start].rstrip(" \t-–—")
    start, before = low + len(before), before.strip()
    denies = match[1].lower() in words_of_kind("denying")
    if close < 0 or not ends_before(text, start) or text.startswith((" or ", " nor ", ", or "), close + 1):
        return
    if before and denies == (_DENIED.search(before) is not None):
        return
    marks.append((start, match.start() + 1, BREAK))
    marks.append((close, close + 1, BREAK))


def _add_semicolons(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the commas that semicolons are in a list of which something is said as a whole."""
    listed = -1
    last = text.rfind(";")
    colon = text.find(":", 0, last)
    while colon >= 0 and DENIES_LIST.search(text, max(0, colon - 80), colon + 1) is None:
        colon = text.find(":", colon + 1, last)
    if colon < 0:
        return
    for match in _COLON_OR_SEMICOLON.finditer(text, colon):
        at = match.start()
        if text[at] == ":":
            if DENIES_LIST.search(text, max(0, at - 80), at + 1):
                listed = at
        elif text[at] != ";" or at - listed > _LIST:
            listed = -_LIST - 1
        elif listed >= 0 and match.end() < len(text) and not opens_statement(text, match.end()):
            marks.append((at, at + 1, ","))


def _add_wide(text: str, match: re.Match[str], marks: list[tuple[int, int, str]]) -> None:
    """Add wide blanks between statements."""
    start, end = match.span()
    before = text[start - 1]
    if not before.isalpha() and before not in ")]":
        return
    if end - start > 2 and _valued(text, start, end):
        marks.append((start, end, ":"))
    elif not ends_before(text, start) or in_brackets(text, max(0, start - 60), start):
        return
    elif (
        opens_statement(text, end) if end - start == 2 else text[end].isupper() or opens_statement(text, end)
    ):
        marks.append((start, end, BREAK))

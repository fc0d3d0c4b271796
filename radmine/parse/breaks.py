"""Where a statement ends within its line: at bars, bullets, arrows and wide blanks, at numbers of a list, at capitals.

What parts two statements becomes `BREAK`, what parts a name from its value a colon, the mark of an item blanks.
"""

import functools
import re
import unicodedata

from radmine.parse.answers import is_cell, starts_with_value
from radmine.parse.data_files import load_data
from radmine.parse.text import FILLER

BREAK = "\x1e"
"""What ends a statement within its line; `plain_space` leaves none of a text's own."""

_BULLETS = "".join(load_data("breaks")["bullets"])
# Marks that may part statements: some wherever they stand, some beside a blank or before a capital.
_HARD = f"|{_BULLETS}·~→⇒»\t—"
_SOFT = r"/>*+^#–=_&\\\-"
_PARTS = rf"(?<=[{_HARD}])|(?<=[{_SOFT}])(?:(?=[ \t])|(?<=[ \t].)|(?=[A-Z])(?<=[a-z.;:?].)|(?=[{_SOFT}]))"
# Each pattern begins with a set, which its search skips to.
_MARK = re.compile(
    rf"[{_HARD}{_SOFT}](?:(?<=\|)(?:[ \t]*\|)*|(?:{_PARTS})[{_HARD}{_SOFT}]*(?:[ \t]?[{_BULLETS}~/>*+^#\t–—-]+)*)"
)
_WIDE = re.compile(r"  (?<=[A-Za-z)\].;:]  ) *(?=\S)")
_LEADER = re.compile(r"(?:\.{3,}+|·{3,}+|_{3,}+|…++|-{3,}+)")
_ASKED = re.compile(r"\?(?=[\"')]?\s+\S)")
# A number before an item: "(1)", "#2", "3-", "4/", "No. 5", "b)", "ii.".
_NUMBER = re.compile(
    r"(?<![\w/,&-])(?<!\d\.)(?P<before>[(\[#]|[Nn]o\. ?)?(?P<n>\d{1,2}|[ivxIVX]{1,4}|[a-hA-H])(?P<after>[.)\]:/-]{1,2}| -(?= )|(?<=\d)(?= ?[A-Z]))(?=\s*[A-Za-z])"
    r"|[①-⑳⓪❶-❿⑴-⒇⒈-⒛]"
)
# What the second of a list looks like where it is no item in a line of its own, nor follows a stop: most texts have none.
_SECOND = re.compile(
    r"[2②❷⑵⒉](?:(?<=[②❷⑵⒉])|(?<![A-Za-z0-9/,.:-].)(?:(?<!\n.)(?<![.\n] .)(?:[.)\]:]{1,2}(?!\d))|[/-](?!\d)| -|(?= ?[A-Z])|(?<=#.)))"
)
_SECOND_LETTER = re.compile(r"\b(?:[bB]|ii|II)[.)\]](?!\w)")
_RUN_ON = re.compile(r"\.(?<=[A-Za-z)].)(\d{1,2}[.)])(?= ?[A-Z])")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_OPEN = re.compile(
    r"\b(?:no|without|negative for|absent|evidence|pertinent negatives|none|denies|differential(?: diagnosis)?|ddx)\b[^\n:.]{0,60}:\s*$",
    re.IGNORECASE,
)
_LIST = 2000  # characters of a line in which a list goes on
_WORD = re.compile(r"[A-Za-z]+")
_ITEM_WORD = re.compile(r"[A-Za-z][a-z-]*+(?!\d)")  # "L4" is a place in "L2 - L4"


@functools.cache
def _set(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in load_data("breaks")[name])


@functools.cache
def _openings() -> tuple[str, str]:
    """Return the first letters of words with a capital that open a statement after one without, and what must follow."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(_set("denying", "sizing", "naming"), key=len, reverse=True):
        if len(word) > 1:
            by_letter.setdefault(word[0].upper(), []).append(word[1:])
    words = "|".join(f"(?<={first})(?:{'|'.join(rest)})\\b" for first, rest in sorted(by_letter.items()))
    return "".join(by_letter), rf"(?<=[A-Za-z] .)(?:{words})(?=[ ,.])"


@functools.cache
def _first() -> re.Pattern[str]:
    """Return the pattern of what may part statements."""
    letters, words = _openings()
    return re.compile(rf"[{_HARD}{_SOFT}{letters}](?:{_PARTS}|{words})")


@functools.cache
def _capital() -> re.Pattern[str]:
    """Return the pattern of a word with a capital that opens a statement."""
    letters, words = _openings()
    return re.compile(f"[{letters}]{words}")


def _may_number(text: str) -> bool:
    """Return whether a text may hold a list whose items run on."""
    if ("2" in text or not text.isascii()) and _SECOND.search(text):
        return True
    lettered = "b." in text or "B." in text or "ii." in text or "II." in text
    if not lettered and ")" in text:
        lettered = "b)" in text or "B)" in text or "ii)" in text or "II)" in text
    return lettered and _SECOND_LETTER.search(text) is not None


def with_breaks(text: str) -> str:
    """Return a text whose statements end in `BREAK` where something else than a stop or a line's end parts them."""
    marks: list[tuple[int, int, str]] = []
    if "?" in text:
        marks.extend((m.start(), m.end(), ":") for m in _ASKED.finditer(text) if _answered(text, m))
    if "..." in text or "---" in text or ("_" in text and "___" in text) or not text.isascii():
        for match in _LEADER.finditer(text):
            if sign := _leads_to(text, match):
                marks.append((match.start(), match.end(), sign))
    found = _first().search(text)
    if found is not None:
        if _MARK.search(text):
            _add_marks(text, marks)
        for match in _capital().finditer(text):
            start = match.start()
            if _lower_before(text, start - 1) and _ends_before(text, start - 1):
                marks.append((start - 1, start, BREAK))
    if "  " in text:
        for match in _WIDE.finditer(text):
            _add_wide(text, match, marks)
    if _may_number(text):
        _add_numbers(text, marks)
    if "." in text:
        marks.extend((m.start(1), m.end(), BREAK) for m in _RUN_ON.finditer(text))
    return _rewritten(text, marks) if marks else text


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
    while text[at] in "\"') \t\n":
        at += 1
    return match.start() > 0 and text[match.start() - 1].isalnum() and starts_with_value(text, at)


def _leads_to(text: str, match: re.Match[str]) -> str | None:
    """Return what stands for dots: a colon before a name's value in the same line, an end before another statement."""
    start, end = match.span()
    low = text.rfind("\n", max(0, start - 60), start) + 1 or max(0, start - 60)
    name = text[low:start].rstrip(" \t")
    if len(name) < 3 or not (name[-1].isalnum() or name[-1] == ")") or not _ends_before(name, len(name)):
        return None
    while end < len(text) and text[end] in " \t":
        end += 1
    if end == len(text) or text[end] == "\n":
        return ":" if match[0][0] == "_" or len(match[0]) > 3 else None
    if starts_with_value(text, end) and len(name) < 58:
        return ":"
    if text[end].isupper():
        return BREAK if _lower_before(name, len(name)) else None
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
        if start < listed and not _fresh(text, high):
            marks.append((low, high, ","))
            continue
        if text[low - 1] == ":" and (
            mark[0] in _BULLETS or (mark in _ITEMS and (high > end or text[high].isupper()))
        ):
            line = text.find("\n", high, high + _LIST)
            item, items = mark, high + _LIST if line < 0 else line
            if _OPEN.search(text, max(0, low - 80), low):
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
    if before in ":,(" or not _ends_before(text, low):
        return None
    if first == "\t":
        return BREAK
    if mark == "//" or first in "~·":
        return BREAK if spaced or capital else None
    fresh = _fresh(text, high)
    if arrow and mark != ">":
        return BREAK if capital or fresh else None
    begins = capital and _lower_before(text, low) and text[high + 1 : high + 2].islower()
    if spaced:
        if first in "/=+&":
            return BREAK if fresh and (first != "&" or capital) else None
        return BREAK if begins or (fresh and mark != ">") else None
    # "No effusion/No mass", "pneumothorax-Small effusion", "pneumothorax- Small effusion"
    if len(mark) > 1 or not begins or (low < start and first in "/-#"):
        return None
    return BREAK if first in "—^*" or _opens(text, high, "denying", "sizing") else None


_ARROWS = frozenset((">", "->", "-->", "=>", "==>", ">>", ">>>", "→", "⇒", "»"))
_EMPTY_CELL = re.compile(r"\|[ \t]+\|")


def _opens(text: str, at: int, *names: str) -> bool:
    word = _WORD.match(text, at)
    return word is not None and word[0].lower() in _set(*names)


def _fresh(text: str, at: int) -> bool:
    """Return whether a word that opens a statement stands at a place."""
    return _opens(text, at, "denying", "sizing") or (text[at].isupper() and _opens(text, at, "naming"))


def _before(text: str, end: int) -> str:
    low = end
    while low and low > end - 30 and (text[low - 1].isalpha() or text[low - 1] in "'" + FILLER):
        low -= 1
    return text[low:end]


def _lower_before(text: str, end: int) -> bool:
    """Return whether the word before a place begins without a capital, or is one of capitals alone."""
    word = _before(text, end)
    return not word or word[0].islower() or word.isupper()


def _ends_before(text: str, end: int) -> bool:
    """Return whether a statement may end at a place: its last word asks for no more, and was written otherwise."""
    word = _before(text, end)
    return word.lower() not in _set("holding")


def _valued(text: str, low: int, high: int) -> bool:
    """Return whether a name stands before a place and its value after it."""
    return is_cell(text, high) and (text[low - 1].isalpha() or text[low - 1] in ")?")


def _add_wide(text: str, match: re.Match[str], marks: list[tuple[int, int, str]]) -> None:
    """Add wide blanks between statements."""
    start, end = match.span()
    before = text[start - 1]
    if not before.isalpha() and before not in ")]":
        return
    if end - start > 2 and _valued(text, start, end):
        marks.append((start, end, ":"))
    elif not _ends_before(text, start) or in_brackets(text, max(0, start - 60), start):
        return
    elif _fresh(text, end) if end - start == 2 else text[end].isupper() or _fresh(text, end):
        marks.append((start, end, BREAK))


def _add_numbers(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Add the numbers of lists that run on within a line, in order from the first."""
    lists: dict[tuple[str, str, str], list[tuple[int, int, int]]] = {}
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        number = match["n"]
        if number is None:
            kinds = [("o", int(unicodedata.numeric(match[0])))]
        elif number.isdigit():
            kinds = [("1", int(number))]
        else:
            kinds = [("a" if number.islower() else "A", ord(number.lower()) - 96)] if len(number) == 1 else []
            if number.lower() in _ROMAN:
                kinds.append(("i" if number.islower() else "I", _ROMAN[number.lower()]))
        for kind, value in kinds:
            key = kind, (match["before"] or "").lower(), match["after"] or ""
            of_kind = lists.setdefault(key, [])
            if value == 1 and _may_begin(text, start, end, key):
                if len(of_kind) > 1:
                    _number(text, of_kind, marks, key)
                of_kind[:] = [(1, start, end)]
            elif of_kind and value == of_kind[-1][0] + 1:
                of_kind.append((value, start, end))
    for key, of_kind in lists.items():
        if len(of_kind) > 1:
            _number(text, of_kind, marks, key)


def _may_begin(text: str, start: int, end: int, key: tuple[str, str, str]) -> bool:
    """Return whether a list may begin at a place."""
    low = start
    while low and text[low - 1] in " \t":
        low -= 1
    marked = key[0] == "o" or (key[1] in {"#", "("} and key[2] != "")
    return not low or text[low - 1] in "\n:.;-" or (marked and text[end : end + 3].lstrip()[:1].isupper())


def _number(
    text: str,
    numbers: list[tuple[int, int, int]],
    marks: list[tuple[int, int, str]],
    key: tuple[str, str, str],
) -> None:
    """Add the numbers of one list."""
    known = key[1] in {"", "("} and key[2][-1:] in {".", ")", ":"} and key[0] != "i"
    first = numbers[0][1]
    whole = _OPEN.search(text, max(0, first - 80), first) is not None
    for value, start, end in numbers:
        if known and (start == 0 or text[start - 1] == "\n"):
            continue  # an item in a line of its own
        at = end
        while at < len(text) and text[at] in " \t":
            at += 1
        sign = BREAK
        if whole and at < len(text) and not _fresh(text, at):
            sign = "," if value > 1 else " "
        marks.append((start, at, sign))


def in_brackets(text: str, begin: int, mark: int) -> bool:
    """Return whether a bracket was opened shortly before and not closed."""
    low = max(begin, mark - 60)
    for opening, closing in ("()", "[]"):
        opened = text.rfind(opening, low, mark)
        if opened >= 0 and opened > text.rfind(closing, low, mark):
            return True
    return False

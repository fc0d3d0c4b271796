"""Lists that run on within a line: where their numbers stand, whatever their notation."""

import re
import unicodedata

from radmine.parse.openings import BREAK, DENIES_LIST, opens_statement

# A number before an item: "(1)", "#2", "3-", "4/", "No. 5", "b)", "ii.".
_NUMBER = re.compile(
    r"(?<![\w/,&-])(?<!\d\.)(?P<before>[(\[#<{]|[Nn]o\. ?)?(?P<n>\d{1,2}|[ivxIVX]{1,4}|[a-hA-H])"
    r"(?P<after>[.)\]:/°,;>}-]{1,2}|\ufe0f?\u20e3| [-).\]](?= )|(?<=\d)(?= ?[A-Z]))(?=\s*[A-Za-z])"
    r"|[①-⑳⓪❶-❿⑴-⒇⒈-⒛]"
)
# What the second of a list looks like where it is no item in a line of its own, nor follows a stop: most texts have none.
_AFTER_TWO = (
    r"(?<![A-Za-z0-9/,.:-].)(?:(?<!\n.)(?<![.\n] .)(?:[.)\]:°,;>}\ufe0f\u20e3]{1,2}(?!\d))|[/-](?!\d)| [-).\]] |(?= ?[A-Z])|(?<=#.))"
    r"|(?<=[Nn]o\.2) "
)
_SECOND = re.compile(f"2(?:{_AFTER_TWO})")
_ODD_SECOND = re.compile(f"[2②❷⑵⒉](?:(?<=[②❷⑵⒉])|{_AFTER_TWO})")
_SECOND_LETTER = re.compile(r"\b(?:[bB]|ii|II)[.)\]](?!\w)")
_LETTERED = bytes.maketrans(b"BIi)", b"bbb.")
RUN_ON = re.compile(r"\.(?<=[A-Za-z)].)(\d{1,2}[.)])(?= ?[A-Z])")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}


def may_number(text: str, encoded: bytes) -> bool:
    """Return whether a text, which is also given in ASCII, may hold a list whose items run on."""
    if text.isascii():
        if "2" in text and "1" in text and _SECOND.search(text):
            return True
    elif _ODD_SECOND.search(text):
        return True
    return b"b." in encoded.translate(_LETTERED) and _SECOND_LETTER.search(text) is not None


def add_numbers(text: str, marks: list[tuple[int, int, str]]) -> None:
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
    whole = DENIES_LIST.search(text, max(0, first - 80), first) is not None
    for value, start, end in numbers:
        if known and (start == 0 or text[start - 1] == "\n"):
            continue  # an item in a line of its own
        at = end
        while at < len(text) and text[at] in " \t":
            at += 1
        sign = BREAK
        if whole and at < len(text) and not opens_statement(text, at):
            sign = "," if value > 1 else " "
        marks.append((start, at, sign))

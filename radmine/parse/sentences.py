"""Sentences: where they end, and where a full stop or a new line does not end one."""

import functools
import re

from radmine.findings import word_pairs
from radmine.parse.answers import starts_with_value
from radmine.parse.data_files import load_data
from radmine.parse.heading_words import is_exam
from radmine.parse.openings import BREAK, in_brackets
from radmine.records import Section, Sentence, Span

# A stop with closing quotes or brackets before white space, or one that touches the next sentence; a line's end. The
# first character is a set, which the pattern's search skips to.
_STOPS = (
    r"(?<=[\n\x1e])"
    r"|(?<=[.!?])(?<![.!?][.!?])[.!?]*+[\"'”’)\]]*+(?=\s|$)"
    r"|(?<= \.)(?=[A-Z][a-z]{1,20}\s)"
    r"|(?<=[a-z)]\.)(?=[A-Za-z][a-z]{1,20}\s|[A-Z][a-z]{1,20}[.,;:]|[A-Z][a-z]{1,20}$)"
)
_END = re.compile(rf"[.!?\n\x1e](?:{_STOPS})")
# Also the space before a heading in capitals (the first of its words), and before "2)" of a list that runs on.
_END_OR_START = re.compile(
    rf"[.!?\n\x1e \t](?:{_STOPS}|(?<=[ \t])(?<![A-Z][ \t])(?=[A-Z][A-Z()/& ]{{3,40}}:\s|\d{{1,2}}\)\s))"
)
# A sentence that needs no thought, as most do: no mark within but in short brackets, and three letters, a bracket, a date or
# a year before its stop, or the end.
_INNER = r"[^.!?\n\x1e:()\[\]]"
_IN_BRACKETS = rf"{_INNER}{{0,20}}+(?:{_INNER}{{0,30}}+|(?::(?<=\d:){_INNER}{{0,9}}+){{1,3}}+)"
_PLAIN = re.compile(
    rf"\s*+(?:\d{{1,2}}[.)] |[-*•] |(?!\d{{1,2}}[.)] |[-*•] ))([A-Za-z0-9]{_INNER}{{0,1000}}+"
    rf"(?:(?:\({_IN_BRACKETS}\)|\[{_IN_BRACKETS}\]){_INNER}{{0,180}}+){{0,4}}+"
    r"(?:\.(?:(?<=[A-Za-z]{3}\.)|(?<=[)\]]\.)|(?<=[A-Za-z,] \d{4}\.))(?=\s|$)|\Z))"
)
_ITEM = re.compile(r"[ \t]*(?:[-*•·‣◦>]|\(?\d{1,2}[.):]|\(?[a-zA-Z][.)])(?=\s|[A-Z])\s*")
# Words before a list, which say something of all its items.
_OPEN = re.compile(
    r"[^\n:]{0,80}\b(?:no|without|negative[ \t]++for|absent|evidence|pertinent[ \t]++negatives"
    r"|differential(?:[ \t]++diagnosis)?|ddx)\b"
    r"[^\n:]{0,60}:[ \t\r]*\n",
    re.IGNORECASE,
)
# What may stand before the colon of a heading in capitals.
_HEADING_ENDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ()/& ")
_NUMBERED = re.compile(r"\)(?<=\d\))(?=\s)")
_LETTER = re.compile(r"[A-Za-z]")
_AFTER_LETTER = frozenset((".", ")"))  # makes a letter the mark of an item
_LABEL = re.compile(r"[ \t]*[A-Za-z][A-Za-z /,&]{1,40}:")
_RULE = " \t\r=-_*#~"  # a line of these alone is a rule between paragraphs
_ANSWER = re.compile(r"[:=\]-]\s*no$")  # "Fracture: no" is complete
_NARROW = 36  # characters: nobody wraps lines more narrowly
_WRAPPED = 50  # characters: before a capital, a line this long may be wrapped rather than finished


@functools.cache
def _words(name: str) -> frozenset[str]:
    return frozenset(load_data("sentences")[name])


@functools.cache
def _short() -> frozenset[str]:
    """Return the abbreviations and units, which may not end a sentence."""
    return _words("abbreviations") | _words("units")


@functools.cache
def _endings() -> frozenset[str]:
    """Return the last three letters of the abbreviations and units that have as many."""
    return frozenset(word[-3:] for word in _short() if len(word) > 2)


def find_sentences(text: str, sections: list[Section]) -> list[Sentence]:
    """Return the sentences of the sections, in order and without overlaps, without the marks of lists."""
    sentences: list[Sentence] = []
    new, plain, endings = tuple.__new__, _PLAIN.match, _endings()
    width = 0  # the length of the longest line, once it is needed
    for index, (at, end, _, _) in enumerate(sections):
        marks: re.Pattern[str] | None = None
        while at < end:
            match = plain(text, at, end)
            if match is not None:
                start, stop = match.span(1)
                if text[stop - 4 : stop - 1].lower() not in endings or not _abbreviates(text, start, stop):
                    sentences.append(new(Sentence, (start, stop, index)))
                    at = stop
                    continue
            if marks is None:
                width = width or max(map(len, text.split("\n")))
                marks = _END_OR_START if _runs_on(text, at, end) else _END
            stop = _stop(text, at, end, marks, width)
            pieces = _pieces(text, at, stop)
            if pieces and text[pieces[-1][1] - 1] == ":" and not _is_blank(text, at, stop, end):
                pieces[-1] = pieces[-1][0], pieces[-1][1] - 1
            sentences.extend(Sentence(*piece, index) for piece in pieces)
            at = stop
    return sentences


def _abbreviates(text: str, start: int, stop: int) -> bool:
    """Return whether the word before a stop is an abbreviation or a unit, which may not end a sentence."""
    return text[start : stop - 1].rsplit(None, 1)[-1].lower() in _short()


def _runs_on(text: str, start: int, end: int) -> bool:
    """Return whether a stretch may hold headings in capitals or numbers of a list within its lines."""
    colon = text.find(":", start, end)
    if colon < 0 and text.find(") ", start, end) < 0:
        return False
    while colon >= 0:
        if text[colon - 1] in _HEADING_ENDS:
            return True
        colon = text.find(":", colon + 1, end)
    return _NUMBERED.search(text, start, end) is not None


def _stop(text: str, start: int, end: int, marks: re.Pattern[str], width: int) -> int:
    """Return where the first sentence of a stretch ends; `width` is the length of the longest line of the text."""
    capital: bool | None = None  # whether the first letter is one; looked for once, however many lines follow
    looked = start
    for match in marks.finditer(text, start, end):
        mark, stop = match.span()
        if text[mark] == BREAK:
            return stop
        if text[mark] != "\n":
            ends = _ends(text, mark, stop, start)
        else:
            if capital is None:
                first = _LETTER.search(text, looked, mark)
                capital, looked = first and first[0].isupper(), mark
            ends = _line_ends(text, mark, start, end, width, capital=capital or False)
        if ends:
            return stop
    return end


def _ends(text: str, mark: int, stop: int, begin: int) -> bool:
    """Return whether the mark at `mark` ends a sentence that began at `begin`."""
    if text[mark] in " \t":  # before a heading or "2)", unless the bracket belongs to "(series 3, image 2)"
        return text[mark + 1].isalpha() or not in_brackets(text, begin, mark)
    if text[mark] == "?" and (mark == begin or text[mark - 1].isspace()):
        return False  # "? pneumonia"
    if text[mark] != "." or stop - mark > 1:
        return True
    words = text[max(begin, mark - 20) : mark].rsplit(None, 1)
    last = words[-1].lower().lstrip("([\"'") if words and not text[mark - 1].isspace() else ""
    after = text[stop : stop + 4].lstrip()[:1]
    if last.isdigit() or (len(last) == 1 and last.isalpha()):
        # "1." or "A." at the start of a sentence numbers it, and "Dr. J. Doe" goes on
        before = text[begin : mark - len(last)] if mark - begin < 20 else text[mark - 8 : mark - len(last)]
        if not before.rsplit("\n", 1)[-1].strip(" \t\n-*•(") and (mark - begin < 20 or "\n" in before):
            return False
        return not (len(last) == 1 and last.isalpha() and after.islower())
    if text[stop : stop + 1] == " " and in_brackets(text, begin, mark):
        return False
    if not text[stop : stop + 1].isspace() and after.islower():  # "no effusion.mild edema", but no address
        return (
            last.isalpha()
            and len(last) > 2
            and text[stop : stop + 20].split(None, 1)[0] not in _words("suffixes")
        )
    if last not in _words("abbreviations") and last not in _words("units"):
        return not after.islower() or len(last) > 3 or "." not in last
    if last in _words("units"):  # "0.4 cm. nodule"
        return not after.islower() or text[stop : stop + 20].split(None, 1)[0] in _words("openers")
    return last in _words("ends_before_capital") and (after.isupper() or not after)


def _line_ends(text: str, mark: int, begin: int, end: int, width: int, *, capital: bool) -> bool:
    """Return whether a line's end ends the sentence, rather than wraps it.

    A line is wrapped where the next word would not have fitted, by the longest line of the text. `capital`: whether the
    sentence's first letter is one.
    """
    following = text.find("\n", mark + 1, end)
    following = end if following < 0 else following
    line = text[mark + 1 : min(following, mark + 120)]
    if not line.strip(_RULE):
        return not _over_empty(text, mark, begin, end)  # an empty line, or a rule
    may_number = not line[0].isalpha() or line[1:2] in _AFTER_LETTER
    if may_number and _ITEM.match(line) and not in_brackets(text, begin, mark):
        return not _OPEN.match(text, begin)
    if ":" in line and _LABEL.match(line):
        return True
    low = max(text.rfind("\n", max(0, mark - 200), mark) + 1, mark - 200, begin)
    previous = text[low:mark].rstrip()
    if not previous.strip(_RULE):
        return not _over_empty(text, mark, begin, end)
    if previous[-1:] in {",", "-", "/", "("}:
        return False
    if previous[-1:] == ":":
        return not (line.lstrip()[0].islower() or starts_with_value(line, len(line) - len(line.lstrip())))
    word = line.split(None, 1)[0]
    if _goes_on(previous, word) and not (low == begin and word[0].isupper() and is_exam(previous)):
        return False  # but "CT LIVER" above "Lesion of the spleen." is a title
    if capital and word[0].islower() and word not in _words("openers"):
        return False  # a sentence with a capital goes on in lower case
    fits = len(previous) + 1 + len(word) <= max(width, _NARROW)
    return fits or (not word[0].islower() and len(previous) < _WRAPPED)


def _is_blank(text: str, start: int, stop: int, end: int) -> bool:
    """Return whether a field's name is followed by no value, but by the next field, an empty cell or nothing."""
    if text[stop - 1] == BREAK:
        return True
    rest = text[stop : min(end, stop + 200)].lstrip()
    item = _ITEM.match(rest)
    if item is None:
        return not rest or _LABEL.match(rest) is not None
    while start < stop and text[start].isspace():
        start += 1
    return _ITEM.match(text, start, stop) is not None and _LABEL.match(rest, item.end()) is not None


def _over_empty(text: str, mark: int, begin: int, end: int) -> bool:
    """Return whether a sentence goes on after an empty line: its last word asks for more, and what follows is no capital."""
    previous = text[max(begin, mark - 60) : mark].split()
    following = text[mark : min(end, mark + 60)].split(None, 1)
    return (
        bool(previous and following)
        and following[0][0].islower()
        and following[0].rstrip(".,;") not in _words("openers")
        and (previous[-1][-1] == "," or _goes_on(previous[-1], following[0]))
    )


def _goes_on(previous: str, word: str) -> bool:
    """Return whether a line's last word asks for more ("no mass or"), or makes a phrase with the next line's first."""
    last = previous.rsplit(None, 1)[-1]
    if last.isupper() and word.isupper() and last.lower() in _words("describing"):
        return True
    last = last.lower()
    if last in _words("dangling"):
        return not _ANSWER.search(previous.lower())
    return (last, word.lower().rstrip(".,;:")) in word_pairs()


def _pieces(text: str, start: int, end: int) -> list[Span]:
    """Return a sentence without white space and list marks around it, in parts where it is too long."""
    longest: int = load_data("sentences")["longest"]
    part = text[start:end].rstrip()
    end = start + len(part)
    start = end - len(part.lstrip())
    if (
        end - start <= longest
        and part
        and text[start].isalpha()
        and text[start + 1 : start + 2] not in _AFTER_LETTER
    ):
        return [(start, end)]
    item = _ITEM.match(text, start, end)
    if item is not None and item.end() < end:
        start = item.end()
    pieces = []
    while end - start > longest:
        cut = text.rfind(" ", start + longest // 2, start + longest)
        cut = start + longest if cut < 0 else cut
        pieces.append((start, cut))
        start = cut + 1 if text[cut].isspace() else cut
    pieces.append((start, end))
    return [(low, high) for low, high in pieces if any(map(str.isalnum, text[low:high]))]

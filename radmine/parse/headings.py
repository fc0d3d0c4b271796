"""Where a report's headings stand, however they are written."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from radmine.findings import load_phrases
from radmine.parse.answers import gives_value, is_cell
from radmine.parse.heading_words import (
    BODY,
    SAYING,
    Meaning,
    concludes,
    is_modality,
    is_title,
    known_headings,
    leads,
    makes_label,
    meaning_of,
    section_role,
)
from radmine.parse.openings import BREAK
from radmine.parse.sentences import find_sentences
from radmine.parse.statements import is_statement
from radmine.records import Section

_new = tuple.__new__  # as `Heading(...)`, in a third of the time
_LONGEST = 60  # characters of a heading
_LINE = _LONGEST + 80  # characters of a line that are looked at
_NEAR = 200  # characters around a line
_READ = 4000  # characters of a section in which a statement is looked for

# Quantifiers are possessive (`*+`): no run of blanks or marks is ever read twice.
# How most headings stand in their line.
_PLAIN = re.compile(r"([A-Za-z][A-Za-z/ ]{2,59}):[*_]*+")
_ABBREVIATED = r"(?:(?i:clin|diag|indic|phys|prelim|prev|rad|reas|ref|req)\.[ \t]?)?+"
# A heading before its colon, its dash or its line's end: markdown, rules, bullets and numbers before it; "(with contrast)" after it.
_WORDS = re.compile(
    r"[ \t#>*_=~\-•]*+(?:\d{1,2}[.)][ \t]++[*_]*+)?+"
    rf"(?P<words>{_ABBREVIATED}[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9/&,'’+# \t\-]*+)"
    r"(?:\([^()\n]{0,60}\)[ \t]*+)?+[*_=#~]*+[ \t]*+"
)
_PLAIN_MARKS = str.maketrans("()[]–—", "  " * 3)
_DASH = re.compile(r"(?<=\S)[ \t]*[-–—]{1,2}(?=\s)")
# Words before a colon in a line: after a sentence's end, or capitals.
_INLINE = re.compile(
    rf"(?:(?P<stop>^|[.;!?\n\x1e][ \t]{{0,3}}|[ \t]{{2}})|[\s*])[*_]*+"
    rf"(?P<words>[A-Z][A-Z/&() ]{{1,{_LONGEST}}}|(?<=[\s*_.;!?])[A-Za-z][A-Za-z/&\- ]{{2,{_LONGEST}}})[*_]*+$"
)
_BEFORE_COLON = "/&() *_"  # what may end such words besides letters
_BRACKETED = re.compile(
    r"[\[<{(](?P<words>(?<=\()[A-Z][A-Z/&\- ]{2,58}|(?<!\()[A-Za-z][A-Za-z/&\- ]{2,58})[\]>})][ \t]*+:?"
)
# "The impression should read: ..." takes back what stands before it.
_SHOULD_READ = re.compile(
    r"\bshould(?: now| instead| rather| actually)?(?: have)? (?:read|say|state)(?:s|d)?(?: as)?(?: follows)?\b[ \t]*+[:,]?",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"[ \t*_/#-]*+(?P<words>(?:(?:electronically|digitally|report|images) )?(?:signed|dictated|transcribed|typed|verified|approved|authenticated|finalized"
    r"|finalised|reviewed|interpreted|reported|read)(?: (?:electronically|and \w+))? by)\b[ \t]*+:?",
    re.IGNORECASE,
)
_ENDS_LINE = ".,;?!"  # no heading ends in one of these
_ENDS = (".", ":", ";", "!", "?")


class Heading(NamedTuple):
    """A heading: its words, the marks and numbers before and after them, and the section it starts.

    A part of the body that starts the report itself, since its words belong to the report, is empty: of section `body`; so is
    a title: of section `exam`.
    """

    before: int  # where the section before it ends
    start: int
    end: int
    after: int  # where its own section begins
    name: str


class _Candidate(NamedTuple):
    heading: Heading
    meaning: Meaning
    within: bool  # whether it stands within a line


def find_headings(text: str) -> list[Heading]:
    """Return the headings that start a section, in order."""
    found: list[_Candidate] = []
    at, size = 0, len(text)
    signed = " by" in text
    parted = BREAK in text
    dashed = "-" in text
    always = signed or parted or not text.isascii()
    while True:
        stop = text.find("\n", at)
        end = size if stop < 0 else stop
        low = end if end - at < _LINE else at + _LINE
        if at < end and (
            always
            or text.find(":", at, low) >= 0
            or (dashed and text.find("-", at, low) >= 0)
            or (low - at <= _LONGEST and text[low - 1] not in _ENDS_LINE)
        ):
            if parted and (cut := text.find(BREAK, at, low)) >= 0:
                low = cut
            candidate = (_signed(text, at) if signed else None) or _of_line(text, at, low)
            if candidate is not None:
                found.append(candidate)
        if stop < 0:
            break
        at = stop + 1
    within = _within_lines(text, {candidate[0][2] for candidate in found})
    if within:
        by_start = {candidate.heading.start: candidate for candidate in (*within, *found)}
        found = [by_start[start] for start in sorted(by_start)]
    return _in_context(text, found)


def _in_context(text: str, found: list[_Candidate]) -> list[Heading]:
    """Return those of the candidates that are headings where they stand."""
    headings: list[Heading] = []
    kind = ""  # of the section that a candidate would end
    for place, (heading, (_, purpose, _, part, loose, title), within) in enumerate(found):
        before, start, end, after, name = heading
        if headings and start < headings[-1].after:
            continue
        if title:
            if within or not _heads_report(text, heading, headings, kind):
                continue
            goes_on = headings[-1].name if kind == SAYING else BODY
            _leave_out_empty(text, headings, before)
            headings.append(_new(Heading, (before, start, start, start, name)))
            headings.append(_new(Heading, (end, after, after, after, goes_on)))
            kind = SAYING
            continue
        if part:
            if kind in {"", SAYING} or not _ends_here(text, headings[-1], start):
                continue
            heading = _new(Heading, (before, start, start, start, BODY))
        elif loose and (kind == SAYING or not (kind or purpose != SAYING)):
            continue
        elif within and headings and leads(name) and makes_label(headings[-1].name):
            limit = found[place + 1].heading.before if place + 1 < len(found) else len(text)
            if _goes_on(text, after, limit):
                continue
        _leave_out_empty(text, headings, before)
        headings.append(heading)
        kind = purpose
    return headings


def _heads_report(text: str, title: Heading, headings: Sequence[Heading], kind: str) -> bool:
    """Return whether words that may be a title are one where they stand, after these headings and in a section of this kind.

    On top of a report they are; below, in capitals, where a report begins anew with an exam.
    """
    _, start, end, after, _ = title
    if not any(map(str.isalnum, text[after : after + _NEAR])):
        return False
    words = text[start:end]
    first = key_of(words).split(" ", 1)[0]
    if ":" in text[end:after] and not is_modality(first) and is_cell(text, after + 1):
        return False
    if not headings:
        return words.isupper() or not any(map(str.isalnum, text[:start]))
    last = headings[-1]
    if kind != SAYING:
        return _ends_here(text, last, start)
    if _is_empty(text, last, start):
        return True
    return words.isupper() and not concludes(last.name) and (is_modality(first) or "PROTOCOL" in words)


def _is_empty(text: str, heading: Heading, end: int) -> bool:
    """Return whether what a title starts has no words before a place."""
    return heading.start == heading.end and not any(map(str.isalnum, text[heading.after : end]))


def _leave_out_empty(text: str, headings: list[Heading], end: int) -> None:
    """Take away what a title starts where another heading follows at once."""
    if headings:
        last = headings[-1]
        if last[1] == last[2] and _is_empty(text, last, end) and makes_label(last[4]):
            headings.pop()


def _ends_here(text: str, heading: Heading, start: int) -> bool:
    """Return whether a section that asks or tells may end where a part of the body stands, for it has words of its own."""
    if section_role(heading.name) == "examined":
        return False
    return any(map(str.isalnum, text[heading.after : start]))


def _goes_on(text: str, start: int, end: int) -> bool:
    """Return whether a report goes on after words that look like a heading in its line: "Comparison: There is a mass."."""
    return any(is_statement(sentence, doubts=True) for _, sentence in sentences_of(text, start, end)[:1])


def sentences_of(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Return the sentences of a part of a text, each with where it begins; only the first of a long part."""
    part = text[start : min(end, start + _READ)]
    whole = [Section(0, len(part), BODY, None)]
    return [(start + at, part[at:stop]) for at, stop, _ in find_sentences(part, whole)]


def _of_line(text: str, at: int, end: int) -> _Candidate | None:
    """Return the heading with which a line begins, None where it has none."""
    colon = text.find(":", at, end)
    if colon >= 0:
        plain = _PLAIN.match(text, at)
        if plain is not None and (meaning := _listed(plain[1])) is not None:
            heading = _new(Heading, (at, at, plain.end(1), plain.end(), meaning[0]))
            return _new(_Candidate, (heading, meaning, False))
        if text[colon - 1 : colon].isdigit() and text[colon + 1 : min(colon + 2, end)].isdigit():
            return None  # 12:30
        after = colon + 1
        while after < end and text[after] in "*_":
            after += 1
        return _read(text[at:end], at, colon - at, after - at)
    line = text[at:end]
    if ("- " in line or "(" in line) and len(line) <= _LONGEST and is_title(key_of(line)):
        return _alone(text, line.translate(_PLAIN_MARKS), at)
    if "- " in line or "-\t" in line or "-\r" in line or not line.isascii():
        dash = _DASH.search(line, 0, _LONGEST + 2)
        if dash is not None and (candidate := _read(line, at, dash.start(), dash.end())) is not None:
            words = text[candidate.heading.start : candidate.heading.end]
            return candidate if candidate.meaning.sure and not words[0].islower() else None
    return _alone(text, line, at) if len(line) <= _LONGEST else None


@lru_cache(maxsize=1 << 12)
def _listed(words: str) -> Meaning | None:
    """Return what words mean that are listed as a heading as a whole."""
    key = words.lower()
    return meaning_of(key) if key in known_headings() else None


def _signed(text: str, at: int) -> _Candidate | None:
    """Return the words at the beginning of a line that tell who wrote the report, with a colon or without."""
    match, meaning = _SIGNED.match(text, at), meaning_of("signed by")
    if match is None or meaning is None:
        return None
    return _found(at, *match.span("words"), match.end(), meaning)


def _read(line: str, at: int, stop: int, after: int) -> _Candidate | None:
    """Return the heading that ends at `stop` of a line, None where the words before it are none."""
    match = _WORDS.fullmatch(line, 0, stop)
    if match is None:
        return None
    low, high = match.span("words")
    words = line[low:high].rstrip()
    if len(words) > _LONGEST:
        return None
    meaning = meaning_of(key_of(words))
    if meaning is None or not (
        meaning.sure or (words.isupper() and not _is_field(line, key_of(words), after))
    ):
        return None
    return _found(at, at + low, at + low + len(words), at + after, meaning)


def _alone(text: str, line: str, at: int) -> _Candidate | None:
    """Return the heading that is a whole line, without a colon."""
    told = line.strip()
    if not told or told[-1] in _ENDS_LINE or told[0].islower():
        return None
    candidate = _read(line, at, len(line), len(line))
    if candidate is None or not candidate.meaning.sure:
        return None
    start, end = candidate.heading.start, candidate.heading.end
    words = text[start:end]
    # A lone lower-case word is the last of a wrapped sentence.
    if words[0].islower():
        return None
    if key_of(words) in known_headings():
        return candidate
    below = text[at + len(line) : at + len(line) + _NEAR].lstrip()
    if not below and at + len(line) < len(text):
        return None
    if candidate.meaning.title and below[:1].islower():
        return None
    before = text[max(0, at - _NEAR) : at].rstrip(" \t\r")
    last = before.rstrip()
    fresh = not last or before[:-1].endswith("\n") or last.endswith(_ENDS) or len(told) > len(words)
    above = last[last.rfind("\n") + 1 :]
    shouts = words.isupper() and not above.isupper()
    if candidate.meaning.title and (heading := meaning_of(key_of(above.rstrip(" :")))) and heading.sure:
        return candidate
    return candidate if fresh or shouts else None


def _found(
    before: int, start: int, end: int, after: int, meaning: Meaning, *, within: bool = False
) -> _Candidate:
    heading = _new(Heading, (before, start, end, after, meaning.name))
    return _new(_Candidate, (heading, meaning, within))


def _within_lines(text: str, taken: set[int]) -> list[_Candidate]:
    """Return the headings within lines: known words, or several in capitals, before a colon; words in brackets.

    `taken` are the ends of the headings that are known already.
    """
    found = []
    colon = -1
    while (colon := text.find(":", colon + 1)) >= 0:
        if colon in taken or not (text[colon - 1].isalpha() or text[colon - 1] in _BEFORE_COLON):
            continue
        low = max(0, colon - _LONGEST - 6)
        match = _INLINE.search(text, low, colon)
        if match is None:
            continue
        start, end = match.span("words")
        words = text[start:end]
        gap = words.rfind("  ") + 1
        if gap:  # "1406 HOURS    CLINICAL HISTORY:"
            start, words = start + gap + 1, words[gap + 1 :]
        end = start + len(words.rstrip())
        key = key_of(words)
        capitals = words.isupper()
        meaning = meaning_of(key)
        if meaning is None or end in taken:
            continue
        stopped = gap > 0 or match["stop"] is not None
        if capitals:
            fits = meaning.sure or (" " in key and not _is_field(text, key, colon + 1))
        else:
            listed = key in known_headings() or words[0].isupper()
            fits = stopped and listed and meaning.sure and not (meaning.part or meaning.loose)
        if fits:
            after = colon + 1
            while text[after : after + 1] in {"*", "_"}:
                after += 1
            found.append(_found(start, start, end, after, meaning, within=True))
    if "[" in text or "<" in text or "(" in text or "{" in text:
        for match in _BRACKETED.finditer(text):
            meaning = meaning_of(key_of(match["words"]))
            if meaning is not None and meaning.sure and not (meaning.part or meaning.loose):
                found.append(_found(match.start(), *match.span("words"), match.end(), meaning, within=True))
    if "hould" in text or "HOULD" in text:
        found += _taken_back(text)
    return found


def _taken_back(text: str) -> list[_Candidate]:
    """Return the words with which a report says how it should read, each with the sentence that it ends."""
    meaning = meaning_of("addendum")
    found = []
    for match in _SHOULD_READ.finditer(text):
        low = max(
            text.rfind("\n", 0, match.start()),
            text.rfind(". ", 0, match.start()),
            text.rfind(": ", 0, match.start()),
        )
        begin = low + 1 + len(text[low + 1 : match.start()]) - len(text[low + 1 : match.start()].lstrip())
        if meaning is not None:
            found.append(_found(begin, begin, match.end(), match.end(), meaning))
    return found


def _is_field(text: str, key: str, after: int) -> bool:
    """Return whether words in capitals name a finding rather than head a section: its value follows."""
    names = load_phrases()
    if key not in names and not (key.endswith("s") and key[:-1] in names):
        return False
    while after < len(text) and text[after] in " \t*_":
        after += 1
    return after == len(text) or text[after] == "\n" or gives_value(text, after)


def key_of(words: str) -> str:
    """Return words in lower case with single spaces."""
    return " ".join(words.lower().split())

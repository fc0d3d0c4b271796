"""Sections: where a report's headings stand and what they mean."""

import functools
import re
from typing import NamedTuple

from radmine.findings import load_phrases
from radmine.parse.answers import gives_value
from radmine.parse.data_files import load_data
from radmine.parse.plain import plain_text
from radmine.parse.sentences import find_sentences
from radmine.parse.statements import is_statement
from radmine.records import Section, Span

BODY = "body"  # the name of text before any heading
_new = tuple.__new__  # as `Section(...)`, in a third of the time
_LONGEST = 60  # characters of a heading
_READ = 4000  # characters of a section in which the report's beginning is looked for

# Quantifiers are possessive (`*+`): no run of blanks or marks is ever read twice.
# Markdown, rules, bullets and numbers before a heading.
_MARK = r"[ \t#>*_=\-•]*+(?:\d{1,2}[.)][ \t]++[*_]*+)?+"
# "(with contrast)", closing markdown.
_CLOSE = r"[ \t]*+(?:\([^()\n]{0,60}\)[ \t]*+)?+[*_]*+[ \t]*+"
# How most headings stand in their line.
_PLAIN = re.compile(r"([A-Za-z][A-Za-z/ ]{2,59}):[*_]*+")
_FIRST = re.compile(rf"{_MARK}([A-Za-z]+)")
# Capitals at the start of a line, before a colon or the end of the line.
_CAPITALS = re.compile(
    rf"{_MARK}(?P<words>[A-Z][A-Z0-9/&,'’() \t\-]{{2,{_LONGEST}}}){_CLOSE}(?P<mark>:[*_]*+|(?=$))",
    re.MULTILINE,
)
# Words before a colon in a line: after a sentence's end, or capitals.
_INLINE = re.compile(
    rf"(?:(?P<stop>^|[.;!?\n\x1e][ \t]{{0,3}}|[ \t]{{2}})|[\s*])[*_]*+"
    rf"(?P<words>[A-Z][A-Z/&() ]{{3,{_LONGEST}}}|(?<=[\s*_.;!?])[A-Za-z][A-Za-z/& ]{{2,{_LONGEST}}})[*_]*+$"
)
_BEFORE_COLON = "/&() *_"  # what may end such words besides letters
_EMPTY_LINE = re.compile(r"\n[ \t\r]*+\n")


class Heading(NamedTuple):
    """A heading: its words, the marks and numbers before and after them, and the section it starts."""

    before: int  # where the section before it ends
    start: int
    end: int
    after: int  # where its own section begins
    name: str


@functools.cache
def _known() -> dict[str, str]:
    """Return the section name of every known heading."""
    return {
        heading: name for name, headings in load_data("sections")["names"].items() for heading in headings
    }


@functools.cache
def _subheadings() -> frozenset[str]:
    return frozenset(load_data("sections")["subheadings"]["words"])


@functools.cache
def _leading() -> frozenset[str]:
    return frozenset(load_data("sections")["leading"]["names"])


@functools.cache
def _concluding() -> frozenset[str]:
    """Return the names of the sections that follow the report's own description."""
    return frozenset(load_data("sections")["concluding"]["names"])


@functools.cache
def unlabelled_sections() -> frozenset[str]:
    """Return the names of sections that say what is asked, known or done, not what is found: they make no label."""
    return frozenset(load_data("sections")["unlabelled"]["names"])


@functools.cache
def _asking() -> frozenset[str]:
    """Return the names of the sections that say what is asked, known, done or advised."""
    return _leading().union(load_data("sections")["means"])


@functools.cache
def _first_words() -> frozenset[str]:
    """Return the first words of the known headings."""
    return frozenset(re.split(r"[^a-z]", heading)[0] for heading in _known())


@functools.cache
def _known_line() -> re.Pattern[str]:
    """Return the pattern of a known heading at the start of a line, before a colon, a dash or the line's end."""
    words = "|".join(re.escape(h).replace(r"\ ", r"[ \t]++") for h in sorted(_known(), key=len, reverse=True))
    return re.compile(
        rf"{_MARK}(?P<words>(?i:{words})){_CLOSE}(?P<mark>:[*_]*+|[-–—]++(?=\s)|(?=$|\x1e))", re.MULTILINE
    )


def find_headings(text: str) -> list[Heading]:
    """Return the headings that start a section, in order."""
    headings: list[Heading] = []
    at = 0
    while True:
        heading = _heading_of_line(text, at)
        if heading is not None:
            headings.append(heading)
        at = text.find("\n", at) + 1
        if not at:
            break
    if inline := _inline(text, {heading.end for heading in headings}):
        by_start = {heading.start: heading for heading in (*headings, *inline)}
        ordered = [by_start[start] for start in sorted(by_start)]
        within = {heading.start for heading in inline}
        headings = [
            h for i, h in enumerate(ordered) if h.start not in within or not _goes_on(text, ordered, i)
        ]
    return headings


def _goes_on(text: str, headings: list[Heading], index: int) -> bool:
    """Return whether a report goes on after words that look like a heading in its line: "Comparison: There is a mass."."""
    if not index or headings[index].name not in _leading() or headings[index - 1].name in _asking():
        return False
    start = headings[index].after
    end = headings[index + 1].before if index + 1 < len(headings) else len(text)
    return any(is_statement(sentence, doubts=True) for _, sentence in _sentences(text, start, end)[:1])


def _sentences(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Return the sentences of a part of a text, each with where it begins; only the first of a long part."""
    part = text[start : min(end, start + _READ)]
    whole = [Section(0, len(part), BODY, None)]
    return [(start + at, part[at:stop]) for at, stop, _ in find_sentences(part, whole)]


def _heading_of_line(text: str, at: int) -> Heading | None:
    """Return the heading with which the line that begins at `at` begins, None where it has none."""
    plain = _PLAIN.match(text, at)
    if plain is not None:
        name = _known().get(plain[1].lower())
        if name is not None:
            return _new(Heading, (at, at, plain.end(1), plain.end(), name))
    first = _FIRST.match(text, at)
    if first is None:
        return None
    word = first[1]
    if word.lower() in _first_words() and (match := _known_line().match(text, at)):
        start, end = match.span("words")
        words = text[start:end]
        # Without a colon or dash a lone lower-case word is the last of a wrapped sentence.
        if match["mark"] or not words[0].islower():
            return Heading(at, start, end, match.end(), _known()[_key(words)])
    if word.isupper() and (match := _CAPITALS.match(text, at)) and match["mark"]:
        start, end = match.span("words")
        key = _key(text[start:end])
        name = None if match["mark"] and _is_field(text, key, match.end()) else _own_name(key)
        return None if name is None else Heading(at, start, end, match.end(), name)
    return None


def _inline(text: str, taken: set[int]) -> list[Heading]:
    """Return the headings within lines: a known one, or several words in capitals, before a colon.

    `taken` are the ends of the headings that are known already.
    """
    headings = []
    colon = -1
    while (colon := text.find(":", colon + 1)) >= 0:
        if colon in taken or not (text[colon - 1].isalpha() or text[colon - 1] in _BEFORE_COLON):
            continue
        low = max(0, colon - _LONGEST - 6)
        match = _INLINE.search(text, low, colon)
        if match is not None:
            start, end = match.span("words")
            words = text[start:end]
            gap = words.rfind("  ") + 1
            if gap:  # "1406 HOURS    CLINICAL HISTORY:"
                start, words = start + gap + 1, words[gap + 1 :]
            key = _key(words)
            capitals = words.isupper()
            name = _known().get(key) if capitals or gap or match["stop"] is not None else None
            if name is None and capitals and (" " in key) and not _is_field(text, key, colon + 1):
                name = _own_name(key)
            if name is not None and end not in taken:
                after = colon + 1
                while text[after : after + 1] in {"*", "_"}:
                    after += 1
                headings.append(Heading(start, start, end, after, name))
    return headings


def _is_field(text: str, key: str, after: int) -> bool:
    """Return whether words in capitals name a finding rather than head a section: its value follows."""
    names = load_phrases()
    if key not in names and not (key.endswith("s") and key[:-1] in names):
        return False
    while after < len(text) and text[after] in " \t*_":
        after += 1
    return after == len(text) or text[after] == "\n" or gives_value(text, after)


def _key(words: str) -> str:
    return " ".join(words.lower().split())


def _own_name(key: str) -> str | None:
    """Return the section name that an unknown heading in capitals gives itself, None for a sub-heading."""
    if key in _known():
        return _known()[key]
    parts = re.findall(r"[a-z0-9]+", key)
    if sum(map(str.isalpha, key)) < 4 or len(parts) > 6 or not _subheadings().isdisjoint(parts):
        return None
    return None if set("".join(parts)) == {"x"} else "_".join(parts)  # x in a row stands for a removed name


def find_sections(text: str) -> list[Section]:
    """Return the sections of a report, in order and without overlaps.

    Text before the first heading is `body`; so is what follows an empty line in a last section that says why or how
    the study was made, where that section has words of its own: the report itself, under no heading. Where nothing else
    is the report, it begins in such a section at the first sentence, after its own first, that states what is seen.
    """
    return sections_in(plain_text(text))


def sections_in(text: str) -> list[Section]:
    """Return the sections of a text of plain white space, as `find_sections` does."""
    sections: list[Section] = []
    headings = find_headings(text)
    limit = len(text)
    for before, start, end, after, name in reversed(headings):
        sections.append(_new(Section, (*_trim(text, after, limit), name, (start, end))))
        limit = before
    if limit:
        lead = _trim(text, 0, limit)
        if any(map(str.isalnum, text[slice(*lead)])):
            sections.append(Section(*lead, BODY, None))
    sections.reverse()
    last = len(sections) - 1
    leading, concluding = _leading(), _concluding()
    while last >= 0 and sections[last].name in concluding:
        last -= 1
    if last >= 0 and sections[last].name in leading:
        _add_body(text, sections, last)
    return sections


def _add_body(text: str, sections: list[Section], index: int) -> None:
    """Add the body to sections where this one, which says why or how the study was made, holds it."""
    start, end, name, heading = sections[index]
    if index == len(sections) - 1 and (empty := _EMPTY_LINE.search(text, start, end)):
        until, begin = empty.span()
    else:
        if any(_reports(text, section) for section in sections):
            return
        first = _first_statement(text, sections[index])
        if first is None:
            return
        until = begin = first
    own = Section(*_trim(text, start, until), name, heading)
    sections[index : index + 1] = [own, Section(*_trim(text, begin, end), BODY, None)]


def _reports(text: str, section: Section) -> bool:
    """Return whether a section is the report itself, or may be: its name is known, or it states something."""
    if section.name in _asking():
        return False
    if section.name in load_data("sections")["names"]:
        return section.name not in _concluding()
    return any(is_statement(words, doubts=True) for _, words in _sentences(text, section.start, section.end))


def _first_statement(text: str, section: Section) -> int | None:
    """Return where, after its first sentence, a section begins to state what is seen; a whole line where one begins.

    A doubt in an indication or history is what is asked.
    """
    doubts = section.name not in {"indication", "history", "present_illness"}
    sentences = _sentences(text, section.start, section.end)
    for place, (at, words) in enumerate(sentences):
        if place and is_statement(words, doubts=doubts):
            line = text.rfind("\n", section.start, at) + 1
            for before, told in sentences[1:place]:
                if before >= line > section.start and told[-1] == "." and told[0].isupper():
                    return before  # "Cardiomegaly. No effusion." in a line of its own
            return at
    return None


def _trim(text: str, start: int, end: int) -> Span:
    """Return a span without white space at its ends, and without the ruled line above a next heading."""
    part = text[start:end].rstrip()
    line = part.rfind("\n") + 1
    if line and not part[line:].strip(" \t=-_*#~"):
        part = part[:line].rstrip()
    end = start + len(part)
    return end - len(part.lstrip()), end

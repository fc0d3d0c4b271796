"""Sections: where a report's headings stand and what they mean."""

import re

from radmine.parse.heading_words import (
    BODY,
    NOTHING,
    asks_or_tells,
    concludes,
    is_listed,
    leads,
    section_kind,
    section_role,
    titles,
)
from radmine.parse.headings import find_headings, sentences_of
from radmine.parse.plain import plain_text
from radmine.parse.statements import is_statement, tells_why
from radmine.records import Section, Span

_new = tuple.__new__  # as `Section(...)`, in a third of the time
_FIRST = 200  # characters of a first sentence that tells why
_EMPTY_LINE = re.compile(r"\n[ \t\r]*+\n")


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
    limit = len(text)
    administers = False
    for before, start, end, after, name in reversed(find_headings(text)):
        heading = None if start == end else (start, end)
        sections.append(_new(Section, (*_trim(text, after, limit), name, heading)))
        administers = administers or section_kind(name) == NOTHING
        limit = before
    if limit:
        lead = _trim(text, 0, limit)
        if any(map(str.isalnum, text[slice(*lead)])):
            sections.extend(reversed(_lead(text, *lead)))
    sections.reverse()
    if administers:
        sections = [part for place in range(len(sections)) for part in _own_line(text, sections, place)]
    last = len(sections) - 1
    while last >= 0 and concludes(sections[last].name):
        last -= 1
    if last >= 0 and leads(sections[last].name):
        _add_body(text, sections, last)
    return sections


def _lead(text: str, start: int, end: int) -> list[Section]:
    """Return the sections of what stands before any heading: a first sentence that tells what was examined and why is one of its own."""
    stop = text.find("\n", start, end)
    stop = end if stop < 0 else stop
    full = text.find(". ", start, stop)
    stop = stop if full < 0 else full + 1
    rest = _trim(text, stop, end)
    more = any(map(str.isalnum, text[slice(*rest)]))
    name = tells_why(text[start:stop]) if stop - start <= _FIRST else None
    if name is None and more and titles(text[start:stop]):
        name = "exam"
    if name is not None:
        first = Section(*_trim(text, start, stop), name, None)
        return [first, Section(*rest, BODY, None)] if more else [first]
    return [Section(start, end, BODY, None)]


def _own_line(text: str, sections: list[Section], place: int) -> list[Section]:
    """Return a section, and, where it tells who wrote the report, when or for whom, what goes on after its line.

    It is of the section before, and begins within the line where a statement does.
    """
    section = sections[place]
    start, end, name, heading = section
    if section_kind(name) != NOTHING:
        return [section]
    line = text.find("\n", start, end)
    stop = end if line < 0 else line
    first = _first_statement(text, Section(start, stop, name, heading))
    begin = stop if first is None else first
    rest = _trim(text, begin, end)
    if not any(map(str.isalnum, text[slice(*rest)])):
        return [section]
    before = [other.name for other in sections[:place] if section_kind(other.name) != NOTHING]
    goes_on = before[-1] if before else BODY
    return [Section(*_trim(text, start, begin), name, heading), Section(*rest, goes_on, None)]


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
    """Return whether a section is the report itself, or may be: its name is listed, or it states something."""
    name = section.name
    if asks_or_tells(name):
        return False
    if is_listed(name):
        return not concludes(name)
    return any(
        is_statement(words, doubts=True) for _, words in sentences_of(text, section.start, section.end)
    )


def _first_statement(text: str, section: Section) -> int | None:
    """Return where, after its first sentence, a section begins to state what is seen; a whole line where one begins.

    A doubt in an indication or history is what is asked. A section that only goes on has no first sentence of its own.
    """
    doubts = section_role(section.name) not in {"indication", "history", "present_illness"}
    sentences = sentences_of(text, section.start, section.end)
    least = 0 if section.heading is None or section_kind(section.name) == NOTHING else 1
    for place, (at, words) in enumerate(sentences):
        if place >= least and is_statement(words, doubts=doubts):
            line = text.rfind("\n", section.start, at) + 1
            for before, told in sentences[least:place]:
                if before >= line > section.start and told[-1] == "." and told[0].isupper():
                    return before  # "Cardiomegaly. No effusion." in a line of its own
            return at
    return None


def _trim(text: str, start: int, end: int) -> Span:
    """Return a span without white space at its ends, and without the ruled line above a next heading."""
    part = text[start:end].rstrip()
    if part and part[-1] in "=-_*#~":
        line = part.rfind("\n") + 1
        if line and not part[line:].strip(" \t=-_*#~"):
            part = part[:line].rstrip()
    end = start + len(part)
    return end - len(part.lstrip()), end

"""Tables of two rows: names of findings, and under them the answers."""

import functools
import re

from radmine.parse.answers import Answer, answer_words
from radmine.parse.openings import BREAK
from radmine.records import Assertion, Span

# What parts the cells of a row where statements are parted.
_CELL = re.compile(f"[^:\\n{BREAK}]+")


@functools.cache
def _row() -> re.Pattern[str]:
    """Return the pattern of a row of answers."""
    words = "|".join(map(re.escape, sorted(answer_words(), key=len, reverse=True)))
    return re.compile(rf"\n *(?:{words}) *(?:[:{BREAK}] *(?:{words}) *)+[:{BREAK}]? *(?=\n|$)", re.IGNORECASE)


# What may be the first cell of such a row.
_FIRST = re.compile(rf"\n *([^\s:{BREAK}][^\n:{BREAK}]{{0,60}})[:{BREAK}]")


def _may_answer(text: str) -> bool:
    """Return whether a text may have a row of answers: a cheap test."""
    known = answer_words()
    return any(cell.rstrip(" ").lower() in known for cell in _FIRST.findall(text))


def find_answers_below(text: str) -> list[tuple[Span, Answer]]:
    """Return the cells of each row of names that stands over one row of answers, each with its answer.

    `text` is one whose statements are parted. Names over several rows of answers have none: which one is meant nobody can tell.
    """
    found: list[tuple[Span, Answer]] = []
    if not _may_answer(text):
        return found
    for row in _row().finditer(text):
        high = row.start()
        names: list[re.Match[str]] = []
        while high > 0 and not names:  # a ruled line between has no words
            low = text.rfind("\n", 0, high) + 1
            names = [cell for cell in _CELL.finditer(text, low, high) if cell[0].strip()]
            high = low - 1
        answers = [cell for cell in _CELL.finditer(text, row.start(), row.end()) if cell[0].strip()]
        known = answer_words()
        asked = {cell[0].strip().lower() for cell in names}
        if len(names) != len(answers) or asked & known.keys() or _row().match(text, row.end()) is not None:
            continue
        for name, cell in zip(names, answers, strict=True):
            word = cell[0].strip()
            start = cell.start() + cell[0].find(word)
            found.append((name.span(), Answer(known[word.lower()], (start, start + len(word)))))
    return found


def answered_below(
    below: list[tuple[Span, Answer]], start: int, said: Assertion
) -> tuple[Span, Answer] | None:
    """Return the cell in which a finding that is named at a place stands, and its answer; None where it has none or says more itself."""
    if said is not Assertion.PRESENT:
        return None
    for cell in below:
        if cell[0][0] <= start < cell[0][1]:
            return cell
    return None

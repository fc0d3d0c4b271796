"""The words of a report that say what it is about, sentence by sentence: `report_words`."""

import re
from collections.abc import Sequence, Set
from functools import cache
from importlib.resources import files

from radmine.parse import holds_name, section_role
from radmine.records import ReadReport

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SINGULAR = frozenset(("pancreas", "gas", "atlas", "lens", "biceps", "triceps"))
SHORTEST = 3  # letters


@cache
def stop_words() -> frozenset[str]:
    """Return the words that are left out."""
    text = (files(__package__) / "data" / "stop_words.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def normal_form(word: str) -> str:
    """Return a lower-case word without its plural ending, "" for a word that is left out.

    Examples
    --------
    >>> [normal_form(w) for w in ("effusions", "opacities", "diagnosis", "the")]
    ['effusion', 'opacity', 'diagnosis', '']
    """
    if len(word) < SHORTEST or word in stop_words():
        return ""
    if word.endswith("ies") and len(word) > 5:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is", "os")) and word not in _SINGULAR:
        word = word[:-1]
    return "" if word in stop_words() else word


def report_words(
    read: ReadReport,
    *,
    skip_sections: Sequence[str],
    join_negated: bool,
) -> list[list[str]]:
    """Return the words of each sentence that has any, in normal form.

    Parameters
    ----------
    skip_sections
        Names of sections that are not read: what was asked and how, not what was found; nor are others that are read as they.
    join_negated
        Whether a finding that the text says is absent becomes one word, "no_pleural_effusion"; otherwise a thousand
        reports that deny an effusion and a hundred that see one look alike.
    """
    result = []
    for start, end, section in read.sentences:
        if section < len(read.sections):
            name = read.sections[section].name
            if name in skip_sections or section_role(name) in skip_sections:
                continue
        words: list[str] = []
        for text, denied in read.pieces(start, end) if join_negated else [(read.text[start:end], None)]:
            words += _words(text) if denied is None else [f"no_{denied}"]
        if words:
            result.append(words)
    return result


def leave_out(reports: Sequence[list[list[str]]], names: Set[str]) -> list[list[list[str]]]:
    """Return the words of reports, sentence by sentence, without those that are names or have one in them."""
    forms = frozenset(names) | {normal_form(name) for name in names}
    words = {word for report in reports for sentence in report for word in sentence}
    out = {word for word in words if holds_name(word, forms)}
    return [[[word for word in sentence if word not in out] for sentence in report] for report in reports]


def _words(text: str) -> list[str]:
    return [form for word in _WORD.findall(text.lower()) if (form := normal_form(word))]

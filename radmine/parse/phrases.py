"""Many phrases looked up in one pass over a sentence: longest match wins, at word boundaries only."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import ahocorasick

from radmine.parse.text import Folded, words_of


class Hit(NamedTuple):
    """A phrase found in a folded text."""

    start: int
    end: int
    value: Any


class Phrases:
    """Several sets of phrases, each phrase with a value, found together.

    Phrases are in lower case, with spaces for hyphens, as `fold` makes a text. Punctuation within one counts as a space;
    one that begins or ends with punctuation ("?", ", and") is found as it stands.
    """

    def __init__(self, *sets: Mapping[str, Any]) -> None:
        values: dict[str, list[Any]] = {}
        marked: list[dict[str, Any]] = [{} for _ in sets]
        for index, phrases in enumerate(sets):
            for phrase, value in phrases.items():
                if phrase[0].isalnum() and phrase[-1].isalnum():
                    of_all = values.setdefault(words_of(phrase), [None] * len(sets))
                    if of_all[index] is None:
                        of_all[index] = value
                else:
                    marked[index][phrase] = value
        self._automaton = ahocorasick.Automaton()
        shared: dict[Any, Any] = {}  # one object for all phrases of one meaning and length
        for words, of_all in values.items():
            meanings = tuple((i, value) for i, value in enumerate(of_all) if value is not None)
            found = len(words) - 2, meanings
            self._automaton.add_word(words, shared.setdefault(found, found))
        self._automaton.make_automaton()
        self._marked = [_marks_of(i, phrases) for i, phrases in enumerate(marked) if phrases]
        self._none: tuple[tuple[Hit, ...], ...] = ((),) * len(sets)

    def find(self, folded: Folded) -> list[list[Hit]]:
        """Return the phrases of each set in a folded text, in order, the longest where several overlap."""
        new = tuple.__new__
        found: list[list[Hit]] = list(map(list, self._none))
        for last, (length, meanings) in self._automaton.iter(folded.words):
            end = last - 1  # a space stands before and after
            start = end - length
            for index, value in meanings:
                kept = found[index]
                if kept:
                    before, until, _ = kept[-1]
                    if start < until:
                        if start <= before and (len(kept) == 1 or kept[-2][1] <= start):
                            kept[-1] = new(Hit, (start, end, value))  # it holds that one, and no other
                        elif start < before or end > until:  # else it is a part of what is there
                            _keep(kept, new(Hit, (start, end, value)))
                        continue
                kept.append(new(Hit, (start, end, value)))
        text = folded.text
        for index, signs, pattern, others, phrases in self._marked:
            for sign in signs:
                if sign in text:
                    break
            else:
                if others is None:
                    continue
                pattern = others
            marks = [new(Hit, (*m.span(), phrases[m[0]])) for m in pattern.finditer(text)]
            if marks:
                found[index] = _merge(found[index], marks)
        return found


def _marks_of(
    index: int, phrases: Mapping[str, Any]
) -> tuple[int, str, re.Pattern[str], re.Pattern[str] | None, Mapping[str, Any]]:
    """Return the phrases of a set that begin or end with punctuation as they are looked for.

    Those that begin with a letter need a sign, by which it is known whether one may be there at all: the signs, the pattern of
    all phrases, and that of the others.
    """
    lettered = [phrase for phrase in phrases if phrase[0].isalnum()]
    signs = {next(c for c in phrase if not c.isalnum() and c != " ") for phrase in lettered}
    others = [phrase for phrase in phrases if phrase not in lettered]
    return index, "".join(sorted(signs)), _pattern(phrases), _pattern(others) if others else None, phrases


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of phrases that begin or end with punctuation.

    Each begins with a plain character: the search skips to those.
    """
    alternatives = (
        re.escape(p[0])
        + (f"(?<![^\\W_]{p[0]})" if p[0].isalnum() else "")
        + re.escape(p[1:])
        + ("(?![^\\W_])" if p[-1].isalnum() else "")
        for p in sorted(phrases, key=len, reverse=True)
    )
    return re.compile("|".join(alternatives))


def _keep(kept: list[Hit], hit: Hit) -> None:
    """Add a hit to those that end before it, unless one that it overlaps is as long."""
    start, end, _ = hit
    first = len(kept)
    while first and kept[first - 1][1] > start:
        first -= 1
        if kept[first][1] - kept[first][0] >= end - start:
            return
    kept[first:] = [hit]


def _merge(hits: list[Hit], marks: list[Hit]) -> list[Hit]:
    """Return hits and marks in order, without the hits that a mark overlaps: ", and" holds "and"."""
    merged: list[Hit] = []
    at = 0
    for mark in marks:
        start, end, _ = mark
        while at < len(hits) and hits[at][1] <= start:
            merged.append(hits[at])
            at += 1
        while at < len(hits) and hits[at][0] < end:
            at += 1
        merged.append(mark)
    merged.extend(hits[at:])
    return merged

"""Many phrases looked up in one pass over a sentence: longest match wins, at word boundaries only."""

import re
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from radmine.parse.text import Folded, words_of

_END_AND_START = itemgetter(0, 1)

Hit = tuple[int, int, Any]
"""A phrase found in a folded text: where it begins and ends, and its value."""


class _Node:
    """What is known of the words that lead to it: what they mean together, and what follows when more come behind them."""

    __slots__ = ("meanings", "more")

    def __init__(self, meanings: tuple[tuple[int, Any], ...], more: "dict[str, _Node] | None" = None) -> None:
        self.meanings = meanings  # the sets that have them, each with its value
        self.more = more


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
        self._first: dict[str, _Node] = {}
        shared: dict[tuple[tuple[int, Any], ...], _Node] = {}  # one object for all ends of one meaning
        for phrase in sorted(values):  # what begins another comes before it
            meant: list[tuple[int, Any]] = []
            for index, value in enumerate(values[phrase]):
                if value is not None:
                    meant.append((index, value))
            meanings = tuple(meant)
            end = shared.get(meanings)
            if end is None:
                end = shared[meanings] = _Node(meanings)
            words = phrase[1:-1].split(" ")
            last = words.pop()
            self._after(words)[last] = end
        self._marked = [_marks_of(i, phrases) for i, phrases in enumerate(marked) if phrases]
        self._none: tuple[tuple[Hit, ...], ...] = ((),) * len(sets)
        self._ends = [0] * len(sets)

    def _after(self, words: list[str]) -> dict[str, _Node]:
        """Return what follows some words, which are made known where they are not."""
        nodes = self._first
        for word in words:
            node = nodes.get(word)
            if node is None:
                node = nodes[word] = _Node((), {})
            elif node.more is None:  # it is shared, and only here goes on
                node = nodes[word] = _Node(node.meanings, {})
            more = node.more
            assert more is not None
            nodes = more
        return nodes

    def _named(self, words: str) -> list[tuple[int, int, tuple[tuple[int, Any], ...]]]:
        """Return where known phrases end and begin in words with spaces around them, and what they mean, in this order."""
        named: list[tuple[int, int, tuple[tuple[int, Any], ...]]] = []
        first = self._first
        parts = words.split(" ")  # an empty one where punctuation was: no phrase without it goes over that
        count = len(parts)
        start = -1
        until = 0
        ordered = True
        for place, word in enumerate(parts):
            node = first.get(word)
            if node is not None:
                end = start + len(word)
                at = place
                while True:
                    if node.meanings:
                        if end <= until:
                            ordered = False
                        until = end
                        named.append((end, start, node.meanings))
                    more = node.more
                    at += 1
                    if more is None or at == count:
                        break
                    word_behind = parts[at]
                    node = more.get(word_behind)
                    if node is None:
                        break
                    end += len(word_behind) + 1
            start += len(word) + 1
        if not ordered:
            named.sort(key=_END_AND_START)
        return named

    def find(self, folded: Folded) -> list[list[Hit]]:
        """Return the phrases of each set in a folded text, in order, the longest where several overlap."""
        found: list[list[Hit]] = list(map(list, self._none))
        ends = self._ends.copy()  # where the last of each set ends
        for end, start, meanings in self._named(folded.words):
            for index, value in meanings:
                kept = found[index]
                if start >= ends[index]:
                    kept.append((start, end, value))
                    ends[index] = end
                    continue
                before, until, _ = kept[-1]
                if start <= before and (len(kept) == 1 or kept[-2][1] <= start):
                    kept[-1] = start, end, value  # it holds that one, and no other
                elif start < before or end > until:  # else it is a part of what is there
                    _keep(kept, (start, end, value))
                ends[index] = kept[-1][1]
        text = folded.text
        for index, signs, pattern, others, phrases in self._marked:
            for sign in signs:
                if sign in text:
                    break
            else:
                if others is None:
                    continue
                pattern = others
            marks = [(m.start(), m.end(), phrases[m[0]]) for m in pattern.finditer(text)]
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

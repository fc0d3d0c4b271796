"""Many phrases looked up in one pass: longest match wins, at word boundaries only."""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import ahocorasick

T = TypeVar("T")


class Hit(NamedTuple):
    """A phrase found in a folded text."""

    start: int
    end: int
    value: Any


class Phrases(Generic[T]):
    """A set of phrases, each with a value."""

    def __init__(self, phrases: Mapping[str, T]) -> None:
        self._automaton = ahocorasick.Automaton()
        for phrase, value in phrases.items():
            word_first, word_last = phrase[0].isalnum(), phrase[-1].isalnum()
            self._automaton.add_word(phrase, (len(phrase), word_first, word_last, value))
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Hit]:
        """Return the phrases in a folded text, in order, the longest where several overlap (the first of equals)."""
        found: list[Hit] = []
        size = len(text)
        for last, (length, word_first, word_last, value) in self._automaton.iter(text):
            end = last + 1
            start = end - length
            if word_last and end < size and text[end].isalnum():
                continue
            if word_first and start and text[start - 1].isalnum():
                continue
            found.append(Hit(start, end, value))
        return longest(found) if len(found) > 1 else found


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in order without overlaps: from left to right, a longer one replaces what it overlaps."""
    kept: list[Hit] = []
    for hit in hits:  # in order of their ends
        if not kept or kept[-1].end <= hit.start:
            kept.append(hit)
            continue
        first = len(kept) - 1
        while first and kept[first - 1].end > hit.start:
            first -= 1
        length = hit.end - hit.start
        if all(rival.end - rival.start < length for rival in kept[first:]):
            kept[first:] = [hit]
    return kept

"""Many phrases looked up in one pass over a sentence: longest match wins, at word boundaries only."""

import re
from collections.abc import Iterable, Mapping, Set
from operator import itemgetter
from typing import Any, NamedTuple

from radmine.parse.text import Folded, words_of_all

_END_AND_START = itemgetter(0, 1)

Hit = tuple[int, int, Any]
"""A phrase found in a folded text: where it begins and ends, and its value."""


_MOST = 1 << 16  # words that are kept
_Meanings = tuple[tuple[int, Any], ...]
"""What words mean: the sets that have them, each with its value."""


PLAIN, UNKNOWN, MISSPELT = 1, 2, 4
"""What a word is that begins no phrase; one that nobody knows; one that is mistyped."""


class _Node:
    """What is known of the words that lead to it: what they mean together, and what follows when more come behind them."""

    __slots__ = ("kind", "meanings", "more", "unread")

    def __init__(self, meanings: _Meanings, kind: int = 0) -> None:
        self.kind = kind
        self.meanings = meanings
        self.more: dict[str, _Node] | None = None
        self.unread: dict[str, _Meanings] | None = None  # what phrases mean, by their words behind it

    def grow(self) -> None:
        """Make nodes of the phrases that begin so: when they are looked for, as few texts have all first words."""
        unread = self.unread
        assert unread is not None
        self.unread = None
        if "" in unread:
            self.meanings = unread.pop("")
        more: dict[str, _Node] = {}
        for phrase, meanings in unread.items():
            nodes = more
            node: _Node | None = None
            for word in phrase.split(" "):
                if node is not None:
                    if node.more is None:
                        node.more = {}
                    nodes = node.more
                node = nodes.get(word)
                if node is None:
                    node = nodes[word] = _Node(())
            assert node is not None
            node.meanings = meanings
        self.more = more or None


class Phrases:
    """Several sets of phrases, each phrase with a value, found together.

    Phrases are in lower case, with spaces for hyphens, as `fold` makes a text. Punctuation within one counts as a space;
    one that begins or ends with punctuation ("?", ", and") is found as it stands.

    Parameters
    ----------
    misspelt
        Words as they are mistyped, and what is meant by them.
    known
        All words that are known; None: nobody asks.
    """

    def __init__(
        self,
        *sets: Mapping[str, Any],
        misspelt: Mapping[str, str] | None = None,
        known: Set[str] | None = None,
    ) -> None:
        self._misspelt = {} if misspelt is None else dict(misspelt)
        self._known = known
        self._first: dict[str, _Node] = {}
        self._seen: dict[str, _Node] = {}  # the words that texts had: few, so that they are found at once
        self._others = [_Node((), kind) for kind in range(8)]  # words that begin no phrase, by what they are
        self._marked: list[tuple[int, _Marked, Mapping[str, Any]]] = []
        for index, phrases in enumerate(sets):
            marked = {p: value for p, value in phrases.items() if not (p[0].isalnum() and p[-1].isalnum())}
            if marked:
                self._marked.append((index, _marks_of(marked), marked))
                phrases = {p: value for p, value in phrases.items() if p not in marked}
            self._add(index, phrases)
        self._ends = [0] * len(sets)

    def _add(self, index: int, phrases: Mapping[str, Any]) -> None:
        """Add the phrases of a set; of two of the same words the first holds."""
        first = self._first
        single: dict[int, _Meanings] = {}  # by the value: many phrases have the same
        for words, value in zip(words_of_all(phrases), phrases.values(), strict=True):
            meanings = single.get(id(value))
            if meanings is None:
                meanings = single[id(value)] = ((index, value),)
            word, _, more = words.partition(" ")
            node = first.get(word)
            if node is None:
                node = first[word] = _Node(())
                node.unread = {more: meanings}
                continue
            unread = node.unread
            assert unread is not None
            known = unread.get(more)
            if known is None:
                unread[more] = meanings
            elif known[-1][0] != index:
                unread[more] = known + meanings

    def _meet(self, word: str) -> _Node:
        """Return what is known of a word that no text had yet, and keep it."""
        kind = UNKNOWN if self._known is not None and word not in self._known else 0
        node = self._first.get(word)
        if word in self._misspelt:
            node = self._others[kind | MISSPELT]
        elif node is None:
            node = self._others[kind | PLAIN]
        elif node.unread is not None:
            node.grow()
        if len(self._seen) == _MOST:
            self._seen.clear()
        self._seen[word] = node
        return node

    def _named(self, parts: list[str]) -> tuple[list[tuple[int, int, _Meanings]], int]:
        """Return where known phrases end and begin in words one behind the other, and what they mean, in this order.

        A word is empty where punctuation was: no phrase without it goes over that. The number is of what kinds words are that
        begin none.
        """
        named: list[tuple[int, int, _Meanings]] = []
        seen = self._seen
        count = len(parts)
        start = 0
        until = 0
        kinds = 0
        ordered = True
        for place, word in enumerate(parts):
            node = seen.get(word)
            if node is None:
                node = self._meet(word)
            if node.kind:
                kinds |= node.kind
            else:
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
        return named, kinds

    def _mended(self, parts: list[str]) -> list[tuple[int, int, _Meanings]]:
        """Return where known phrases stand in words some of which are misspelt."""
        meant = [self._misspelt.get(word, word) for word in parts]
        ends: dict[int, int] = {}  # where words end, by where they would
        starts: dict[int, int] = {}
        at = low = 0
        for word, right in zip(parts, meant, strict=True):
            starts[low] = at
            at, low = at + len(word), low + len(right)
            ends[low] = at
            at, low = at + 1, low + 1
        return [(ends[end], starts[start], meanings) for end, start, meanings in self._named(meant)[0]]

    def find(self, folded: Folded) -> list[list[Hit]]:
        """Return the phrases of each set in a folded text, in order, the longest where several overlap."""
        return self.read(folded)[0]

    def read(self, folded: Folded) -> tuple[list[list[Hit]], bool]:
        """Return the phrases that `find` does, and whether nobody knows a word of the text."""
        ends = self._ends.copy()  # where the last of each set ends
        found: list[list[Hit]] = [[] for _ in ends]
        parts = folded[1]
        named, kinds = self._named(parts)
        if kinds & MISSPELT:
            named = self._mended(parts)
        for end, start, meanings in named:
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
        for index, marked, phrases in self._marked:
            pattern = _sought(text, marked)
            if pattern is not None:
                marks = [(m.start(), m.end(), phrases[m[0]]) for m in pattern.finditer(text)]
                if marks:
                    found[index] = _merge(found[index], marks)
        return found, kinds & UNKNOWN != 0


class _Marked(NamedTuple):
    """Phrases that begin or end with punctuation, none of which is there without its sign."""

    lettered: list[tuple[str, list[str]]]  # signs, and the phrases with them that begin with a letter
    every: re.Pattern[str]
    signs: list[str]  # with which the others begin
    others: re.Pattern[str]


def _marks_of(phrases: Mapping[str, Any]) -> _Marked:
    """Return the phrases of a set that begin or end with punctuation as they are looked for."""
    lettered: dict[str, list[str]] = {}
    others = []
    for phrase in phrases:
        if phrase[0].isalnum():
            sign = next(c for c in phrase if not c.isalnum() and c != " ")
            lettered.setdefault(sign, []).append(phrase)
        else:
            others.append(phrase)
    signs = sorted({phrase[0] for phrase in others})
    return _Marked(list(lettered.items()), _pattern(phrases), signs, _pattern(others))


def _sought(text: str, marked: _Marked) -> re.Pattern[str] | None:
    """Return the pattern of the phrases that a text may hold, None where it can hold none."""
    lettered, every, signs, others = marked
    for sign, phrases in lettered:
        if sign in text:
            for phrase in phrases:
                if phrase in text:
                    return every
    for sign in signs:
        if sign in text:
            return others
    return None


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

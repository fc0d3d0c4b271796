"""Words that are written wrong: `near_word`, over an index of what is left of the words of a vocabulary without a letter or two."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from radmine.parse.data_files import load_data

SHORTEST = 6  # letters: shorter words are too near to others
LONG = 9  # letters: from here on two slips are one word's
SLIP = 2  # what a slip counts
_ALIKE = ("aeiouy", "cksz", "fpv", "mn", "dt", "gj", "lr")
_KEYS = "qwertyuiop asdfghjkl zxcvbnm"
_HEAD = 7  # letters of a word that the index goes by


class Spellings:
    """Words, ready to be found by what is near to them.

    Parameters
    ----------
    meaning
        What words mean that say something alone: words of one meaning do not compete.
    """

    def __init__(self, words: Iterable[str], meaning: Mapping[str, Any]) -> None:
        self.meaning = meaning
        data = load_data("spelling")
        self.beginnings = tuple(sorted(data["beginnings"], key=len, reverse=True))  # "hypo", "hyper"
        self.endings = tuple(sorted(data["endings"], key=len, reverse=True))  # "itis", "osis"
        self.inflections: tuple[str, ...] = tuple(data["inflections"])
        self._words: dict[str, list[str]] = {}  # by the first letter, which is always right
        for word in sorted(set(words)):
            if len(word) >= SHORTEST and word.isascii() and word.isalpha():
                self._words.setdefault(word[0], []).append(word)
        self._near: dict[str, dict[str, list[str]]] = {}

    def near(self, letter: str) -> Mapping[str, Sequence[str]]:
        """Return the words with a first letter, by what is left of their heads."""
        near = self._near.get(letter)
        if near is None:
            near = {}
            for word in self._words.get(letter, ()):
                for left in _left(word):
                    near.setdefault(left, []).append(word)
            self._near[letter] = near
        return near


def near_word(word: str, spellings: Spellings) -> str | None:
    """Return the word that a slip of the pen made another, two in a long one; None where there is none, or several.

    A slip is a letter too many, too few or wrong, or two that changed places; the first letter is always right.
    """
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return None
    best, found = most_of(word) + 1, list[str]()
    tried: set[str] = set()
    near = spellings.near(word[0])
    for left in _left(word):
        for other in near.get(left, ()):
            if other in tried:
                continue
            tried.add(other)
            most = min(best, most_of(word), most_of(other))
            far = distance(word, other, most)
            if far > most or _means_other(word, other, spellings):
                continue
            if far < best:
                best, found = far, []
            found.append(other)
    several = len({spellings.meaning.get(other, other) for other in found}) > 1
    if several and not set.intersection(*(_stems(other, spellings.inflections) for other in found)):
        return None  # forms of one word say the same
    return found[0] if found else None


def most_of(word: str) -> int:
    """Return how far a word may be from the one that is meant."""
    return 2 * SLIP if len(word) >= LONG else SLIP + 1


def _left(word: str) -> Iterator[str]:
    """Yield the head of a word, and what is left of it without a letter or two."""
    head = word[:_HEAD]
    yield head
    for count in range(1, 1 + most_of(word) // SLIP):
        for dropped in combinations(range(1, len(head)), count):
            yield "".join(c for i, c in enumerate(head) if i not in dropped)


def distance(one: str, other: str, most: int) -> int:
    """Return how far two words are apart, `SLIP` for each slip and more for letters that nobody mixes up; above `most` where they are farther."""
    if abs(len(one) - len(other)) * SLIP > most:
        return most + 1
    before: list[int] = []
    row = [SLIP * j for j in range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [SLIP * i] * (len(other) + 1)
        for j, against in enumerate(other, 1):
            cost = before[j - 1] + (0 if letter == against else _mixed_up(letter, against))
            cost = min(cost, before[j] + SLIP, row[j - 1] + SLIP)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + SLIP)
            row[j] = cost
        if min(row) > most:
            return most + 1
    return row[-1]


def _mixed_up(one: str, other: str) -> int:
    """Return how far two letters are apart: those that sound alike, those side by side on a keyboard, others."""
    if any(one in alike and other in alike for alike in _ALIKE):
        return SLIP
    return SLIP + 1 if one + other in _KEYS or other + one in _KEYS else 2 * SLIP


def _means_other(word: str, other: str, spellings: Spellings) -> bool:
    """Return whether two near words are words of two meanings, or two forms of one."""
    for parts, fits in ((spellings.beginnings, str.startswith), (spellings.endings, str.endswith)):
        one = next((part for part in parts if fits(word, part)), None)
        if one is not None and one != next((part for part in parts if fits(other, part)), None):
            return True
    inflections: Iterable[str] = spellings.inflections
    if word[-1] == other[-1] == "s":  # such forms are written differently by a slip only
        inflections = (end for end in inflections if end[-1] != "s")
    ends = tuple(inflections)
    return not _stems(word, ends).isdisjoint(_stems(other, ends))


def _stems(word: str, inflections: Iterable[str]) -> set[str]:
    return {
        word,
        *(word[: -len(end)] for end in inflections if word.endswith(end) and len(word) - len(end) > 3),
    }

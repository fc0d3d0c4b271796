"""Sentence templates and the draft that they are written into, which remembers where each mention stands.

Notation of a template: `(a|b|)` one of these; `{slot}` filled by the writer; `[x]` a mention of the finding at hand;
`[name:x]` of another finding; `[a+b:x]` of two; after the `[` may stand `-` absent, `?` uncertain, `^` historical, `>` hypothetical.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from radmine.records import Assertion, Experiencer, Temporality

Status = tuple[Assertion, Temporality, Experiencer]
Op = tuple[int, str]
Variants = tuple[tuple[Op, ...], ...]  # all that a template can become; slots and mentions are still open
RawMention = tuple[int, int, str, Status]

TEXT, SLOT, OPEN, CLOSE, ARTICLE = range(5)

PRESENT: Status = (Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT)
ABSENT: Status = (Assertion.ABSENT, Temporality.CURRENT, Experiencer.PATIENT)
UNCERTAIN: Status = (Assertion.UNCERTAIN, Temporality.CURRENT, Experiencer.PATIENT)
HISTORICAL: Status = (Assertion.PRESENT, Temporality.HISTORICAL, Experiencer.PATIENT)
HYPOTHETICAL: Status = (Assertion.UNCERTAIN, Temporality.HYPOTHETICAL, Experiencer.PATIENT)
FAMILY: Status = (Assertion.PRESENT, Temporality.HISTORICAL, Experiencer.OTHER)
_MARKS = {"-": ABSENT, "?": UNCERTAIN, "^": HISTORICAL, ">": HYPOTHETICAL}

_TOKEN = re.compile(r"\{(\w+)\}|\[([-?^>]?(?:[\w+@]+:)?)|(\])|([^{}\[\]]+)")
_MOST_VARIANTS = 4000


def _alternatives(template: str) -> Iterator[str]:
    """Yield a template with every choice `(a|b)` made in every way."""
    start = template.find("(")
    if start < 0:
        yield template
        return
    depth, bars, end = 0, [start], start
    for end in range(start, len(template)):
        letter = template[end]
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 1:
            bars.append(end)
        if depth == 0:
            break
    if depth:
        raise ValueError(f"a choice has no end: {template}")
    bars.append(end)
    rest = list(_alternatives(template[end + 1 :]))
    for left, right in pairwise(bars):
        for middle in _alternatives(template[left + 1 : right]):
            for tail in rest:
                yield template[:start] + middle + tail


def _ops(text: str) -> tuple[Op, ...]:
    ops: list[Op] = []
    for slot, opened, closed, literal in _TOKEN.findall(text):
        if slot:
            ops.append((ARTICLE, "") if slot == "a" else (SLOT, slot))
        elif closed:
            ops.append((CLOSE, ""))
        elif literal:
            ops.append((TEXT, literal))
        else:
            ops.append((OPEN, opened.removesuffix(":")))
    return tuple(ops)


@cache
def compile_template(*templates: str) -> Variants:
    """Return all that the templates can become, each choice made."""
    variants = [_ops(re.sub("  +", " ", text)) for t in templates for text in _alternatives(t)]
    if len(variants) > _MOST_VARIANTS:
        raise ValueError(
            f"a template has {len(variants)} variants, at most {_MOST_VARIANTS} are kept in memory"
        )
    return tuple(variants)


class Draft:
    """A report being written: the text so far and the spans that were marked in it."""

    __slots__ = (
        "_article",
        "_opened",
        "_start",
        "finding",
        "length",
        "mentions",
        "parts",
        "rnd",
        "slots",
        "status",
    )

    def __init__(self, rng: random.Random) -> None:
        self.rnd = rng.random
        self.parts: list[str] = []
        self.length = 0
        self.mentions: list[RawMention] = []
        self.slots: Mapping[str, str | Variants] = {}
        self.finding = ""
        self.status = PRESENT
        self._article = False
        self._start = 0
        self._opened = ""

    def pick(self, sequence: Sequence[str]) -> str:
        """Return one of some words."""
        return sequence[int(self.rnd() * len(sequence))]

    def add(self, text: str) -> None:
        """Write plain text."""
        if self._article and text:
            self._article = False
            article = "an " if text[0] in "aeiouAEIOU8" or text[:3] in ("11 ", "18 ") else "a "
            self.parts.append(article)
            self.length += len(article)
            self._start = self.length
        if text:
            self.parts.append(text)
            self.length += len(text)

    def render(self, variants: Variants) -> None:
        """Write one variant of a template with the present `slots`, `finding` and `status`."""
        parts = self.parts
        for code, value in variants[int(self.rnd() * len(variants))]:
            if code == SLOT:
                filler = self.slots[value]
                if isinstance(filler, tuple):
                    self.render(filler)
                    continue
                value = filler
            if code <= SLOT:
                if self._article:
                    self.add(value)
                elif value:
                    parts.append(value)
                    self.length += len(value)
            elif code == OPEN:
                self._start, self._opened = self.length, value
            elif code == CLOSE:
                self._close()
            else:
                self._article = True

    def _close(self) -> None:
        if not self._opened:
            self.mentions.append((self._start, self.length, self.finding, self.status))
            return
        status, finding = self.status, self._opened
        if finding[0] in _MARKS:
            status, finding = _MARKS[finding[0]], finding[1:]
        for name in (finding or self.finding).split("+"):
            self.mentions.append((self._start, self.length, name, status))

    def capitalise(self, part: int) -> None:
        """Make the first letter of a part a capital."""
        text = self.parts[part]
        if text[0].islower():
            self.parts[part] = text[0].upper() + text[1:]

    def trim(self) -> None:
        """Take blanks and commas off the end."""
        while (last := self.parts[-1])[-1:] in " ,":
            kept = last.rstrip(" ,")
            self.length -= len(last) - len(kept)
            if kept:
                self.parts[-1] = kept
                return
            self.parts.pop()

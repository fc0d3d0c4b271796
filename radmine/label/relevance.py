"""Which of a sentence's findings an image that it refers to shows: `relevance_of`, after LesaNet.

Yan et al. (CVPR 2019, "Holistic and comprehensive annotation of clinically significant findings on diverse CT images") told
three kinds of findings apart in the sentence that refers to an image: those that the image shows, those that it may show,
and those of another place, image or time. They learned it; here reading order decides. A reference stands behind what it
shows ("nodule (3:4) and cyst (3:9)"), or before it where nothing stands before ("image 4 shows a nodule").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from radmine.findings import Lexicon, load_lexicon
from radmine.parse import unmarked_text
from radmine.records import Assertion, Mention, Reference


class Relevance(StrEnum):
    """Whether an image that a sentence refers to shows what the sentence says of a finding."""

    RELEVANT = "relevant"
    UNCERTAIN = "uncertain"  # it may: several findings stand before the reference, or the sentence doubts
    IRRELEVANT = "irrelevant"  # of another place, image or time


# Words between two findings: they are one thing; one is seen at the other; another statement begins.
_SAME = re.compile(
    r"\b(?:consistent|compatible|keeping) with\b|\b(?:diagnostic|indicative|suggestive) of\b"
    r"|\b(?:suspicious|concerning|worrisome) for\b|\b(?:versus|vs|likely|probably|possibly|due to|secondary to)\b"
    r"|\b(?:represent|reflect|indicat|suggest|favou?r)(?:s|es|ing|ed|ative)?\b"
)
# What is said of the finding before: "the nodule in the lower lobe is ground-glass".
_IS = re.compile(r"\b(?:is|are|appears?|looks?|remains?)\s(?:\w+ly\s)?$")
_BESIDE = re.compile(r"\b(?:with|within|containing|causing|surrounding|adjacent|surrounded)\b")
_LIST = re.compile(r",|\b(?:and|or|also)\b")
_TURN = re.compile(
    r";|[.!?]\s|\b(?:but|however|while|whereas|although)\b|\b(?:and|,)\s+there\b|,\s*and\s+the\b"
)
_JOINING = re.compile(r"\W*(?:(?:and|or|to|on|in|of|as well as|series|images?|se|im)\b\W*)*")
_BEFORE, _AFTER = 60, 20  # characters that are looked at around a reference
_BRACKETS = re.compile(r"[(\[][^()\[\]]*$")  # one that is still open


@dataclass(slots=True)
class _Thing:
    """Findings that are one thing in the sentence: "opacity consistent with pneumonia"."""

    start: int
    end: int
    members: list[int]  # indices of mentions
    negative: bool


@dataclass(slots=True)
class _Pointer:
    """References in one place."""

    start: int
    end: int
    members: list[int]  # indices of references
    enclosed: bool  # in brackets
    prior: bool


def relevance_of(
    text: str,
    mentions: Sequence[Mention],
    references: Sequence[Reference],
    lexicon: Lexicon | None = None,
) -> list[tuple[Relevance, ...]]:
    """Return for each reference of a sentence whether its image shows each mention of that sentence, in their orders.

    Parameters
    ----------
    text
        The report; offsets of the mentions and references count in it.
    mentions, references
        Those of one sentence, in its order.
    lexicon
        The parents of findings, which tell that two names are one thing; None: ours.

    Examples
    --------
    >>> from radmine.link import find_references
    >>> from radmine.parse import parse_report
    >>> text = "Gallstone (series 3, image 4) and renal cyst (series 3, image 9)."
    >>> for row in relevance_of(text, parse_report(text).mentions, find_references(text)):
    ...     print(*row)
    relevant irrelevant
    irrelevant relevant
    """
    text, mentions, references = _near(text, mentions, references)
    plain = _without(text, references)
    things = _things(plain, mentions, lexicon or load_lexicon())
    pointers = _pointers(text, references, things)
    table = [[Relevance.IRRELEVANT] * len(mentions) for _ in references]
    for shown, pointer in zip(_shown(plain, things, pointers), pointers, strict=True):
        for thing, reference, relevance in _paired(text, shown, pointer):
            for member in thing.members:
                doubted = mentions[member].assertion is Assertion.UNCERTAIN
                table[reference][member] = Relevance.UNCERTAIN if doubted else relevance
    return [tuple(row) for row in table]


def _near(
    text: str, mentions: Sequence[Mention], references: Sequence[Reference]
) -> tuple[str, list[Mention], list[Reference]]:
    """Return the sentence as it is read, what stands near it, and its mentions and references, with offsets into that.

    A report may have as many sentences as it is long: nothing is done to all of it for one of them.
    """
    low = max(0, min([*(m.start for m in mentions), *(r.start for r in references)], default=0) - _BEFORE)
    high = max([*(m.end for m in mentions), *(r.end for r in references)], default=0) + _AFTER
    return (
        unmarked_text(text[low:high]),
        [m._replace(start=m.start - low, end=m.end - low) for m in mentions],
        [r._replace(start=r.start - low, end=r.end - low) for r in references],
    )


def _without(text: str, references: Sequence[Reference]) -> str:
    """Return the text in lower case as far as that keeps offsets, with blanks for references and brackets."""
    lower = text.lower()
    characters = list(lower if len(lower) == len(text) else text)
    for reference in references:
        characters[reference.start : reference.end] = " " * (reference.end - reference.start)
    return "".join(" " if c in "()[]" else c for c in characters)


def _things(plain: str, mentions: Sequence[Mention], lexicon: Lexicon) -> list[_Thing]:
    """Return the things that mentions name, without those of another time or person."""
    things: list[_Thing] = []
    for index, mention in enumerate(mentions):
        if not mention.of_patient_now:
            continue
        negative = mention.assertion is Assertion.ABSENT
        last = things[-1] if things else None
        if last is not None and last.negative == negative:
            before = mentions[last.members[-1]]
            between = plain[last.end : mention.start]
            if mention.start < last.end or _is_one(before, mention, between, lexicon):
                last.members.append(index)
                last.end = max(last.end, mention.end)
                continue
        things.append(_Thing(mention.start, mention.end, [index], negative))
    return things


def _is_one(first: Mention, second: Mention, between: str, lexicon: Lexicon) -> bool:
    if _TURN.search(between):
        return False
    if between == " " or _SAME.search(between) or _IS.search(between):
        return True
    above = lexicon.ancestors
    related = first.finding in above(second.finding) or second.finding in above(first.finding)
    return related and not _LIST.search(between)


def _pointers(text: str, references: Sequence[Reference], things: Sequence[_Thing]) -> list[_Pointer]:
    pointers: list[_Pointer] = []
    for index, reference in enumerate(references):
        last = pointers[-1] if pointers else None
        if last is not None and last.prior == reference.prior:
            between = text[last.end : reference.start].lower()
            apart = any(last.end <= thing.start < reference.start for thing in things)
            if not apart and _JOINING.fullmatch(between):
                last.members.append(index)
                last.end = reference.end
                continue
        # A mark alone stands behind what it shows, as one in brackets does.
        enclosed = (
            reference.mark
            or _BRACKETS.search(text, max(0, reference.start - _BEFORE), reference.start) is not None
        )
        pointers.append(_Pointer(reference.start, reference.end, [index], enclosed, reference.prior))
    return pointers


_Shown = list[tuple[_Thing, Relevance]]


def _shown(plain: str, things: Sequence[_Thing], pointers: Sequence[_Pointer]) -> Iterator[_Shown]:
    """Yield for each place with references what is shown there, surely or perhaps; nothing at an earlier study's.

    A place with nothing of its own shows what the one before it shows: "cyst, previously 6 mm (prior 2:8), now 9 mm (3:4)".
    """
    begin = 0  # things that start before this belong to earlier pointers
    last: _Shown = []
    for place, pointer in enumerate(pointers):
        following = pointers[place + 1] if place + 1 < len(pointers) else None
        limit = following.start if following else len(plain)
        before = [t for t in things if begin <= t.start < pointer.start]
        after = [t for t in things if pointer.end <= t.start < limit]
        leads = after and not before and not pointer.prior and (place == 0 or not pointer.enclosed)
        if leads:
            shared = following is not None and _trails(plain, things, following)
            if shared and len(after) > 1:
                after = after[:-1]
            begin = limit if not shared else pointer.end if len(after) == 1 else after[-1].end
            last = list(_from_first(plain, after))
        elif before:
            begin = pointer.end
            last = list(_from_last(plain, before))
            if following is None or not _trails(plain, things, following):
                last += [(t, Relevance.UNCERTAIN) for t in after[:1] if _is_beside(plain, pointer.end, t)]
        yield [] if pointer.prior else last


def _trails(plain: str, things: Sequence[_Thing], pointer: _Pointer) -> bool:
    """Return whether a pointer stands behind what it shows."""
    return pointer.enclosed or not any(t.start >= pointer.end for t in things)


def _from_first(plain: str, after: Sequence[_Thing]) -> Iterator[tuple[_Thing, Relevance]]:
    """Yield what a reference before its findings shows: all of them up to where another statement begins."""
    for thing in after:
        if _TURN.search(plain, after[0].end, thing.start):
            return
        yield thing, Relevance.RELEVANT


def _from_last(plain: str, before: Sequence[_Thing]) -> Iterator[tuple[_Thing, Relevance]]:
    """Yield what a reference behind its findings shows: the nearest, and perhaps those listed with it."""
    positive = [t for t in before if not t.negative] or list(before)
    relevance = Relevance.RELEVANT
    following: _Thing | None = None
    for thing in reversed(positive):
        if following is not None:
            between = plain[thing.end : following.start]
            if _TURN.search(between):
                return
            if _LIST.search(between) or not _BESIDE.search(between):
                relevance = Relevance.UNCERTAIN
        yield thing, relevance
        following = thing


def _is_beside(plain: str, end: int, thing: _Thing) -> bool:
    between = plain[end : thing.start]
    return not thing.negative and bool(_BESIDE.search(between)) and not _TURN.search(between)


def _paired(text: str, shown: _Shown, pointer: _Pointer) -> Iterator[tuple[_Thing, int, Relevance]]:
    """Yield what each reference of a pointer shows: in turn where the text says "respectively", else all the same.

    As many references as things, and no word on which is which: each may show any.
    """
    things = sorted((thing for thing, _ in shown), key=lambda thing: thing.start)
    if len(things) == len(pointer.members) > 1:
        if "respectively" in text[pointer.start : pointer.end + _AFTER].lower():
            yield from ((t, r, Relevance.RELEVANT) for t, r in zip(things, pointer.members, strict=True))
            return
        shown = [(thing, Relevance.UNCERTAIN) for thing in things]
    yield from ((thing, reference, relevance) for thing, relevance in shown for reference in pointer.members)

"""Which mention a recommendation or a category belongs to."""

import functools
import re
from collections.abc import Sequence

from radmine.findings import ancestors
from radmine.parse.data_files import load_data
from radmine.records import Assertion, Category, Mention, Recommendation, Sentence, Span, Temporality

_DEVICE = "support_device"
_OF = re.compile(r"[^.;:,]*\bof(?:\s(?!and\b)[\w-]+){0,4}\s", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:exclu\w+|rule|assess\w*|evaluat\w*|concern\w*|suspicio\w+)\b", re.IGNORECASE)
# "A mass with calcification" is a mass.
_WITH = re.compile(r"[^.;:,]*(?<!consistent)(?<!compatible)(?<!keeping)\swith\b[^.;:,]*", re.IGNORECASE)
_SAMPLED = re.compile(
    r"mass|nodul|lesion|cyst|tumou?r|cancer|lymph|polyp|metasta|calcifi|asymmetr|thicken|neoplas|collection|"
    r"distortion|oma\b"
)
_SIZE_BEFORE = re.compile(r"(\d+(?:\.\d+)?)[\s-]?([cm])m\b[^.;:,]{0,25}$", re.IGNORECASE)
_SIZE_AFTER = re.compile(r"[\s,(]{1,2}(\d+(?:\.\d+)?)[\s-]?([cm])m\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4}")
_CLEAR = re.compile(r"[,;]|\s[-\u2013\u2014]\s")  # what parts a place from advice about it


def is_seen(mention: Mention) -> bool:
    """Return whether a mention says that something is there or may be, not what is looked for or was."""
    return mention.temporality is Temporality.CURRENT or mention.rule.startswith("section_")


def of_advice(
    text: str,
    mentions: Sequence[Mention],
    own: Sequence[int],
    advice: Recommendation,
    places: Sequence[Span],
    sentences: Sequence[Sentence],
    first: int,
    known: dict[int, int | None],
    *,
    impression: bool,
) -> int | None:
    """Return the mention that a recommendation is for: of its sentence, else of those before it; offsets are the report's.

    A device only where it is to be moved, or nothing else is there.

    Parameters
    ----------
    own
        The mentions of its sentence that are seen.
    places
        The words of sites in its sentence.
    first
        The mentions of the report before its sentence.
    known
        The mention that what a sentence says beside its findings belongs to, by sentence: of it and of those before.
    impression
        Whether sentences that deny, and those of devices, may stand between it and its finding.
    """
    own = [i for i in own if not text.startswith(" clinic", mentions[i].end)]
    for i in own:
        lead = text[advice.start : mentions[i].start] if mentions[i].start > advice.start else ""
        if _OF.fullmatch(lead) and not _ASKS.search(lead):
            return i
    moved, sampled = advice.kind == "intervention", advice.kind == "biopsy" or advice.modality == "PT"
    devices = [i for i in own if _is_device(mentions[i].finding)]
    found = own if moved else [i for i in own if i not in devices]
    if found:
        return _nearest(text, mentions, found, advice.start, sampled=sampled)
    if _has_place(text, places, sentences[advice.sentence].start, advice.start):
        return None
    for place in (advice.sentence, advice.sentence - 1):
        if (near := known.get(place)) is not None:
            return near
    at = first
    rest = devices
    for place in range(advice.sentence - 1, -1, -1):
        last = at
        while at and mentions[at - 1].sentence == place:
            at -= 1
        if sentences[place].section != sentences[advice.sentence].section and advice.sentence - place > 1:
            break
        seen = [i for i in range(at, last) if mentions[i].assertion is not Assertion.ABSENT]
        seen = [i for i in seen if is_seen(mentions[i])]
        found = seen if moved else [i for i in seen if not _is_device(mentions[i].finding)]
        if found:
            of = _nearest(text, mentions, found, advice.start, sampled=sampled)
            if not (sampled and impression) or _SAMPLED.search(mentions[of].finding):
                return of
            rest = rest or [of]
        elif known.get(place) is not None:
            return known[place]
        rest = rest or seen
        if not impression or at == last:
            break
    return rest[-1] if rest else None


def _has_place(text: str, places: Sequence[Span], start: int, end: int) -> bool:
    """Return whether a sentence speaks of a place, where no finding is named, before what it advises."""
    before = [place for place in places if place[1] <= end]
    if not before or not _CLEAR.search(text, before[0][1], end):
        return False
    rest: list[str] = []
    for low, high in before:
        rest.append(text[start:low])
        start = max(start, high)
    return _WORD.search(" ".join([*rest, text[start:end]])) is not None


def of_category(
    text: str,
    mentions: Sequence[Mention],
    own: Sequence[int],
    item: Category,
    sentence: Span,
    first: int,
) -> int | None:
    """Return the mention that a category belongs to: of its size, of its sentence, else the only one that it can be of.

    Parameters
    ----------
    own
        The mentions of its sentence that are not denied.
    sentence
        Where its sentence stands.
    first
        The mentions of the report before its sentence.
    """
    about = _about().get(item.system, ())
    fit = [i for i in own if _fits(mentions[i], about)] or own
    nearest = _nearest(text, mentions, fit, item.start) if fit else None
    size = _SIZE_BEFORE.search(text, sentence[0], item.start) or _SIZE_AFTER.match(text, item.end)
    if size is not None:
        mm = float(size[1]) * (10 if size[2] in "cC" else 1)
        if nearest is None or (mentions[nearest].size_mm and mm not in mentions[nearest].size_mm):
            same = [i for i, other in enumerate(mentions) if mm in other.size_mm and _can_be(other, about)]
            return min(same, key=lambda i: abs(mentions[i].start - item.start)) if same else None
    if nearest is not None or not about:
        return nearest
    earlier = [i for i in range(first) if _can_be(mentions[i], about) and _fits(mentions[i], about)]
    close = [i for i in earlier if mentions[i].sentence == item.sentence - 1]
    only = close or earlier
    if len(close) > 1:
        head = _nearest(text, mentions, close, item.start)
        return head if len({mentions[i].finding for i in close}) == 1 or head != close[-1] else None
    return only[0] if len(only) == 1 else None


def _can_be(mention: Mention, about: Sequence[str]) -> bool:
    return (
        mention.assertion is not Assertion.ABSENT
        and is_seen(mention)
        and not _is_device(mention.finding)
        and (not about or _fits(mention, about))
    )


def _fits(mention: Mention, about: Sequence[str]) -> bool:
    """Return whether a mention is of the organ that a system is about."""
    words = f"{mention.finding} {' '.join(mention.sites)} {mention.anatomy or ''}"
    return any(word in words for word in about)


@functools.cache
def _about() -> dict[str, tuple[str, ...]]:
    return {entry["name"]: tuple(entry.get("about", ())) for entry in load_data("categories")["system"]}


def _is_device(finding: str) -> bool:
    return finding == _DEVICE or _DEVICE in ancestors(finding)


def _nearest(
    text: str, mentions: Sequence[Mention], found: Sequence[int], start: int, *, sampled: bool = False
) -> int:
    """Return which of some mentions is nearest to a place: the last before it, else the first after; a thing before its features.

    `sampled`: whether one of which tissue can be taken comes first.
    """
    if sampled:
        found = [i for i in found if _SAMPLED.search(mentions[i].finding)] or found
    before = [i for i in found if mentions[i].start < start]
    if not before:
        return found[0]
    last = before[-1]
    for i in before[-2::-1]:
        if mentions[i].sentence == mentions[last].sentence and _WITH.fullmatch(
            text, mentions[i].end, mentions[before[-1]].start
        ):
            last = i
            break
    return last

"""A contact sheet as a value: what was asked, and of each hit its picture and its words; the pages and pictures are made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radmine.records import Hit, Span
from radmine.search.asked import Asked
from radmine.search.pictures import Picture, Pictures

_DOTS = 8  # characters of "..." before and after a part
_MOST = 400  # hits on a sheet: a page of 5 megabytes


@dataclass(frozen=True, slots=True)
class Tile:
    """A hit and its picture."""

    hit: Hit
    picture: Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a contact sheet shows."""

    title: str  # what was asked
    count: str  # how many there are
    query: Picture | None  # the picture that was asked with
    ranked: bool
    tiles: tuple[Tile, ...]


def sheet_of(hits: Sequence[Hit], *, asked: Asked, pictures: Pictures, total: int | None) -> Sheet:
    """Return the sheet of hits, with their pictures read.

    Parameters
    ----------
    total
        How many hits there are in all, where that is known.
    """
    shown = hits[:_MOST]
    found = pictures.of(hit.image_id for hit in shown if hit.image_id)
    query = None if asked.image is None else pictures.of_query(asked.image)
    none = Picture(None, "neither this report nor its study has an image")
    tiles = (Tile(hit, found.get(hit.image_id or "", none)) for hit in shown)
    return Sheet(
        asked.words, count_words(len(shown), total or len(hits), asked), query, asked.by_rank, tuple(tiles)
    )


def count_words(shown: int, total: int, asked: Asked) -> str:
    """Return how many hits there are, in words."""
    many = f"{shown:,} of {total:,}" if total > shown else f"{shown:,}"
    either = f" ({asked.alternatives})" if asked.alternatives else ""
    order = "" if asked.by_rank else ", newest study first"
    return f"{many} {'hit' if total == 1 else 'hits'}{order}{either}"


def reason_words(hit: Hit) -> str:
    """Return why a hit was found, in a few words: findings, or the words of the text that were asked for; how its image belongs to it."""
    by: dict[str, list[str]] = {}
    for reason in hit.why:
        by.setdefault(reason.by, []).append(reason.detail)
    parts = by.get("finding", []) + by.get("silent", [])
    if not parts and "terms" in by:
        parts = [f"words: {', '.join(by['terms'])}"]
    if "finding" not in by:
        parts += by.get("near", [])
    if "image" in by and hit.kind == "report":  # else it is the score
        parts = [*parts, f"image {by['image'][0]}"]
    parts = [*parts, *(f"the image itself: {said}" for said in by.get("image_label", []))]
    parts += [f"image {detail}" for detail in by.get("study", [])]
    return "; ".join([*parts, *(f"linked by {method.replace('_', ' ')}" for method in by.get("link", []))])


def fact_words(hit: Hit) -> tuple[str, ...]:
    """Return modality and date of a hit, as far as they are known."""
    return tuple(fact for fact in (hit.modality, hit.study_date) if fact)


def sentence_pieces(hit: Hit, *, most: int = 300) -> Iterator[tuple[str, bool]]:
    """Yield the sentence of a hit as one line in pieces, each with whether it was found.

    Parameters
    ----------
    most
        Characters; of a longer sentence comes what stands around the words found, with "..." for the rest.
    """
    text, at = one_line(hit.sentence or ""), 0
    for first, last in _windows(text, most, hit.marks):
        if first:
            yield " ... " if at else "... ", False
        at = first
        for start, end in hit.marks:
            if at <= start < last:
                yield text[at:start], False
                yield text[start : min(end, last)], True
                at = min(end, last)
        yield text[at:last], False
        at = last
    if at < len(text):
        yield " ...", False


def _windows(text: str, most: int, marks: Sequence[Span]) -> list[Span]:
    """Return which parts of a text to show: one with all marks where they fit, else one around each, as many as fit."""
    if not marks or len(text) <= most or marks[-1][1] - marks[0][0] <= most - _DOTS:
        around = (marks[0][0], marks[-1][1]) if marks else (0, 0)
        return [window(text, most, *around)]
    longest = max(end - start for start, end in marks) + _DOTS
    shown = marks[: max(1, most // longest)]
    parts: list[Span] = []
    for start, end in shown:
        first, last = window(text, most // len(shown), start, end)
        if parts and first <= parts[-1][1]:
            parts[-1] = parts[-1][0], max(last, parts[-1][1])
        else:
            parts.append((first, last))
    return parts


def window(text: str, most: int, start: int, end: int) -> tuple[int, int]:
    """Return which part of a text to show where only so many characters can be: one with the characters from `start` to `end`,
    that begins and ends between words where it can, and leaves room for "..." at either side.
    """
    if len(text) <= most:
        return 0, len(text)
    first, room = 0, max(0, most - 4)
    if end > room:
        room = max(0, room - 4)
        first = max(0, min(start - (room - (end - start)) // 2, len(text) - room))
        first = text.find(" ", first, start) + 1 or first
    last = first + room
    if last >= len(text):
        return first, len(text)
    space = text.rfind(" ", max(end, first), last + 1)
    return first, space if space > first else last


def one_line(text: str) -> str:
    """Return a text as one line of as many characters, in which marks that are obeyed and not shown have no power."""
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )

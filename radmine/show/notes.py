"""The rows of what a report says beside its findings: recommendations, categories of scoring systems, what is incidental."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radmine.records import Assertion, Category, Incidental, Mention, Recommendation, Temporality

NOTE_COLUMNS = ("span", "says", "of", "rule")


@dataclass(frozen=True, slots=True)
class Notes:
    """What a report says beside its findings."""

    recommendations: tuple[Recommendation, ...] = ()
    categories: tuple[Category, ...] = ()
    incidentals: tuple[Incidental, ...] = ()


NO_NOTES = Notes()


def note_rows(notes: Notes, mentions: Sequence[Mention], text: str) -> Iterator[tuple[str, ...]]:
    """Yield what a report says beside its findings in words: where, what, of which finding and by which rule."""
    said: list[tuple[Recommendation | Category | Incidental, str]] = [
        *((r, advised(r, text)) for r in notes.recommendations),
        *((c, scored(c)) for c in notes.categories),
        *((i, "incidental") for i in notes.incidentals),
    ]
    for item, words in said:
        of = "" if item.mention is None else mentions[item.mention].finding
        yield f"{item.start}-{item.end}", words, of, item.rule


def advised(item: Recommendation, text: str) -> str:
    """Return a recommendation in words: "follow up, CT, chest, in 91-183 days, recommended"."""
    days = f"{item.earliest_days}"
    days += "" if item.latest_days == item.earliest_days else f"-{item.latest_days}"
    times = {
        "interval": f"in {days} days",
        "repeated": f"every {days} days",
        "short_term": "short term",
        "after_event": "afterwards",
    }
    parts = (
        item.kind.replace("_", " "),
        item.modality,
        item.anatomy,
        item.when and times.get(item.when, item.when),
        item.condition and text[slice(*item.condition)],
        item.strength.replace("_", " ") if item.needed else "not needed",
        item.source and f"by {item.source}",
    )
    return ", ".join(part for part in parts if part)


def scored(item: Category) -> str:
    """Return a category in words: "Lung-RADS 2 S, historical", "BI-RADS 4A right"."""
    value = None if item.value is None else f"{item.value:g}"
    parts = (item.system, item.category, item.modifier, value, item.side)
    said = [" ".join(part for part in parts if part)]
    said += [] if item.assertion is Assertion.PRESENT else [str(item.assertion)]
    said += [] if item.temporality is Temporality.CURRENT else [str(item.temporality)]
    return ", ".join(said)

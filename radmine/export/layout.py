"""What a format makes of reports or images: columns and rows. The numbers for assertions stand here alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa

from radmine.errors import InputError
from radmine.findings import Lexicon, load_lexicon
from radmine.records import Assertion, Label, ReadReport, Vote

NUMBERS: Mapping[Assertion, int] = MappingProxyType(
    {Assertion.PRESENT: 1, Assertion.ABSENT: 0, Assertion.UNCERTAIN: -1}
)

Row: TypeAlias = tuple[Any, ...]
Said: TypeAlias = Mapping[str, Label]  # by the names of a format


class Item(NamedTuple):
    """A report or an image that goes out, with what is said of it."""

    id: str
    row: Mapping[str, Any]  # of `reports`, without the text, or of `images`
    split: str | None
    labels: Said  # by finding
    voters: Mapping[str, tuple[str, ...]]  # who voted on each finding
    reports: tuple[str, ...] = ()  # that say something of it
    # Where evidence is asked for: the reports in which each vote was cast, and those as they were read.
    cast_in: Mapping[Vote, tuple[str | None, ...]] = MappingProxyType({})
    reads: Mapping[str, ReadReport] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a format."""

    images: bool = False  # a row an image, else a report
    evidence: bool = False
    probabilities: bool = False
    parents: bool = True  # of a scheme: labels are present with what is more special
    implied: bool = True  # labels that only follow from what is said of others
    findings: tuple[str, ...] = ()  # the columns that are wanted, where a format can choose
    lexicon: Lexicon = field(default_factory=load_lexicon)
    occurring: Callable[[], Mapping[str, int]] = (
        dict  # the findings that the corpus has labels of, and how many
    )
    folder: Callable[[], str] = (
        str  # of the source, with all images below it, ends in /; "" where there is none
    )
    endings: Callable[[], Mapping[str, str]] = dict  # of paths whose last part several images have, by image

    def refuse(self, who: str, **options: bool) -> None:
        """Raise InputError where an option is asked for that a format has no use for."""
        for option, asked in options.items():
            if asked:
                name = f"--{option.replace('_', '-')}"
                raise InputError(f"{name} says nothing to {who}.", where=who, do="Leave it out.")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, and the rows of an item in it."""

    schema: pa.Schema
    said: Callable[[Item], Said]  # the labels by the format's own names
    rows: Callable[[Item, Said], Iterable[Row]]
    evidence: bool = False  # whether the rows hold the evidence; else it goes to a file of its own
    note: str = ""  # what is left out


def wide(
    asked: Asked,
    head: Sequence[tuple[str, pa.DataType]],
    names: Sequence[str],
    first: Callable[[Item], Row],
    said: Callable[[Item], Said],
    *,
    own_id: bool = False,
) -> Layout:
    """Return a layout of one row an item: some columns of its own, then one for each label, 1, 0, -1 or nothing.

    Parameters
    ----------
    first
        The values of the columns `head`.
    own_id
        Whether the id of the image stands last.
    """

    def rows(item: Item, labels: Said) -> Iterator[Row]:
        found = [labels.get(name) for name in names]
        numbers = (None if label is None else NUMBERS[label.assertion] for label in found)
        more = probabilities(found) if asked.probabilities else ()
        yield *first(item), *numbers, *more, *((item.id,) if own_id else ())

    more = probability_columns(names) if asked.probabilities else []
    last = [("image_id", TEXT)] if own_id else []
    return Layout(pa.schema([*head, *((name, pa.int8()) for name in names), *more, *last]), said, rows)


def probability_columns(names: Iterable[str]) -> list[tuple[str, pa.DataType]]:
    """Return the columns that hold the probability of each label."""
    return [(f"{name} probability", pa.float64()) for name in names]


def probabilities(labels: Iterable[Label | None]) -> Iterator[float | None]:
    """Yield the probability of each label, None where there is none."""
    return (None if label is None else round(label.probability, 6) for label in labels)


TEXT = pa.string()
IDS = ("report_id", "image_id", "path", "patient_id", "study_id", "split")


def ids_of(item: Item, *, images: bool) -> dict[str, Any]:
    """Return what an item goes by: those of `IDS` that reports, or images, have."""
    row = item.row
    named = {
        "report_id": "|".join(item.reports) or row["report_id"],
        "image_id": item.id,
        "path": row["path"],
    }
    own = named if images else {"report_id": item.id}
    return {**own, "patient_id": row["patient_id"], "study_id": row["study_id"], "split": item.split}


def id_columns(*, images: bool) -> list[tuple[str, pa.DataType]]:
    """Return the columns of `ids_of`."""
    return [(name, TEXT) for name in IDS if images or name not in ("image_id", "path")]

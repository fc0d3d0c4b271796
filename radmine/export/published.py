"""Files with the columns of published data sets, and of label schemes of one's own."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from radmine.export.layout import (
    TEXT,
    Asked,
    Item,
    Layout,
    Row,
    Said,
    id_columns,
    ids_of,
    probabilities,
    probability_columns,
    wide,
)
from radmine.findings import Scheme, find_scheme, to_scheme
from radmine.ids import path_of
from radmine.records import Assertion, age_of, facts_of, sex_of, whole_number

_FRONTAL = frozenset(("AP", "PA"))
_LATERAL = frozenset(("LL", "RL", "LATERAL", "LAT", "LEFT LATERAL", "RIGHT LATERAL"))


def of_scheme(name: str, asked: Asked) -> Layout:
    """Return the layout of a label scheme: what an item goes by, then the scheme's labels, that of a normal image first."""
    _refuse(f"the format {name}", asked)
    scheme = find_scheme(name, findings=asked.lexicon.findings)

    def first(item: Item) -> Row:
        return tuple(ids_of(item, images=asked.images).values())

    return wide(asked, id_columns(images=asked.images), _names(scheme), first, _said(scheme, asked))


def _refuse(who: str, asked: Asked) -> None:
    asked.refuse(who, finding=bool(asked.findings), no_implied=not asked.implied)


def chexpert(asked: Asked) -> Layout:
    """Return the layout of CheXpert's CSV files for images, the same labels behind our ids for reports."""
    if not asked.images:
        return of_scheme("chexpert", asked)
    _refuse("the format chexpert", asked)
    scheme, folder = find_scheme("chexpert"), asked.folder()
    head = [
        ("Path", TEXT),
        ("Sex", TEXT),
        ("Age", pa.int64()),
        ("Frontal/Lateral", TEXT),
        ("AP/PA", TEXT),
    ]

    def first(item: Item) -> Row:
        view = (item.row["view"] or "").strip().upper()
        side = "Frontal" if view in (*_FRONTAL, "FRONTAL") else "Lateral" if view in _LATERAL else None
        facts = facts_of(item.row["meta"])
        return (
            _file(item).removeprefix(folder),
            sex_of(facts),
            age_of(facts),
            side,
            view if view in _FRONTAL else None,
        )

    return wide(asked, head, _names(scheme), first, _said(scheme, asked), own_id=True)


_CHESTXRAY14 = [
    ("Image Index", TEXT),
    ("Finding Labels", TEXT),
    ("Follow-up #", pa.int64()),
    ("Patient ID", TEXT),
    ("Patient Age", pa.int64()),
    ("Patient Gender", TEXT),
    ("View Position", TEXT),
    ("OriginalImage[Width", pa.int64()),  # as its own file has it: two columns of a broken name
    ("Height]", pa.int64()),
    ("OriginalImagePixelSpacing[x", pa.float64()),
    ("y]", pa.float64()),
]


def chestxray14(asked: Asked) -> Layout:
    """Return the layout of ChestX-ray14's Data_Entry file for images, the same "Finding Labels" behind our ids for reports.

    The set lists what is present: what is uncertain is not listed, and where nothing is said the cell is empty.
    """
    _refuse("the format chestxray14", asked)
    scheme = find_scheme("chestxray14")
    names = _names(scheme)
    endings = asked.endings() if asked.images else {}

    def rows(item: Item, labels: Said) -> Iterator[Row]:
        present = [n for n in names if n in labels and labels[n].assertion is Assertion.PRESENT]
        listed = "|".join(present) or None
        more = probabilities(labels.get(name) for name in names) if asked.probabilities else ()
        if not asked.images:
            yield *ids_of(item, images=False).values(), listed, *more
            return
        facts, row = facts_of(item.row["meta"]), item.row
        sex = sex_of(facts)
        yield (
            endings.get(item.id) or (_file(item).rpartition("/")[2] if row["path"] else item.id),
            listed,
            whole_number(facts.get("followup")),
            row["patient_id"],
            age_of(facts),
            sex[0] if sex else None,
            row["view"],
            row["columns"],
            row["rows"],
            None,
            None,
            *more,
            item.id,
        )

    head = _CHESTXRAY14 if asked.images else [*id_columns(images=False), ("Finding Labels", TEXT)]
    more = probability_columns(names) if asked.probabilities else []
    last = [("image_id", TEXT)] if asked.images else []
    return Layout(pa.schema([*head, *more, *last]), _said(scheme, asked), rows)


def _names(scheme: Scheme) -> tuple[str, ...]:
    return (*((scheme.no_finding,) if scheme.no_finding else ()), *scheme.labels)


def _said(scheme: Scheme, asked: Asked) -> Callable[[Item], Said]:
    findings = asked.lexicon.findings
    return lambda item: to_scheme(item.labels, scheme, findings=findings, parents=asked.parents)


def _file(item: Item) -> str:
    """Return the path of an image, with its frame where the file has several; its id where there is no file."""
    return path_of(item.row) or item.id

"""Files with the columns of published data sets, and of label schemes of one's own."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

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
from radmine.records import Assertion

_FRONTAL = frozenset(("AP", "PA"))
_LATERAL = frozenset(("LL", "RL", "LATERAL", "LAT", "LEFT LATERAL", "RIGHT LATERAL"))
_SEX = {"m": "Male", "male": "Male", "f": "Female", "female": "Female", "w": "Female"}
_SEX_NAMES, _AGE_NAMES = ("sex", "patientsex", "patientgender", "gender"), ("age", "patientage")


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
        facts = _facts(item)
        return (
            _file(item).removeprefix(folder),
            _sex(facts),
            _age(facts),
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
        facts, row = _facts(item), item.row
        sex = _sex(facts)
        yield (
            endings.get(item.id) or (_file(item).rpartition("/")[2] if row["path"] else item.id),
            listed,
            _number(facts.get("followup")),
            row["patient_id"],
            _age(facts),
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


def _facts(item: Item) -> Mapping[str, Any]:
    """Return what else the source says of an item, by names without case, spaces and marks."""
    try:
        facts = json.loads(item.row["meta"] or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(facts, dict):
        return {}
    return {re.sub(r"[^a-z]", "", str(name).lower()): value for name, value in facts.items()}


def _sex(facts: Mapping[str, Any]) -> str | None:
    return next((_SEX.get(str(facts[n]).strip().lower()) for n in _SEX_NAMES if n in facts), None)


def _age(facts: Mapping[str, Any]) -> int | None:
    return next((_number(facts[n]) for n in _AGE_NAMES if n in facts), None)


def _number(value: Any) -> int | None:
    """Return a whole number, as "60", "60.0" or DICOM's "060Y" have it."""
    match = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*[Yy]?\s*", str(value))
    return int(match[1]) if match else None

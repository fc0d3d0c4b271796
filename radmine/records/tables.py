"""The tables of a corpus: name, key, foreign keys, and the Arrow schema derived from a record's field types."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from radmine.records.evidence import (
    ImageTopic,
    Link,
    Reference,
    Score,
    SentenceTopics,
    SourceLabel,
    Topic,
    TopicMixture,
)
from radmine.records.imaging import Image, KeyObject, NearDuplicate, Pixels, Prediction, Series, Split, Study
from radmine.records.text import (
    Assertion,
    Category,
    Incidental,
    Mention,
    ReadReport,
    Recommendation,
    Report,
    Section,
    Sentence,
)


@dataclass(frozen=True, slots=True)
class VoteRow:
    """A row of `votes`: a voter's word on a finding of a report (`image_id` None) or of an image."""

    report_id: str | None  # None: of an image that no report speaks of
    image_id: str | None
    finding: str
    voter: str  # "KIND:NAME"
    kind: str  # rules | text | topics | taught | person | llm | tool | decision | source | a kind of others
    assertion: Assertion
    probability: float
    mentions: tuple[int, ...]  # `index` of the rows in `mentions` that it rests on
    implied: bool = False  # whether it names only kinds of the finding, or what denies all of its kind


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A row of `labels`: the outcome for a finding of a report (`image_id` None) or of an image."""

    report_id: str | None  # None: of an image that no report speaks of
    image_id: str | None
    finding: str
    assertion: Assertion
    probability: float
    voters: tuple[str, ...]  # its votes are the rows of `votes` with the same report, image and finding
    implied: bool = False  # whether all of them that say so are


@dataclass(frozen=True, slots=True)
class TagRow:
    """A row of `tags`: what an image shows besides its findings, by the sentences that speak of it."""

    report_id: str
    image_id: str
    tag: str  # how a finding looks (spiculated), or a place (upper_lobe)
    kind: str  # size | shape | margin | density | enhancement | content | number | pattern | course | origin | part | age | site | whole
    assertion: Assertion  # present | uncertain
    laterality: str | None  # left | right | bilateral, where all that say it agree
    mentions: tuple[int, ...]  # `index` of the rows in `mentions` that say it


@dataclass(frozen=True, slots=True)
class EmbeddingRow:
    """A row of `embeddings`: the unit vector of an image or a report, and the encoder that made it."""

    kind: str  # image | report
    id: str
    encoder: str  # fingerprint of the model
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of `rejected`: what could not be used, at which stage, and why (never its text)."""

    stage: str
    item: str  # a path, a report id, an image id
    reason: str  # a short code: empty_file, truncated_dicom, unknown_xml, duplicate_id, ...
    detail: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its key columns, where its foreign keys point, and its Arrow schema."""

    name: str
    record: type
    key: tuple[str, ...]
    points_to: dict[str, str]
    schema: pa.Schema


_SCALARS: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def _arrow_type(hint: Any) -> pa.DataType:
    """Return the Arrow type of a field's type hint."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return pa.string()
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _arrow_type(next(a for a in arguments if a is not type(None)))
    if isinstance(hint, type) and issubclass(hint, tuple):
        fields = typing.get_type_hints(hint).items()
        return pa.struct([pa.field(n, _arrow_type(h), nullable=_is_optional(h)) for n, h in fields])
    if origin is tuple:
        item = _arrow_type(arguments[0])
        return pa.list_({pa.int64(): pa.int32(), pa.float64(): pa.float32()}.get(item, item))
    raise TypeError(f"no Arrow type for {hint!r}")


def _is_optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def schema_of(record: type, keys: dict[str, type] | None = None) -> pa.Schema:
    """Return the Arrow schema of a record's fields, after the given key columns."""
    hints = {**(keys or {}), **typing.get_type_hints(record)}
    names = [*(keys or {}), *_field_names(record)]
    return pa.schema([pa.field(n, _arrow_type(hints[n]), nullable=_is_optional(hints[n])) for n in names])


def _field_names(record: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(record):
        return tuple(f.name for f in dataclasses.fields(record))
    return typing.cast(tuple[str, ...], record._fields)  # type: ignore[attr-defined]


def to_table(spec: TableSpec, rows: Iterable[Any]) -> pa.Table:
    """Return an Arrow table of records, or of tuples in the order of the schema such as `(report_id, 0, *section)`."""
    values = attrgetter(*_field_names(spec.record))
    columns = list(zip(*(r if isinstance(r, tuple) else values(r) for r in rows), strict=True))
    return column_table(spec, columns or [()] * len(spec.schema))


def column_table(spec: TableSpec, columns: Sequence[Any]) -> pa.Table:
    """Return an Arrow table of columns in the order of the schema: sequences of a record's values, or arrays."""
    arrays = [
        c if isinstance(c, pa.Array) else _array(c, f.type) for c, f in zip(columns, spec.schema, strict=True)
    ]
    return pa.table(arrays, schema=spec.schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return an Arrow array of a record's values; of lists of records as lists of structures."""
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        return pa.array(values, type=kind)
    ends = np.cumsum(np.fromiter(map(len, values), np.int32, len(values)), dtype=np.int32)
    fields = list(kind.value_type)
    columns = list(zip(*chain.from_iterable(values), strict=True)) or [()] * len(fields)
    parts = [_array(column, field.type) for column, field in zip(columns, fields, strict=True)]
    items = pa.StructArray.from_arrays(parts, fields=fields)
    return pa.ListArray.from_arrays(np.concatenate((np.zeros(1, np.int32), ends)), items, type=kind)


def report_table(spec: TableSpec, reports: Sequence[str], records: Sequence[Sequence[Any]]) -> pa.Table:
    """Return an Arrow table of tuples by report and index, made of whole columns: `records` has those of each report."""
    counts = np.fromiter(map(len, records), np.int64, len(records))
    columns = list(zip(*chain.from_iterable(records), strict=True)) or [()] * (len(spec.schema) - 2)
    names = pa.array(reports, pa.string()).take(pa.array(np.repeat(np.arange(len(records)), counts)))
    index = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return column_table(spec, (names, index, *columns))


def _reviver(hint: Any) -> Callable[[Any], Any] | None:
    """Return what turns a stored value back into a field's value, None where it is the same."""
    arguments = [a for a in typing.get_args(hint) if a is not type(None)]
    if _is_optional(hint):
        inner = _reviver(arguments[0])
        return None if inner is None else (lambda value: None if value is None else inner(value))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {str(member): member for member in hint}.__getitem__
    if typing.get_origin(hint) is not tuple:
        return None
    item = arguments[0]
    if isinstance(item, type) and issubclass(item, tuple):
        return lambda values: tuple(item(**value) for value in values)
    of_each = _reviver(item)
    return tuple if of_each is None else (lambda value: tuple(map(of_each, value)))


def from_table(spec: TableSpec, table: pa.Table) -> list[Any]:
    """Return the records of a table; where the table has key columns of its own, `(*keys, record)` tuples."""
    hints = typing.get_type_hints(spec.record)
    names = _field_names(spec.record)
    columns = []
    for name in names:
        values, revive = table.column(name).to_pylist(), _reviver(hints[name])
        columns.append(values if revive is None else map(revive, values))
    records = map(spec.record, *columns)
    keys = [table.column(n).to_pylist() for n in spec.schema.names if n not in names]
    return list(zip(*keys, records, strict=True)) if keys else list(records)


def by_report(spec: TableSpec, table: pa.Table) -> dict[str, list[Any]]:
    """Return the records of a table keyed by report, in order: `{report_id: [record, ...]}`."""
    groups: dict[str, list[Any]] = {}
    own = "report_id" in _field_names(spec.record)  # else it is a key column beside the record
    for row in from_table(spec, table):
        report_id, record = (row.report_id, row) if own else (row[0], row[-1])
        groups.setdefault(report_id, []).append(record)
    return groups


def read_reports(tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, ReadReport]]:
    """Yield each report of a shard with its id, read; one that parse set aside has no sections.

    Parameters
    ----------
    tables
        One shard of each of `READ_TABLES`, those that go together.
    """
    sections, sentences, mentions = (by_report(TABLES[t], tables[t]) for t in READ_TABLES[1:])
    reports = tables["reports"]
    for name, text in zip(*(reports.column(c).to_pylist() for c in ("report_id", "text")), strict=True):
        yield name, ReadReport(text, sections.get(name, ()), sentences.get(name, ()), mentions.get(name, ()))


def _spec(
    name: str, record: type, key: tuple[str, ...], points_to: dict[str, str] | None = None, **keys: type
) -> TableSpec:
    return TableSpec(name, record, key, points_to or {}, schema_of(record, keys))


READ_TABLES = ("reports", "sections", "sentences", "mentions")  # a report's text, and what reading it found

_REPORT, _IMAGE = {"report_id": "reports"}, {"image_id": "images"}
_OF_REPORT = {**_REPORT, **_IMAGE}

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        _spec("reports", Report, ("report_id",), {"study_id": "studies"}),
        _spec("studies", Study, ("study_id",)),
        _spec("series", Series, ("series_id",), {"study_id": "studies"}),
        _spec("images", Image, ("image_id",), {"series_id": "series", "study_id": "studies", **_REPORT}),
        _spec("key_objects", KeyObject, ("document_id", "ordinal"), _IMAGE),
        _spec("source_labels", SourceLabel, ("image_id", "report_id", "finding", "file"), _OF_REPORT),
        _spec("splits", Split, ("patient_id",)),
        _spec("sections", Section, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec("sentences", Sentence, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec("mentions", Mention, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec("recommendations", Recommendation, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec("categories", Category, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec("incidentals", Incidental, ("report_id", "index"), _REPORT, report_id=str, index=int),
        _spec(
            "references", Reference, ("report_id", "index"), _REPORT, report_id=str, index=int, sentence=int
        ),
        _spec("links", Link, ("report_id", "image_id", "method", "start"), _OF_REPORT),
        _spec("topics", Topic, ("level", "topic")),
        _spec("topic_mixtures", TopicMixture, ("report_id",), _REPORT),
        _spec("sentence_topics", SentenceTopics, ("report_id", "sentence"), _REPORT),
        _spec("image_topics", ImageTopic, ("image_id",), _OF_REPORT),
        _spec("votes", VoteRow, ("report_id", "image_id", "finding", "voter"), _OF_REPORT),
        _spec("labels", LabelRow, ("report_id", "image_id", "finding"), _OF_REPORT),
        _spec("tags", TagRow, ("report_id", "image_id", "tag"), _OF_REPORT),
        _spec("pixels", Pixels, ("image_id",), _IMAGE),
        _spec("near_duplicates", NearDuplicate, ("image_id",), _IMAGE),
        _spec("predictions", Prediction, ("image_id", "target"), _IMAGE),
        _spec("embeddings", EmbeddingRow, ("kind", "id"), {"id": "images or reports, by kind"}),
        _spec("scores", Score, ("stage", "subject", "metric")),
        _spec("rejected", Rejected, ("stage", "item")),
    )
}

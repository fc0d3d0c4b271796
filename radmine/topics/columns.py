"""Reports as the topics read them, made of a few columns of what parse and link wrote: `COLUMNS`, `read_columns`.

A record of each mention, with all that it tells, takes as long as everything else that topics do with a report.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.records import (
    READ_TABLES,
    Assertion,
    Experiencer,
    Link,
    Mention,
    ReadReport,
    Reference,
    Section,
    Sentence,
    Temporality,
)

COLUMNS: Mapping[str, Sequence[str]] = {
    "reports": ("report_id", "patient_id", "text"),
    "sections": ("report_id", "name"),
    "sentences": ("report_id", "index", "start", "end", "section"),
    "mentions": (
        "report_id",
        "start",
        "end",
        "finding",
        "sentence",
        "assertion",
        "temporality",
        "experiencer",
    ),
    "references": ("report_id", "index", "start", "end", "prior"),
    "links": ("report_id", "image_id", "confidence", "reference", "start", "end"),
}
"""What is read of each table."""


class Named(NamedTuple):
    """A section, by its name."""

    name: str


class Said(NamedTuple):
    """A mention, as far as topics go by it: see `radmine.records.Mention`."""

    start: int
    end: int
    finding: str
    sentence: int
    is_denied: bool
    of_patient_now: bool


class Referred(NamedTuple):
    """A reference, or a link, as far as topics go by it."""

    start: int | None
    end: int | None
    prior: bool = False
    reference: int | None = None


class Row(NamedTuple):
    """A report with its words' places, and what in it refers to images."""

    report_id: str
    patient_id: str
    read: ReadReport
    references: Sequence[Reference]
    links: Sequence[Link]


def read_columns(tables: Mapping[str, pa.Table]) -> Iterator[Row]:
    """Yield the reports of a shard; one that parse set aside has no sentences.

    Sections, mentions, references and links are no whole records: they have what `COLUMNS` names, and no more.
    """
    sections = _grouped(tables["sections"], map(Named, _list(tables["sections"], "name")))
    sentences = _grouped(
        tables["sentences"], map(Sentence, *_lists(tables["sentences"], "start", "end", "section"))
    )
    mentions = _grouped(tables["mentions"], _mentions(tables["mentions"]))
    references = _grouped(
        tables["references"], map(Referred, *_lists(tables["references"], "start", "end", "prior"))
    )
    ties = tables["links"]
    none = [False] * len(ties)
    links = _grouped(ties, map(Referred, *_lists(ties, "start", "end"), none, _list(ties, "reference")))
    for report_id, patient_id, text in zip(
        *_lists(tables["reports"], "report_id", "patient_id", "text"), strict=True
    ):
        parts = (parts.get(report_id, []) for parts in (sections, sentences, mentions))
        yield Row(
            report_id,
            patient_id,
            ReadReport(text, *cast(tuple[list[Section], list[Sentence], list[Mention]], tuple(parts))),
            cast(list[Reference], references.get(report_id, [])),
            cast(list[Link], links.get(report_id, [])),
        )


def corpus_columns(corpus: Corpus, *, every: int = 1) -> Iterator[Row]:
    """Yield the reports of a corpus, shard by shard; the first and each so many further on."""
    passed = 0  # reports of the shards before
    for group in corpus.aligned_shards((*READ_TABLES, "references", "links")):
        tables = {
            table: corpus.read_shard(table, shard, columns=list(columns))
            for (table, columns), shard in zip(COLUMNS.items(), group, strict=True)
        }
        if every > 1:
            ids = tables["reports"].column("report_id")
            chosen = ids.take(pa.array(range(-passed % every, len(ids), every), pa.int64()))
            passed += len(ids)
            tables = {t: s.filter(pc.is_in(s.column("report_id"), chosen)) for t, s in tables.items()}
        yield from read_columns(tables)


def _mentions(table: pa.Table) -> Iterator[Said]:
    of_patient = pc.equal(table.column("experiencer"), str(Experiencer.PATIENT))
    denied = pc.and_(pc.equal(table.column("assertion"), str(Assertion.ABSENT)), of_patient)
    now = pc.and_(pc.equal(table.column("temporality"), str(Temporality.CURRENT)), of_patient)
    return map(
        Said, *_lists(table, "start", "end", "finding", "sentence"), denied.to_pylist(), now.to_pylist()
    )


def _grouped(table: pa.Table, rows: Iterator[Any]) -> dict[str, list[Any]]:
    """Return rows by report; those of a report stand together in its table."""
    codes = table.column("report_id").combine_chunks().dictionary_encode()
    if not len(codes):
        return {}
    numbers = codes.indices.to_numpy()
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(np.diff(numbers)) + 1, [len(numbers)]))
    names = codes.dictionary.take(pa.array(numbers[starts[:-1]])).to_pylist()
    every = list(rows)
    edges = pairwise(starts.tolist())
    return {name: every[start:end] for name, (start, end) in zip(names, edges, strict=True)}


def _list(table: pa.Table, name: str) -> list[Any]:
    values: list[Any] = table.column(name).to_pylist()
    return values


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [_list(table, name) for name in names]

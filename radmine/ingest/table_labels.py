"""Columns of a table that say which findings an image shows: which they are, and what a row says.

A column whose name means a finding (`radmine.findings.NameReader`) is one where its first rows hold nothing but 1, 0,
-1 (uncertain, as in CheXpert), yes, no and the like, or nothing. A column called `Finding Labels` or `labels` may list
what is there: `Effusion|Mass`. Where "No Finding" is among what it lists, it answers for the whole label scheme: what a
row does not list is absent. A column "No Finding" that says yes makes absent what the row's other label columns leave empty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from radmine.findings import (
    AMBIGUOUS,
    ANSWERS,
    SILENT,
    NameReader,
    is_listing,
    listed,
    near_findings,
    scheme_of,
    schemes,
)
from radmine.ingest.composition import field_text
from radmine.ingest.reader import WrongOptionError
from radmine.records import Assertion

OPTION = "label_columns"
_MEANS: Mapping[str, Assertion | None] = {
    **ANSWERS,
    **dict.fromkeys(AMBIGUOUS, Assertion.UNCERTAIN),
    **dict.fromkeys(SILENT),
}


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """The label columns of a table."""

    finding_of: tuple[tuple[str, str], ...] = ()  # column, the finding that it answers on
    normal: tuple[str, ...] = ()  # columns that say that nothing was found
    listing: str = ""  # the column that lists findings
    scheme: str = ""  # all of whose labels it answers on
    refused: tuple[str, ...] = ()  # columns that name a finding, but hold something else than answers

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, without those that were refused."""
        return (*(column for column, _ in self.finding_of), *self.normal, *filter(None, [self.listing]))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns that may be label columns, by their names."""

    finding_of: Mapping[str, str]
    normal: tuple[str, ...]
    listing: str
    named: frozenset[str]  # by the user

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.finding_of, *self.normal, *filter(None, [self.listing]))


def named_by_user(option: Sequence[str], where: str) -> dict[str, str]:
    """Return which columns the user names as label columns, each with its finding.

    Parameters
    ----------
    option
        "COLUMN", where its name means a finding, or "COLUMN=FINDING".

    Raises
    ------
    WrongOptionError
        A name means no finding; the error has near ones.
    """
    reader, found = NameReader(), dict[str, str]()
    for part in option:
        column, equals, name = (word.strip() for word in part.partition("="))
        meant = reader.read(name if equals else column)
        if meant is None:
            near = near_findings(name if equals else column)
            raise WrongOptionError(
                f"The label column {column!r} needs a finding that we know.",
                where=where,
                do=f"Write {column}=FINDING"
                + (f"; near are: {', '.join(near)}." if near else ", by a name of the lexicon."),
            )
        found[column] = meant.finding
    return found


def candidates(columns: Sequence[str], named: Mapping[str, str], *, look: bool) -> Candidates:
    """Return the columns that may be label columns.

    Parameters
    ----------
    columns
        Those of the table that nothing else was made of.
    named
        Those that the user names, with their findings.
    look
        Whether names that mean a finding count by themselves.
    """
    finding_of = {column: named[column] for column in columns if column in named}
    normal, listing = [], ""
    if look:
        reader = NameReader(columns)
        for column in columns:
            if column in named:
                continue
            if meant := reader.read(column):
                finding_of[column] = meant.finding
            elif reader.is_normal(column):
                normal.append(column)
            elif not listing and is_listing(column):
                listing = column
    return Candidates(finding_of, tuple(normal), listing, frozenset(named))


def label_columns(found: Candidates, rows: Iterable[Mapping[str, Any]], where: str) -> LabelColumns:
    """Return which of the candidates are label columns, by what the first rows hold.

    Raises
    ------
    WrongOptionError
        One that the user names is none.
    """
    words: dict[str, set[str]] = {column: set() for column in found.columns}
    for row in rows:
        for column, values in words.items():
            if text := field_text(row.get(column)):
                values.add(text)
    holds = {column: {v.lower() for v in values} - SILENT for column, values in words.items()}
    fit = {c for c, values in holds.items() if c != found.listing and values <= _MEANS.keys()}
    if wrong := sorted(found.named & (words.keys() - fit)):
        raise WrongOptionError(
            f"The column {wrong[0]!r} is no label column: it holds something else than 1, 0, -1, yes, no or nothing.",
            where=where,
            do=f"Leave it out of {OPTION}.",
        )
    scheme = scheme_of(words[found.listing]) if found.listing and holds[found.listing] else None
    # What is empty as far as we looked goes with the others.
    answers = any(holds[c] for c in fit if c in found.finding_of) or bool(found.named)
    return LabelColumns(
        finding_of=tuple((c, f) for c, f in found.finding_of.items() if c in fit and answers),
        normal=tuple(c for c in found.normal if c in fit and answers),
        listing=found.listing if scheme is not None else "",
        scheme=scheme or "",
        refused=tuple(c for c in found.finding_of if c not in fit),
    )


class LabelReader:
    """Reads what rows say in label columns; `unfit` counts the values that are no answers."""

    def __init__(self, columns: LabelColumns) -> None:
        self._columns = columns
        self._names = NameReader(schemes()[columns.scheme].labels if columns.scheme else ())
        self.unfit = 0

    def read(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Assertion, str]]:
        """Yield (finding, assertion, column): of several columns on one finding the strongest word."""
        said: dict[str, tuple[Assertion, str]] = {}
        for finding, assertion, column in (*self._single(row), *self._listed(row)):
            if finding not in said or assertion.strength > said[finding][0].strength:
                said[finding] = assertion, column
        for column in self._columns.normal:
            if self._answer(row, column) is Assertion.PRESENT:
                for _, finding in self._columns.finding_of:
                    if finding not in self._spared:
                        said.setdefault(finding, (Assertion.ABSENT, column))
        return ((finding, *word) for finding, word in said.items())

    def _single(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Assertion, str]]:
        for column, finding in self._columns.finding_of:
            assertion = self._answer(row, column)
            if assertion is not None:
                yield finding, assertion, column

    def _listed(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Assertion, str]]:
        column = self._columns.listing
        parts = listed(field_text(row.get(column)) or "") if column else []
        meant = {part: self._names.read(part) for part in parts}
        strange = [p for p, m in meant.items() if m is None and not self._names.is_normal(p)]
        self.unfit += len(strange)
        there = dict.fromkeys(m.finding for m in meant.values() if m)
        yield from ((finding, Assertion.PRESENT, column) for finding in there)
        if parts and not strange:
            yield from ((f, Assertion.ABSENT, column) for f in self._answered if f not in there)

    def _answer(self, row: Mapping[str, Any], column: str) -> Assertion | None:
        text = field_text(row.get(column))
        if text is None:
            return None
        word = text.lower()
        self.unfit += word not in _MEANS
        return _MEANS.get(word)

    @cached_property
    def _answered(self) -> tuple[str, ...]:
        """The findings on which the listing column answers in every row."""
        labels = schemes()[self._columns.scheme].labels if self._columns.scheme else ()
        meant = (self._names.read(label) for label in labels)
        return tuple(dict.fromkeys(m.finding for m in meant if m))

    @cached_property
    def _spared(self) -> frozenset[str]:
        """The findings that "No Finding" says nothing of."""
        labels = {label for scheme in schemes().values() for label in scheme.no_finding_ignores}
        return frozenset(m.finding for m in map(NameReader(labels).read, labels) if m)

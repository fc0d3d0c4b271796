"""A table of what is true of reports or images: `read_cells`, and for voters to learn from `read_truth`, `match_reports`."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from radmine.cells import plain_cell
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import open_file
from radmine.findings import (
    AMBIGUOUS,
    ANSWERS,
    SILENT,
    Lexicon,
    NameReader,
    is_listing,
    listed,
    scheme_of,
    schemes,
)
from radmine.ids import Kind, match_items
from radmine.records import Assertion

if TYPE_CHECKING:
    from _csv import Reader

ID_COLUMNS = ("report_id", "filename", "file", "id", "accession_number", "study_id")
_SHOWN = 5  # bad answers that an error names
IMAGE_COLUMNS = ("image_id", "image index", "image", "path")


class Cell(NamedTuple):
    """One answer of a table, as it stands there."""

    line: int
    kind: Kind
    item: str
    name: str  # of the finding
    word: str

    @property
    def is_answer(self) -> bool:
        """Whether it is yes, no, uncertain or nothing."""
        return self._plain in SILENT or self._plain in AMBIGUOUS or self._plain in ANSWERS

    @property
    def assertion(self) -> Assertion | None:
        """What is said, None where nothing is; -1 is uncertain."""
        return Assertion.UNCERTAIN if self._plain in AMBIGUOUS else ANSWERS.get(self._plain)

    @property
    def _plain(self) -> str:
        return self.word.strip().lower()


def check_answers(cells: Iterable[Cell], where: Path) -> None:
    """Raise InputError where cells on findings are neither yes nor no; it names the first of them."""
    bad = [(cell.line, cell.name) for cell in cells if not cell.is_answer]
    if not bad:
        return
    shown = "; ".join(f"line {line}, {name}" for line, name in bad[:_SHOWN])
    raise InputError(
        "An answer is neither yes nor no."
        if len(bad) == 1
        else f"{len(bad):,} answers are neither yes nor no.",
        where=f"{where}, {shown}" + ("; ..." if len(bad) > _SHOWN else ""),
        do="Write 1, 0 or nothing; or yes, no, present, absent.",
    )


class TableOfAnswers(NamedTuple):
    """What stands in a file of answers."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    names: tuple[str, ...]  # that may be findings: of columns, or in the column `finding`
    cells: list[Cell]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, row by row; "" where the file has no such column or the row ends before it."""
        if name not in self.columns:
            return [""] * len(self.rows)
        at = self.columns.index(name)
        return [plain_cell(row[at]) if len(row) > at else "" for row in self.rows]


@dataclass(frozen=True, slots=True)
class TruthTable:
    """What a table says of reports."""

    answers: dict[str, dict[str, bool]]  # report -> finding -> whether it is there
    groups: dict[str, frozenset[str]]  # finding -> findings that speak for it
    ignored: tuple[str, ...]  # columns, or findings of a long table, that name no finding
    unclear: int  # answers that are neither yes nor no


def read_truth(
    path: str | PathLike[str], *, scheme: str | None = None, lexicon: Lexicon | None = None
) -> TruthTable:
    """Return what a CSV (or tab-separated .tsv) file says of reports.

    It is wide - a column of report ids (`report_id`, `filename`, ..., else the first) and one for each finding, with 1, 0
    or nothing - or long, with the columns `report_id`, `finding` and `answer`. Findings go by our names, by those of a label
    scheme (see `radmine.findings.schemes`) or by a synonym of the lexicon. -1 and "uncertain" teach nothing; they are counted.

    Raises
    ------
    InputError
        The file cannot be read, names no finding, or has an answer that is none.
    """
    table = read_cells(path, lexicon=lexicon)
    return _collect((c for c in table.cells if c.kind == "report"), table.names, scheme, Path(path), lexicon)


def read_cells(path: str | PathLike[str], *, lexicon: Lexicon | None = None) -> TableOfAnswers:
    """Return the answers of a CSV file, wide or long; commas, semicolons or tabs part its cells.

    An answer is on an image where `image_id` (`Image Index`, `Path`) names one and no report stands beside it. A column
    that lists what is there (`Finding Labels`: "Effusion|Mass") gives an answer for each (see `radmine.findings.scheme_of`).

    Raises
    ------
    InputError
        The file cannot be read, or is empty.
    """
    path = Path(path)
    try:
        rows = list(open_table(path))
    except (OSError, csv.Error) as error:
        raise InputError(
            f"The truth cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give a CSV file in UTF-8.",
        ) from error
    if not rows or not any(rows[0]):
        raise InputError("The table of truth is empty.", where=str(path), do="Give it a header and rows.")
    header, body = tuple(c.strip() for c in rows[0]), rows[1:]
    at = _item_columns(header)
    if {"finding", "answer"} <= set(header):
        finding, answer = header.index("finding"), header.index("answer")
        cells = _long(body, at, finding, answer)
        names = tuple(dict.fromkeys(plain_cell(row[finding].strip()) for row in body if len(row) > finding))
    else:
        lists = _lists(header, body, at, lexicon)
        cells = _wide(header, body, at, lists)
        own = (n for i, n in enumerate(header) if i not in at.values() and i not in lists)
        names = tuple(dict.fromkeys((*own, *(name for of in lists.values() for name in of))))
    return TableOfAnswers(header, body, names, list(cells))


def open_table(path: Path) -> "Reader":
    """Return the rows of a CSV file as spreadsheets write it: in UTF-8, else in cp1252, with commas, semicolons or tabs.

    Raises
    ------
    OSError, csv.Error
        It cannot be read, or is no text.
    """
    with open_file(path) as stream:
        text = _decoded(stream.read())
    return csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise csv.Error("no text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    counts = Counter(text.partition("\n")[0])
    return max(",;\t", key=lambda mark: counts[mark])


def _item_columns(header: Sequence[str]) -> dict[Kind, int]:
    """Return which column names the report, which the image; the first names reports where none says what it is."""
    lower = [name.lower() for name in header]
    reports = next((lower.index(name) for name in ID_COLUMNS if name in lower), None)
    images = next((lower.index(name) for name in IMAGE_COLUMNS if name in lower), None)
    found: dict[Kind, int] = {}
    if reports is not None or images is None:
        found["report"] = reports or 0
    if images is not None:
        found["image"] = images
    return found


def _item(row: Sequence[str], at: Mapping[Kind, int]) -> tuple[Kind, str]:
    named: dict[Kind, str] = {
        kind: plain_cell(row[place].strip()) for kind, place in at.items() if len(row) > place
    }
    return next(((kind, name) for kind, name in named.items() if name), ("report", ""))


def _long(body: Sequence[Sequence[str]], at: Mapping[Kind, int], finding: int, answer: int) -> Iterator[Cell]:
    for line, row in enumerate(body, start=2):
        if len(row) > max(finding, answer):
            yield Cell(line, *_item(row, at), plain_cell(row[finding].strip()), row[answer])


def _lists(
    header: Sequence[str], body: Sequence[Sequence[str]], at: Mapping[Kind, int], lexicon: Lexicon | None
) -> dict[int, tuple[str, ...]]:
    """Return the columns that list findings, each with the names on which it answers in every row, or of which it lists some."""
    found: dict[int, tuple[str, ...]] = {}
    for place, column in enumerate(header):
        if place in at.values() or not is_listing(column):
            continue
        cells = [row[place] for row in body if len(row) > place]
        parts = dict.fromkeys(part for cell in cells for part in listed(cell))
        scheme = scheme_of(cells, NameReader(parts, lexicon=lexicon))
        if parts and scheme is not None:
            of = schemes().get(scheme)
            found[place] = tuple(parts) if of is None else (*of.labels, *filter(None, [of.no_finding]))
    return found


def _wide(
    header: Sequence[str],
    body: Sequence[Sequence[str]],
    at: Mapping[Kind, int],
    lists: Mapping[int, tuple[str, ...]],
) -> Iterator[Cell]:
    columns = [(place, name) for place, name in enumerate(header) if place not in at.values()]
    normal = {scheme.no_finding for scheme in schemes().values()}
    whole = {place for place, names in lists.items() if not normal.isdisjoint(names)}
    for line, row in enumerate(body, start=2):
        kind, item = _item(row, at)
        for place, name in columns:
            if len(row) <= place:
                continue
            if place not in lists:
                yield Cell(line, kind, item, name, row[place])
            elif parts := set(listed(row[place])):
                names = lists[place] if place in whole else [n for n in lists[place] if n in parts]
                yield from (Cell(line, kind, item, n, "1" if n in parts else "0") for n in names)


def _collect(
    cells: Iterable[Cell], names: Sequence[str], scheme: str | None, path: Path, lexicon: Lexicon | None
) -> TruthTable:
    reader = NameReader(names, scheme=scheme, lexicon=lexicon)
    meant = {name: reader.read(name) for name in dict.fromkeys(names)}
    answers: dict[str, dict[str, bool]] = {}
    groups: dict[str, frozenset[str]] = {}
    ignored: dict[str, None] = {}
    unclear = 0
    cells = list(cells)
    check_answers((cell for cell in cells if meant.get(cell.name) is not None), path)
    for cell in cells:
        named = meant.get(cell.name)
        if named is None:
            if not reader.is_normal(cell.name):
                ignored[cell.name] = None
            continue
        said = cell.assertion
        if said is Assertion.UNCERTAIN:
            unclear += 1
        elif said is not None and cell.item:
            of = answers.setdefault(cell.item, {})
            there = said is Assertion.PRESENT
            of[named.finding] = of.get(named.finding, False) or there  # two columns of one finding: either
            groups[named.finding] = groups.get(named.finding, frozenset()) | named.group
    if not answers:
        raise InputError(
            "The table has no answer on any finding that we know.",
            where=str(path),
            do="Name its columns as findings, or as the labels of a scheme (`radmine.findings.schemes`).",
        )
    return TruthTable(answers, groups, tuple(ignored), unclear)


def match_reports(corpus: Corpus, answers: Mapping[str, dict[str, bool]]) -> dict[str, dict[str, bool]]:
    """Return the answers by the corpus' own report ids.

    A report goes by its id, else by its accession number, else by its file's name with or without its ending, where no other
    report goes by the same.

    Raises
    ------
    InputError
        No report goes by any of the names.
    """
    meant = match_items(corpus, answers)
    found: dict[str, dict[str, bool]] = {}
    for name in sorted(meant, key=lambda name: name != meant[name]):  # an id before what else means it
        found.setdefault(meant[name], answers[name])
    if not found:
        raise InputError(
            f"None of the {len(answers)} reports of the truth is among the {corpus.rows('reports'):,} of the corpus.",
            where=corpus.name,
            do="Give the corpus' own report ids, accession numbers or file names in the column `report_id`.",
        )
    return found

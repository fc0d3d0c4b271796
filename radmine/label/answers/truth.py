"""A table of what is true of reports, for voters to learn from: `read_truth`, `match_reports`."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.findings import AMBIGUOUS, ANSWERS, SILENT, Lexicon, NameReader
from radmine.ids import match_items
from radmine.records import Assertion

ID_COLUMNS = ("report_id", "filename", "file", "id", "accession_number", "study_id")


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
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The truth cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give a CSV file in UTF-8.",
        ) from error
    header, body = ([c.strip() for c in rows[0]] if rows else []), rows[1:]
    if {"finding", "answer"} <= set(header):
        at = _id_column(header, path), header.index("finding"), header.index("answer")
        return _collect(
            _long(body, *at), [row[at[1]].strip() for row in body if len(row) > at[1]], scheme, path, lexicon
        )
    return _collect(_wide(header, body, _id_column(header, path)), header, scheme, path, lexicon)


def _id_column(header: Sequence[str], path: Path) -> int:
    lower = [name.lower() for name in header]
    found = next((lower.index(name) for name in ID_COLUMNS if name in lower), 0)
    if not header:
        raise InputError("The table of truth is empty.", where=str(path), do="Give it a header and rows.")
    return found


_Cell = tuple[int, str, str, str]  # line, report, name of the finding, answer


def _long(body: Sequence[Sequence[str]], report: int, finding: int, answer: int) -> Iterator[_Cell]:
    for line, row in enumerate(body, start=2):
        if len(row) > max(report, finding, answer):
            yield line, row[report].strip(), row[finding].strip(), row[answer]


def _wide(header: Sequence[str], body: Sequence[Sequence[str]], report: int) -> Iterator[_Cell]:
    for line, row in enumerate(body, start=2):
        for column, name in enumerate(header):
            if column != report and len(row) > max(column, report):
                yield line, row[report].strip(), name, row[column]


def _collect(
    cells: Iterator[_Cell], names: Sequence[str], scheme: str | None, path: Path, lexicon: Lexicon | None
) -> TruthTable:
    reader = NameReader(names, scheme=scheme, lexicon=lexicon)
    meant = {name: reader.read(name) for name in dict.fromkeys(names)}
    answers: dict[str, dict[str, bool]] = {}
    groups: dict[str, frozenset[str]] = {}
    ignored: dict[str, None] = {}
    unclear = 0
    for line, report, name, word in cells:
        named = meant.get(name)
        if named is None:
            if not reader.is_normal(name):
                ignored[name] = None
            continue
        plain = word.strip().lower()
        assertion = ANSWERS.get(plain)
        if assertion is None and plain not in AMBIGUOUS | SILENT:
            raise InputError(
                "An answer is neither yes nor no.",
                where=f"{path}, line {line}, column {name}",
                do="Write 1, 0 or nothing; or yes, no, present, absent.",
            )
        if assertion is Assertion.UNCERTAIN or plain in AMBIGUOUS:
            unclear += 1
        elif assertion is not None and report:
            of = answers.setdefault(report, {})
            there = assertion is Assertion.PRESENT
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

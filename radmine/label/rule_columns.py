"""The votes and labels of the rules alone, made of the columns of a shard: `rule_columns`.

Most corpora of reports have nobody else who votes and no linked images. Then six columns of `mentions` are all that votes
need, and no record is made of them: many times as fast as `radmine.label.stage.label_shard`, which says the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radmine.label.report import in_order
from radmine.label.voters import PROBABILITY, STRENGTH, decide, part_of
from radmine.records import TABLES, Assertion, Experiencer, Temporality, column_table

COLUMNS: Mapping[str, Sequence[str]] = {
    "reports": ("report_id",),
    "sections": ("report_id", "name"),
    "sentences": ("report_id", "section"),
    "mentions": ("report_id", "finding", "assertion", "temporality", "experiencer", "sentence"),
}
"""What is read of each table."""

_ASSERTIONS = {str(assertion): assertion for assertion in Assertion}
_Said = tuple[str, Assertion, int]  # a finding, what is said of it, and in which mention of the report


def rule_columns(tables: Mapping[str, pa.Table], _settings: Any) -> dict[str, pa.Table]:
    """Return `votes` and `labels` of a shard of reports on which the rules alone vote."""
    names = tables["reports"].column("report_id").to_pylist()
    vote_columns: tuple[list[Any], ...] = tuple([] for _ in range(6))
    label_columns: tuple[list[Any], ...] = tuple([] for _ in range(5))
    on, findings, voters, assertions, probabilities, mentions = vote_columns
    of, label_findings, label_assertions, label_probabilities, label_voters = label_columns
    for number, parts in _reports(tables):
        name = names[number]
        votes: dict[str, list[tuple[str, Assertion, list[int]]]] = {}
        for part, said in parts.items():
            voter = f"rules:{part}"
            for finding, (assertion, deciding) in decide(said).items():
                votes.setdefault(finding, []).append((voter, assertion, deciding))
        for finding, cast in in_order(votes).items():
            strongest = cast[0][1]
            for voter, assertion, deciding in cast:
                on.append(name)
                findings.append(finding)
                voters.append(voter)
                assertions.append(assertion)
                probabilities.append(PROBABILITY[assertion])
                mentions.append(deciding)
                if STRENGTH[assertion] > STRENGTH[strongest]:
                    strongest = assertion
            of.append(name)
            label_findings.append(finding)
            label_assertions.append(strongest)
            label_probabilities.append(PROBABILITY[strongest])
            label_voters.append([vote[0] for vote in cast])
    nobody = [None] * len(on), [None] * len(of)
    return {
        "votes": column_table(TABLES["votes"], (on, nobody[0], *vote_columns[1:])),
        "labels": column_table(TABLES["labels"], (of, nobody[1], *label_columns[1:])),
    }


def _reports(tables: Mapping[str, pa.Table]) -> Iterator[tuple[int, dict[str, list[_Said]]]]:
    """Yield each report that says something of a finding, by its number, and what each part of it says."""
    reports, sections, sentences, mentions = (tables[table] for table in COLUMNS)
    parts = np.array([_part(name) for name in sections.column("name").to_pylist()], dtype=object)
    names = reports.column("report_id")
    parts = parts[_rows(sections, names)[_number(sentences, names)] + _column(sentences, "section")]
    number = _number(mentions, names)
    parts = parts[_rows(sentences, names)[number] + _column(mentions, "sentence")]
    index = np.arange(len(mentions)) - _rows(mentions, names)[number]
    kept = pc.and_(
        pc.equal(mentions.column("temporality"), str(Temporality.CURRENT)),
        pc.equal(mentions.column("experiencer"), str(Experiencer.PATIENT)),
    ).to_numpy() & (parts != "")
    assertions = map(_ASSERTIONS.__getitem__, mentions.column("assertion").filter(kept).to_pylist())
    findings = mentions.column("finding").filter(kept).to_pylist()
    said = zip(findings, assertions, index[kept].tolist(), strict=True)
    rows = zip(number[kept].tolist(), parts[kept].tolist(), said, strict=True)
    for report, of_report in groupby(rows, key=itemgetter(0)):
        by_part: dict[str, list[_Said]] = {}
        for _, part, what in of_report:
            by_part.setdefault(part, []).append(what)
        yield report, by_part


@lru_cache(maxsize=4096)
def _part(section: str) -> str:
    return part_of(section) or ""


def _column(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table.column(name))


def _number(table: pa.Table, reports: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the number of the report of each row."""
    return np.asarray(pc.index_in(table.column("report_id"), value_set=reports))


def _rows(table: pa.Table, reports: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the row at which each report begins: rows stand in the order of the reports."""
    counts = np.bincount(_number(table, reports), minlength=len(reports))
    return np.cumsum(counts) - counts

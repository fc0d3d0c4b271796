"""The votes and labels of the rules alone, made of the columns of a shard: `rule_columns`.

Most corpora of reports have nobody else who votes and no linked images. Then six columns of `mentions` are all that votes
need, and no record is made of them: many times as fast as `radmine.label.stage.label_shard`, which says the same.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radmine.findings import Lexicon, in_order, lexicon_in
from radmine.label.voters.rules import decide, decide_versions, part_of
from radmine.label.weigh.combine import PROBABILITY
from radmine.label.weigh.versions import (
    PARTS,
    Said,
    has_versions,
    overrules,
    speaks_of_more,
    versions_of,
)
from radmine.records import TABLES, Assertion, Experiencer, Temporality, column_table

COLUMNS: Mapping[str, Sequence[str]] = {
    "reports": ("report_id", "text"),
    "sections": ("report_id", "name"),
    "sentences": ("report_id", "section"),
    "mentions": (
        *(
            "report_id",
            "start",
            "end",
            "finding",
            "assertion",
            "temporality",
            "experiencer",
            "sentence",
            "laterality",
            "anatomy",
            "certainty",
        ),
    ),
}
"""What is read of each table."""

_ASSERTIONS = {str(assertion): assertion for assertion in Assertion}
_BY_STRENGTH = sorted(Assertion, key=lambda said: said.strength)
_CHANCES = [PROBABILITY[assertion] for assertion in _BY_STRENGTH]
_DOUBT = Assertion.UNCERTAIN.strength
_Said = tuple[str, Assertion, int]  # a finding, what is said of it, and in which mention of the report
_Decided = dict[str, tuple[Assertion, list[int]]]


def rule_columns(
    tables: Mapping[str, pa.Table], _settings: Any, lexicon_folder: Path | None = None
) -> dict[str, pa.Table]:
    """Return `votes` and `labels` of a shard of reports on which the rules alone vote."""
    lexicon = None if lexicon_folder is None else lexicon_in(lexicon_folder)
    # Those that have labels; of each how many labels, of each of these how many votes.
    reports: list[int] = []
    labels_of: list[int] = []
    votes_of: list[int] = []
    findings: list[str] = []  # of each label
    labelled: list[int] = []  # the strength of each label
    voters: list[str] = []  # of each vote
    voted: list[int] = []  # the strength of each vote
    chances: list[float] = []  # and its probability
    implied: list[bool] = []  # whether it names only others
    follows: list[bool] = []  # of each label, whether all votes that say so do
    likely: list[float] = []  # the probability of each label
    mentions: list[list[int]] = []
    named_by = tables["mentions"].column("finding").to_pylist()
    certain = tables["mentions"].column("certainty").to_pylist()
    for report, first, parts in _reports(tables, lexicon):
        votes: dict[str, list[tuple[str, int, list[int]]]] = {}
        for part, decided in parts.items():
            for finding, (assertion, deciding) in decided.items():
                votes.setdefault(finding, []).append((part, assertion.strength, deciding))
        reports.append(report)
        labels_of.append(len(votes))
        for finding, cast in in_order(votes).items():
            findings.append(finding)
            votes_of.append(len(cast))
            latest, strongest, boldest = -1, 0, 0.0
            named = 0  # a bit for each strength with which the finding itself is named
            for part, strength, deciding in cast:
                chance = _CHANCES[strength]
                if strength == _DOUBT:
                    chance = max(certain[first + index] for index in deciding)
                voters.append(part)
                voted.append(strength)
                chances.append(chance)
                mentions.append(deciding)
                other = named_by[first + deciding[0]] != finding
                implied.append(other)
                if not other:
                    named |= 1 << strength
                version = overrules(f"rules:{part}")
                if (version, strength, chance) > (latest, strongest, boldest):
                    latest, strongest, boldest = version, strength, chance
            labelled.append(strongest)
            likely.append(boldest)
            follows.append(not named >> strongest & 1)
    names = tables["reports"].column("report_id").combine_chunks().take(pa.array(reports, pa.int64()))
    on = names.take(_repeated(labels_of))
    label = _repeated(votes_of)
    named = pa.array(findings, pa.string())
    who = pc.binary_join_element_wise("rules:", pa.array(voters, pa.string()), "")
    kind = pa.array(["rules"]).take(pa.array(np.zeros(len(label), np.int64)))
    votes_columns = (
        on.take(label),
        _nobody(len(label)),
        named.take(label),
        who,
        kind,
        *_outcome(voted, chances),
        mentions,
        implied,
    )
    label_voters = pa.ListArray.from_arrays(np.cumsum([0, *votes_of], dtype=np.int32), who)
    label_columns = on, _nobody(len(on)), named, *_outcome(labelled, likely), label_voters, follows
    return {
        "votes": column_table(TABLES["votes"], votes_columns),
        "labels": column_table(TABLES["labels"], label_columns),
    }


def _repeated(counts: Sequence[int]) -> pa.Array:
    """Return the number of each item, as often as its count says."""
    return pa.array(np.repeat(np.arange(len(counts)), np.array(counts, dtype=np.int64)))


def _nobody(rows: int) -> pa.Array:
    """Return the image ids of rows on the report itself."""
    return pa.nulls(rows, pa.string())


def _outcome(strengths: Sequence[int], chances: Sequence[float]) -> tuple[pa.Array, pa.Array]:
    """Return the assertion of each strength, and the probabilities."""
    said = pa.array(map(str, _BY_STRENGTH), pa.string()).take(pa.array(strengths, pa.int64()))
    return said, pa.array(chances, pa.float64())


def _reports(
    tables: Mapping[str, pa.Table], lexicon: Lexicon | None
) -> Iterator[tuple[int, int, dict[str, _Decided]]]:
    """Yield each report that says something of a finding: its number, the row of its first mention, what each part says."""
    reports, sections, sentences, mentions = (tables[table] for table in COLUMNS)
    names = reports.column("report_id")
    titles = sections.column("name").to_pylist()
    parts = np.array([_part(name) for name in titles], dtype=object)
    section = _rows(sections, names)[_number(sentences, names)] + _column(sentences, "section")
    number = _number(mentions, names)
    section_of = section[_rows(sentences, names)[number] + _column(mentions, "sentence")]
    parts = parts[section_of]
    firsts = _rows(mentions, names)
    index = np.arange(len(mentions)) - firsts[number]
    kept = pc.and_(
        pc.equal(mentions.column("temporality"), str(Temporality.CURRENT)),
        pc.equal(mentions.column("experiencer"), str(Experiencer.PATIENT)),
    ).to_numpy() & (parts != "")
    assertions = map(_ASSERTIONS.__getitem__, mentions.column("assertion").filter(kept).to_pylist())
    findings = mentions.column("finding").filter(kept).to_pylist()
    said = zip(findings, assertions, index[kept].tolist(), strict=True)
    versions = _Versions(tables, titles, set(section.tolist())) if has_versions(set(titles)) else None
    places = np.flatnonzero(kept).tolist()
    rows = zip(number[kept].tolist(), parts[kept].tolist(), said, places, strict=True)
    for report, of_report in groupby(rows, key=itemgetter(0)):
        if versions is not None and report in versions.of:
            taken = [
                versions.said(report, section_of[place], place, part, what)
                for _, part, what, place in of_report
            ]
            yield report, int(firsts[report]), decide_versions(taken, lexicon)
            continue
        by_part: dict[str, list[_Said]] = {}
        for _, part, what, _ in of_report:
            by_part.setdefault(part, []).append(what)
        yield report, int(firsts[report]), {part: decide(what, lexicon) for part, what in by_part.items()}


class _Versions:
    """The reports of a shard of which there are several versions; `of` has the versions of each one's sections."""

    def __init__(self, tables: Mapping[str, pa.Table], titles: Sequence[str], filled: Set[int]) -> None:
        self._texts = tables["reports"].column("text")
        mentions = tables["mentions"]
        self._starts, self._ends = mentions.column("start"), mentions.column("end")
        self._sides, self._sites = mentions.column("laterality"), mentions.column("anatomy")
        self.of: dict[int, dict[int, int]] = {}
        numbers = _number(tables["sections"], tables["reports"].column("report_id")).tolist()
        for report, rows in groupby(range(len(titles)), key=numbers.__getitem__):
            places = list(rows)
            names = [titles[place] for place in places]
            if has_versions(names):
                versions = versions_of(names, [place not in filled for place in places])
                self.of[report] = dict(zip(places, versions, strict=True))

    def said(self, report: int, section: int, place: int, part: str, what: _Said) -> Said[int]:
        """Return what a mention says, in which version of the report."""
        version = self.of[report][section]
        finding, assertion, index = what
        start, end = self._starts[place].as_py(), self._ends[place].as_py()
        more = speaks_of_more(self._texts[report].as_py(), start, end, assertion)
        side, site = self._sides[place].as_py(), self._sites[place].as_py()
        return Said(version, PARTS.get(version, part), finding, assertion, side, site, more, index)


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

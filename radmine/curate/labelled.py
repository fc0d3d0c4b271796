"""The labels of some reports or images, with the votes that made them and the text that these rest on: `labels_of`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.ids import Kind
from radmine.label.explain import left_out
from radmine.label.weigh.combine import combine
from radmine.records import (
    READ_TABLES,
    TABLES,
    Assertion,
    Label,
    Mention,
    ReadReport,
    Vote,
    VoteRow,
    from_table,
    is_decision,
    read_reports,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels of items by finding, and the reports that speak of them."""

    labels: dict[str, dict[str, Label]]  # item -> finding -> label; what people decided is left out
    spoken_of: dict[str, tuple[str, ...]]  # item -> reports; of a report itself
    reads: dict[str, ReadReport]
    decided: int  # labels that a person decided: here they are what the other voters make of them
    by_people: dict[str, dict[str, Assertion]]  # item -> finding -> what these labels are by decision


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a label rests on, or where its finding stands without making one."""

    sentence: str = ""
    rule: str = ""
    trigger: str = ""


def read_some(corpus: Corpus, reports: Collection[str]) -> dict[str, ReadReport]:
    """Return these reports, read."""
    tables = {table: _rows_of(corpus, table, "report_id", reports) for table in READ_TABLES}
    return dict(read_reports(tables))


def labels_of(
    corpus: Corpus, items: Collection[str], *, kind: Kind = "report", without: frozenset[str] = frozenset()
) -> Labelled:
    """Return the labels of these reports, or images, as they would be had no person decided any of them.

    Parameters
    ----------
    without
        Voters whose votes are left out too.
    """
    column = f"{kind}_id"
    labels = _records(corpus, "labels", column, items)
    votes: list[VoteRow] = _records(corpus, "votes", column, items)
    if kind == "report":
        labels = [row for row in labels if row.image_id is None]
        votes = [row for row in votes if row.image_id is None]
    spoken_of: dict[str, dict[str, None]] = {item: {item: None} if kind == "report" else {} for item in items}
    for row in labels:
        if row.report_id is not None:
            spoken_of[getattr(row, column)][row.report_id] = None
    reads = read_some(corpus, {report for reports in spoken_of.values() for report in reports})
    cast: dict[tuple[str | None, str, str], list[Vote]] = {}
    for vote in votes:
        mentions = _mentions(reads, vote)
        key = vote.report_id, getattr(vote, column), vote.finding
        cast.setdefault(key, []).append(
            Vote(vote.voter, vote.assertion, vote.probability, mentions, vote.implied)
        )
    found: dict[str, dict[str, Label]] = {item: {} for item in items}
    by_people: dict[str, dict[str, Assertion]] = {item: {} for item in items}
    decided = 0
    for row in labels:
        item = getattr(row, column)
        on = cast.get((row.report_id, item, row.finding), [])
        label = Label(row.assertion, row.probability, tuple(on))
        is_decided = any(map(is_decision, row.voters))
        if is_decided:
            decided += 1
            by_people[item][row.finding] = row.assertion
        if is_decided or not without.isdisjoint(row.voters):
            others = [vote for vote in on if not vote.is_decision and vote.voter not in without]
            if not others:
                continue
            label = combine(others)
        known = found[item].get(row.finding)
        if known is None or label.assertion.strength > known.assertion.strength:
            found[item][row.finding] = label
    return Labelled(found, {item: tuple(of) for item, of in spoken_of.items()}, reads, decided, by_people)


def evidence_of(labelled: Labelled, item: str, label: Label | None, findings: Collection[str]) -> Evidence:
    """Return what a label rests on; of none, the sentence that names one of the findings and why it makes no label."""
    reads = [labelled.reads[r] for r in labelled.spoken_of.get(item, ()) if r in labelled.reads]
    if label is not None:
        for vote in sorted(label.evidence, key=lambda vote: vote.assertion is not label.assertion):
            for mention in vote.mentions:
                for read in reads:
                    if mention in read.mentions:
                        return _evidence(read, mention, mention.rule)
        return Evidence(rule=", ".join(dict.fromkeys(vote.voter for vote in label.evidence)))
    for read in reads:
        for mention in read.mentions:
            if mention.finding in findings:
                why = left_out(read, mention)
                return _evidence(read, mention, f"left out: {why}" if why else "not said of this image")
    return Evidence(rule="not mentioned")


def _evidence(read: ReadReport, mention: Mention, rule: str) -> Evidence:
    sentence = read.sentences[mention.sentence]
    trigger = "" if mention.trigger is None else read.text[slice(*mention.trigger)]
    return Evidence(" ".join(read.text[sentence.start : sentence.end].split()), rule, trigger)


def _mentions(reads: Mapping[str, ReadReport], vote: VoteRow) -> tuple[Mention, ...]:
    read = reads.get(vote.report_id or "")
    return () if read is None else tuple(read.mentions[i] for i in vote.mentions)


def _records(corpus: Corpus, table: str, column: str, values: Collection[str]) -> list[Any]:
    return from_table(TABLES[table], _rows_of(corpus, table, column, values))


def _rows_of(corpus: Corpus, table: str, column: str, values: Collection[str]) -> Any:
    wanted = pa.array(list(values), pa.string())
    return corpus.read(table, rows=pc.field(column).isin(wanted))

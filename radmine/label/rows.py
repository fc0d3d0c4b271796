"""Between records and rows: reports of a shard, votes and labels as rows of their tables."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

import pyarrow as pa

from radmine.findings import in_order
from radmine.label.panel import Votes
from radmine.records import TABLES, Label, LabelRow, Mention, ReadReport, Vote, VoteRow, by_report, from_table

Tables: TypeAlias = Mapping[str, pa.Table]
Rows: TypeAlias = dict[str, list[Any]]
Key: TypeAlias = tuple[str | None, str | None]  # report, image


def reads_of(tables: Tables) -> Iterator[tuple[str, ReadReport]]:
    """Yield the reports of a shard with their ids, read."""
    sections, sentences, mentions = (
        by_report(TABLES[t], tables[t]) for t in ("sections", "sentences", "mentions")
    )
    reports = tables["reports"]
    for name, text in zip(*(reports.column(c).to_pylist() for c in ("report_id", "text")), strict=True):
        yield name, ReadReport(text, sections.get(name, ()), sentences.get(name, ()), mentions.get(name, ()))


def mention_rows(read: ReadReport | None) -> dict[Mention, int]:
    """Return for each mention of a report its row in `mentions`."""
    return {mention: index for index, mention in enumerate(read.mentions)} if read else {}


def vote_rows(
    report_id: str | None,
    image_id: str | None,
    votes: Mapping[str, Iterable[Vote]],
    row_of: Mapping[Mention, int],
) -> Iterator[VoteRow]:
    """Yield the votes on a report or an image as rows."""
    for finding, cast in votes.items():
        for vote in cast:
            mentions = tuple(row_of[m] for m in vote.mentions if m in row_of)
            yield VoteRow(
                report_id,
                image_id,
                finding,
                vote.voter,
                vote.kind,
                vote.assertion,
                vote.probability,
                mentions,
            )


def add_labels(
    rows: Rows,
    report_id: str | None,
    image_id: str | None,
    labels: Mapping[str, Label],
    row_of: Mapping[Mention, int],
) -> None:
    """Add the labels of a report or an image, and the votes that made them, to the rows of their tables."""
    votes = {finding: label.evidence for finding, label in labels.items()}
    rows["votes"] += vote_rows(report_id, image_id, votes, row_of)
    for finding, label in labels.items():
        voters = tuple(vote.voter for vote in label.evidence)
        rows["labels"].append(
            LabelRow(report_id, image_id, finding, label.assertion, label.probability, voters)
        )


def votes_in(table: pa.Table, reads: Mapping[str, ReadReport] | None = None) -> Iterator[tuple[Key, Votes]]:
    """Yield each report or image with the votes on it that a shard of `votes` holds; with their mentions, where `reads` has them."""
    keys = attrgetter("report_id", "image_id")
    for (report_id, image_id), rows in groupby(from_table(TABLES["votes"], table), key=keys):
        mentions = reads[report_id].mentions if reads and report_id in reads else ()
        votes: Votes = {}
        for row in rows:
            why = tuple(mentions[i] for i in row.mentions) if mentions else ()
            votes.setdefault(row.finding, []).append(Vote(row.voter, row.assertion, row.probability, why))
        yield (report_id, image_id), votes


def merged(votes: Mapping[str, Iterable[Vote]], more: Iterable[tuple[str, Vote]]) -> Votes:
    """Return votes and more of them, findings in the order of the lexicon."""
    together: Votes = {finding: list(cast) for finding, cast in votes.items()}
    for finding, vote in more:
        together.setdefault(finding, []).append(vote)
    return in_order(together)

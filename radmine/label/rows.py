"""Between records and rows: votes and labels as rows of their tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

import pyarrow as pa

from radmine.findings import Lexicon, in_order
from radmine.label.panel import Votes
from radmine.records import (
    TABLES,
    Label,
    LabelRow,
    Link,
    Mention,
    ReadReport,
    Reference,
    Rejected,
    Vote,
    VoteRow,
    by_report,
    from_table,
)
from radmine.run import Guard, to_list

Tables: TypeAlias = Mapping[str, pa.Table]
Rows: TypeAlias = dict[str, list[Any]]
Key: TypeAlias = tuple[str | None, str | None]  # report, image


def ties_of(tables: Tables) -> tuple[dict[str, list[Reference]], dict[str, list[Link]]]:
    """Return the references of each report of a shard, and its links to images."""
    references = by_report(TABLES["references"], tables["references"])
    return references, by_report(TABLES["links"], tables["links"])


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
                vote.implied,
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
    rows.setdefault("votes", []).extend(vote_rows(report_id, image_id, votes, row_of))
    labelled = rows.setdefault("labels", [])
    for finding, label in labels.items():
        voters = tuple(vote.voter for vote in label.evidence)
        labelled.append(
            LabelRow(report_id, image_id, finding, label.assertion, label.probability, voters, label.implied)
        )


def add_rows(rows: Rows, more: Mapping[str, Iterable[Any]]) -> None:
    """Add rows to those of their tables."""
    for table, of_table in more.items():
        rows.setdefault(table, []).extend(of_table)


def label_guard(rows: Rows, seconds: float) -> Guard:
    """Return the guard of work on reports or images; what it sets aside becomes a row of `rejected`."""
    rejected: list[Rejected] = rows.setdefault("rejected", [])
    return Guard(to_list(rejected, "label"), otherwise="unreadable_report", seconds=seconds)


def votes_in(table: pa.Table, reads: Mapping[str, ReadReport] | None = None) -> Iterator[tuple[Key, Votes]]:
    """Yield each report or image with the votes on it that a shard of `votes` holds; with their mentions, where `reads` has them."""
    keys = attrgetter("report_id", "image_id")
    for (report_id, image_id), rows in groupby(from_table(TABLES["votes"], table), key=keys):
        mentions = reads[report_id].mentions if reads and report_id in reads else ()
        votes: Votes = {}
        for row in rows:
            why = tuple(mentions[i] for i in row.mentions) if mentions else ()
            votes.setdefault(row.finding, []).append(
                Vote(row.voter, row.assertion, row.probability, why, row.implied)
            )
        yield (report_id, image_id), votes


def merged(votes: Mapping[str, Iterable[Vote]], more: Iterable[tuple[str, Vote]], lexicon: Lexicon) -> Votes:
    """Return votes and those of others, findings in the order of the lexicon.

    What others say is present, or may be, they say of its more general names too, where they say nothing of these themselves.
    """
    said = {(finding, vote.voter): vote for finding, vote in more}
    implied: dict[tuple[str, str], Vote] = {}
    for (finding, voter), vote in said.items():
        for general in lexicon.said_with(finding, vote.assertion)[1:]:
            known = implied.get((general, voter))
            if known is None or _strength(vote) > _strength(known):
                implied[general, voter] = replace(vote, implied=True)
    together: Votes = {finding: list(cast) for finding, cast in votes.items()}
    for (finding, _), vote in {**implied, **said}.items():
        together.setdefault(finding, []).append(vote)
    return in_order(together)


def _strength(vote: Vote) -> tuple[int, float]:
    return vote.assertion.strength, vote.probability

"""The label stage: votes and labels of reports and of the images that they speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.corpus import Corpus
from radmine.findings import lexicon_digest
from radmine.label.images import image_votes
from radmine.label.reading import ReadReport
from radmine.label.report import cast_votes, in_order, labels_of, voters_in
from radmine.records import TABLES, LabelRow, Link, Mention, Vote, VoteRow, by_report, from_table
from radmine.stage import Job, Stage, data_digest

_OVER = ("reports", "sections", "sentences", "mentions", "references", "links")


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """Who votes."""

    voters: str = ""  # folder of trained voters that vote besides the rules; empty: the rules alone
    workers: int = 1  # processes


def label_shard(tables: Mapping[str, pa.Table], settings: LabelSettings) -> dict[str, list[Any]]:
    """Return the rows of `votes` and `labels` of a shard of reports."""
    sections, sentences, mentions, references = (by_report(TABLES[t], tables[t]) for t in _OVER[1:5])
    links: dict[str, list[Link]] = {}
    for link in from_table(TABLES["links"], tables["links"]):
        links.setdefault(link.report_id, []).append(link)
    reports = tables["reports"]
    ids, texts = (reports.column(c).to_pylist() for c in ("report_id", "text"))
    voters = voters_in(settings.voters or None)
    rows: dict[str, list[Any]] = {"votes": [], "labels": []}
    for report_id, text in zip(ids, texts, strict=True):
        if report_id not in mentions:
            continue
        read = ReadReport(text, sections[report_id], sentences[report_id], mentions[report_id])
        votes = cast_votes(read, voters)
        row_of = {mention: index for index, mention in enumerate(read.mentions)}
        _add(rows, report_id, None, votes, row_of)
        if report_id in links:
            for image_id, of_image in image_votes(
                read, links[report_id], references.get(report_id, []), votes
            ):
                _add(rows, report_id, image_id, in_order(of_image), row_of)
    return rows


def _add(
    rows: dict[str, list[Any]],
    report_id: str,
    image_id: str | None,
    votes: Mapping[str, Sequence[Vote]],
    row_of: Mapping[Mention, int],
) -> None:
    for finding, label in labels_of(votes).items():
        for vote in label.evidence:
            mentions = tuple(row_of[m] for m in vote.mentions)
            rows["votes"].append(
                VoteRow(report_id, image_id, finding, vote.voter, vote.assertion, vote.probability, mentions)
            )
        voters = tuple(vote.voter for vote in label.evidence)
        rows["labels"].append(
            LabelRow(report_id, image_id, finding, label.assertion, label.probability, voters)
        )


def run(job: Job) -> None:
    """Label every report and the images that it speaks of."""
    job.map_shards(label_shard, over=_OVER, workers=job.settings.workers)


def data_of(_corpus: Corpus, settings: LabelSettings) -> str:
    """Return the fingerprint of the lexicon and of the trained voters."""
    return lexicon_digest() + (data_digest(Path(settings.voters)) if settings.voters else "")


STAGE = Stage(
    name="label",
    run=run,
    settings=LabelSettings,
    reads=_OVER,
    writes=("votes", "labels"),
    missing=lambda corpus, _settings: None if corpus.rows("reports") else "the corpus has no reports",
    data=data_of,
)

"""The label stage: votes and labels of reports and of the images that they speak of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from radmine.corpus import Corpus, Shard
from radmine.files import data_digest, digest, file_digest
from radmine.findings import in_order, lexicon_digest
from radmine.label.answers.answers import AnswerStore, read_answers
from radmine.label.images import image_votes
from radmine.label.panel import Panel, Votes
from radmine.label.score import score
from radmine.label.voters.extra import ExtraVoter, extra_digest, load_extra
from radmine.label.voters.rule_columns import COLUMNS, rule_columns
from radmine.label.voters.rules import VOTERS, Voter
from radmine.label.weigh.combine import kind_of
from radmine.parse import check_reader
from radmine.records import (
    TABLES,
    Label,
    LabelRow,
    Link,
    Mention,
    ReadReport,
    Rejected,
    Vote,
    VoteRow,
    by_report,
    from_table,
)
from radmine.run import Job, NotApplicable, Piece, Read, Stage

_OVER = ("reports", "sections", "sentences", "mentions", "references", "links")
# Findings of reports on which two kinds of voters vote; of fewer nothing is learnt about them.
LEAST_SHARED = 100
# What this corpus' votes tell of the voters.
_MODEL = "models/label"

Tables: TypeAlias = Mapping[str, pa.Table]
Rows: TypeAlias = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """Who votes besides the rules."""

    # A folder of trained voters, as `radmine voters train NAME` makes it; empty: none.
    voters: str = ""
    # CSV, TSV or JSON lines files of what others say: report_id, finding, answer and more columns.
    answers: tuple[str, ...] = ()
    # Answers that mean "uncertain", such as "-1", which else is refused.
    uncertain_answers: tuple[str, ...] = ()
    # The label scheme by whose names the answers' findings go; empty: any that knows them.
    answer_scheme: str = ""
    # Voters of your own: "module:function", or the name of an entry point of the group radmine.voters.
    extra_voters: tuple[str, ...] = ()


def run(job: Job) -> None:
    """Label every report and the images that it speaks of.

    Voters that no trained folder knows are weighed by how they agree on this corpus: all votes are cast first, then a label
    model is fitted on them, and the labels are made with it.
    """
    if not job.corpus.rows("reports"):
        raise NotApplicable("the corpus has no reports")
    check_reader()
    settings: LabelSettings = job.settings
    if not settings.answers and not settings.extra_voters:
        if not settings.voters and not job.corpus.rows("links"):
            job.map_shards(rule_columns, over=tuple(COLUMNS), columns=COLUMNS)
        else:
            job.map_shards(label_shard, over=_OVER)
        return
    load_extra(settings.extra_voters)  # an error of the settings shows before the work
    store = _store_answers(job) if settings.answers else None
    casting = job.pieces(_OVER, settings, store, marked_by=job.fingerprint)
    cast = job.make_shards(cast_shard, casting, what="reports voted on", tables=("votes",))
    job.add(cast, "rejected")
    votes = [shards["votes"] for shards in cast]
    model = _fit_model(job, votes)
    labelling = [
        Piece(
            digest(piece.mark, shard.digest, "labels"),
            piece.size,
            (piece.arguments[0], settings, Read("votes", shard), model),
        )
        for piece, shard in zip(casting, votes, strict=True)
    ]
    job.write_shards(label_shard, labelling, what="reports")


def _store_answers(job: Job) -> Path:
    """Bring the answers of all files to where the shards find theirs; what is none is rejected."""
    settings: LabelSettings = job.settings
    path = job.work_folder / "answers.sqlite"
    answers = chain.from_iterable(
        read_answers(file, uncertain=settings.uncertain_answers, scheme=settings.answer_scheme or None)
        for file in settings.answers
    )
    reports = (
        name
        for shard in job.corpus.shards("reports")
        for name in job.corpus.read_shard("reports", shard, columns=["report_id"]).column(0).to_pylist()
    )
    job.progress(0, None, "reading answers")
    for item, reason in AnswerStore(path).fill(answers, reports):
        job.reject(item, reason)
    return path


def _fit_model(job: Job, votes: Sequence[Shard]) -> Path | None:
    """Fit the label model on the votes cast, and return its folder; None where they are too few to tell voters apart."""
    from radmine.label.weigh.label_model import fit_label_model

    def cast() -> Iterator[Votes]:
        for shard in votes:
            for _, of_report in _votes_in(job.corpus.read_shard("votes", shard)):
                yield of_report

    job.progress(0, None, "weighing voters")
    shared = (len({kind_of(v.voter) for v in on}) > 1 for of_report in cast() for on in of_report.values())
    if sum(islice(filter(None, shared), LEAST_SHARED)) < LEAST_SHARED:
        job.notes["voters"] = f"all count alike: fewer than {LEAST_SHARED} findings on which two kinds vote"
        return None
    folder = job.corpus.folder / _MODEL
    model = fit_label_model(cast())
    model.save(folder)
    job.folders[_MODEL] = job.fingerprint
    job.notes["voters"] = {
        a.voter: {
            "sensitivity": round(a.sensitivity, 3),
            "specificity": round(a.specificity, 3),
            "coverage": round(a.coverage, 3),
            "weight": round(a.weight, 3),
        }
        for a in model.accuracies()
        if a.finding is None
    }
    return folder


def _votes_in(
    table: pa.Table, mentions: Mapping[str, Sequence[Mention]] | None = None
) -> Iterator[tuple[str, Votes]]:
    """Yield each report with the votes on it that a shard holds; with their mentions, where these are given."""
    for report_id, rows in groupby(from_table(TABLES["votes"], table), key=lambda row: str(row.report_id)):
        votes: Votes = {}
        for row in rows:
            why = tuple(mentions[report_id][i] for i in row.mentions) if mentions else ()
            votes.setdefault(row.finding, []).append(Vote(row.voter, row.assertion, row.probability, why))
        yield report_id, votes


# -- one shard ------------------------------------------------------------------------------------------


def cast_shard(tables: Tables, settings: LabelSettings, answers: Path | None) -> Rows:
    """Return the votes on the reports of a shard, and what voters did wrong."""
    reads = dict(_reads(tables))
    voters: dict[str, Voter] = {**_panel(settings).voters}
    given = AnswerStore(answers).votes(reads) if answers else {}
    rows: Rows = {"votes": [], "rejected": []}
    votes = Panel(voters).cast(list(reads.values()))
    extra = load_extra(settings.extra_voters)
    for (report_id, read), of_report in zip(reads.items(), votes, strict=True):
        more = [*chain.from_iterable(voter(read) for voter in extra.values()), *given.get(report_id, ())]
        for finding, vote in more:
            of_report.setdefault(finding, []).append(vote)
        for voter in extra.values():
            rows["rejected"] += _rejected(report_id, voter)
        row_of = {mention: index for index, mention in enumerate(read.mentions)}
        for finding, cast in in_order(of_report).items():
            rows["votes"] += (_vote_row(report_id, None, finding, vote, row_of) for vote in cast)
    return rows


def _rejected(report_id: str, voter: ExtraVoter) -> Iterator[Rejected]:
    for reason in voter.take_failed():
        yield Rejected("label", report_id, "voter_failed", f"{voter.name}: {reason}")


def label_shard(
    tables: Tables, settings: LabelSettings, cast: pa.Table | None = None, model: Path | None = None
) -> Rows:
    """Return the rows of `votes` and `labels` of a shard of reports; `cast` are votes on them that were cast before."""
    reads = dict(_reads(tables))
    if cast is None:
        panel = _panel(settings)
        if panel.voters == VOTERS:
            reads = {report_id: read for report_id, read in reads.items() if read.mentions}
        votes = dict(zip(reads, panel.cast(list(reads.values())), strict=True))
    else:
        panel = _weighed(model)
        votes = dict(_votes_in(cast, {report_id: read.mentions for report_id, read in reads.items()}))
    references = by_report(TABLES["references"], tables["references"])
    links: dict[str, list[Link]] = {}
    for link in from_table(TABLES["links"], tables["links"]):
        links.setdefault(link.report_id, []).append(link)
    rows: Rows = {"votes": [], "labels": []}
    for report_id, of_report in votes.items():
        read = reads[report_id]
        row_of = {mention: index for index, mention in enumerate(read.mentions)}
        labels = panel.labels_of(of_report)
        _add(rows, report_id, None, labels, row_of)
        if report_id in links:
            said = of_report if panel.voters == VOTERS and panel.model is None else _outcome(labels)
            for image_id, of_image in image_votes(
                read, links[report_id], references.get(report_id, []), said
            ):
                _add(rows, report_id, image_id, Panel().labels_of(in_order(of_image)), row_of)
    return rows


def _reads(tables: Tables) -> Iterator[tuple[str, ReadReport]]:
    sections, sentences, mentions = (by_report(TABLES[t], tables[t]) for t in _OVER[1:4])
    reports = tables["reports"]
    for name, text in zip(*(reports.column(c).to_pylist() for c in ("report_id", "text")), strict=True):
        yield name, ReadReport(text, sections.get(name, ()), sentences.get(name, ()), mentions.get(name, ()))


def _panel(settings: LabelSettings) -> Panel:
    if not settings.voters:
        return Panel()
    from radmine.label.panel import load_panel

    return load_panel(settings.voters)


@lru_cache(maxsize=1)
def _weighed(folder: Path | None) -> Panel:
    from radmine.label.weigh.label_model import load_label_model

    return Panel(model=load_label_model(folder) if folder else None)


def _outcome(labels: Mapping[str, Label]) -> Votes:
    """Return each label as one vote: what all voters together say, for the images to inherit."""
    return {
        finding: [
            Vote(
                "label",
                label.assertion,
                label.probability,
                tuple(m for v in label.evidence for m in v.mentions),
            )
        ]
        for finding, label in labels.items()
    }


def _add(
    rows: Rows,
    report_id: str,
    image_id: str | None,
    labels: Mapping[str, Label],
    row_of: Mapping[Mention, int],
) -> None:
    for finding, label in labels.items():
        rows["votes"] += (_vote_row(report_id, image_id, finding, vote, row_of) for vote in label.evidence)
        voters = tuple(vote.voter for vote in label.evidence)
        rows["labels"].append(
            LabelRow(report_id, image_id, finding, label.assertion, label.probability, voters)
        )


def _vote_row(
    report_id: str, image_id: str | None, finding: str, vote: Vote, row_of: Mapping[Mention, int]
) -> VoteRow:
    mentions = tuple(row_of[m] for m in vote.mentions if m in row_of)
    return VoteRow(report_id, image_id, finding, vote.voter, vote.assertion, vote.probability, mentions)


# -- the stage ------------------------------------------------------------------------------------------


def data_of(_corpus: Corpus, settings: LabelSettings) -> str:
    """Return the fingerprint of the lexicon, the trained voters, the answers and the voters of others."""
    parts = [lexicon_digest()]
    if settings.voters:
        parts.append(data_digest(Path(settings.voters)))
    for file in map(Path, settings.answers):
        parts.append(file_digest(file) if file.is_file() else "missing")
    return " ".join((*parts, *extra_digest(settings.extra_voters)))


STAGE = Stage(
    name="label",
    run=run,
    settings=LabelSettings,
    reads=_OVER,
    writes=("votes", "labels", _MODEL),
    score=score,
    data=data_of,
    version=2,
)

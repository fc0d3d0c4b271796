"""The label stage: votes and labels of reports and of the images that they speak of."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import LEXICON, Corpus
from radmine.files import file_digest
from radmine.findings import lexicon_digest, lexicon_in, schemes
from radmine.label.answers.answers import read_answers
from radmine.label.answers.decided import NOTHING, Decided, decided_in, shares
from radmine.label.answers.decisions import decisions_digest
from radmine.label.fit import IMAGE_MODEL, REPORT_MODEL
from radmine.label.images import rule_votes_on_images
from radmine.label.panel import Panel, cast_each, check_panel, outcome, panel_of
from radmine.label.rows import Rows, Tables, add_labels, add_rows, label_guard, mention_rows, ties_of
from radmine.label.score import score
from radmine.label.tags import tag_shard
from radmine.label.under_decisions import rows_decided
from radmine.label.voters.extra import extra_digest, load_extra
from radmine.label.voters.rule_columns import COLUMNS, rule_columns
from radmine.label.voters.rules import VOTERS
from radmine.label.weigh.combine import ANSWERERS
from radmine.label.with_others import OVER, label_loose_images, label_with_others, loose_images
from radmine.models import model_fingerprint
from radmine.parse import check_parser
from radmine.records import TABLES, read_reports
from radmine.run import (
    PATHS,
    Job,
    Limits,
    NotApplicable,
    Piece,
    Stage,
    of_setting,
    require_choice,
    stops,
    uses,
)


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """Who votes besides the rules."""

    # A folder of trained voters, as `radmine voters train NAME` makes it; empty: none.
    voters: str = field(default="", metadata=PATHS)
    # CSV, TSV or JSON lines files of what others say: report_id or image_id, finding, answer and more columns.
    answers: tuple[str, ...] = field(default=(), metadata=PATHS)
    # Who answered, where a file does not say: person | llm | tool | decision.
    answer_kind: str = "tool"
    # Answers that mean "uncertain", such as "-1", which else is refused.
    uncertain_answers: tuple[str, ...] = ()
    # The label scheme by whose names the answers' findings go; empty: any that knows them.
    answer_scheme: str = ""
    # Voters of your own: "module:function", which runs where --settings or --voter names it in the same call, or the
    # name of an entry point of the group radmine.voters.
    extra_voters: tuple[str, ...] = ()
    # Files that voters of your own read, such as weights: where one changes, labels are made anew.
    extra_files: tuple[str, ...] = field(default=(), metadata=PATHS)
    limits: Limits = field(default=Limits(), metadata=uses("seconds"))

    def __post_init__(self) -> None:
        require_choice(self, answer_kind=ANSWERERS)
        if self.answer_scheme:
            require_choice(self, answer_scheme=("", *schemes()))


def run(job: Job) -> None:
    """Label every report and the images that it speaks of."""
    settings: LabelSettings = job.settings
    decided = decided_in(job)
    others = bool(settings.answers or settings.extra_voters or job.corpus.rows("source_labels"))
    if not job.corpus.rows("reports") and not ((others or decided.images) and job.corpus.rows("images")):
        raise NotApplicable("the corpus has no reports")
    check_parser()
    if job.corpus.rows("links"):
        _tag_images(job)
    if others:
        label_with_others(job, decided)
        return
    if job.corpus.rows("reports"):
        _label_reports(job, decided)
    loose = decided.among(images=loose_images(job, frozenset(decided.images))) if decided.images else NOTHING
    if loose:
        alone = job.corpus.lexicon_folder, None, loose, None, settings.limits.seconds
        piece = Piece(loose.mark(job.mark), len(loose.images), alone)
        job.write_shards(label_loose_images, [piece], what="images of no report")


def _tag_images(job: Job) -> None:
    """Tag the images that reports speak of; no vote changes what a sentence says of how things look."""
    seconds = job.settings.limits.seconds
    pieces = job.pieces(OVER, job.corpus.lexicon_folder, seconds, marked_by=[job.mark, "tags"])
    job.add(job.make_shards(tag_shard, pieces, what="images tagged", tables=("tags",)), "tags")


def _label_reports(job: Job, decided: Decided) -> None:
    """Label every report and its images, where the rules and trained voters vote."""
    settings, lexicon = job.settings, job.corpus.lexicon_folder
    if not settings.voters and not job.corpus.rows("links"):
        # Reports alone, read by the rules alone: columns are made of columns, many times as fast.
        pieces = job.pieces(tuple(COLUMNS), settings, lexicon, columns=COLUMNS)
        job.write_shards(label_by_rules, _under(job, pieces, decided), what="reports")
    else:
        pieces = job.pieces(OVER, settings, lexicon)
        job.write_shards(label_shard, _under(job, pieces, decided), what="reports")


def _under(job: Job, pieces: list[Piece], decided: Decided) -> list[Piece]:
    """Return pieces of work on reports; those of which people decided something read whole tables, and what was decided."""
    if not decided:
        return pieces
    whole = job.pieces(OVER, job.settings, job.corpus.lexicon_folder)
    return [
        Piece(share.mark(full.mark), full.size, (*full.arguments, share)) if share else piece
        for piece, full, share in zip(pieces, whole, shares(job, decided), strict=True)
    ]


def label_shard(
    tables: Tables,
    settings: LabelSettings,
    lexicon_folder: Path | None = None,
    decided: Decided = NOTHING,
) -> Rows:
    """Return the rows of `votes`, `labels` and `rejected` of a shard of reports on which the rules and trained voters vote."""
    lexicon = lexicon_in(lexicon_folder)
    panel = panel_of(settings.voters, lexicon)
    by_rules = panel.voters.keys() == VOTERS.keys() and panel.model is None
    reads = dict(read_reports(tables))
    if by_rules and not decided:
        reads = {report_id: read for report_id, read in reads.items() if read.mentions}
    references, links = ties_of(tables)
    rows: Rows = {"votes": [], "labels": []}
    with label_guard(rows, settings.limits.seconds) as guard:
        for report_id, votes in cast_each(panel, reads, guard).items():
            with guard(report_id):
                read, of_report = reads[report_id], Rows()
                ties = links.get(report_id, ()), references.get(report_id, ())
                under = rows_decided(
                    decided,
                    report_id,
                    read,
                    votes,
                    *ties,
                    lexicon=lexicon,
                    panel=panel,
                    image_panel=Panel(),
                    by_rules=by_rules,
                )
                if under is not None:
                    add_rows(rows, under)
                    continue
                row_of = mention_rows(read)
                labels = panel.labels_of(votes)
                add_labels(of_report, report_id, None, labels, row_of)
                said = votes if by_rules else outcome(labels)
                for image_id, on in rule_votes_on_images(read, *ties, said, lexicon):
                    add_labels(of_report, report_id, image_id, Panel().labels_of(on), row_of)
                add_rows(rows, of_report)
    return rows


def label_by_rules(
    tables: Tables,
    settings: LabelSettings,
    lexicon_folder: Path | None = None,
    decided: Decided = NOTHING,
) -> dict[str, Any]:
    """Return what `rule_columns` makes of a shard; where it fails, of each half, down to the report that is set aside.

    Where people decided something of it, `label_shard` makes its rows.
    """
    if decided:
        return label_shard(tables, settings, lexicon_folder, decided)
    made: list[dict[str, pa.Table]] = []
    rows: Rows = {}
    todo = [tables]
    with label_guard(rows, settings.limits.seconds) as guard:
        while todo:
            part = todo.pop()
            ids = part["reports"].column("report_id")
            if len(ids) == 1:
                with guard(ids[0].as_py()):
                    made.append(rule_columns(part, settings, lexicon_folder))
                continue
            try:
                made.append(rule_columns(part, settings, lexicon_folder))
            except BaseException as error:
                if stops(error) or not len(ids):
                    raise
                middle = len(ids) // 2
                todo += [_of(part, ids[middle:]), _of(part, ids[:middle])]
    return {t: pa.concat_tables([m[t] for m in made] or [_none(t)]) for t in ("votes", "labels")} | rows


def _of(tables: Tables, ids: pa.ChunkedArray) -> dict[str, pa.Table]:
    """Return the rows of some reports."""
    return {
        name: table.filter(pc.is_in(table.column("report_id"), value_set=ids))
        for name, table in tables.items()
    }


def _none(table: str) -> pa.Table:
    return TABLES[table].schema.empty_table()


def data_of(_corpus: Corpus, settings: LabelSettings) -> str:
    """Return the fingerprint of our lexicon and label schemes, the trained voters, the answers and the voters of others."""
    parts = [lexicon_digest()]
    if settings.voters:
        parts.append(str(model_fingerprint(settings.voters)))
    for file in map(Path, settings.answers):
        parts.append(file_digest(file) if file.is_file() else "missing")
    return " ".join((*parts, *extra_digest(settings.extra_voters, settings.extra_files)))


def check(settings: LabelSettings) -> None:
    """Check that the trained voters, the answers and the voters of others can be read; imports the last."""
    if settings.voters:
        with of_setting("voters"):
            check_panel(settings.voters)
    for file in settings.answers:
        with of_setting("answers"):
            next(read_answers(file), None)
    with of_setting("extra_voters"):
        load_extra(settings.extra_voters)


def given_to(corpus: Corpus) -> dict[str, str]:
    """Return the fingerprint of what people decided, where they did."""
    decided = decisions_digest(corpus.folder)
    return {"what people decided": decided} if decided else {}


STAGE = Stage(
    name="label",
    run=run,
    settings=LabelSettings,
    reads=(*OVER, "images", "source_labels", LEXICON),
    writes=("votes", "labels", "tags", REPORT_MODEL, IMAGE_MODEL),
    data=data_of,
    check=check,
    given=given_to,
    score=score,
    version=7,
)

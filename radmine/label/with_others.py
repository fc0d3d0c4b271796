"""Labels where others than the rules and trained voters vote: all votes are cast first, then weighed, then labels are made.

Voters that no trained folder knows are weighed by how they agree on this corpus. On reports and on images voters are
not equally good (the rules read a report, but guess which of its images shows what), so each has a label model of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Shard
from radmine.files import digest
from radmine.findings import Lexicon, lexicon_in
from radmine.label.answers.answers import AnswerStore, read_answers
from radmine.label.answers.decided import NOTHING, Decided, shares
from radmine.label.answers.sources import source_answers
from radmine.label.fit import IMAGE_MODEL, REPORT_MODEL, fit_model
from radmine.label.images import own_images, rule_votes_on_images
from radmine.label.panel import Panel, Votes, cast_each, outcome, panel_of
from radmine.label.rows import (
    Rows,
    Tables,
    add_labels,
    add_rows,
    label_guard,
    mention_rows,
    merged,
    ties_of,
    vote_rows,
    votes_in,
)
from radmine.label.under_decisions import rows_decided, rows_of_image_decided
from radmine.label.voters.extra import ExtraVoter, load_extra
from radmine.label.voters.voter import ImageItem
from radmine.label.weigh.label_model import load_label_model
from radmine.records import (
    TABLES,
    Image,
    ReadReport,
    Rejected,
    by_report,
    from_table,
    read_reports,
)
from radmine.run import Job, Piece, Read

OVER = ("reports", "sections", "sentences", "mentions", "references", "links")
_VOTER_FAILED = "voter_failed"
_CHUNK = 4096  # images that no report speaks of, at once

Settings = Any  # LabelSettings


def label_with_others(job: Job, decided: Decided) -> None:
    """Label every report and image on which the rules, trained voters, answers or voters of others vote."""
    settings: Settings = job.settings
    # An error of the settings shows before the work.
    extra = load_extra(settings.extra_voters, job.corpus.lexicon)
    on_images = any(voter.on_images for voter in extra.values())
    lexicon = job.corpus.lexicon_folder
    answers = bool(settings.answers or job.corpus.rows("source_labels"))
    store = _store_answers(job) if answers else None
    answered = AnswerStore(store).images() if store else frozenset()
    over = OVER if job.corpus.rows("reports") else ()
    casting = job.pieces(over, settings, lexicon, store, marked_by=job.mark)
    cast = job.make_shards(cast_on_reports, casting, what="reports voted on", tables=("votes",))
    job.add(cast, "rejected")
    votes = [shards["votes"] for shards in cast]
    aside = [Read("rejected", shards["rejected"]) for shards in cast]
    model = fit_model(job, votes, REPORT_MODEL, "voters", decided)
    seen: list[Shard | None] = [None] * len(votes)
    loose: list[Shard] = []
    chunks: list[list[str]] = []
    image_model = None
    if on_images or answered:
        images = {"images": Read("images", fingerprint=job.corpus.fingerprint("images"))}
        looking = [
            Piece(
                _with_model(job, digest(piece.mark, shard.digest, "images"), decided),
                piece.size,
                (piece.arguments[0] | images, settings, lexicon, store, Read("votes", shard), out, model),
            )
            for piece, shard, out in zip(casting, votes, aside, strict=True)
        ]
        made = job.make_shards(cast_on_images, looking, what="images voted on", tables=("votes",))
        job.add(made, "rejected")
        seen = [shards["votes"] for shards in made]
        ids = loose_images(job, None if on_images else answered)
        chunks = [ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK)]
        pieces = [
            Piece(digest(job.mark, chunk), len(chunk), (images, settings, lexicon, store, chunk))
            for chunk in chunks
        ]
        made = job.make_shards(
            cast_on_loose_images, pieces, what="images of no report voted on", tables=("votes",)
        )
        job.add(made, "rejected")
        loose = [shards["votes"] for shards in made]
        image_model = fit_model(job, [*filter(None, seen), *loose], IMAGE_MODEL, "voters on images", decided)
    of_reports = shares(job, decided) if casting else []
    labelling = [
        Piece(
            share.mark(
                _with_model(
                    job, digest(piece.mark, [shard.digest, on.digest if on else ""], "labels"), decided
                )
            ),
            piece.size,
            (
                piece.arguments[0],
                lexicon,
                Read("votes", shard),
                Read("votes", on) if on else None,
                out,
                model,
                image_model,
                settings.limits.seconds,
                share,
            ),
        )
        for piece, shard, on, out, share in zip(casting, votes, seen, aside, of_reports, strict=True)
    ]
    job.write_shards(label_cast, labelling, what="reports")
    of_images = [decided.among(images=chunk) for chunk in chunks]
    voted = set(chain.from_iterable(chunks))
    unseen = frozenset(decided.images.keys() - voted)
    alone = decided.among(images=loose_images(job, unseen)) if unseen else NOTHING
    others = [
        Piece(
            share.mark(_with_model(job, digest(job.mark, s.digest if s else "", "labels"), decided)),
            s.rows if s else len(share.images),
            (lexicon, Read("votes", s) if s else None, share, image_model, settings.limits.seconds),
        )
        for s, share in [*zip(loose, of_images, strict=True), *([(None, alone)] if alone else [])]
    ]
    job.write_shards(label_loose_images, others, what="images of no report")


def _with_model(job: Job, mark: str, decided: Decided) -> str:
    """Return the mark of work that a label model is part of: where people decided something, it learnt from that."""
    models = [job.folders[name] for name in (REPORT_MODEL, IMAGE_MODEL) if name in job.folders]
    return digest(mark, models) if decided and models else mark


def _store_answers(job: Job) -> Path:
    """Bring the answers of all files, and the labels of sources, to where the shards find theirs; what is none is rejected."""
    settings: Settings = job.settings
    path = job.work_folder / "answers.sqlite"
    answers = (
        read_answers(
            file,
            uncertain=settings.uncertain_answers,
            scheme=settings.answer_scheme or None,
            kind=settings.answer_kind,
            lexicon=job.corpus.lexicon,
        )
        for file in settings.answers
    )
    job.progress(0, None, "reading answers")
    given = chain(source_answers(job.corpus), *answers)
    for refused in AnswerStore(path).fill(given, _ids(job, "reports"), _ids(job, "images")):
        job.reject(*refused)
    return path


def _ids(job: Job, table: str) -> Iterator[str]:
    for shard in job.corpus.shards(table):
        yield from job.corpus.read_shard(table, shard, columns=[f"{table[:-1]}_id"]).column(0).to_pylist()


def loose_images(job: Job, wanted: frozenset[str] | None) -> list[str]:
    """Return the images that no report speaks of as its own, of those that are wanted (all, if None), in their order."""
    tied: set[str] = set()
    for group in job.corpus.aligned_shards(("references", "links")):
        references, links = (
            job.corpus.read_shard(t, s) for t, s in zip(("references", "links"), group, strict=True)
        )
        by_id = by_report(TABLES["references"], references)
        for report_id, of_report in by_report(TABLES["links"], links).items():
            tied.update(own_images(of_report, by_id.get(report_id, ())))
    return [i for i in _ids(job, "images") if i not in tied and (wanted is None or i in wanted)]


def _panel(model: str | None) -> Panel:
    return Panel(model=load_label_model(model) if model else None)


# -- pieces of work ---------------------------------------------------------------------------------------


def cast_on_reports(
    tables: Tables, settings: Settings, lexicon_folder: Path | None, answers: Path | None
) -> Rows:
    """Return the votes on the reports of a shard, and what voters did wrong."""
    reads = dict(read_reports(tables))
    given = AnswerStore(answers).on_reports(reads) if answers else {}
    lexicon = lexicon_in(lexicon_folder)
    extra = _extra(settings, lexicon, on_images=False)
    panel = panel_of(settings.voters, lexicon)
    rows: Rows = {"votes": [], "rejected": []}
    with label_guard(rows, settings.limits.seconds) as guard:
        for report_id, votes in cast_each(panel, reads, guard).items():
            with guard(report_id):
                read = reads[report_id]
                more = [*chain.from_iterable(voter(read) for voter in extra), *given.get(report_id, ())]
                cast = list(vote_rows(report_id, None, merged(votes, more, lexicon), mention_rows(read)))
                rows["votes"] += cast
            rows["rejected"] += _failed(report_id, extra)
    return rows


def cast_on_images(
    tables: Tables,
    settings: Settings,
    lexicon_folder: Path | None,
    answers: Path | None,
    cast: pa.Table,
    aside: pa.Table,
    model: str | None,
) -> Rows:
    """Return the votes on the images that the reports of a shard speak of; `cast` are those on the reports themselves."""
    reads = _reads(tables, aside)
    votes = {report_id: on for (report_id, _), on in votes_in(cast, reads)}
    references, links = ties_of(tables)
    lexicon = lexicon_in(lexicon_folder)
    panel, extra = _panel(model), _extra(settings, lexicon, on_images=True)
    images = _images(tables["images"], {link.image_id for of in links.values() for link in of})
    given = AnswerStore(answers).on_images(images) if answers else {}
    rows: Rows = {"votes": [], "rejected": []}
    with label_guard(rows, settings.limits.seconds) as guard:
        for report_id, of_report in links.items():
            if report_id not in reads:
                continue
            cast_here: Rows = {}
            with guard(report_id):
                read, refs = reads[report_id], references.get(report_id, ())
                said = outcome(panel.labels_of(votes.get(report_id, {})))
                by_rules = dict(rule_votes_on_images(read, of_report, refs, said, lexicon))
                for image_id, reached_by in own_images(of_report, refs).items():
                    item = ImageItem(images[image_id], report_id, read, reached_by)
                    more = [*chain.from_iterable(voter(item) for voter in extra), *given.get(image_id, ())]
                    on = merged(by_rules.get(image_id, {}), more, lexicon)
                    on_image = vote_rows(report_id, image_id, on, mention_rows(read))
                    add_rows(cast_here, {"votes": on_image, "rejected": _failed(image_id, extra)})
                add_rows(rows, cast_here)
    return rows


def cast_on_loose_images(
    tables: Tables,
    settings: Settings,
    lexicon_folder: Path | None,
    answers: Path | None,
    image_ids: Sequence[str],
) -> Rows:
    """Return the votes on images that no report speaks of."""
    lexicon = lexicon_in(lexicon_folder)
    extra = _extra(settings, lexicon, on_images=True)
    images = _images(tables["images"], set(image_ids))
    given = AnswerStore(answers).on_images(images) if answers else {}
    rows: Rows = {"votes": [], "rejected": []}
    with label_guard(rows, settings.limits.seconds) as guard:
        for image_id in image_ids:
            with guard(image_id):
                item = ImageItem(images[image_id], None, None, ())
                more = [*chain.from_iterable(voter(item) for voter in extra), *given.get(image_id, ())]
                rows["votes"] += list(vote_rows(None, image_id, merged({}, more, lexicon), {}))
            rows["rejected"] += _failed(image_id, extra)
    return rows


def label_cast(
    tables: Tables,
    lexicon_folder: Path | None,
    cast: pa.Table,
    on_images: pa.Table | None,
    aside: pa.Table,
    model: str | None,
    image_model: str | None,
    seconds: float,
    decided: Decided = NOTHING,
) -> Rows:
    """Return the rows of `votes` and `labels` of a shard of reports and their images; `on_images` None: the rules alone vote there."""
    reads = _reads(tables, aside)
    votes = {report_id: on for (report_id, _), on in votes_in(cast, reads)}
    lexicon, panel, image_panel = lexicon_in(lexicon_folder), _panel(model), _panel(image_model)
    references, links = ties_of(tables)
    seen: dict[str | None, dict[str, Votes]] = {}
    for (report_id, image_id), on in votes_in(on_images, reads) if on_images is not None else ():
        seen.setdefault(report_id, {})[str(image_id)] = on
    rows: Rows = {"votes": [], "labels": []}
    with label_guard(rows, seconds) as guard:
        for report_id, read in reads.items():
            of_report: Rows = {}
            with guard(report_id):
                row_of = mention_rows(read)
                ties = links.get(report_id, ()), references.get(report_id, ())
                of_images = seen.get(report_id, {})
                under = rows_decided(
                    decided,
                    report_id,
                    read,
                    votes.get(report_id, {}),
                    *ties,
                    lexicon=lexicon,
                    panel=panel,
                    image_panel=image_panel,
                    on_images=of_images,
                )
                if under is not None:
                    add_rows(rows, under)
                    continue
                labels = panel.labels_of(votes.get(report_id, {}))
                add_labels(of_report, report_id, None, labels, row_of)
                if on_images is None:
                    of_images = dict(rule_votes_on_images(read, *ties, outcome(labels), lexicon))
                for image_id, votes_on_image in of_images.items():
                    add_labels(of_report, report_id, image_id, image_panel.labels_of(votes_on_image), row_of)
                add_rows(rows, of_report)
    return rows


def label_loose_images(
    lexicon_folder: Path | None, cast: pa.Table | None, decided: Decided, model: str | None, seconds: float
) -> Rows:
    """Return the rows of `votes` and `labels` of images that no report speaks of, of which there are votes or decisions."""
    rows: Rows = {"votes": [], "labels": []}
    panel, lexicon = _panel(model), lexicon_in(lexicon_folder)
    votes = {str(image_id): on for (_, image_id), on in votes_in(cast)} if cast is not None else {}
    with label_guard(rows, seconds) as guard:
        for image_id in dict.fromkeys((*votes, *decided.images)):
            of_image: Rows = {}
            with guard(image_id):
                under = rows_of_image_decided(decided, image_id, votes.get(image_id, {}), lexicon, panel)
                if under is None:
                    add_labels(of_image, None, image_id, panel.labels_of(votes[image_id]), {})
                add_rows(rows, of_image if under is None else under)
    return rows


def _reads(tables: Tables, aside: pa.Table) -> dict[str, ReadReport]:
    """Return the reports of a shard but those that were set aside, where votes were cast on reports."""
    rejected: list[Rejected] = from_table(TABLES["rejected"], aside)
    out = {row.item for row in rejected if row.reason != _VOTER_FAILED}
    return {report_id: read for report_id, read in read_reports(tables) if report_id not in out}


def _extra(settings: Settings, lexicon: Lexicon, *, on_images: bool) -> list[ExtraVoter]:
    return [v for v in load_extra(settings.extra_voters, lexicon).values() if v.on_images == on_images]


def _failed(item: str, voters: Iterable[ExtraVoter]) -> Iterator[Rejected]:
    for voter in voters:
        for reason in voter.take_failed():
            yield Rejected("label", item, _VOTER_FAILED, f"{voter.name}: {reason}")


def _images(table: pa.Table, wanted: set[str]) -> dict[str, Image]:
    some = table.filter(pc.is_in(table.column("image_id"), value_set=pa.array(sorted(wanted), pa.string())))
    return {image.image_id: image for image in from_table(TABLES["images"], some)}

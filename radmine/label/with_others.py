"""Labels where others than the rules and trained voters vote: all votes are cast first, then weighed, then labels are made.

Voters that no trained folder knows are weighed by how they agree on this corpus. On reports and on images voters are
not equally good (the rules read a report, but guess which of its images shows what), so each has a label model of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Shard
from radmine.files import digest
from radmine.findings import Lexicon, lexicon_in
from radmine.label.answers.answers import AnswerStore, read_answers
from radmine.label.answers.sources import source_answers
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
from radmine.label.voters.extra import ExtraVoter, load_extra
from radmine.label.voters.voter import ImageItem
from radmine.label.weigh.combine import speaker_of
from radmine.label.weigh.label_model import fit_label_model, load_label_model
from radmine.records import (
    TABLES,
    Assertion,
    Image,
    ReadReport,
    Rejected,
    Vote,
    by_report,
    from_table,
    read_reports,
)
from radmine.run import Job, Piece, Read

OVER = ("reports", "sections", "sentences", "mentions", "references", "links")
REPORT_MODEL, IMAGE_MODEL = (
    "models/label",
    "models/label-images",
)  # what this corpus' votes tell of the voters
LEAST_SHARED = 100  # findings on which two speakers vote; of fewer nothing is learnt about them
_VOTER_FAILED = "voter_failed"
_CHUNK = 4096  # images that no report speaks of, at once

Settings = Any  # LabelSettings


def label_with_others(job: Job) -> None:
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
    casting = job.pieces(over, settings, lexicon, store, marked_by=job.fingerprint)
    cast = job.make_shards(cast_on_reports, casting, what="reports voted on", tables=("votes",))
    job.add(cast, "rejected")
    votes = [shards["votes"] for shards in cast]
    aside = [Read("rejected", shards["rejected"]) for shards in cast]
    model = _fit_model(job, votes, REPORT_MODEL, "voters")
    seen: list[Shard | None] = [None] * len(votes)
    loose: list[Shard] = []
    image_model = None
    if on_images or answered:
        images = {"images": Read("images", fingerprint=job.corpus.fingerprint("images"))}
        looking = [
            Piece(
                digest(piece.mark, shard.digest, "images"),
                piece.size,
                (piece.arguments[0] | images, settings, lexicon, store, Read("votes", shard), out, model),
            )
            for piece, shard, out in zip(casting, votes, aside, strict=True)
        ]
        made = job.make_shards(cast_on_images, looking, what="images voted on", tables=("votes",))
        job.add(made, "rejected")
        seen = [shards["votes"] for shards in made]
        ids = _loose_images(job, None if on_images else answered)
        chunks = [ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK)]
        pieces = [
            Piece(digest(job.fingerprint, chunk), len(chunk), (images, settings, lexicon, store, chunk))
            for chunk in chunks
        ]
        made = job.make_shards(
            cast_on_loose_images, pieces, what="images of no report voted on", tables=("votes",)
        )
        job.add(made, "rejected")
        loose = [shards["votes"] for shards in made]
        image_model = _fit_model(job, [*filter(None, seen), *loose], IMAGE_MODEL, "voters on images")
    labelling = [
        Piece(
            digest(piece.mark, [shard.digest, on.digest if on else ""], "labels"),
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
            ),
        )
        for piece, shard, on, out in zip(casting, votes, seen, aside, strict=True)
    ]
    job.write_shards(label_cast, labelling, what="reports")
    others = [
        Piece(
            digest(job.fingerprint, s.digest, "labels"),
            s.rows,
            (Read("votes", s), image_model, settings.limits.seconds),
        )
        for s in loose
    ]
    job.write_shards(label_loose_images, others, what="images of no report")


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
    for item, reason in AnswerStore(path).fill(given, _ids(job, "reports"), _ids(job, "images")):
        job.reject(item, reason)
    return path


def _ids(job: Job, table: str) -> Iterator[str]:
    for shard in job.corpus.shards(table):
        yield from job.corpus.read_shard(table, shard, columns=[f"{table[:-1]}_id"]).column(0).to_pylist()


def _loose_images(job: Job, wanted: frozenset[str] | None) -> list[str]:
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


def _fit_model(job: Job, votes: Sequence[Shard], folder: str, note: str) -> str | None:
    """Fit a label model on the votes cast and return its folder; None where they are too few to tell voters apart.

    What people decided is no vote to be weighed: it is the truth by which the others are.
    """

    def cast() -> Iterator[Votes]:
        for shard in votes:
            for _, on_item in votes_in(job.corpus.read_shard("votes", shard)):
                yield on_item

    def undecided(on: Iterable[Vote]) -> list[Vote]:
        return [vote for vote in on if vote.kind != "decision"]

    job.progress(0, None, "weighing voters")
    speakers = (len({speaker_of(v.voter) for v in undecided(on)}) for item in cast() for on in item.values())
    if sum(1 for _ in islice((n for n in speakers if n > 1), LEAST_SHARED)) < LEAST_SHARED:
        job.notes[note] = f"all count alike: fewer than {LEAST_SHARED} findings on which two voters vote"
        return None
    truth = ({f: there for f, on in item.items() if (there := _decided(on)) is not None} for item in cast())
    items = ({finding: undecided(on) for finding, on in item.items()} for item in cast())
    model = fit_label_model(items, truth=truth)
    job.folders[folder] = model.save(job.corpus.folder / folder)
    job.notes[note] = {
        a.voter: {
            "sensitivity": round(a.sensitivity, 3),
            "specificity": round(a.specificity, 3),
            "coverage": round(a.coverage, 3),
            "weight": round(a.weight, 3),
        }
        for a in model.accuracies()
        if a.finding is None
    }
    return str(job.corpus.folder / folder)


def _decided(on: Iterable[Vote]) -> bool | None:
    """Return what was decided of a finding, None where nothing was, or that it stays open."""
    said = {vote.assertion for vote in on if vote.kind == "decision"} - {Assertion.UNCERTAIN}
    return Assertion.PRESENT in said if len(said) == 1 else None


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
                labels = panel.labels_of(votes.get(report_id, {}))
                add_labels(of_report, report_id, None, labels, row_of)
                of_images = seen.get(report_id, {})
                if on_images is None:
                    ties = links.get(report_id, ()), references.get(report_id, ())
                    of_images = dict(rule_votes_on_images(read, *ties, outcome(labels), lexicon))
                for image_id, votes_on_image in of_images.items():
                    add_labels(of_report, report_id, image_id, image_panel.labels_of(votes_on_image), row_of)
                add_rows(rows, of_report)
    return rows


def label_loose_images(cast: pa.Table, model: str | None, seconds: float) -> Rows:
    """Return the rows of `votes` and `labels` of images that no report speaks of."""
    rows: Rows = {"votes": [], "labels": []}
    panel = _panel(model)
    with label_guard(rows, seconds) as guard:
        for (_, image_id), on in votes_in(cast):
            of_image: Rows = {}
            with guard(str(image_id)):
                add_labels(of_image, None, image_id, panel.labels_of(on), {})
                add_rows(rows, of_image)
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

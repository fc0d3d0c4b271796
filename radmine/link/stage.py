"""The link stage: which sentences of which reports speak of which images."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.link.alone import linked_words
from radmine.link.references import find_references
from radmine.link.resolve import Images, reference_links, tie_links
from radmine.link.score import score
from radmine.records import TABLES, Link, Reference, Rejected, Report, Sentence, by_report, from_table
from radmine.run import Guard, Job, Limits, NotApplicable, Stage, require_form, require_within, to_list, uses

NAME = "link"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How references are resolved."""

    # A report is linked to its study as a whole where that has at most so many images.
    study_images: int = 16
    # A study with an image of such a modality is not linked as a whole: few slices of a CT show what its report says.
    slice_modalities: tuple[str, ...] = ("CT", "MR", "PT", "NM", "US")
    # A reference to more images than this stays unresolved.
    most_images: int = 500
    limits: Limits = field(default=Limits(), metadata=uses("seconds"))

    def __post_init__(self) -> None:
        require_within(self, study_images=(0, 2**31), most_images=(0, 2**31))
        require_form(self, slice_modalities="[A-Z]{2,16}", like="CT: a DICOM modality")


def link_shard(tables: Mapping[str, pa.Table], settings: LinkSettings) -> dict[str, list[Any]]:
    """Return the rows of `references`, `links` and `rejected` of a shard of reports."""
    reports: list[Report] = from_table(TABLES["reports"], tables["reports"])
    read = set(pc.unique(tables["sentences"].column("report_id")).to_pylist())  # parse set the others aside
    images = images_of(tables)
    found: dict[str, list[Reference]] = {}
    rows: dict[str, list[Any]] = {"references": [], "links": []}
    rejected: list[Rejected] = []
    seconds = settings.limits.seconds
    with Guard(to_list(rejected, NAME), otherwise="unreadable_report", seconds=seconds) as guard:
        for report in reports:
            with guard(report.report_id):
                found[report.report_id] = find_references(report.text) if report.report_id in read else []
        referring = pa.array([name for name, references in found.items() if references], pa.string())
        told = pc.is_in(tables["sentences"].column("report_id"), value_set=referring)
        sentences = by_report(TABLES["sentences"], tables["sentences"].filter(told))
        for report in reports:
            name = report.report_id
            if name in sentences or (images and name in found):
                with guard(name):
                    references, links = _linked(
                        report, found[name], sentences.get(name, ()), images, settings
                    )
                    rows["references"].extend(references)
                    rows["links"].extend(links)
    return {**rows, "rejected": rejected}


def _linked(
    report: Report,
    references: Sequence[Reference],
    spans: Sequence[Sentence],
    images: Images,
    settings: LinkSettings,
) -> tuple[list[tuple[Any, ...]], list[Link]]:
    """Return the rows of `references` and `links` of one report."""
    at = sentences_of(references, spans)
    rows = [
        (report.report_id, index, sentence, *reference)
        for index, (sentence, reference) in enumerate(zip(at, references, strict=True))
    ]
    ties = images.ties(report)
    links = [
        *tie_links(report, ties, most_images=settings.study_images, slices=settings.slice_modalities),
        *reference_links(report, references, at, ties, spans, most_images=settings.most_images),
    ]
    return rows, links


def images_of(tables: Mapping[str, pa.Table]) -> Images:
    """Return the images that the reports of a shard can mean: those of their patients, studies and own ties."""
    reports, images, keys = tables["reports"], tables["images"], tables["key_objects"]
    wanted = pa.array([False] * len(images), pa.bool_())
    for column in ("report_id", "patient_id", "study_id", "accession_number"):
        values = pc.drop_null(pc.unique(reports.column(column)))
        found = pc.is_in(images.column(column), value_set=values)
        wanted = pc.or_(wanted, found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
    images = images.filter(wanted)
    keys = keys.filter(pc.is_in(keys.column("image_id"), value_set=pc.unique(images.column("image_id"))))
    return Images(from_table(TABLES["images"], images), from_table(TABLES["key_objects"], keys))


def sentences_of(references: Sequence[Reference], sentences: Sequence[Sentence]) -> list[int]:
    """Return the index of the sentence in which each reference begins (or which ends last before it)."""
    starts = [sentence.start for sentence in sentences]
    return [max(0, bisect_right(starts, reference.start) - 1) for reference in references]


def run(job: Job) -> None:
    """Link every report, and note how many references led to no image."""
    if not job.corpus.rows("reports"):
        raise NotApplicable("the corpus has no reports")
    made = job.map_shards(
        link_shard,
        over=("reports", "sentences"),
        also=("images", "key_objects"),
    )
    resolved: set[tuple[str, int]] = set()
    pairs = list[pa.Table]()
    for shards in made:
        links = job.corpus.read_shard(
            "links", shards["links"], columns=["report_id", "reference", "image_id"]
        )
        pairs.append(links.select(["report_id", "image_id"]))
        links = links.filter(pc.is_valid(links.column("reference")))
        resolved.update(zip(*(links.column(c).to_pylist() for c in ("report_id", "reference")), strict=True))
    job.notes["references without an image"] = sum(s["references"].rows for s in made) - len(resolved)
    ids = ["study_id", "accession_number", "patient_id"]
    job.said += linked_words(
        job.corpus.read("reports", columns=["report_id", *ids]),
        job.corpus.read("images", columns=["image_id", *ids, "modality", "kind", "report_id"]),
        pa.concat_tables(pairs),
    )


STAGE = Stage(
    name=NAME,
    run=run,
    settings=LinkSettings,
    reads=("reports", "sentences", "images", "key_objects"),
    needs=("reports",),
    writes=("references", "links"),
    score=score,
    version=3,
)

"""All that a corpus knows of one report or one image, and how it got its labels."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.ids import find_item
from radmine.label import Decision, Explanation, ReadReport, explanation_of, holding, read_decisions
from radmine.records import (
    TABLES,
    Image,
    Label,
    LabelRow,
    Link,
    Mention,
    Report,
    Section,
    Sentence,
    TagRow,
    Vote,
    VoteRow,
    from_table,
)
from radmine.run import check_together, require_run
from radmine.search import places_to_show
from radmine.show.case_topics import NO_TOPICS, CaseTopics, topics_of_image, topics_of_report
from radmine.show.notes import NO_NOTES, Notes

NOTES = ("recommendations", "categories", "incidentals")  # tables of what a report says beside its findings
REPORT_TOPICS = ("topic_mixtures", "sentence_topics")


@dataclass(frozen=True, slots=True)
class ReportCase:
    """One report with what reading, linking and labelling found in it."""

    report: Report
    split: str | None
    sections: list[Section]
    sentences: list[Sentence]
    mentions: list[Mention]
    links: list[Link]
    labels: list[LabelRow]  # of the report itself
    decisions: list[Decision]  # of people, on the report itself
    of_study: tuple[
        str, ...
    ] = ()  # where no image is linked, those of its study, the one that stands for it first
    notes: Notes = NO_NOTES  # what it says beside its findings
    topics: CaseTopics = NO_TOPICS


@dataclass(frozen=True, slots=True)
class ImageCase:
    """One image with the reports that speak of it and its labels."""

    image: Image
    split: str | None
    links: list[Link]
    labels: list[LabelRow]
    decisions: list[Decision]  # of people, on the image itself
    tags: list[TagRow] = field(default_factory=list)  # how what it shows looks, and where that is
    topics: CaseTopics = NO_TOPICS


def find_case(corpus: Corpus, item: str) -> ReportCase | ImageCase:
    """Return the report or the image that a name means (see `radmine.ids.find_item`).

    Raises
    ------
    InputError
        The corpus has neither, or what is known of its reports is of an earlier state of them.
    """
    check_together(corpus, "parse", "link", "label")
    kind, item = find_item(corpus, item)
    if kind == "report":
        (report,) = _rows(corpus, "reports", "report_id", item)
        labels = [row for row in _rows(corpus, "labels", "report_id", item) if row.image_id is None]
        links = _rows(corpus, "links", "report_id", item)
        study = _rows(corpus, "images", "study_id", report.study_id) if report.study_id and not links else []
        sentences = [row[-1] for row in _rows(corpus, "sentences", "report_id", item)]
        mixtures, of_sentences = (_rows(corpus, t, "report_id", item) for t in REPORT_TOPICS)
        return ReportCase(
            report,
            _split(corpus, report.patient_id),
            [row[-1] for row in _rows(corpus, "sections", "report_id", item)],
            sentences,
            [row[-1] for row in _rows(corpus, "mentions", "report_id", item)],
            links,
            labels,
            _decisions(corpus, report_id=item),
            _in_order(study),
            Notes(*(tuple(row[-1] for row in _rows(corpus, table, "report_id", item)) for table in NOTES)),
            topics_of_report(corpus, mixtures, of_sentences, sentences),
        )
    (image,) = _rows(corpus, "images", "image_id", item)
    links = _rows(corpus, "links", "image_id", item)
    return ImageCase(
        image,
        _split(corpus, image.patient_id),
        links,
        _rows(corpus, "labels", "image_id", item),
        _decisions(corpus, image_id=item),
        _rows(corpus, "tags", "image_id", item),
        topics_of_image(corpus, _rows(corpus, "image_topics", "image_id", item)),
    )


@dataclass(frozen=True, slots=True)
class ExplainedReport:
    """A report with the way to its labels."""

    report_id: str
    text: str
    explanation: Explanation
    decisions: tuple[Decision, ...] = ()  # of people
    notes: Notes = NO_NOTES  # what it says beside its findings
    topics: CaseTopics = NO_TOPICS


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """What one report makes of an image, or the votes that rest on no report."""

    report_id: str | None
    text: str
    explanation: Explanation  # of the labels of the image; of the mentions those on which their votes rest


@dataclass(frozen=True, slots=True)
class ExplainedImage:
    """An image with the way to its labels."""

    image_id: str
    path: str | None
    reports: tuple[SpokenOf, ...]
    decisions: tuple[Decision, ...] = ()  # of people


def explain_case(corpus: Corpus, name: str) -> ExplainedReport | ExplainedImage:
    """Return how the report or image that a name means got its labels: what parse read and the votes as the label stage cast them.

    Raises
    ------
    InputError
        The corpus has neither, or its labels are not there or not up to date.
    """
    case = find_case(corpus, name)
    require_run(corpus, "parse", "label")
    if isinstance(case, ImageCase):
        return _explained_image(corpus, case)
    votes = [
        row for row in _rows(corpus, "votes", "report_id", case.report.report_id) if row.image_id is None
    ]
    read = ReadReport(case.report.text, case.sections, case.sentences, case.mentions)
    explanation = explanation_of(read, _labels(case.labels, votes, read))
    return ExplainedReport(
        case.report.report_id, read.text, explanation, tuple(case.decisions), case.notes, case.topics
    )


def _explained_image(corpus: Corpus, case: ImageCase) -> ExplainedImage:
    votes: list[VoteRow] = _rows(corpus, "votes", "image_id", case.image.image_id)
    spoken: list[SpokenOf] = []
    for report_id in dict.fromkeys(row.report_id for row in case.labels):
        read = _NOTHING
        if report_id is not None:
            (report,) = _rows(corpus, "reports", "report_id", report_id)
            tables = ("sections", "sentences", "mentions")
            found = ([row[-1] for row in _rows(corpus, table, "report_id", report_id)] for table in tables)
            read = ReadReport(report.text, *found)
        labels = _labels(
            [row for row in case.labels if row.report_id == report_id],
            [row for row in votes if row.report_id == report_id],
            read,
        )
        spoken.append(SpokenOf(report_id, read.text, explanation_of(read, labels, votes_alone=True)))
    return ExplainedImage(case.image.image_id, case.image.path, tuple(spoken), tuple(case.decisions))


_NOTHING = ReadReport("", [], [], [])


def _labels(rows: Iterable[LabelRow], votes: Iterable[VoteRow], read: ReadReport) -> dict[str, Label]:
    """Return labels by finding, with their votes."""
    cast: dict[str, list[Vote]] = {}
    for vote in votes:
        cast.setdefault(vote.finding, []).append(_vote(vote, read.mentions))
    return {
        row.finding: Label(row.assertion, row.probability, tuple(cast.get(row.finding, ()))) for row in rows
    }


def _vote(row: VoteRow, mentions: Sequence[Mention]) -> Vote:
    why = tuple(mentions[i] for i in row.mentions)
    return Vote(row.voter, row.assertion, row.probability, why, row.implied)


def _decisions(
    corpus: Corpus, *, report_id: str | None = None, image_id: str | None = None
) -> list[Decision]:
    held = holding(read_decisions(corpus.folder)).values()
    return [d for d in held if (d.report_id, d.image_id) == (report_id, image_id)]


def _in_order(images: list[Image]) -> tuple[str, ...]:
    places = places_to_show([asdict(image) for image in images])
    return tuple(image.image_id for _, image in sorted(zip(places, images, strict=True), key=lambda p: p[0]))


def _split(corpus: Corpus, patient_id: str) -> str | None:
    rows = _rows(corpus, "splits", "patient_id", patient_id)
    return rows[0].split if rows else None


def _rows(corpus: Corpus, table: str, column: str, value: str) -> list[Any]:
    """Return the records of a table with this value in a column, shard by shard."""
    found: list[Any] = []
    for shard in corpus.shards(table):
        if not shard.rows:
            continue
        keys = corpus.read_shard(table, shard, columns=[column]).column(column)
        matches = pc.equal(keys, value)
        if pc.any(matches).as_py():
            found += from_table(TABLES[table], corpus.read_shard(table, shard).filter(matches))
    return found

"""The labels of a corpus as a file: `export`."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.export.evidence import SCHEMA, evidence_rows
from radmine.export.formats import find_format
from radmine.export.items import Items
from radmine.export.layout import Asked, Row
from radmine.export.places import endings_of_images, folder_of_images
from radmine.export.table_file import check_file, writing_table
from radmine.export.tags import SCHEMA as TAG_SCHEMA
from radmine.export.tags import TagRows
from radmine.export.topics import SCHEMA as TOPIC_SCHEMA
from radmine.export.topics import TopicRows
from radmine.records import Where
from radmine.run import Progress, check_together, no_progress, require_run


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    files: tuple[Path, ...]
    items: int  # reports or images
    labelled: int  # of these, with a label of the format
    rows: int  # of the first file
    columns: int
    note: str = ""  # what is left out


def export(
    corpus: Corpus,
    as_: str,
    to: str | PathLike[str],
    *,
    images: bool = False,
    evidence: bool = False,
    tags: bool = False,
    topics: bool = False,
    probabilities: bool = False,
    parents: bool = True,
    implied: bool = True,
    findings: tuple[str, ...] = (),
    where: Where | None = None,
    split: str | None = None,
    progress: Progress = no_progress,
) -> Exported:
    """Return what was written: the labels of reports, or of images, as a CSV or Parquet file, which replaces one that is there.

    Parameters
    ----------
    as_
        A format (`FORMATS`), or a file of a label scheme of one's own that ends in .toml.
    to
        The file, which ends in .csv or .parquet.
    images
        A row an image, else a report.
    evidence
        Say of each label who voted on it, and which words, where, by which rule: in a file beside it (`labels.evidence.csv`
        of `labels.csv`), of the format long in the rows themselves.
    tags
        Of images: how their findings look and where they are, with the words, in a file beside it (`labels.tags.csv`).
    topics
        What the reports or images speak of, at each level, in a file beside it (`labels.topics.csv`).
    probabilities
        A column more for each label: how probable it is.
    parents
        Of a scheme: labels are present with what is more special (see `radmine.findings.to_scheme`).
    implied
        Of the formats long and wide: labels that only follow from what is said of kinds of a finding too.
    findings
        Of the formats long and wide: only these; pairs as `radmine.findings.read_pairs` has them ("thickening@*") are those that the corpus has labels of.
    where
        Conditions on the rows of `reports`, or of `images`: "modality=CR, study_date>=2019" (see `radmine.records.read_conditions`).
    split
        Only of this part: train, validation or test.

    Raises
    ------
    InputError
        There is no such format, scheme, finding, split, column or folder, the file's ending says nothing, or the labels
        (or topics) are not there or of an earlier state of the reports.
    CorpusError
        A table is missing or damaged.
    """
    path, made = Path(to), find_format(as_)
    check_file(path)
    if tags and not images:
        raise InputError("Reports have no tags, images have.", where="--tags", do="Ask for --images too.")
    require_run(corpus, "label")
    check_together(corpus, "parse")
    items = Items(
        corpus, images=images, votes=evidence or not parents, where=where, split=split, implied=implied
    )
    asked = Asked(
        images,
        evidence,
        probabilities,
        parents,
        implied,
        tuple(findings),
        corpus.lexicon,
        items.occurring,
        partial(folder_of_images, corpus),
        partial(endings_of_images, corpus),
    )
    layout = made(asked)
    apart = path.with_name(f"{path.stem}.evidence{path.suffix}") if evidence and not layout.evidence else None
    of_tags = path.with_name(f"{path.stem}.tags{path.suffix}") if tags else None
    of_topics = path.with_name(f"{path.stem}.topics{path.suffix}") if topics else None
    topic_rows = TopicRows(corpus, images=images) if topics else None
    total = corpus.rows("images" if images else "reports")
    count = labelled = written = 0
    with ExitStack() as files:
        write = files.enter_context(writing_table(path, layout.schema))
        write_why = files.enter_context(writing_table(apart, SCHEMA)) if apart else None
        write_tags = files.enter_context(writing_table(of_tags, TAG_SCHEMA)) if of_tags else None
        tag_rows = TagRows(corpus) if of_tags else None
        write_topics = files.enter_context(writing_table(of_topics, TOPIC_SCHEMA)) if of_topics else None
        for chunk in items.chunks():
            rows: list[Row] = []
            why: list[Row] = []
            for item in chunk:
                said = layout.said(item)
                labelled += bool(said)
                rows += layout.rows(item, said)
                if write_why:
                    why += evidence_rows(item, said, images=images)
            if rows:
                write(rows)
            if write_why and why:
                write_why(why)
            if write_tags and tag_rows and (tagged := list(tag_rows.of(chunk))):
                write_tags(tagged)
            if write_topics and topic_rows and (spoken := list(topic_rows.of(chunk))):
                write_topics(spoken)
            count, written = count + len(chunk), written + len(rows)
            progress(count, total, "images" if images else "reports")
    written_to = (path, *filter(None, (apart, of_tags, of_topics)))
    return Exported(written_to, count, labelled, written, len(layout.schema), layout.note)

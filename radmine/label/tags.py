"""What an image shows besides its findings: how they look and where they are, by the sentences that speak of it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from radmine.findings import Lexicon, lexicon_in, sites_above
from radmine.label.images import shown_on_images
from radmine.label.relevance import Relevance
from radmine.label.rows import Rows, Tables, label_guard, mention_rows, ties_of
from radmine.parse import load_tags
from radmine.records import Assertion, Link, Mention, ReadReport, Reference, TagRow, read_reports

SITE, WHOLE = "site", "whole"
"""Kinds of tags besides those of looks: a place that the text names, and what that is a part of."""


def image_tags(
    report_id: str,
    read: ReadReport,
    links: Iterable[Link],
    references: Sequence[Reference],
    lexicon: Lexicon | None = None,
) -> Iterator[TagRow]:
    """Yield the tags of each image that a report speaks of, each with the mentions that say it.

    A tag is present where a finding has it that the image shows, uncertain where all that have it the image only may show, or
    the text doubts. What is denied has none.
    """
    row_of = mention_rows(read)
    for image_id, shown in shown_on_images(read, links, references, lexicon).items():
        said: dict[tuple[str, str], dict[Mention, Assertion]] = {}
        for mention, relevance in shown.items():
            if mention.assertion is Assertion.ABSENT or not mention.of_patient_now:
                continue
            sure = relevance is Relevance.RELEVANT and mention.assertion is Assertion.PRESENT
            for key in tags_of(mention):
                said.setdefault(key, {})[mention] = Assertion.PRESENT if sure else Assertion.UNCERTAIN
        for (tag, kind), by in said.items():
            strongest = max(by.values(), key=lambda assertion: assertion.strength)
            speaking = [mention for mention, assertion in by.items() if assertion is strongest]
            sides = {mention.laterality for mention in speaking}
            side = sides.pop() if len(sides) == 1 else None
            rows = tuple(sorted(row_of[mention] for mention in speaking))
            yield TagRow(report_id, image_id, tag, kind, strongest, side, rows)


def tags_of(mention: Mention) -> Iterator[tuple[str, str]]:
    """Yield the tags of a mention and their kinds: how it looks, its sites, and what these are parts of."""
    for tag in mention.tags:
        yield tag, load_tags()[tag]
    for site in mention.sites:
        yield site, SITE
    above = sites_above()
    for whole in sorted({w for site in mention.sites for w in above.get(site, ())} - set(mention.sites)):
        yield whole, WHOLE


def tag_shard(tables: Tables, lexicon_folder: Path | None, seconds: float) -> Rows:
    """Return the rows of `tags` of a shard of reports; what fails here is set aside where the report's labels are made."""
    lexicon = lexicon_in(lexicon_folder)
    references, links = ties_of(tables)
    rows: Rows = {"tags": []}
    with label_guard(rows, seconds) as guard:
        for report_id, read in read_reports(tables):
            if read.mentions and (ties := links.get(report_id)):
                with guard(report_id):
                    rows["tags"] += list(
                        image_tags(report_id, read, ties, references.get(report_id, ()), lexicon)
                    )
    return rows

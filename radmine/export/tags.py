"""The tags of images, as rows: how their findings look and where they are, and the words that say so."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.export.items import ReportShards
from radmine.export.layout import TEXT, Item, Row
from radmine.records import TABLES, Mention, Span, TagRow, from_table

SCHEMA = pa.schema(
    [
        ("report_id", TEXT),
        ("image_id", TEXT),
        ("tag", TEXT),
        ("kind", TEXT),
        ("assertion", TEXT),
        ("laterality", TEXT),
        ("finding", TEXT),
        ("phrase", TEXT),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("sentence", TEXT),
    ]
)


class TagRows:
    """Makes the rows of the file of tags: one for each mention that says a tag of an image."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus, self._reports = corpus, ReportShards(corpus)

    def of(self, items: Sequence[Item]) -> Iterator[Row]:
        """Yield the rows of some images."""
        wanted = pc.field("image_id").isin(pa.array([item.id for item in items], pa.string()))
        tags: list[TagRow] = []
        for shard in self._corpus.shards("tags"):
            tags += from_table(TABLES["tags"], self._corpus.read_shard("tags", shard, rows=wanted))
        reads = self._reports.read({tag.report_id for tag in tags})
        for tag in tags:
            read = reads[tag.report_id]
            said = tag.report_id, tag.image_id, tag.tag, tag.kind, str(tag.assertion), tag.laterality
            for mention in (read.mentions[row] for row in tag.mentions):
                start, end = _words(mention, tag.tag)
                first, last, _ = read.sentences[mention.sentence]
                phrase, sentence = (
                    " ".join(read.text[a:b].split()) for a, b in ((start, end), (first, last))
                )
                yield *said, mention.finding, phrase, start, end, sentence


def _words(mention: Mention, tag: str) -> Span:
    """Return where a mention's sentence says a tag: the words of it, of a place those of the mention."""
    for name, span in zip(mention.tags, mention.tag_spans, strict=True):
        if name == tag:
            return span
    if tag == mention.anatomy and mention.site is not None:
        return mention.site
    return mention.start, mention.end

"""The topics of reports or images, as rows: of each level, by number and name."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.export.layout import TEXT, Item, Row
from radmine.records import TABLES, Topic, from_table
from radmine.run import require_run

SCHEMA = pa.schema(
    [
        ("report_id", TEXT),
        ("image_id", TEXT),
        ("level", TEXT),
        ("topic", pa.int64()),
        ("name", TEXT),
        ("weight", pa.float64()),
        ("sentence", pa.int64()),
    ]
)


class TopicRows:
    """Makes the rows of the file of topics.

    Of a report: its strongest topic, the strongest part of that, and the strongest topic of each sentence that refers to an
    image, with their weights. Of an image: a topic of each level, as `radmine train` learns them.
    """

    def __init__(self, corpus: Corpus, *, images: bool) -> None:
        require_run(corpus, "topics")
        self._corpus, self._images = corpus, images
        topics: Iterator[Topic] = corpus.records("topics")
        self._names = {(topic.level, topic.topic): topic.name for topic in topics}

    def of(self, items: Sequence[Item]) -> Iterator[Row]:
        """Yield the rows of some reports or images."""
        ids = [item.id for item in items]
        if self._images:
            for row in self._records("image_topics", "image_id", ids):
                levels = {"document": row.topic, "second": row.second, "sentence": row.sentence}
                for level, topic in levels.items():
                    if topic is not None:
                        yield self._row(row.report_id, row.image_id, level, topic)
            return
        for row in self._records("topic_mixtures", "report_id", ids):
            yield self._row(row.report_id, None, "document", row.topic, row.weights[row.topic])
            if row.second is not None:
                yield self._row(row.report_id, None, "second", row.second, max(row.second_weights))
        for row in self._records("sentence_topics", "report_id", ids):
            yield self._row(row.report_id, None, "sentence", row.topic, max(row.weights), row.sentence)

    def _records(self, table: str, column: str, ids: Sequence[str]) -> Iterator[Any]:
        wanted = pc.field(column).isin(pa.array(ids, pa.string()))
        for shard in self._corpus.shards(table):
            yield from from_table(TABLES[table], self._corpus.read_shard(table, shard, rows=wanted))

    def _row(
        self,
        report_id: str,
        image_id: str | None,
        level: str,
        topic: int,
        weight: float | None = None,
        sentence: int | None = None,
    ) -> Row:
        return report_id, image_id, level, topic, self._names.get((level, topic), ""), weight, sentence

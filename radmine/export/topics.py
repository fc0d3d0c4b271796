"""The topics of reports or images, as rows: of each level, by number and name."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
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
        self._images = images
        column, tables = (
            ("image_id", ["image_topics"]) if images else ("report_id", ["topic_mixtures", "sentence_topics"])
        )
        self._tables = [_Shards(corpus, table, column) for table in tables]
        topics: Iterator[Topic] = corpus.records("topics")
        self._names = {(topic.level, topic.topic): topic.name for topic in topics}

    def of(self, items: Sequence[Item]) -> Iterator[Row]:
        """Yield the rows of some reports or images."""
        ids = pa.array([item.id for item in items], pa.string())
        if self._images:
            (images,) = self._tables
            for row in images.records(ids):
                levels = {"document": row.topic, "second": row.second, "sentence": row.sentence}
                for level, topic in levels.items():
                    if topic is not None:
                        yield self._row(row.report_id, row.image_id, level, topic)
            return
        mixtures, sentences = self._tables
        for row in mixtures.records(ids):
            yield self._row(row.report_id, None, "document", row.topic, row.weights[row.topic])
            if row.second is not None:
                yield self._row(row.report_id, None, "second", row.second, max(row.second_weights))
        for row in sentences.records(ids):
            yield self._row(row.report_id, None, "sentence", row.topic, max(row.weights), row.sentence)

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


class _Shards:
    """A table that is read by a column of ids; the rows of one id are in one shard."""

    def __init__(self, corpus: Corpus, table: str, column: str) -> None:
        self._corpus, self._table, self._column = corpus, table, column
        self._shards = corpus.shards(table)
        self._ids = corpus.read(table, columns=[column]).column(0).combine_chunks()
        self._ends = np.cumsum([shard.rows for shard in self._shards])

    def records(self, ids: pa.Array) -> Iterator[Any]:
        """Yield the rows of some ids, in the order of the table."""
        places = pc.index_in(ids, value_set=self._ids).drop_null().to_numpy()
        only = pc.field(self._column).isin(ids)
        for number in np.unique(np.searchsorted(self._ends, places, side="right")).tolist():
            shard = self._shards[number]
            yield from from_table(TABLES[self._table], self._corpus.read_shard(self._table, shard, rows=only))

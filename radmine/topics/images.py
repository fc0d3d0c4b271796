"""The topics of the images that reports speak of, shard by shard of the reports: `image_topics`, `decided_elsewhere`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.records import (
    TABLES,
    ImageTopic,
    Sentence,
    SentenceTopics,
    Span,
    TopicMixture,
    by_report,
)

Rank = tuple[float, bool, str]  # the surest first
_TIE, _SPAN = ("report_id", "image_id", "confidence", "reference"), ("start", "end")  # columns of `links`


def image_topics(
    tables: Mapping[str, pa.Table],
    mixtures: Iterable[TopicMixture],
    sentence_topics: Iterable[SentenceTopics],
    *,
    elsewhere: Set[str] = frozenset(),
) -> list[ImageTopic]:
    """Return a row for each image that the reports of a shard speak of, in the order of their links.

    The report of an image's surest link decides: of the highest confidence, then one with a span before one without, then
    the first by its id. The sentence is that of the report's surest link with a span whose sentence has topics. As for labels, what
    was said of an image of an earlier study counts for nothing: the sentence speaks of now.

    Parameters
    ----------
    tables
        A shard of each of `links`, `references` and `sentences`, those that go together.
    mixtures, sentence_topics
        What the reports of the shard hold; an image whose report has none here gets no row.
    elsewhere
        Images that a report of another shard decides (see `decided_elsewhere`).
    """
    links: dict[str, list[tuple[Rank, Span | None]]] = {}
    priors = _priors(tables["references"])
    for report_id, image_id, confidence, reference, start, end in _columns(tables["links"], _TIE, _SPAN):
        if image_id not in elsewhere and (report_id, reference) not in priors:
            span = None if start is None else (start, end)
            links.setdefault(image_id, []).append(((-confidence, span is None, report_id), span))
    of_report = {mixture.report_id: mixture for mixture in mixtures}
    of_sentence = {(row.report_id, row.sentence): row.topic for row in sentence_topics}
    told = pa.array(sorted({report_id for report_id, _ in of_sentence}), pa.string())
    of_told = pc.is_in(tables["sentences"].column("report_id"), value_set=told)
    sentences = by_report(TABLES["sentences"], tables["sentences"].filter(of_told))
    rows = []
    for image_id, reached_by in links.items():
        reached_by.sort(key=itemgetter(0))
        report_id = reached_by[0][0][-1]
        mixture = of_report.get(report_id)
        if mixture is not None:
            spans = (span for rank, span in reached_by if span is not None and rank[-1] == report_id)
            topics = (_topic_in(span, report_id, sentences.get(report_id, ()), of_sentence) for span in spans)
            sentence = next((topic for topic in topics if topic is not None), None)
            rows.append(ImageTopic(image_id, report_id, mixture.topic, mixture.second, sentence))
    return rows


def _columns(table: pa.Table, *names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(table.column(c).to_pylist() for group in names for c in group), strict=True)


def _priors(references: pa.Table) -> set[tuple[str, int]]:
    """Return the references to images of an earlier study, by report and index."""
    return set(_columns(references.filter(pc.field("prior")), ("report_id", "index")))


def _topic_in(
    span: Span, report_id: str, sentences: Sequence[Sentence], topics: Mapping[tuple[str, int], int]
) -> int | None:
    """Return the topic of the first sentence in a span that has one."""
    within = (i for i, s in enumerate(sentences) if s.start < span[1] and s.end > span[0])
    return next((topics[report_id, i] for i in within if (report_id, i) in topics), None)


def decided_elsewhere(corpus: Corpus) -> list[frozenset[str]]:
    """Return for each shard of links the images in it of which a report of another shard decides.

    In memory at a time are one shard, eight bytes for each image of a shard, and the images that several shards share.
    """
    groups = corpus.aligned_shards(("links", "references"))
    if len(groups) < 2:
        return [frozenset() for _ in groups]
    marks = [
        np.unique(_marks(corpus.read_shard("links", links, columns=["image_id"]).column(0)))
        for links, _ in groups
    ]
    values, counts = np.unique(np.concatenate(marks), return_counts=True)
    shared = values[counts > 1]
    if not len(shared):
        return [frozenset() for _ in groups]
    best: dict[str, tuple[Rank, int]] = {}
    found: list[set[str]] = []
    for place, (of_links, of_references) in enumerate(groups):
        found.append(set())
        table = corpus.read_shard("links", of_links, columns=(*_TIE, "start"))
        table = table.filter(pa.array(np.isin(_marks(table.column("image_id")), shared)))
        columns = ["report_id", "index", "prior"]
        priors = _priors(corpus.read_shard("references", of_references, columns=columns))
        for report_id, image_id, confidence, reference, start in _columns(table, _TIE, ("start",)):
            if (report_id, reference) not in priors:
                found[-1].add(image_id)
                mine = (-confidence, start is None, report_id), place
                best[image_id] = min(mine, best.get(image_id, mine))
    return [frozenset(i for i in images if best[i][1] != place) for place, images in enumerate(found)]


def _marks(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return a number for each name: equal names have equal numbers, other names almost never."""
    return np.fromiter(map(hash, column.to_pylist()), np.int64, len(column))

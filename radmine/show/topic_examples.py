"""Sentences that show what a topic is about: of the reports, or sentences, that hold most of it."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.records import READ_TABLES, ReadReport, Topic, read_reports
from radmine.run import Progress, no_progress
from radmine.search.sheet import one_line, window
from radmine.topics import report_words

SENTENCES = 10  # shown of a topic
LONGEST = 300  # characters of a sentence
_CANDIDATES = 3 * SENTENCES  # reports say the same again and again
_LEAST = 0.05  # of a topic; a report that holds less does not show it
_WORDS = 4  # of the longest phrase that is one word of a topic

Key: TypeAlias = tuple[str, int]  # level, topic


class Example(NamedTuple):
    """A sentence that shows what a topic is about."""

    report_id: str
    weight: float  # of the topic in the report, or in the sentence
    text: str


class Candidate(NamedTuple):
    """Where a topic is strong."""

    weight: float
    report_id: str
    sentence: int | None  # None: the one with most of the topic's words


def strongest(corpus: Corpus, topics: Sequence[Topic]) -> dict[Key, list[Candidate]]:
    """Return where each topic is strongest, most first: in reports, or of the sentence level in sentences."""
    part: dict[tuple[int, int], int] = {}  # topic, place among its parts -> number
    for topic, place in _places(topics):
        part[topic.parent or 0, place] = topic.topic
    found: dict[Key, list[Candidate]] = {}
    for shard in corpus.shards("topic_mixtures"):
        table = corpus.read_shard("topic_mixtures", shard)
        ids = table.column("report_id").to_pylist()
        rows, numbers, weights = _lists(table, "weights")
        _keep(found, "document", ids, [None] * len(ids), rows, numbers, weights)
        heaviest = np.zeros(len(ids))
        np.maximum.at(heaviest, rows, weights)
        rows, places, weights = _lists(table, "second_weights")
        of = table.column("topic").to_numpy()
        parts = (part.get((of[row], place), -1) for row, place in zip(rows, places, strict=True))
        numbers = np.fromiter(parts, np.int64, len(rows))
        _keep(found, "second", ids, [None] * len(ids), rows, numbers, weights * heaviest[rows])
    for shard in corpus.shards("sentence_topics"):
        table = corpus.read_shard("sentence_topics", shard)
        ids, sentences = (table.column(name).to_pylist() for name in ("report_id", "sentence"))
        rows, _, weights = _lists(table, "weights")
        numbers = table.column("topics").combine_chunks().flatten().to_numpy()
        _keep(found, "sentence", ids, sentences, rows, numbers, weights)
    for candidates in found.values():
        candidates.sort(key=lambda c: -c.weight)
        del candidates[_CANDIDATES:]
    return found


def examples(
    corpus: Corpus,
    topics: Sequence[Topic],
    candidates: Mapping[Key, Sequence[Candidate]],
    *,
    reading: Mapping[str, Any],
    progress: Progress = no_progress,
) -> dict[Key, list[Example]]:
    """Return the sentences that show what each topic is about, those where it is strongest first, none twice.

    Parameters
    ----------
    reading
        How reports were read into words when the topics were fitted (see `radmine.topics.report_words`).
    """
    of_report: dict[str, list[tuple[Key, int, Candidate]]] = {}
    for key, of in candidates.items():
        for rank, candidate in enumerate(of):
            of_report.setdefault(candidate.report_id, []).append((key, rank, candidate))
    words = {(t.level, t.topic): dict(zip(t.words, t.weights, strict=True)) for t in topics}
    found: dict[Key, dict[int, Example]] = {}
    for number, (report_id, read) in enumerate(_read(corpus, list(of_report))):
        if number % 500 == 0:
            progress(number, len(of_report), "reports read")
        wanted = of_report[report_id]
        seek = any(candidate.sentence is None for _, _, candidate in wanted)
        said = list(map(_terms, report_words(read, **reading))) if seek else []
        for key, rank, candidate in wanted:
            place = candidate.sentence
            if place is None:
                place = _most(said, words.get(key, {}))
            if place is not None and place < len(read.sentences):
                text = _shown(read, place)
                found.setdefault(key, {})[rank] = Example(report_id, candidate.weight, text)
    progress(len(of_report), len(of_report), "reports read")
    return {key: _distinct(by_rank) for key, by_rank in found.items()}


def _places(topics: Sequence[Topic]) -> Iterator[tuple[Topic, int]]:
    """Yield the topics of the second level, each with its place among the parts of its parent."""
    counts: dict[int, int] = {}
    for topic in topics:
        if topic.parent is not None:
            yield topic, counts.get(topic.parent, 0)
            counts[topic.parent] = counts.get(topic.parent, 0) + 1


def _lists(table: pa.Table, column: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each value of a column of lists its row, its place in the list, and itself."""
    lists = table.column(column).combine_chunks()
    rows = pc.list_parent_indices(lists).to_numpy()
    starts = np.searchsorted(rows, rows)
    return rows, np.arange(len(rows)) - starts, lists.flatten().to_numpy().astype(float)


def _keep(
    found: dict[Key, list[Candidate]],
    level: str,
    ids: Sequence[str],
    sentences: Sequence[int | None],
    rows: np.ndarray,
    numbers: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Add the strongest of a shard to what was found before; of equals the first stay first."""
    strong = np.flatnonzero((weights >= _LEAST) & (numbers >= 0))
    order = strong[np.lexsort((strong, -weights[strong], numbers[strong]))]
    _, begins, counts = np.unique(numbers[order], return_index=True, return_counts=True)
    for begin, count in zip(begins.tolist(), counts.tolist(), strict=True):
        of = found.setdefault((level, int(numbers[order[begin]])), [])
        for at in order[begin : begin + min(count, _CANDIDATES)]:
            row = int(rows[at])
            of.append(Candidate(float(weights[at]), ids[row], sentences[row]))
        if len(of) > 4 * _CANDIDATES:
            of.sort(key=lambda c: -c.weight)
            del of[_CANDIDATES:]


def _read(corpus: Corpus, reports: Sequence[str]) -> Iterator[tuple[str, ReadReport]]:
    """Yield these reports, read, shard by shard."""
    wanted = pc.field("report_id").isin(pa.array(reports, pa.string()))
    for group in corpus.aligned_shards(READ_TABLES):
        first = corpus.read_shard("reports", group[0], rows=wanted)
        if len(first):
            others = {
                table: corpus.read_shard(table, shard, rows=wanted)
                for table, shard in zip(READ_TABLES[1:], group[1:], strict=True)
            }
            yield from read_reports({"reports": first, **others})


def _most(said: Sequence[Set[str]], weights: Mapping[str, float]) -> int | None:
    """Return which sentence holds most of a topic's words, None where none holds any; of equals the first."""
    worth = [sum(weight for term, weight in weights.items() if term in terms) for terms in said]
    best = max(range(len(worth)), key=worth.__getitem__, default=None)
    return best if best is not None and worth[best] > 0 else None


def _terms(words: Sequence[str]) -> set[str]:
    """Return the words of a sentence, and what stands beside each other as the phrases that they may be."""
    return {"_".join(words[i : i + n]) for n in range(1, _WORDS + 1) for i in range(len(words) - n + 1)}


def _shown(read: ReadReport, place: int) -> str:
    sentence = read.sentences[place]
    text = " ".join(one_line(read.text[sentence.start : sentence.end]).split())
    start, end = window(text, LONGEST, 0, 0)
    return text[start:end] + (" ..." if end < len(text) else "")


def _distinct(by_rank: Mapping[int, Example]) -> list[Example]:
    shown: dict[str, Example] = {}
    for rank in sorted(by_rank):
        letters = "".join(filter(str.isalnum, by_rank[rank].text.lower()))
        shown.setdefault(letters, by_rank[rank])
    return list(shown.values())[:SENTENCES]

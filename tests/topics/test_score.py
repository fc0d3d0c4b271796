"""How good topics are, by level."""

from pathlib import Path

import pytest

from radmine.corpus import Corpus, Manifest
from radmine.models import save_model
from radmine.records import Topic, Truth
from radmine.topics.score import level_counts, score


def topic(level: str, number: int, coherence: float | None, documents: int) -> Topic:
    return Topic(level, number, None, "n", ("n",), (1.0,), (), (), documents, coherence)


TOPICS = [
    topic("document", 0, 0.2, 90),
    topic("document", 1, None, 10),
    topic("second", 0, 0.1, 60),
    topic("second", 1, 0.3, 35),
    topic("second", 2, 0.5, 5),
]


def corpus_of(home: Path, topics: list[Topic]) -> Corpus:
    corpus = Corpus.create("c", home=home)
    shards = {"topics": [corpus.write_shard("topics", "part-00000-a.parquet", topics)]}
    corpus.write_manifest(Manifest("topics", "x", {}, shards))
    return corpus


def test_each_level_has_its_own_numbers(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, TOPICS)
    save_model(
        corpus.folder / "models" / "topics", kind="topic model", facts={"perplexity": {"document": 300.0}}
    )
    found = {row.metric: (row.value, row.n) for row in score(corpus, Truth())}
    assert found == {
        "document topics": (2, 2),
        "mean coherence, document topics": (0.2, 1),
        "documents of rare document topics": (0, 100),
        "held-out perplexity, document topics": (300.0, 2),
        "second topics": (3, 3),
        "mean coherence, second topics": (pytest.approx(0.3), 3),
        "documents of rare second topics": (0.05, 100),
    }


def test_without_topics_there_is_no_score(tmp_path: Path) -> None:
    assert score(corpus_of(tmp_path, []), Truth()) == []


def test_the_levels_are_counted_in_one_line() -> None:
    many = TOPICS + [topic("sentence", i, None, 1) for i in range(1000)]
    assert level_counts(many) == "2 / 3 / 1,000 topics"

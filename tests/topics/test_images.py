"""Which report and which sentence an image has its topics from."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from radmine.corpus import Corpus, Manifest
from radmine.records import ImageTopic, Link, SentenceTopics, TopicMixture
from radmine.topics.images import decided_elsewhere, image_topics

SPANS = ((0, 10), (11, 20), (21, 30))


def mixtures(*reports: str) -> list[TopicMixture]:
    """Return mixtures in which report N speaks of topic N and its part 10 N."""
    return [TopicMixture(r, int(r[1:]), (1.0,), 10 * int(r[1:]), (1.0,)) for r in reports]


def corpus_of(home: Path, *shards: Sequence[Link], priors: Iterable[tuple[str, int]] = ()) -> Corpus:
    """Return a corpus with these shards of links, whose reports have three sentences and the references that the links name."""
    corpus = Corpus.create("c", home=home)
    tables: dict[str, list[Any]] = {"links": [], "references": [], "sentences": []}
    for number, links in enumerate(shards):
        reports = sorted({link.report_id for link in links})
        numbers = sorted({(k.report_id, k.reference) for k in links if k.reference is not None})
        rows = {
            "links": links,
            "references": [
                (r, i, 0, 0, 1, None, 1, 1, (r, i) in priors, None, None, None, False, False)
                for r, i in numbers
            ],
            "sentences": [(r, i, *span, 0) for r in reports for i, span in enumerate(SPANS)],
        }
        for table, of_table in rows.items():
            tables[table].append(corpus.write_shard(table, f"part-{number:05d}-a.parquet", of_table))
    corpus.write_manifest(Manifest("link", "x", {}, tables))
    return corpus


def topics_in(
    corpus: Corpus, *, reports: Sequence[str] = ("r1", "r2", "r3"), sentences: Iterable[SentenceTopics] = ()
) -> list[ImageTopic]:
    """Return the rows of all shards, as the stage makes them."""
    names = ("links", "references", "sentences")
    rows = []
    for group, elsewhere in zip(corpus.aligned_shards(names), decided_elsewhere(corpus), strict=True):
        tables = {t: corpus.read_shard(t, shard) for t, shard in zip(names, group, strict=True)}
        here = set(tables["links"].column("report_id").to_pylist()) & set(reports)
        rows += image_topics(tables, mixtures(*sorted(here)), sentences, elsewhere=elsewhere)
    return rows


def deciding(rows: Iterable[ImageTopic]) -> dict[str, str]:
    return {row.image_id: row.report_id for row in rows}


LINKS = [
    Link("r1", "a", "report", 0.9),
    Link("r1", "b", "report", 0.9),
    Link("r1", "c", "report", 0.9),
    Link("r2", "a", "report", 0.95),
    Link("r2", "b", "reference", 0.9, 0, 10, 0),
    Link("r3", "c", "report", 0.9),
]


def test_the_surest_link_decides_then_a_span_then_the_id(tmp_path: Path) -> None:
    assert deciding(topics_in(corpus_of(tmp_path, LINKS))) == {"a": "r2", "b": "r2", "c": "r1"}


def test_shards_of_reports_decide_as_one(tmp_path: Path) -> None:
    together = topics_in(corpus_of(tmp_path / "one", LINKS))
    apart = corpus_of(tmp_path / "three", LINKS[:3], LINKS[3:5], LINKS[5:])
    assert decided_elsewhere(apart) == [{"a", "b"}, set(), {"c"}]
    rows = topics_in(apart)
    assert len(rows) == len({row.image_id for row in rows})
    assert sorted(map(repr, rows)) == sorted(map(repr, together))


def test_topics_are_those_of_the_report_and_of_the_sentence(tmp_path: Path) -> None:
    links = [
        Link("r2", "a", "report", 1.0),
        Link("r2", "a", "reference", 0.5, 21, 30, 0),
        Link("r2", "a", "reference", 0.9, 11, 20, 1),
        Link("r2", "whole", "report", 1.0),
        Link("r2", "captioned", "caption", 1.0, 5, 30),
    ]
    said = [SentenceTopics("r2", 1, 71, (71,), (1.0,)), SentenceTopics("r2", 2, 72, (72,), (1.0,))]
    assert topics_in(corpus_of(tmp_path, links), sentences=said) == [
        ImageTopic("a", "r2", 2, 20, 71),  # of the surer of the two sentences
        ImageTopic("whole", "r2", 2, 20, None),
        ImageTopic("captioned", "r2", 2, 20, 71),  # the first sentence of the caption has no topic
    ]


def test_a_sentence_of_another_report_counts_for_nothing(tmp_path: Path) -> None:
    links = [Link("r1", "a", "report", 1.0), Link("r2", "a", "reference", 0.9, 11, 20, 0)]
    said = [SentenceTopics("r2", 1, 71, (71,), (1.0,))]
    assert topics_in(corpus_of(tmp_path, links), sentences=said) == [ImageTopic("a", "r1", 1, 10, None)]


def test_what_is_said_of_an_earlier_image_is_said_of_now(tmp_path: Path) -> None:
    links = [Link("r1", "a", "report", 0.6), Link("r2", "a", "reference", 0.8, 0, 10, 0)]
    links += [Link("r2", "old", "reference", 0.8, 0, 10, 0)]
    for name, shards in (("one", [links]), ("two", [links[:1], links[1:]])):
        corpus = corpus_of(tmp_path / name, *shards, priors={("r2", 0)})
        assert deciding(topics_in(corpus)) == {"a": "r1"}


def test_an_image_of_a_report_without_mixture_has_no_topics(tmp_path: Path) -> None:
    assert deciding(topics_in(corpus_of(tmp_path, LINKS), reports=("r1",))) == {"c": "r1"}


def test_reports_without_links_have_no_rows(tmp_path: Path) -> None:
    assert topics_in(corpus_of(tmp_path, [], [])) == []

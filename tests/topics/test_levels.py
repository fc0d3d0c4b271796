"""Topics of three levels: how many, which part belongs where, and what small corpora get."""

import math
from dataclasses import replace

import numpy as np
import pytest

from radmine.topics.lda import Fitted, bags_of, perplexity
from radmine.topics.levels import (
    AUTO_DOCUMENTS,
    HELD_OUT,
    NUMBERS,
    PARTS,
    REPORTS,
    SAID,
    SENTENCES,
    Assigned,
    Kind,
    Levels,
    Wanted,
    best,
    curve,
    fit_levels,
    level_of,
    number,
    parts_curve,
    second_perplexity,
    sentence_curve,
    split,
)
from tests.topics.planted import Documents, documents_of, planted

WANTED = Wanted(topics=2, parts=2, sentence_topics=3, least_documents=5, sweeps=30, seed=0)
WORDS = 36


def fitted(documents: Documents, sentences: Documents, wanted: Wanted = WANTED) -> tuple[Levels, Assigned]:
    return fit_levels(bags_of(documents), bags_of(sentences), WORDS, wanted, lambda _: None)


@pytest.mark.parametrize(
    ("wanted", "documents", "kind", "expected"),
    [
        (80, 1, REPORTS, 1),
        (80, 39, REPORTS, 1),
        (80, 40, REPORTS, 2),
        (80, 1_599, REPORTS, 79),
        (80, 10_000, REPORTS, 80),
        (1, 10_000, REPORTS, 1),
        (1000, 30, SAID, 3),
        (10, 0, SAID, 1),
    ],
)
def test_there_are_so_many_documents_for_each_topic(
    wanted: int, documents: int, kind: Kind, expected: int
) -> None:
    assert number(wanted, documents, kind) == expected


@pytest.mark.parametrize("documents", [1, 3, 45])
@pytest.mark.parametrize("wanted", [WANTED, Wanted(80, 10, 1000, 5, 50, 0)], ids=["few", "many"])
def test_small_corpora_have_few_topics(documents: int, wanted: Wanted) -> None:
    words = planted(3, 15)[:documents]
    levels, assigned = fitted(words, words[:2], wanted)
    assert len(levels.document) == min(wanted.topics, max(1, documents // 20))
    assert levels.sentence is not None
    assert len(levels.sentence) == 1
    assert len(assigned.document) == len(assigned.second) == documents
    assert set(assigned.document.tolist()) <= set(range(len(levels.document)))


def test_planted_topics_and_sentences_are_found_the_most_frequent_first() -> None:
    groups = planted(2, 40)
    first, second = groups[::2][:30], groups[1::2]
    levels, assigned = fitted(first + second, second[:20] + first, replace(WANTED, sentence_topics=2))
    assert assigned.document.tolist() == [1] * 30 + [0] * 40
    assert assigned.sentence.tolist() == [1] * 20 + [0] * 30
    again = levels.document.mixtures(bags_of(first)).argmax(1)
    assert again.tolist() == [1] * 30


def test_planted_parts_of_a_topic_are_found() -> None:
    levels, assigned = fitted(planted(2, 20), [], replace(WANTED, topics=1))
    assert levels.second.parents.tolist() == [0, 0]
    assert sorted([set(assigned.second[n::2].tolist()) for n in range(2)], key=min) == [{0}, {1}]
    shares = levels.second.mixtures_in(0, bags_of([[0, 1, 2, 3], [12, 13, 14]]))
    assert shares.max(1).min() > 0.95
    assert sorted(shares.argmax(1).tolist()) == [0, 1]


def test_a_part_belongs_to_the_topic_of_its_documents() -> None:
    levels, assigned = fitted(planted(2, 30), [])
    assert levels.sentence is None
    assert assigned.sentence.tolist() == []
    for topic, part in zip(assigned.document.tolist(), assigned.second.tolist(), strict=True):
        assert part in levels.second.parts_of(topic)
    assert [list(levels.second.parts_of(t)) for t in range(2)] == [[0, 1], [2, 3]]


def test_documents_without_a_word_have_no_topic() -> None:
    documents = [[], *planted(2, 20), []]
    _, assigned = fitted(documents, [[], *planted(2, 10), []])
    for of in assigned:
        assert [n for n, topic in enumerate(of.tolist()) if topic < 0] == [0, len(of) - 1]
    levels, _ = fitted(planted(2, 20), [[], []])
    assert levels.sentence is None


def test_topics_of_few_documents_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.zeros((3, WORDS), np.float32)
    for topic, words in enumerate((slice(32, 36), slice(0, 12), slice(12, 24))):
        counts[topic, words] = 40
    monkeypatch.setattr("radmine.topics.levels.fit", lambda *_, **__: Fitted(counts, 1))
    documents = [*planted(2, 40), [0, 33, 34, 35], [12, 33, 34, 35]]
    levels, assigned = fitted(documents, [], replace(WANTED, topics=3, parts=1))
    assert levels.rare == {"document": 1}
    assert levels.document.counts_of(range(2)).tolist() == counts[1:].tolist()
    assert assigned.document.tolist() == [0, 1] * 41  # those of the rare one by their other words
    every, of_every = fitted(documents, [], replace(WANTED, topics=3, parts=1, least_documents=2))
    assert (len(every.document), every.rare) == (3, {"document": 0})
    assert of_every.document.tolist() == [0, 1] * 40 + [2, 2]
    assert every.document.counts_of([2]).tolist() == counts[:1].tolist()


def test_a_level_keeps_counts_of_a_hundredth_of_a_word_and_more() -> None:
    counts = np.array([[3, 0.009, 0, 0.5], [0, 0, 0, 0], [0.01, 2, 0, 0]], np.float32)
    level = level_of(counts, [0, 0, 2])
    kept = np.where(counts < 0.01, 0, counts)
    assert level.counts_of(range(3)).tolist() == kept.tolist()
    assert level.counts_of([2, 0]).tolist() == kept[[2, 0]].tolist()
    assert level.weight.sum(1) == pytest.approx(np.ones(3), abs=1e-5)
    assert level.weight[1].tolist() == pytest.approx([0.25] * 4)
    assert [list(level.parts_of(t)) for t in range(3)] == [[0, 1], [], [2]]
    assert list(level_of(counts).parents) == [-1] * 3


# -- how many ---------------------------------------------------------------------------------------------


def test_a_fifth_is_held_out_and_nothing_is_lost() -> None:
    documents = [[n] for n in range(23)]
    fitted_on, held_out = split(bags_of([[], *documents, []]), 0)
    assert (fitted_on.documents, held_out.documents) == (19, 4)
    assert sorted(documents_of(fitted_on) + documents_of(held_out)) == documents
    assert np.array_equal(split(bags_of([[], *documents, []]), 0)[1].words, held_out.words)


def test_the_curve_is_lowest_at_the_number_that_was_planted() -> None:
    bags = bags_of(planted(3, 40))
    found = curve(bags, WORDS, (1, 2, 3, 500), WANTED)
    assert [n for n, _ in found] == [1, 2, 3, 4]  # as many as 96 documents can have
    assert all(math.isfinite(value) for _, value in found)
    values = dict(found)
    assert values[1] > 1.8 * values[3]
    assert values[2] > values[3]
    assert sentence_curve(bags_of(planted(3, 10)), WORDS, WANTED)[0][0] == 2


def test_the_best_is_the_smallest_of_the_lowest() -> None:
    assert best([(2, 9.0), (5, 7.0), (10, 7.0), (20, float("nan"))]) == 5
    assert best([(2, float("nan"))]) == 2


@pytest.mark.parametrize("documents", [1, 2, 4])
def test_curves_of_a_handful_of_documents_are_no_error(documents: int) -> None:
    bags = bags_of(planted(2, 2)[:documents])
    assert best(curve(bags, WORDS, (2, 5), WANTED)) == 1
    assert best(sentence_curve(bags, WORDS, WANTED)) == 1
    assert best(parts_curve(bags, WORDS, 2, (2, 3), WANTED)) in (2, 3)


def test_one_part_of_one_topic_is_the_topic() -> None:
    bags = bags_of([*planted(2, 15), [], [3]])
    levels, _ = fitted(planted(2, 15), [], replace(WANTED, parts=1, topics=1))
    expected = perplexity(bags, levels.document.weight, alpha=0.1, seed=4)
    assert second_perplexity(bags, levels.document, levels.second, seed=4) == pytest.approx(
        expected, rel=1e-5
    )
    assert math.isnan(second_perplexity(bags_of([[], [3]]), levels.document, levels.second))


def test_auto_reaches_all_numbers_that_it_tries_where_there_are_documents_enough() -> None:
    fitted_on = AUTO_DOCUMENTS - AUTO_DOCUMENTS // HELD_OUT
    assert [number(n, fitted_on, REPORTS) for n in NUMBERS] == list(NUMBERS)
    assert [number(n, fitted_on, SAID) for n in SENTENCES] == list(SENTENCES)
    of_a_topic = fitted_on // 80
    assert [number(n, of_a_topic, Kind(10, 1)) for n in PARTS] == list(PARTS)

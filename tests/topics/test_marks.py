"""What people say of topics: kept with the words of the topic, found again among others, later over earlier."""

from dataclasses import replace
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.records import Topic
from radmine.topics import TOPIC_MARKS, TopicMark, add_marks, apply_marks, marks_digest, read_marks
from radmine.topics.marks import lost_marks
from tests.topics.made import topic

EARLY, LATE = "2026-01-01T12:00:00Z", "2026-02-01T12:00:00Z"


def mark(
    words: str, said: str | None = "high", name: str = "", *, at: str = EARLY, level: str = "document"
) -> TopicMark:
    parts = tuple(words.split())
    return TopicMark(
        level, parts, tuple(0.5 / 2**n for n in range(len(parts))), said, name, "ann", at, "f.csv"
    )


def said(topics: list[Topic]) -> list[tuple[str | None, str]]:
    return [(t.mark, t.name) for t in topics]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.create("made", home=tmp_path)


def test_a_mark_finds_its_topic_by_its_words_under_another_number() -> None:
    topics = [topic("document", 0, "lung nodule"), topic("document", 1, "effusion pleural left")]
    assert said(apply_marks(topics, [mark("effusion left pleural small", name="Fluid")])) == [
        (None, "lung nodule"),
        ("high", "Fluid"),
    ]


def test_a_topic_that_is_like_no_other_any_more_keeps_its_mark_to_itself() -> None:
    topics = [topic("document", 0, "lung nodule effusion")]
    assert apply_marks(topics, [mark("effusion pleural left", name="Fluid")]) == topics


def test_a_mark_is_of_its_level_alone_and_an_empty_name_keeps_that_of_the_words() -> None:
    topics = [topic("document", 0, "effusion left"), topic("sentence", 0, "effusion left")]
    marked = apply_marks(topics, [mark("effusion left", "low", level="sentence")])
    assert said(marked) == [(None, "effusion left"), ("low", "effusion left")]


def test_a_later_mark_wins_and_of_one_file_the_one_most_alike() -> None:
    topics = [topic("document", 0, "effusion pleural left")]
    exact, near = mark("effusion pleural left", name="Exact"), mark("effusion pleural", "low", "Near")
    assert said(apply_marks(topics, [exact, near])) == [("high", "Exact")]
    assert said(apply_marks(topics, [exact, near._replace(at=LATE)])) == [("low", "Near")]
    withdrawn = mark("effusion pleural left", None, at=LATE)
    assert said(apply_marks(topics, [exact, withdrawn])) == [(None, "effusion pleural left")]


def test_marks_that_hold_and_find_no_topic_are_counted() -> None:
    topics = [topic("document", 0, "effusion pleural left"), topic("sentence", 0, "tear")]
    here = [mark("effusion pleural"), mark("tear", None, "Tear", level="sentence")]
    assert (lost_marks(topics, []), lost_marks(topics, here)) == ("", "")
    gone = [mark("tear"), mark("nodule lung"), mark("left wrist", "low")]  # of another level, words, weights
    assert lost_marks(topics, [*here, *gone]).startswith("3 of 5 marks have no topic now")
    back = mark("tear", None, at=LATE)
    again = mark("nodule lung", "low", at=LATE)
    assert lost_marks(topics, [*here, *gone, again, back]).startswith("2 of 4 marks have no topic now")
    assert lost_marks([], here).startswith("2 of 2")


def test_marks_are_kept_in_order_and_change_the_fingerprint(corpus: Corpus) -> None:
    assert (read_marks(corpus.folder), marks_digest(corpus)) == ([], "")
    first, second = mark("effusion left", name="Ergüsse"), mark("tear", "low")
    add_marks(corpus, [first])
    one = marks_digest(corpus)
    add_marks(corpus, [second])
    assert read_marks(corpus.folder) == [first, second]
    assert len({"", one, marks_digest(corpus)}) == 3


def test_half_a_line_of_a_killed_writer_is_none_and_damage_is_an_error(corpus: Corpus) -> None:
    add_marks(corpus, [mark("effusion left"), mark("tear", "low")])
    path = corpus.folder / TOPIC_MARKS
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"level": "doc')
    add_marks(corpus, [mark("knee")])
    assert [m.words[0] for m in read_marks(corpus.folder)] == ["effusion", "tear", "knee"]
    path.write_bytes(whole.replace(b"effusion", b"infusion"))
    with pytest.raises(CorpusError, match="damaged in line 1"):
        read_marks(corpus.folder)


def test_no_mark_is_added_while_another_process_writes(corpus: Corpus) -> None:
    with corpus.writing(), pytest.raises(CorpusError, match="Another radmine process"):
        add_marks(corpus, [mark("effusion left")])
    assert read_marks(corpus.folder) == []


def test_topics_that_nobody_marked_are_as_they_were() -> None:
    topics = [replace(topic("document", 0, "effusion left"), name="Mine", mark="low")]
    assert apply_marks(topics, []) == topics

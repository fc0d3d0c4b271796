"""Marks of topics from a file, as the review sheet saves it and as spreadsheets write it again."""

from pathlib import Path

import pytest

from radmine.check import find_damage
from radmine.corpus import Corpus
from radmine.curate import Marked, mark_topics
from radmine.errors import CorpusError, InputError
from radmine.topics import TOPIC_MARKS, read_marks
from tests.topics.made import make_topics

HEAD = "level,topic,words,mark,name\n"
EFFUSION = "document,0,effusion pleural left,"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_topics(tmp_path_factory.mktemp("home"))


@pytest.fixture
def corpus(made_once: Corpus) -> Corpus:
    (made_once.folder / TOPIC_MARKS).unlink(missing_ok=True)
    return made_once


def take(corpus: Corpus, tmp_path: Path, content: str, encoding: str = "utf-8") -> Marked:
    file = tmp_path / "marks.csv"
    file.write_bytes(content.encode(encoding))
    return mark_topics(corpus, file, by="ann")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_may_write_the_file_again(
    corpus: Corpus, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = (HEAD + EFFUSION + "high,Pleuraergüsse\n").replace(",", delimiter)
    (mark,) = take(corpus, tmp_path, rows, encoding).taken
    assert (mark.mark, mark.name, mark.by, mark.source) == ("high", "Pleuraergüsse", "ann", "marks.csv")
    assert mark.words == ("effusion", "pleural", "left")
    assert mark.weights == pytest.approx((0.5, 0.25, 0.125))
    assert read_marks(corpus.folder) == [mark]


def test_rows_that_cannot_be_taken_are_told_with_their_lines(corpus: Corpus, tmp_path: Path) -> None:
    made = take(
        corpus,
        tmp_path,
        HEAD
        + EFFUSION
        + "HIGH,Fluid\n"
        + "document,1,meniscus tear knee,,\n"
        + "document,7,gone words,high,\n"
        + "document,1,meniscus tear knee,middle,\n"
        + "nowhere,1,meniscus tear knee,high,\n"
        + f"sentence,1,image tear,low,{'x' * 81}\n"
        + "sentence,1,image tear,low,a\x07b\n"
        + "sentence,1,image tear,low,a,b\n",
    )
    assert [m.name for m in made.taken] == ["Fluid"]
    assert made.silent == 1
    assert [(r.where, r.reason) for r in made.refused] == [
        ("marks.csv:4", "unknown_topic"),
        ("marks.csv:5", "unknown_mark"),
        ("marks.csv:6", "unknown_topic"),
        ("marks.csv:7", "bad_name"),
        ("marks.csv:8", "bad_name"),
        ("marks.csv:9", "bad_line"),
    ]


def test_the_last_row_counts_and_what_stands_adds_nothing(corpus: Corpus, tmp_path: Path) -> None:
    twice = HEAD + EFFUSION + "low,\n" + EFFUSION + "high,Fluid\n"
    made = take(corpus, tmp_path, twice)
    assert ([m.mark for m in made.taken], made.overruled, made.same) == (["high"], 1, 0)
    again = take(corpus, tmp_path, HEAD + EFFUSION + "high,Fluid\n")
    assert (again.taken, again.same) == ((), 1)
    taken_back = take(corpus, tmp_path, HEAD + EFFUSION + "withdrawn,Fluid\n")
    assert [(m.mark, m.name) for m in taken_back.taken] == [(None, "")]
    assert take(corpus, tmp_path, HEAD + EFFUSION + "withdrawn,\n").same == 1


def test_a_topic_goes_by_its_words_where_its_number_is_another(corpus: Corpus, tmp_path: Path) -> None:
    (mark,) = take(corpus, tmp_path, HEAD + "document,0,meniscus tear knee,high,Knee\n").taken
    assert mark.words == ("meniscus", "tear", "knee")


def test_a_formula_that_was_made_harmless_is_a_name_again(corpus: Corpus, tmp_path: Path) -> None:
    (mark,) = take(corpus, tmp_path, HEAD + EFFUSION + "high,'=1+1\n").taken
    assert mark.name == "=1+1"


@pytest.mark.parametrize("content", ["level,topic,words\n", "\0", ""])
def test_another_file_is_an_error(corpus: Corpus, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError):
        take(corpus, tmp_path, content)
    assert not (corpus.folder / TOPIC_MARKS).exists()


def test_a_damaged_file_is_found_with_what_to_do(corpus: Corpus, tmp_path: Path) -> None:
    take(corpus, tmp_path, HEAD + EFFUSION + "high,Fluid\n")
    path = corpus.folder / TOPIC_MARKS
    assert str(path) not in {damage.path for damage in find_damage(corpus.folder)}
    path.write_bytes(path.read_bytes().replace(b"high", b"hugh"))
    assert str(path) in {damage.path for damage in find_damage(corpus.folder)}
    with pytest.raises(CorpusError, match="damaged in line 1"):
        take(corpus, tmp_path, HEAD + EFFUSION + "low,\n")

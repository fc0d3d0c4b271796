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


def test_a_sheet_of_an_earlier_fit_finds_the_topics_that_are_alike(corpus: Corpus, tmp_path: Path) -> None:
    made = take(
        corpus,
        tmp_path,
        HEAD
        + "document,5,effusion left pleural small,high,Fluid\n"  # the same words in another order, one more
        + "document,1,meniscus knee cartilage,low,\n"
        + "second,0,meniscus knee tear,high,Knee\n"
        + "document,0,nodule spiculated left,high,Nodule\n",  # its last word alone
    )
    assert [(m.level, m.words, m.mark, m.name) for m in made.taken] == [
        ("document", ("effusion", "pleural", "left"), "high", "Fluid"),
        ("document", ("meniscus", "tear", "knee"), "low", ""),
        ("second", ("meniscus", "knee"), "high", "Knee"),
    ]
    assert made.taken[0].weights == pytest.approx((0.5, 0.25, 0.125))
    assert [(r.where, r.reason) for r in made.refused] == [("marks.csv:5", "unknown_topic")]


def test_of_rows_that_come_to_one_topic_the_one_most_alike_counts(corpus: Corpus, tmp_path: Path) -> None:
    rows = EFFUSION + "high,Fluid\n", "document,3,effusion pleural small,low,Other\n"
    for order in (rows, rows[::-1]):
        (corpus.folder / TOPIC_MARKS).unlink(missing_ok=True)
        made = take(corpus, tmp_path, HEAD + "".join(order))
        assert ([m.name for m in made.taken], made.overruled) == (["Fluid"], 1)


def test_what_a_file_does_not_say_stays_as_it_is(corpus: Corpus, tmp_path: Path) -> None:
    take(corpus, tmp_path, HEAD + EFFUSION + "high,Fluid\n")
    (no_column,) = take(corpus, tmp_path, "level,topic,words,mark\n" + EFFUSION + "low\n").taken
    assert (no_column.mark, no_column.name) == ("low", "Fluid")
    (no_name,) = take(corpus, tmp_path, HEAD + EFFUSION + "high,\n").taken
    assert (no_name.mark, no_name.name) == ("high", "Fluid")
    (no_mark,) = take(corpus, tmp_path, "level,topic,words,name\n" + EFFUSION + "Water\n").taken
    assert (no_mark.mark, no_mark.name) == ("high", "Water")
    (unmarked,) = take(corpus, tmp_path, HEAD + EFFUSION + ",Water\n").taken  # the sheet's "none"
    assert (unmarked.mark, unmarked.name) == (None, "Water")
    (withdrawn,) = take(corpus, tmp_path, "level,topic,words,mark\n" + EFFUSION + "withdrawn\n").taken
    assert (withdrawn.mark, withdrawn.name) == (None, "")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"\x1f\x8b\x08", b"PK\x03\x04\x14 level"])
def test_a_file_that_is_no_text_is_said_to_be_no_csv(corpus: Corpus, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match="no CSV"):
        mark_topics(corpus, file)


def test_a_file_that_is_not_there_is_said_to_be_so(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        mark_topics(corpus, tmp_path / "none.csv")


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

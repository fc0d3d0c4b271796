"""What a person types for a report or an image is found, or it is said which are near."""

import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ids import Item, find_item, match_items
from radmine.records import Report
from tests.link.made import image, make_corpus

UID = "1.2.826.0.1.3680043.8.498.11223344556677889900"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [
        Report("Befunde/2021/ACC00001", "P1", "No mass.", "t", path="/in/Befunde/2021/ACC00001.txt"),
        Report("R2", "P2", "No mass.", "t", accession_number="A-77", path="/in/two/note.txt"),
        Report("R3", "P3", "No mass.", "t", accession_number="A-78", path="/in/three/note.txt"),
        Report(UID, "P4", "No mass.", "t", accession_number="A-79"),
        Report("R5", "P5", "No mass.", "t", accession_number="A-79"),
    ]
    return make_corpus(tmp_path_factory.mktemp("home"), reports, [image("im1", "S", 1, 1)], shard=2)


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("R2", Item("report", "R2")),
        ("im1", Item("image", "im1")),
        ("A-77", Item("report", "R2")),
        ("ACC00001", Item("report", "Befunde/2021/ACC00001")),
        ("ACC00001.txt", Item("report", "Befunde/2021/ACC00001")),
        ("9900", Item("report", UID)),
        ("2021/ACC00001", Item("report", "Befunde/2021/ACC00001")),
    ],
)
def test_one_that_is_meant_is_found(corpus: Corpus, name: str, item: Item) -> None:
    assert find_item(corpus, name) == item


def test_several_are_named(corpus: Corpus) -> None:
    with pytest.raises(InputError, match="2 reports go by this name") as error:
        find_item(corpus, "A-79")
    assert "R5" in str(error.value.do)


def test_on_a_miss_the_nearest_are_named(corpus: Corpus) -> None:
    with pytest.raises(InputError, match="no report or image") as error:
        find_item(corpus, "acc0000")
    assert "Befunde/2021/ACC00001" in str(error.value.do)
    with pytest.raises(InputError, match="no image with this"):
        find_item(corpus, "R2", kinds=["image"])


def test_a_file_of_names_is_matched_at_once(corpus: Corpus) -> None:
    names = ["R2", "A-78", "A-79", "ACC00001.txt", "note.txt", "nobody", ""]
    assert match_items(corpus, names) == {
        "R2": "R2",
        "A-78": "R3",
        "ACC00001.txt": "Befunde/2021/ACC00001",
    }

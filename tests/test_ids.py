"""What a person types for a report or an image is found, or it is said which are near."""

import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ids import Item, find_item, match_items, shortest_endings
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
    images = [
        image("im1", "S", 1, 1),
        image("im2", "S", 1, 2, path="/in/A2/i7"),
        image("im3", "S", 1, 3, path="/in/A3/i7"),
        image("im7", "S", 1, 7, path="/in/A4/i7.dcm"),
        image("im4#1", "S", 1, 4, path="/in/A3/cine.dcm", frame=1),
        image("im4#2", "S", 1, 4, path="/in/A3/cine.dcm", frame=2),
        image("im5", "S", 1, 5, path="/in/A3/1.2.3"),
        image("im6", "S", 1, 6, path="/in/A3/1.2.3.4"),
    ]
    return make_corpus(tmp_path_factory.mktemp("home"), reports, images, shard=2)


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
        ("two/note", Item("report", "R2")),
        ("/in/three/note.txt", Item("report", "R3")),
        ("/in/three/note", Item("report", "R3")),
        ("A2/i7", Item("image", "im2")),
        ("A4/i7", Item("image", "im7")),
        ("/in/A3/i7", Item("image", "im3")),
        ("cine.dcm#2", Item("image", "im4#2")),
        ("A3/cine#1", Item("image", "im4#1")),
        ("1.2.3", Item("image", "im5")),
    ],
)
def test_one_that_is_meant_is_found(corpus: Corpus, name: str, item: Item) -> None:
    assert find_item(corpus, name) == item


def test_several_are_named(corpus: Corpus) -> None:
    with pytest.raises(InputError, match="2 reports go by this name") as error:
        find_item(corpus, "A-79")
    assert "R5" in str(error.value.do)


def test_several_files_are_named_by_what_tells_them_apart(corpus: Corpus) -> None:
    for name, others in (("i7", "A2/i7, A3/i7"), ("cine", "cine.dcm#1, cine.dcm#2")):
        with pytest.raises(InputError, match=f"2 images go by this name.*: {others}\\."):
            find_item(corpus, name)


def test_an_ending_is_of_whole_parts(corpus: Corpus) -> None:
    for name in ("3/i7", "/A3/i7", "/i7"):
        with pytest.raises(InputError, match="no report or image"):
            find_item(corpus, name)


def test_the_shortest_endings_that_tell_apart() -> None:
    assert shortest_endings(["/a/b/x", "/a/c/x", "x", "/a/y", "/s", "/s"]) == [
        "b/x",
        "c/x",
        "x",
        "y",
        "/s",
        "/s",
    ]


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
    paths = ["/in/A2/i7", "A3/i7", "i7", "A3/cine.dcm#2", "cine.dcm", "elsewhere/A3/i7", "1.2.3"]
    assert match_items(corpus, paths, kind="image") == {
        "/in/A2/i7": "im2",
        "A3/i7": "im3",
        "A3/cine.dcm#2": "im4#2",
        "1.2.3": "im5",
    }
    assert match_items(corpus, ["three/note"]) == {"three/note": "R3"}

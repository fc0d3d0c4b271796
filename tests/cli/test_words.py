"""`radmine words`: which words are used alike."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from radmine.records import Report
from radmine.topics import WordVectors
from tests.cli.commands import objects, radmine
from tests.link.made import make_corpus

NAME = "made"
WORDS = ("gallstone", "cholelithiasis", "sludge", "cyst", "rib_fracture")
ROWS = np.array([[1, 0.1, 0], [1, 0.2, 0], [1, 1, 0], [0, 0, 1], [0, 0.5, 1]], np.float32)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    corpus = make_corpus(tmp_path, [Report("R", "P", "FINDINGS: Cyst.", "test")])
    rows = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    asked = corpus.folder / "models" / "topics"
    loaded = {asked: SimpleNamespace(vectors=WordVectors(WORDS, rows))}
    monkeypatch.setattr("radmine.topics.load_topics", lambda folder: loaded[folder])
    return tmp_path


def test_the_nearest_words_are_shown(home: Path) -> None:
    lines = radmine("words", NAME, "--near", "Gallstones", "--k", "2", home=home).stdout.splitlines()
    assert [line.split() for line in lines] == [["cholelithiasis", "0.995"], ["sludge", "0.774"]]


def test_as_json_they_are_an_object_a_line(home: Path) -> None:
    first, *_ = objects(radmine("words", NAME, "--near", "rib fracture", "--json", home=home))
    assert first == {"word": "cyst", "cosine": 0.8944}


def test_an_analogy_takes_three_words(home: Path) -> None:
    found = objects(
        radmine("words", NAME, "--analogy", "cyst", "rib fracture", "gallstone", "--json", home=home)
    )
    assert {row["word"] for row in found} == {"cholelithiasis", "sludge"}


def test_the_score_says_how_near_synonyms_are(home: Path) -> None:
    (row,) = objects(radmine("words", NAME, "--score", "--json", home=home))
    assert row == {"words": 5, "synonyms": 2, "median_rank": 1.0, "first_ten": 1.0}
    assert "5 words have a vector; 2 times" in radmine("words", NAME, "--score", home=home).stdout


@pytest.mark.parametrize("asked", [(), ("--score", "--near", "cyst")])
def test_one_thing_is_asked(home: Path, asked: tuple[str, ...]) -> None:
    result = radmine("words", NAME, *asked, home=home)
    assert result.returncode == 2
    assert "--near" in result.stderr


def test_a_word_without_a_vector_is_the_users_error(home: Path) -> None:
    result = radmine("words", NAME, "--near", "galstone", home=home)
    assert result.returncode == 2
    assert "gallstone" in result.stderr

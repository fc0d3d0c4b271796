"""The topic voter, on topics fitted on the tests' own reports."""

from pathlib import Path

import numpy as np
import pytest

from radmine import link, topics
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.label import STAGE, LabelSettings, label_report, train_voters
from radmine.label.voters.topics import load_topic_voter, train_topic_voter
from radmine.models import save_model
from radmine.parse import parse_report
from radmine.records import Report, Split
from radmine.run import run_stage
from tests.link.made import make_corpus

TEXTS = [
    "Bag rattles, pebbles rolling, gallstone here.",
    "Side bulging, fullness large, splenomegaly here.",
    "Quiet scan, calm organs, nothing seen.",
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [Report(f"R{n}", f"P{n}", f"{TEXTS[n % 3]} Case {n}.", "test") for n in range(90)]
    splits = [Split(f"P{n}", "train", f"P{n}", "drawn") for n in range(90)]
    made = make_corpus(tmp_path_factory.mktemp("home"), reports, splits=splits)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, topics.STAGE, topics.TopicsSettings(topics=3, vector_size=8, vector_words=2000))
    return made


@pytest.fixture(scope="module")
def folder(corpus: Corpus) -> Path:
    return train_voters(corpus, kinds=("topics",)).folder


def test_it_votes_on_what_the_topics_tell(folder: Path) -> None:
    voter = load_topic_voter(folder / "topics")
    votes = dict(voter(parse_report(f"{2 * TEXTS[0]} Splenomegaly.")))
    assert str(votes["gallstone"].assertion) == "present"
    assert votes["gallstone"].voter == "topics:mixture"
    assert str(votes["splenomegaly"].assertion) == "absent"


def test_it_adds_no_finding_that_the_report_does_not_name(folder: Path) -> None:
    assert list(load_topic_voter(folder / "topics")(parse_report("Bag rattles, pebbles rolling."))) == []


def test_it_says_nothing_of_a_report_without_known_words(folder: Path) -> None:
    assert list(load_topic_voter(folder / "topics")(parse_report("Zorbium. Quorlic plimmy."))) == []


def test_it_votes_in_label_report_as_in_the_stage(corpus: Corpus, folder: Path) -> None:
    run_stage(corpus, STAGE, LabelSettings(voters=str(folder)))
    found = {r.finding: r for r in corpus.records("labels") if r.report_id == "R0"}
    expected = label_report(f"{TEXTS[0]} Case 0.", voters=folder)
    assert "topics:mixture" in found["gallstone"].voters
    assert {f: (r.assertion, r.probability) for f, r in found.items()} == {
        f: (label.assertion, pytest.approx(label.probability)) for f, label in expected.items()
    }


def test_votes_to_learn_from_are_made_as_if_the_report_was_not_seen(corpus: Corpus) -> None:
    random = np.random.default_rng(0)
    reads = [parse_report(f"{TEXTS[n % 3]} Case {n}.") for n in range(90)]
    chance = [frozenset({"gallstone"}) if random.random() < 0.4 else frozenset() for _ in reads]
    with pytest.raises(InputError, match="tell no finding apart"):
        train_topic_voter(reads, chance, corpus.folder / "models" / "topics")


def test_without_a_topic_model_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="radmine topics"):
        train_topic_voter([], [], tmp_path)
    with pytest.raises(CorpusError, match="no topic voter of three levels here"):
        load_topic_voter(tmp_path)


def test_a_voter_of_an_earlier_version_is_to_be_trained_anew(tmp_path: Path) -> None:
    save_model(tmp_path / "topics", kind="topic voter", facts={"names": []})
    with pytest.raises(CorpusError) as raised:
        load_topic_voter(tmp_path / "topics")
    assert "radmine voters train NAME --voter topics" in str(raised.value)

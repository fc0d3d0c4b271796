"""What is learned is what the tables say."""

from pathlib import Path

import numpy as np
import pytest

from radmine.corpus import Corpus, Manifest
from radmine.errors import SettingsError
from radmine.records import Assertion, Image, ImageTopic, LabelRow, Link, Report, Split, Topic
from radmine.train.targets import Target, read_cases, read_target, repeated_texts, text_digest

P, A, U = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def topic(level: str, number: int, name: str, *, parent: int | None = None) -> Topic:
    return Topic(level, number, parent, "as people say", tuple(name.split()), (1.0,), (), (), 1)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create("c", home=tmp_path)
    rows = {
        "images": [
            Image("a", "p1", "a", modality="CT"),
            Image("b", "p1", "b", modality="MR"),
            Image("c", "p2", "c", modality="CT"),
            Image("d", "p3", "d", modality="US", report_id="r3"),
            Image("e", "nobody", "e"),
        ],
        "splits": [
            Split("p1", "train", "p1", "drawn"),
            Split("p2", "validation", "p2", "drawn"),
            Split("p3", "test", "p3", "drawn"),
        ],
        "reports": [
            Report("r1", "p1", "No  Effusion.", "s"),
            Report("r2", "p2", "Mass.", "s"),
            Report("r3", "p3", "no effusion.", "s"),
        ],
        "links": [
            Link("r1", "a", "caption", 1.0),
            Link("r2", "c", "caption", 0.4),
            Link("r1", "c", "report", 0.9),
        ],
        "labels": [
            LabelRow("r1", "a", "mass", P, 0.9, ()),
            LabelRow("r1", "a", "effusion", U, 0.6, ()),
            LabelRow("r1", "b", "effusion", P, 0.8, ()),
            LabelRow("r2", "c", "mass", A, 0.1, ()),
            LabelRow("r1", "c", "mass", U, 0.5, ()),
            LabelRow("r1", None, "fracture", P, 0.9, ()),
        ],
        "topics": [
            topic("document", 0, "lung"),
            topic("document", 1, "bone"),
            topic("second", 10, "lung apex", parent=0),
            topic("second", 11, "lung base", parent=0),
            topic("sentence", 1, "pale spot"),
        ],
        "image_topics": [
            ImageTopic("a", "r1", 0, 10, 1),
            ImageTopic("b", "r1", 0, 11, None),
            ImageTopic("c", "r2", 1, None, 1),
        ],
    }
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", r)] for t, r in rows.items()}
    corpus.write_manifest(Manifest("ingest", "x", {}, shards))
    return corpus


def read(corpus: Corpus, name: str, *, least: int = 1, uncertain: str = "mask", **how: bool) -> Target:
    return read_target(corpus, name, read_cases(corpus, "abcde"), least=least, uncertain=uncertain, **how)


def test_cases_are_images_whose_patient_has_a_part(corpus: Corpus) -> None:
    cases = read_cases(corpus, "abcde")
    assert cases.image_ids == ("a", "b", "c", "d")
    assert cases.rows("train").tolist() == [0, 1]
    assert cases.texts[3] == {text_digest("NO effusion.")}


def test_a_test_image_whose_text_occurs_in_training_is_found(corpus: Corpus) -> None:
    assert repeated_texts(read_cases(corpus, "abcd")).tolist() == [False, False, False, True]


def test_what_only_follows_from_a_kind_can_be_left_out(corpus: Corpus) -> None:
    rows = [
        LabelRow("r1", "a", "lung_opacity", P, 0.9, (), implied=True),
        LabelRow("r1", "a", "edema", P, 0.9, ()),
        LabelRow("r1", "b", "lung_opacity", P, 0.9, ()),
        LabelRow("r2", "c", "lung_opacity", P, 0.9, (), implied=True),
        LabelRow("r1", "c", "lung_opacity", A, 0.1, (), implied=True),
    ]
    shards = {"labels": [corpus.write_shard("labels", "part-00000-b.parquet", rows)]}
    corpus.write_manifest(Manifest("label", "y", {}, shards))

    def learned(**how: bool) -> list[float]:
        target = read(corpus, "labels", **how)
        return list(target.values[:3, target.classes.index("lung_opacity")])

    assert learned() == [1, 1, 1]
    np.testing.assert_array_equal(learned(implied=False), [np.nan, 1, np.nan])
    assert "lung_opacity" not in read(corpus, "labels", least=2, implied=False).classes


@pytest.mark.parametrize(("uncertain", "value"), [("mask", np.nan), ("soft", 0.6), ("absent", 0.0)])
def test_labels(corpus: Corpus, uncertain: str, value: float) -> None:
    target = read(corpus, "labels", uncertain=uncertain)
    assert target.classes == ("effusion", "mass")
    doubt = {"mask": np.nan, "soft": 0.5, "absent": 0.0}[uncertain]
    expected = [[value, 1], [1, 0], [0, doubt], [np.nan, np.nan]]  # nobody speaks of the last
    np.testing.assert_allclose(target.values, np.array(expected, np.float32))


def test_rare_findings_are_not_learned(corpus: Corpus) -> None:
    assert read(corpus, "labels", least=2).classes == ()


def test_columns_are_classes(corpus: Corpus) -> None:
    target = read(corpus, "modality")
    assert target.classes == ("CT", "MR")
    np.testing.assert_array_equal(target.values, [[1, 0], [0, 1], [1, 0], [np.nan, np.nan]])
    assert target.rare == (0, 0)


def test_an_image_has_a_topic_of_each_level_by_its_words(corpus: Corpus) -> None:
    target = read(corpus, "second_topics")
    assert target.classes == ("10 lung apex", "11 lung base")
    np.testing.assert_array_equal(target.values, [[1, 0], [0, 1], [np.nan, np.nan], [np.nan, np.nan]])
    assert not target.is_multilabel


def test_one_topic_in_training_is_nothing_to_tell_apart(corpus: Corpus) -> None:
    assert read(corpus, "topics").classes == read(corpus, "sentence_topics").classes == ()


def test_rare_classes_are_counted_with_their_images(corpus: Corpus) -> None:
    assert read(corpus, "second_topics", least=2).rare == (2, 2)
    assert read(corpus, "sentence_topics", least=2).rare == (1, 1)


def test_an_unknown_target_is_an_error(corpus: Corpus) -> None:
    with pytest.raises(SettingsError, match="no target"):
        read(corpus, "patient_id")

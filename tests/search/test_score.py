from pathlib import Path

import pytest

from radmine.records import Assertion, TrueImage, TrueLabel, Truth
from radmine.search.score import score
from tests.search.corpora import embeddings, index, make_corpus, unit

TEXTS = {
    **{f"yes{i}": "Large pleural effusion." for i in range(3)},
    **{f"no{i}": "No pleural effusion." for i in range(3)},
}
LABELS = tuple(
    TrueLabel(i, None, "pleural_effusion", Assertion.PRESENT if i.startswith("yes") else Assertion.ABSENT)
    for i in TEXTS
)


def numbers(home: Path, truth: Truth) -> dict[tuple[str, str], float | None]:
    ids = [f"i{j}" for j in range(6)]
    vectors = unit([[1, 0], [0.99, 0.1], [0.98, 0.2], [0, 1], [0.1, 0.99], [-1, 0]])
    corpus = make_corpus(
        home, texts=TEXTS, images={i: {} for i in ids}, vectors=embeddings("image", ids, vectors)
    )
    index(corpus)
    return {(s.subject, s.metric): s.value for s in score(corpus, truth)}


def test_what_is_found_as_it_should_be(tmp_path: Path) -> None:
    groups = {"i0": "a", "i1": "a", "i2": "a", "i3": "b", "i4": "b", "i5": "c"}
    images = tuple(TrueImage(i, f"p-{i}", "CT", None, "chest", g) for i, g in groups.items())
    got = numbers(tmp_path, Truth(labels=LABELS, images=images))
    assert got == {
        ("all findings", "text_precision@10"): 1,
        ("pleural_effusion", "text_precision@10"): 1,
        ("images", "image_precision@10"): 1,
        ("images", "own_patient"): 0,
    }


def test_what_is_found_wrongly_costs(tmp_path: Path) -> None:
    wrong = tuple(TrueLabel(f"no{i}", None, "pneumonia", Assertion.PRESENT) for i in range(2))
    assert numbers(tmp_path, Truth(labels=(*LABELS, *wrong)))[
        "all findings", "text_precision@10"
    ] == pytest.approx(0.5)


def test_nothing_known_or_nothing_indexed_is_not_scored(tmp_path: Path) -> None:
    assert numbers(tmp_path, Truth()) == {}
    assert score(make_corpus(tmp_path, texts=TEXTS, name="other"), Truth(labels=LABELS)) == []

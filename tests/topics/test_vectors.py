"""Vectors of words."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radmine.errors import InputError
from radmine.findings import Lexicon, load_findings
from radmine.models import load_model, save_model
from radmine.topics import WordVectors, fit_vectors, synonym_ranks

CHEST = [
    "pleural_effusion",
    "atelectasis",
    "cardiomegaly",
    "pneumonia",
    "hilum",
    "pneumothorax",
    "granuloma",
    "lingula",
]
KNEE = ["meniscus", "tear", "ligament", "sprain", "tendon", "cartilage", "femur", "patella"]


def reports(n: int = 400, seed: int = 0) -> list[list[list[str]]]:
    """Reports that speak of the chest or of the knee."""
    draw = random.Random(seed)
    return [[draw.sample((CHEST, KNEE)[i % 2], 5)] for i in range(n)]


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    return fit_vectors(reports(), least=5, size=32)


def made(**rows: list[float]) -> WordVectors:
    """Vectors by hand."""
    array = np.array(list(rows.values()), np.float32)
    return WordVectors(tuple(rows), (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32))


def test_words_used_alike_are_near(vectors: WordVectors) -> None:
    assert {word for word, _ in vectors.near("meniscus", 7)} == set(KNEE) - {"meniscus"}
    assert {word for word, _ in vectors.near("pleural effusion", 7)} == set(CHEST) - {"pleural_effusion"}


def test_neighbours_come_nearest_first_without_the_word_itself(vectors: WordVectors) -> None:
    near = vectors.near("tear", 100)
    assert len(near) == len(vectors) - 1
    assert "tear" not in dict(near)
    assert [cosine for _, cosine in near] == sorted((cosine for _, cosine in near), reverse=True)
    assert near[0][1] == pytest.approx(float(vectors.vector("tear") @ vectors.vector(near[0][0])))


def test_the_same_reports_give_the_same_vectors(vectors: WordVectors) -> None:
    again = fit_vectors(iter(reports()), least=5, size=32)
    assert again.words == vectors.words
    assert again.rows.tobytes() == vectors.rows.tobytes()
    assert fit_vectors(reports(), least=5, size=32, seed=1).rows.tobytes() != vectors.rows.tobytes()


def test_rows_have_the_length_one(vectors: WordVectors) -> None:
    assert vectors.rows.shape == (16, 32)
    assert vectors.rows.dtype == np.float32
    assert np.linalg.norm(vectors.rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_rare_words_have_none_and_no_words_no_vectors() -> None:
    seen = [["cyst", "kidney"]]
    assert "cyst" not in fit_vectors([seen * 4, *reports()], least=5, size=8)
    assert "cyst" in fit_vectors([seen * 9, *reports()], least=5, size=8)
    assert "cyst" not in fit_vectors(
        [[["cyst"]] * 9, *reports()], least=5, size=8
    )  # alone it is like no other
    assert len(fit_vectors([seen], least=5)) == len(fit_vectors([], least=1)) == 0


def test_of_many_reports_so_many_words_are_visited() -> None:
    few = fit_vectors(reports(3000), least=2, size=8, vector_words=1000)
    assert set(few.words) == {*CHEST, *KNEE}


def test_a_word_that_stands_in_phrases_only_is_looked_up_in_these() -> None:
    found = made(renal_cyst=[1, 0], simple_renal_cyst=[0, 1], no_renal_stone=[0, -1], kidney=[1, 1])
    assert found.near("renal", k=1) == [("kidney", pytest.approx(1))]
    assert {word for word, _ in found.near("renal", k=3)} == {"kidney", "renal_cyst", "simple_renal_cyst"}
    with pytest.raises(InputError, match="no vector"):
        found.near("stone")


def test_a_term_is_a_phrase_or_the_mean_of_its_parts() -> None:
    found = made(
        rib_fracture=[1, 0, 0], rib=[0, 1, 0], fracture=[0, 0, 1], displaced=[0, 1, 1], no_fracture=[-1, 0, 0]
    )
    assert found.vector("Rib fractures") == pytest.approx(found.rows[0])
    assert found.vector("rib_fracture") == pytest.approx(found.rows[0])
    assert found.vector("no fracture") == pytest.approx(found.rows[4])
    mean = found.rows[3] + found.rows[0]
    assert found.vector("a displaced rib fracture") == pytest.approx(mean / np.linalg.norm(mean))
    assert {word for word, _ in found.near("displaced rib fracture")} == {"rib", "fracture", "no_fracture"}


def test_an_analogy_adds_what_two_words_differ_by() -> None:
    found = made(
        kidney=[1, 0, 0.1],
        hydronephrosis=[1, 1, 0.1],
        bile_duct=[0, 0, 1],
        biliary_dilatation=[0, 1, 1],
        cyst=[1, 0, 1],
    )
    assert found.analogy("kidney", "hydronephrosis", "bile duct", 1)[0][0] == "biliary_dilatation"
    assert {word for word, _ in found.analogy("kidney", "hydronephrosis", "bile duct")} == {
        "biliary_dilatation",
        "cyst",
    }


@pytest.mark.parametrize("term", ["meniscsu", "the", "", "xyzzy", "meniscus xyzzy"])
def test_a_word_without_a_vector_is_a_clear_error(vectors: WordVectors, term: str) -> None:
    with pytest.raises(InputError, match="no vector") as error:
        vectors.near(term)
    assert ("meniscus" in error.value.do) == (term == "meniscsu")
    assert error.value.where == "".join(term.split()[-1:])  # the part that has none


def test_they_are_kept_in_a_model_folder(tmp_path: Path, vectors: WordVectors) -> None:
    save_model(tmp_path / "m", kind="words", facts={}, arrays=vectors.arrays())
    kept = load_model(
        tmp_path / "m", kind="words", make="", build=lambda saved: WordVectors.from_arrays(saved.arrays())
    )
    assert kept.words == vectors.words
    assert (kept.rows == vectors.rows).all()


def test_the_rank_of_a_synonym_is_counted_both_ways() -> None:
    findings = load_findings()
    stone = replace(
        findings["gallstone"], synonyms=("gallstones", "cholelithiasis", "biliary calculus", "gall stone")
    )
    lexicon = Lexicon({"gallstone": stone}, digest="")
    found = made(
        gallstone=[1, 0, 0], polyp=[1, 0.1, 0], cholelithiasis=[1, 0.5, 0], sludge=[0, 1, 0], cyst=[0, 0, 1]
    )
    ranks = synonym_ranks(found, lexicon)
    assert ranks.pairs == (("gallstone", "cholelithiasis"), ("cholelithiasis", "gallstone"))
    assert (ranks.ranks, ranks.words) == ((2, 2), 5)
    assert (ranks.median, ranks.first_ten) == (2, 1)
    nothing = synonym_ranks(made(cyst=[1, 0]), lexicon)
    assert (nothing.ranks, nothing.median, nothing.first_ten) == ((), None, None)

"""Words that stand together, as one word."""

import json
import random

import pytest

from radmine.topics import Phrases, fit_phrases

OTHERS = [f"word{i}" for i in range(40)]


def reports(n: int = 200, seed: int = 0) -> list[list[list[str]]]:
    """Reports in which "ground glass opacity" is a phrase, and the order of everything else is by chance."""
    draw = random.Random(seed)
    return [
        [
            [
                *draw.sample(OTHERS, 3),
                *(["ground", "glass", "opacity"] if i % 3 else ["opacity", OTHERS[i % 40], "glass"]),
                *draw.sample(OTHERS, 2),
            ]
        ]
        for i in range(n)
    ]


def test_words_that_stand_together_are_a_phrase_of_three_words() -> None:
    phrases = fit_phrases(reports(), least=5)
    assert ("ground", "glass") in phrases.passes[0]
    assert phrases.passes[1] == (("ground_glass", "opacity"),)
    joined = phrases.join([["patchy", "ground", "glass", "opacity", "ground"], ["glass", "nodule"]])
    assert joined == [["patchy", "ground_glass_opacity", "ground"], ["glass", "nodule"]]


def test_no_phrase_crosses_a_sentence() -> None:
    apart = [[["pleural"], ["effusion"]] for _ in range(50)] + reports()
    assert all("pleural" not in pair for pairs in fit_phrases(apart, least=5).passes for pair in pairs)


def test_a_denied_finding_is_part_of_no_phrase() -> None:
    denied = [[[OTHERS[i % 40], "no_mass", "no_nodule", OTHERS[(i + 7) % 40]]] for i in range(40)]
    assert fit_phrases([*reports(), *denied], least=5) == fit_phrases(reports(), least=5)


def test_what_is_dictated_over_and_over_is_no_phrase_by_that_alone() -> None:
    assert fit_phrases([[["lung", "free"]]] * 100 + reports(), least=5) == fit_phrases(reports(), least=5)


def test_rare_phrases_are_none() -> None:
    assert fit_phrases(reports(12), least=10).passes == ()
    assert fit_phrases([], least=1) == Phrases()


def test_of_two_that_overlap_the_first_is_joined() -> None:
    phrases = Phrases(((("a", "b"), ("b", "c"), ("c", "d")),))
    assert phrases.join([["a", "b", "c", "d"], ["b", "c", "d"], ["a", "a", "b", "b"]]) == [
        ["a_b", "c_d"],
        ["b_c", "d"],
        ["a", "a_b", "b"],
    ]


def test_they_are_plain_data() -> None:
    phrases = fit_phrases(reports(), least=5)
    assert Phrases.from_lists(json.loads(json.dumps(phrases.to_lists()))) == phrases


def test_sentences_stay_as_they_are() -> None:
    words = [["ground", "glass"]]
    fit_phrases(reports(), least=5).join(words)
    assert words == [["ground", "glass"]]


@pytest.mark.parametrize("least_score", [0.1, 0.4, 0.7])
def test_gensim_finds_the_same(least_score: float) -> None:
    from gensim.models.phrases import Phrases as Gensim

    sentences = [sentence for report in reports(400, seed=1) for sentence in report]
    oracle = Gensim(sentences, min_count=4, threshold=least_score, scoring="npmi", delimiter="_")
    (pairs,) = fit_phrases([sentences], least=4, least_score=least_score, passes=1).passes
    assert {"_".join(pair) for pair in pairs} == set(oracle.export_phrases())
    joined = Phrases((pairs,)).join(sentences)
    assert joined == [list(sentence) for sentence in oracle[sentences]]

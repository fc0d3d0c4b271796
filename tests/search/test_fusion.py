import pytest

from radmine.search.fusion import reciprocal_ranks


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    scores = reciprocal_ranks([["a", "b"], ["b", "c"]])
    assert scores == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})


def test_a_thing_named_twice_counts_at_its_better_place() -> None:
    assert reciprocal_ranks([["a", "a", "b"]]) == pytest.approx({"a": 1 / 61, "b": 1 / 62})


def test_nothing_ranked_is_nothing_scored() -> None:
    assert reciprocal_ranks([]) == reciprocal_ranks([[], []]) == {}

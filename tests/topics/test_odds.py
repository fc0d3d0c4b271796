"""The findings that topics over-represent."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import parse_report
from radmine.topics.odds import count_findings, finding_words, log_odds, topic_findings

TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 200), min_size=width, max_size=width), min_size=2, max_size=6
    )
)


def test_a_table_of_two_by_two_by_hand() -> None:
    # 30 of 40 and 10 of 60; of the prior's 10 counts the words get 4 and 6.
    here, there = math.log(34 / (50 - 34)), math.log(14 / (70 - 14))
    z = (here - there) / math.sqrt(1 / 34 + 1 / 14)
    table = log_odds([[30, 10], [10, 50]], prior=10)
    assert table[0, 0] == pytest.approx(z)
    assert z > 6
    # With two words, what speaks for one speaks against the other, with its own spread.
    other = (math.log(16 / 34) - math.log(56 / 14)) / math.sqrt(1 / 16 + 1 / 56)
    np.testing.assert_allclose(table, [[z, other], [-z, -other]])


@given(TABLES)
def test_numbers_are_finite_and_nothing_speaks_for_what_is_not_counted(counts: list[list[int]]) -> None:
    table = log_odds(counts, prior=5)
    assert np.isfinite(table).all()
    assert not table[:, np.sum(counts, axis=0) == 0].any()


@given(TABLES, st.randoms())
def test_the_order_of_topics_and_words_does_not_matter(counts: list[list[int]], random: object) -> None:
    rows, columns = np.arange(len(counts))[::-1], np.arange(len(counts[0]))[::-1]
    turned = log_odds(np.array(counts)[rows][:, columns], prior=5)
    np.testing.assert_allclose(turned, log_odds(counts, prior=5)[rows][:, columns], atol=1e-9)


@given(TABLES)
def test_two_topics_say_the_opposite(counts: list[list[int]]) -> None:
    table = log_odds(counts[:2], prior=5)
    np.testing.assert_allclose(table[0], -table[1], atol=1e-9)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(1, 9))
def test_topics_that_say_the_same_have_no_odds(words: list[int], times: int) -> None:
    np.testing.assert_allclose(log_odds([words, [times * w for w in words]], prior=5), 0, atol=1e-9)


def test_more_reports_of_the_same_shares_say_more_and_a_heavier_prior_less() -> None:
    table = np.array([[30, 10], [10, 50]])
    few, many, shrunk = log_odds(table, prior=10), log_odds(10 * table, prior=10), log_odds(table, prior=1000)
    assert many[0, 0] > few[0, 0] > shrunk[0, 0] > 0


def test_one_report_is_too_little_to_stand_out() -> None:
    counts = np.array([[20, 1, 0], [20, 0, 20], [40, 0, 0]])
    (first, second, third) = topic_findings(counts, ["common", "once", "often"])
    assert "once" not in first[0]
    assert second[0] == ("often",)
    assert third[0] == ("common",)
    assert all(odds >= 2 for _, values in (first, second, third) for odds in values)


def test_at_most_five_findings_most_first() -> None:
    counts = np.array([[100, 90, 80, 70, 60, 50, 0], [0, 0, 0, 0, 0, 0, 450]])
    (names, odds), (other, _) = topic_findings(counts, list("abcdefg"))
    assert names == ("a", "b", "c", "d", "e")
    assert list(odds) == sorted(odds, reverse=True)
    assert other == ("g",)


def test_topics_without_findings_have_none() -> None:
    assert topic_findings(np.zeros((2, 0)), []) == [((), ()), ((), ())]
    assert topic_findings([[3], [4]], ["alone"]) == [((), ()), ((), ())]


def words_of(text: str, sentences: Sequence[int] | None = None) -> set[str]:
    return set(finding_words(parse_report(text), sentences))


def test_what_is_denied_is_another_word_and_what_may_be_is_there() -> None:
    text = "FINDINGS: Gallstone. No ascites. Possible renal cyst.\nHISTORY: Splenomegaly."
    assert words_of(text) == {"gallstone", "no_ascites", "renal_cyst"}
    assert words_of(text, [1]) == {"no_ascites"}
    assert words_of("FINDINGS: No ascites in the pelvis. Small ascites at the liver.") == {"ascites"}


def test_a_report_counts_once_for_its_topic() -> None:
    counts, names = count_findings([(0, {"a", "no_b"}), (1, {"a"}), (0, {"a"})], 3)
    assert names == ("a", "no_b")
    np.testing.assert_array_equal(counts, [[2, 1], [1, 0], [0, 0]])
    assert count_findings([(0, ())], 2)[0].shape == (2, 0)

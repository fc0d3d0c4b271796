"""Terms of texts, counted once, and what is fitted on them."""

import numpy as np
import pytest

from radmine.errors import InputError
from radmine.label.voters.text_model import Block, count_terms

FLAGS = (Block("words", flags=True, least=1),)
FOLD = [n % 4 for n in range(80)]


def test_a_text_is_judged_by_what_was_fitted_without_its_fold() -> None:
    table = count_terms([{"words": [f"only{n}"]} for n in range(80)], FLAGS)
    target = np.array([n % 3 == 0 for n in range(80)])
    _, chances = table.choose(target, FOLD, (0.1, 10.0))
    for number in range(4):
        (own,) = set(chances[np.array(FOLD) == number].tolist())  # its word was never seen: all are alike
        assert 0.25 < own < 0.45


def test_the_strength_is_chosen_by_texts_not_seen() -> None:
    target = np.array([n % 8 < 4 for n in range(80)])
    telling = count_terms([{"words": ["yes" if there else "no"]} for there in target.tolist()], FLAGS)
    assert telling.choose(target, FOLD, (0.01, 1.0))[0] == 1.0
    chance = count_terms([{"words": [f"word{n * 7 % 20}", f"mark{n * 11 % 16}"]} for n in range(80)], FLAGS)
    mixed = np.array([(n * n // 7 + n // 5) % 2 == 0 for n in range(80)])
    strength, chances = chance.choose(mixed, FOLD, (0.001, 100.0))
    assert strength == 0.001
    assert float(np.abs(chances - 0.5).max()) < 0.2


def test_a_fold_that_knows_one_answer_says_it() -> None:
    table = count_terms([{"words": ["a"]} for _ in range(4)], FLAGS)
    _, chances = table.choose(np.array([True, False, False, False]), [0, 1, 1, 1], (1.0,))
    assert chances[0] == 0.0


def test_targets_that_tell_nothing_apart_are_a_clear_error() -> None:
    for words in (["a"], []):
        texts = [{"words": words}] * 3
        with pytest.raises(InputError, match="nothing to tell apart"):
            count_terms(texts, FLAGS).fit({"there": [True] * 3}, strength=1.0)

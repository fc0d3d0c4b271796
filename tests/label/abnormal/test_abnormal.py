"""Sentences that speak of something abnormal, and others."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import CorpusError, InputError
from radmine.label import abnormal_probability, train_abnormal
from radmine.label.abnormal.cues import KINDS, cues_of, load_cues

ABNORMAL = [
    "Hazy density over the lower zone on the right side.",
    "Moderate cardiomegaly with pleural fluid.",
    "Healed fractures of two ribs.",
    "A feeding tube ends in the stomach.",
    "Possible nodule behind the heart.",
    "The aorta is tortuous.",
    "Mild scoliosis, otherwise normal.",
]
NORMAL = [
    "Both lungs are clear.",
    "There is no sign of pneumonia.",
    "Heart and mediastinum have a normal appearance.",
    "The skeleton is intact and unremarkable.",
    "No ascites, no free air.",
    "Neither effusion nor pneumothorax is seen.",
]


@pytest.mark.parametrize("sentence", ABNORMAL)
def test_abnormal(sentence: str) -> None:
    assert abnormal_probability(sentence) > 0.5


@pytest.mark.parametrize("sentence", NORMAL)
def test_normal(sentence: str) -> None:
    assert abnormal_probability(sentence) < 0.5


@given(st.text(max_size=200))
def test_any_text_has_a_probability(sentence: str) -> None:
    assert 0 <= abnormal_probability(sentence) <= 1


def test_every_cue_has_points() -> None:
    cues = load_cues()
    assert set(cues.points) == {"start", *KINDS}
    assert set(cues.patterns) <= set(KINDS)


def test_a_denied_cue_is_no_abnormal_one() -> None:
    assert "denied" in cues_of("There is no suspicious shadow.")
    assert "abnormal" in cues_of("There is a suspicious shadow.")


def test_a_trained_model_learns_what_the_rules_do_not_know(tmp_path: Path) -> None:
    odd = [(f"The zorbium of case {n} looks quorlic.", True) for n in "abcdefgh"]
    even = [(f"The zorbium of case {n} looks plimmy.", False) for n in "abcdefgh"]
    train_abnormal(odd + even, tmp_path)
    assert abnormal_probability("It looks quorlic.", model=tmp_path) > 0.5
    assert abnormal_probability("It looks plimmy.", model=tmp_path) < 0.5


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [(s, True) for s in ABNORMAL] + [(s, False) for s in NORMAL]
    for name in ("a", "b"):
        train_abnormal(rows, tmp_path / name)
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_folder_without_a_model_and_labels_all_alike_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="abnormal sentences"):
        abnormal_probability("Normal.", model=tmp_path)
    with pytest.raises(InputError, match="nothing to tell apart"):
        train_abnormal([("Normal.", False)], tmp_path)

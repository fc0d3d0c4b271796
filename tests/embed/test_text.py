"""Report vectors bring like texts together and keep what is excluded apart from what is there."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.embed import fit_text_encoder, load_text_encoder
from radmine.embed.text import TextEncoder, save_text_encoder, terms_of
from radmine.errors import CorpusError
from radmine.parse import parse_report

TEXTS = [
    *("Large left pleural effusion with atelectasis.", "Small right pleural effusion and atelectasis."),
    *("No pleural effusion. Heart size is normal.", "Heart size is normal. No effusion is seen."),
    *("Fracture of the tibia with displacement.", "Displaced fracture of the distal tibia."),
    *("Ring enhancing mass in the frontal lobe.", "Enhancing frontal lobe mass with edema."),
] * 3


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return fit_text_encoder(map(parse_report, TEXTS), dimension=8)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("No acute effusion. Mass.", "acute no_pleural_effusion mass"),
        ("No effusion but edema", "no_pleural_effusion edema"),
        # Far from the word that denies it, or before it: a window of six words after "no" sees neither.
        (
            "No evidence of acute or chronic focal air space disease or of a pneumothorax.",
            "evidence acute chronic focal no_lung_opacity no_pneumothorax",
        ),
        ("Pneumothorax is absent", "no_pneumothorax"),
        ("No change of the effusion", "change effusion"),
    ],
)
def test_a_finding_that_is_denied_is_one_word(text: str, terms: str) -> None:
    assert [term for term in terms_of(parse_report(text)) if " " not in term] == terms.split()


def test_words_side_by_side_are_pairs_up_to_the_end_of_their_clause() -> None:
    assert terms_of(parse_report("No acute effusion. Mass."))[3:] == ["acute no_pleural_effusion"]


def test_like_texts_are_near(encoder: TextEncoder) -> None:
    query = encoder.texts(["pleural effusion", "tibia fracture", "mass in the frontal lobe"])
    likeness = query @ encoder.texts(TEXTS[:8]).T
    assert set(np.argsort(-likeness[0])[:2]) == {0, 1}
    assert set(np.argsort(-likeness[1])[:2]) == {4, 5}
    assert set(np.argsort(-likeness[2])[:2]) == {6, 7}
    assert likeness[0, :2].min() > likeness[0, 2:4].max()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_vectors_are_of_length_one_or_zero(encoder: TextEncoder, texts: list[str]) -> None:
    vectors = encoder.texts([*texts, TEXTS[0]])
    assert vectors.shape == (len(texts) + 1, encoder.dimension)
    assert vectors.dtype == np.float32
    length = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(length - 1) < 1e-5) | (length == 0))


def test_saved_and_loaded_it_is_the_same(encoder: TextEncoder, tmp_path: Path) -> None:
    for _ in range(2):
        fingerprint = save_text_encoder(tmp_path / "models" / "text", encoder)
    loaded = load_text_encoder(tmp_path / "models" / "text")
    assert loaded.fingerprint == fingerprint
    np.testing.assert_array_equal(loaded.texts(TEXTS), encoder.texts(TEXTS))
    with pytest.raises(CorpusError, match="radmine embed"):
        load_text_encoder(tmp_path)


def test_fitting_repeats_itself(encoder: TextEncoder) -> None:
    np.testing.assert_array_equal(fit_text_encoder(map(parse_report, TEXTS), dimension=8).axes, encoder.axes)


def test_nothing_to_fit_on_is_an_error() -> None:
    with pytest.raises(ValueError, match="no term"):
        fit_text_encoder(map(parse_report, ["one", "two"]))

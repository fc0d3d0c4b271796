"""A model takes print off a picture that it is asked about as the pixels stage did."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from radmine.corpus import Corpus, Manifest
from radmine.pixels import burned_in, learn_marks, to_square
from radmine.train import load_model
from radmine.train.lesson import _cleaned
from radmine.train.model import ModelFacts, save_model
from radmine.train.networks import build_network
from tests.pixels.test_burned_in import anatomy, logo


def test_a_model_keeps_the_marks_of_its_pictures(tmp_path: Path) -> None:
    marks = learn_marks([logo(anatomy(seed))[0] for seed in range(16)])
    corpus = Corpus.create("c", home=tmp_path)
    notes = {"marks": [asdict(mark) for mark in marks], "ocr": False, "crop": True}
    corpus.write_manifest(Manifest("pixels", "x", {}, notes=notes))
    cleaned = _cleaned(corpus)
    assert cleaned == {"crop": True, "marks": marks, "ocr": False}
    facts = ModelFacts(
        "small", {"labels": ("a",)}, 64, 32, mean=0.2, std=0.2, lexicon="", learned_from="", settings={},
        epoch=1, device="cpu", radmine="0", **cleaned,
    )  # fmt: skip
    save_model(tmp_path / "model", build_network("small", {"labels": 1}).state_dict(), facts)
    model = load_model(tmp_path / "model", device="cpu")
    assert model.facts.marks == marks
    picture = logo(anatomy(100))[0]
    printed = burned_in(picture, marks=marks)
    assert len(printed) == 1
    np.testing.assert_array_equal(
        model.square(picture).array, to_square(picture, size=64, printed=printed).array
    )

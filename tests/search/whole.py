"""An index of every kind of file: texts, pictures, links, labels, both encoders and a lexicon of its own."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from radmine import embed, label, link, parse, pixels
from radmine.corpus import Corpus, Manifest
from radmine.records import Image, Report
from radmine.run import Execution, run_stage
from radmine.train import MODEL, ModelFacts
from tests.search.corpora import index, write_tables

LEXICON = """
[sail_sign]
title = "Sail sign of the wrist"
parents = ["joint_effusion"]
synonyms = ["sail sign"]
"""
SAID = (
    "Large pleural effusion on the left.",
    "No pleural effusion. Possible pneumonia in the right lower lobe.",
    "There is a sail sign. No fracture.",
    "Normal heart, clear lungs.",
    "Pneumothorax on the right, small effusion.",
)
# Searches that together need every file.
SEARCHES: tuple[dict[str, Any], ...] = (
    {"text": "pleural effusion without pneumonia"},
    {"text": "sail sign", "where": "modality=CT"},
    {"text": '"clear lungs"'},
    {"image": "i3"},
    {"image": "i5", "where": "finding=pneumothorax", "same_patient": True},
    {"text": "pneumothorax", "image": "i1", "where": "finding=sail_sign|pneumothorax"},
)


def phantom(seed: int) -> np.ndarray:
    """Return a noisy picture of some bright boxes."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 40, (72, 64)).astype(np.uint8)
    for _ in range(4):
        y, x, height, width = rng.integers(4, 40, 4)
        image[y : y + height, x : x + width] += rng.integers(20, 60, dtype=np.uint8)
    return image


def add_untrained_network(corpus: Corpus) -> None:
    """Give a corpus an image model as `train` would."""
    import torch

    from radmine.train.model import save_model
    from radmine.train.networks import build_network

    torch.manual_seed(0)
    facts = ModelFacts("small", {"labels": ("a", "b")}, 64, 32, True, 0.2, 0.2, "", "", {}, 1, "cpu", "0")
    fingerprint = save_model(corpus.folder / MODEL, build_network("small", {"labels": 2}).state_dict(), facts)
    corpus.write_manifest(Manifest("train", fingerprint, {}, folders={MODEL: fingerprint}))


def whole_corpus(home: Path, *, reports: int = 15) -> Corpus:
    """Return a corpus `whole` with its index; every report has a picture, `i0` that of `r0`."""
    home.mkdir(exist_ok=True)
    corpus = Corpus.create("whole", home=home)
    (home / "wrist.toml").write_text(LEXICON)
    rows, images = [], []
    for number in range(reports):
        facts = {"patient_id": f"p{number}", "study_id": f"s{number}", "modality": ("CT", "CR")[number % 2]}
        text = f"FINDINGS: {SAID[number % len(SAID)]} Comparison of day {number}."
        rows.append(Report(report_id=f"r{number}", text=text, source="test", **facts))
        path = home / f"picture{number}.png"
        Picture.fromarray(phantom(number)).save(path)
        images.append(Image(image_id=f"i{number}", path=str(path), **facts))
    write_tables(corpus, {"reports": rows, "images": images})
    run_stage(corpus, parse.STAGE, parse.ParseSettings(lexicon=(str(home / "wrist.toml"),)))
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, label.LabelSettings())
    run_stage(corpus, pixels.STAGE, pixels.PixelsSettings(size=64))
    add_untrained_network(corpus)
    run_stage(corpus, embed.STAGE, embed.EmbedSettings(), execution=Execution(device="cpu"))
    index(corpus)
    return corpus

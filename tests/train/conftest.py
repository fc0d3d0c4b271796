"""A corpus whose network's predictions are made up: what it is judged by is known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from radmine.corpus import Corpus, Manifest
from radmine.models import save_model
from radmine.records import Prediction, Score
from radmine.train import MODEL
from radmine.train.model import KIND
from radmine.train.targets import read_cases, read_target
from tests.train.corpus import make_corpus

TARGETS = {"labels": ["fracture", "lung_mass"], "modality": ["CT", "MR"]}
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus whose predictions are made up: fractures are told well in men alone, masses everywhere."""
    corpus = make_corpus(tmp_path_factory.mktemp("judged"), patients=300)
    images = [
        replace(
            image,
            study_id=f"s{number // 2}",
            view=EVIL if number % 4 < 2 else "PA",
            meta=json.dumps(
                {
                    "PatientSex": "FM"[number // 2 % 2],
                    "Age": f"0{20 + number % 60}Y",
                    "InstitutionName": "=1+1" if number % 3 else "north",
                }
            ),
        )
        for number, image in enumerate(corpus.records("images"))
    ]
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    shard = corpus.write_shard("images", "part-00000-b.parquet", images)
    corpus.write_manifest(replace(manifest, tables={**manifest.tables, "images": [shard]}))
    cases = read_cases(corpus, [image.image_id for image in images])
    random = np.random.default_rng(3)
    rows = []
    target = read_target(corpus, "labels", cases, least=10, uncertain="mask")
    assert list(target.classes) == TARGETS["labels"]
    for row, image in enumerate(images):
        part = cases.parts[row]
        if part == "train":
            continue
        fracture, mass = target.values[row]
        is_man = '"M"' in (image.meta or "")
        said = [
            np.clip(0.5 + (0.4 * (fracture - 0.5) if is_man else 0) + 0.2 * random.normal(), 0.01, 0.99),
            np.clip(0.5 + 0.4 * (mass - 0.5) + 0.2 * random.normal(), 0.01, 0.99),
        ]
        rows.append(Prediction(image.image_id, "labels", part, tuple(map(float, said))))
        ct = 0.9 if (image.modality == "CT") == (row % 10 != 0) else 0.2
        rows.append(Prediction(image.image_id, "modality", part, (ct, 1 - ct)))
    settings = {"min_positives": 10, "uncertain": "mask", "implied": True}
    facts = {"targets": TARGETS, "settings": settings}
    digest = save_model(corpus.folder / MODEL, kind=KIND, facts=facts, arrays={})
    shards = [corpus.write_shard("predictions", f"part-0000{i}-a.parquet", rows[i::2]) for i in range(2)]
    scores = [Score("train", "lung_mass", "auc", 0.9, 120)]
    tables = {"predictions": shards, "scores": [corpus.write_shard("scores", "part-00000-a.parquet", scores)]}
    notes = {"outcome": "AUC macro .90", "course": [], "best_epoch": 3}
    corpus.write_manifest(Manifest("train", "x", {}, tables, folders={MODEL: digest}, notes=notes))
    return corpus

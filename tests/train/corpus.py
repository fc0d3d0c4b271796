"""A corpus whose pictures show their findings: a bright square high up is a mass, stripes are a fracture."""

import io
from pathlib import Path

import numpy as np

from radmine import parse
from radmine.corpus import Corpus, Manifest
from radmine.files import write_whole
from radmine.records import Assertion, Image, LabelRow, Link, Pixels, Report, Split
from radmine.run import run_stage

SIZE = 32


def make_corpus(home: Path, patients: int = 60, *, seed: int = 0, repeated: int = 0) -> Corpus:
    """Return a corpus of two images a patient; the texts of the first `repeated` test patients occur in training."""
    random = np.random.default_rng(seed)
    corpus = Corpus.create("c", home=home)
    squares = random.integers(0, 60, (2 * patients, SIZE, SIZE)).astype(np.uint8)
    images, pixels, splits, reports, links, labels = [], [], [], [], [], []
    for number in range(patients):
        patient, report = f"p{number}", f"r{number}"
        part = ("train", "train", "train", "validation", "test")[number % 5]
        splits.append(Split(patient, part, patient, "drawn"))
        text = f"report {number if part != 'test' or number // 5 >= repeated else 0}"
        reports.append(Report(report, patient, text, "test"))
        for ordinal in range(2):
            row, image = 2 * number + ordinal, f"i{number}-{ordinal}"
            mass, fracture = random.random(2) < 0.5
            if mass:
                squares[row, 4:12, 10:22] = 220
            if fracture:
                squares[row, 18::3, :] = 160
            modality = "CT" if ordinal else "MR"
            squares[row, :, 28:] = 200 if ordinal else 0
            images.append(Image(image, patient, f"{image}.png", modality=modality, plane="axial"))
            whole = (SIZE, SIZE, (0, SIZE, 0, SIZE))
            pixels.append(Pixels(image, image, "a.npy", row, *whole, (0.0, 255.0), False))
            links.append(Link(report, image, "caption", 1.0))
            for finding, there in (("lung_mass", mass), ("fracture", fracture)):
                if there or random.random() < 0.5:  # what is not there is often not mentioned
                    word = Assertion.PRESENT if there else Assertion.ABSENT
                    labels.append(LabelRow(report, image, finding, word, 0.9 if there else 0.1, ("v",)))
            labels.append(LabelRow(report, image, "rare_one", Assertion.ABSENT, 0.1, ("v",)))
    content = io.BytesIO()
    np.save(content, squares)
    write_whole(corpus.folder / "arrays" / "a.npy", content.getvalue())
    tables = {
        "images": images,
        "pixels": pixels,
        "splits": splits,
        "reports": reports,
        "links": links,
        "labels": labels,
    }
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", rows)] for t, rows in tables.items()}
    corpus.write_manifest(Manifest("ingest", "x", {}, shards))
    run_stage(corpus, parse.STAGE, parse.ParseSettings())
    return corpus

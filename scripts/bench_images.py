"""Image networks on MedPix's key images: search by image, what images are, time; beside scratch, features untrained, and pixels.

python scripts/bench_images.py --data PATH [--home DIR] [--out FILE.md]

PATH holds `medpix/`. A network is trained on the train part of the source's own split, its epoch chosen on cases drawn from
that, and asked about the dev part: each image of a dev case finds others among all images, its own case left out.
Precision@1, precision@10 and mean average precision with 95 % intervals by cases (bootstrap, 1,000 draws, seed 0); accuracy
counts classes that were too rare to learn as wrong. The settings were chosen while looking at the dev part.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from PIL import Image as Picture

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.embed.score import image_vectors
from radmine.ingest import ingest_source
from radmine.pixels import open_pixels
from radmine.train import MODEL, load_model

KINDS = ("location", "modality", "plane")
VARIANTS = {
    "pretrained trunk, head trained (the default)": "",
    "from scratch (`start`)": '[train]\nstart = "scratch"\n',
}


def make(name: str, data: Path, home: Path, settings: str) -> tuple[Corpus, float, float]:
    """A corpus through all its stages, and the wall and processor seconds of train and embed."""
    corpus = Corpus.create(name, home=home)
    path = home / f"{name}.toml"
    path.write_text(settings)
    pipeline.use_settings(corpus, path)
    ingest_source(corpus, "medpix", [data / "medpix"], settings=pipeline.settings_of(corpus)["ingest"])
    for _ in pipeline.run(corpus, through="pixels"):
        pass
    start, used = time.perf_counter(), processor()
    for _ in pipeline.run(corpus, through="embed"):
        pass
    return corpus, time.perf_counter() - start, processor() - used


def processor() -> float:
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(r.ru_utime + r.ru_stime for r in each)


class Known:
    """What the source says of the stored images, and which are asked about."""

    def __init__(self, corpus: Corpus, ids: list[str]) -> None:
        columns = ["image_id", "patient_id", *KINDS]
        rows = {r["image_id"]: r for r in corpus.read("images", columns=columns).to_pylist()}
        parts = {s.patient_id: s.split for s in corpus.records("splits")}
        self.case = np.unique([rows[i]["patient_id"] for i in ids], return_inverse=True)[1]
        self.test = np.array([parts[rows[i]["patient_id"]] == "test" for i in ids])
        self.kinds = {k: np.array([rows[i][k] or "" for i in ids]) for k in KINDS}


def search_scores(known: Known, vectors: np.ndarray, kind: str) -> np.ndarray:
    """P@1, P@10 and average precision of each query, and its case."""
    of = known.kinds[kind]
    queries = np.flatnonzero(known.test & (of != ""))
    likeness = vectors[queries] @ vectors.T
    left_out = (known.case[queries][:, None] == known.case[None]) | (of == "")[None]
    likeness[left_out] = -np.inf
    order = np.argsort(-likeness, axis=1, kind="stable")
    same = (of[order] == of[queries][:, None]) & ~np.take_along_axis(left_out, order, 1)
    found = []
    for row, case in zip(same, known.case[queries], strict=True):
        places = np.flatnonzero(row)
        average = ((np.arange(len(places)) + 1) / (places + 1)).mean() if len(places) else 0.0
        found.append((row[0], row[:10].mean(), average, case))
    return np.array(found, float)


def by_cases(values: np.ndarray, cases: np.ndarray) -> tuple[float, float, float]:
    """The mean, and its 95 % interval by drawing whole cases."""
    code = np.unique(cases, return_inverse=True)[1]
    random = np.random.default_rng(0)
    draws = random.multinomial(code.max() + 1, np.full(code.max() + 1, 1 / (code.max() + 1)), size=1000)
    weights = draws[:, code]
    low, high = np.percentile((weights * values).sum(1) / weights.sum(1), (2.5, 97.5))
    return float(values.mean()), float(low), float(high)


def unit(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.mean(0)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def small_pixels(squares: np.ndarray) -> np.ndarray:
    """16 x 16 pixels of each picture."""
    return unit(np.array([np.asarray(Picture.fromarray(s).resize((16, 16))).ravel() for s in squares], float))


def untrained(squares: np.ndarray) -> np.ndarray | None:
    """What the pretrained trunk gives without any training; None where its weights are not installed."""
    from radmine.train.exported import Exported, to_onnx
    from radmine.train.lite0 import pretrained_lite0
    from radmine.train.weights import weights_file

    if weights_file("lite0") is None:
        return None
    network = Exported(to_onnx(pretrained_lite0(1), ("features",), size=224, mean=0.5, std=0.5))
    return unit(network(squares)["features"].astype(float))


def accuracies(corpus: Corpus) -> dict[str, tuple[float, float, float]]:
    """How often the most probable class is right; of images with a class that was not learned, never."""
    store = open_pixels(corpus)
    known = Known(corpus, list(store.ids))
    model = load_model(corpus.folder / MODEL)
    rows = np.flatnonzero(known.test)
    said = model.predict(store.batch([store.ids[row] for row in rows]))
    found = {}
    for kind in KINDS:
        there = known.kinds[kind][rows] != ""
        answers = np.array(model.facts.targets[kind])[said[kind].argmax(1)]
        right = answers[there] == known.kinds[kind][rows][there]
        found[kind] = by_cases(right.astype(float), known.case[rows][there])
    return found


def told(value: tuple[float, float, float]) -> str:
    return f"{value[0]:.3f} ({value[1]:.2f} to {value[2]:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    home = asked.home or Path(tempfile.mkdtemp())
    home.mkdir(parents=True, exist_ok=True)
    found, right, times = [], [], []
    first: Corpus | None = None
    for place, (title, settings) in enumerate(VARIANTS.items()):
        corpus, wall, used = make(f"medpix{place}", asked.data, home, settings)
        first = first or corpus
        ids, vectors = image_vectors(corpus)
        found.append((title, Known(corpus, ids), vectors))
        right.append((title, *(told(value) for value in accuracies(corpus).values())))
        model = load_model(corpus.folder / MODEL).facts
        times.append((title, model.network, model.size, f"{wall:.0f}", f"{used:.0f}"))
    assert first is not None
    store = open_pixels(first)
    known, squares = Known(first, list(store.ids)), store.batch(store.ids)
    features = untrained(squares)
    if features is not None:
        found.append(("the pretrained trunk's features as they are", known, features))
    found.append(("16 x 16 pixels", known, small_pixels(squares)))
    found.append(("chance", known, np.random.default_rng(0).normal(size=(len(squares), 64))))
    lines = [heading(), "", "### Search by image", ""]
    rows = []
    for title, of, vectors in found:
        row = [title]
        for kind in KINDS:
            each = search_scores(of, vectors, kind)
            values = [by_cases(each[:, column], each[:, 3]) for column in range(3)]
            row += (
                [f"{values[0][0]:.3f}", told(values[1]), told(values[2])]
                if kind == "location"
                else [f"{values[1][0]:.3f}"]
            )
        rows.append(row)
    head = ["vectors", "location P@1", "P@10", "mAP", "modality P@10", "plane P@10"]
    lines += [markdown(head, rows), "", "### What images are: accuracy", ""]
    lines += [markdown(["network", *KINDS], right), "", "### Time of train and embed", ""]
    lines += [markdown(["network", "trunk", "pixels a side", "seconds", "processor seconds"], times), ""]
    text = "\n".join(lines)
    if asked.out:
        asked.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

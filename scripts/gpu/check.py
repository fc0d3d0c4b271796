"""Check radmine on a GPU in one call of a few minutes, and write the numbers down.

    python scripts/gpu/check.py                                   all on the GPU; the numbers go to $OUT/gpu.json
    python scripts/gpu/check.py --corpus CORPUS_FOLDER            the pixels, labels and splits of a corpus made elsewhere
    python scripts/gpu/check.py --device cpu --quick --out x.json a dry run anywhere

Without --corpus it makes one of pictures that show their findings (a disc, stripes, a bright corner). It trains on it, embeds
it, compares the vectors with those of the CPU, searches all of them exactly in torch, and checks the neighbours against
faiss where that is installed; then it trains the text classifier of `label` and labels with it, on the GPU and on the CPU.
Needs of radmine's packages only numpy, pyarrow, torch, safetensors (and monai for --network resnet18 and larger;
transformers, tokenizers and pyahocorasick for the text classifier, which says what it lacks).
"""

import argparse
import datetime
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from radmine.corpus import Corpus, Manifest  # noqa: E402
from radmine.embed import STAGE as EMBED  # noqa: E402
from radmine.embed import EmbedSettings, load_encoder  # noqa: E402
from radmine.embed.score import image_vectors  # noqa: E402
from radmine.files import write_whole  # noqa: E402
from radmine.parse import STAGE as PARSE  # noqa: E402
from radmine.parse import ParseSettings  # noqa: E402
from radmine.pixels import open_pixels  # noqa: E402
from radmine.records import Assertion, Image, LabelRow, Link, Pixels, Report, Split  # noqa: E402
from radmine.run import (  # noqa: E402
    Device,
    Execution,
    choose_device,
    run_stage,
)
from radmine.train import STAGE as TRAIN  # noqa: E402
from radmine.train import TrainSettings  # noqa: E402

_CHUNK = 2048


def make_corpus(home: Path, count: int, size: int) -> Corpus:
    """A corpus of two images a patient, whose pictures show the findings that their labels name."""
    corpus = Corpus.create("gpu-check", home=home)
    random = np.random.default_rng(0)
    down, across = np.mgrid[:size, :size] / size
    images, pixels, splits, reports, links, labels = [], [], [], [], [], []
    for start in range(0, count, _CHUNK):
        rows = min(_CHUNK, count - start)
        file = f"part-{start:07d}.npy"
        stack = random.normal(60, 18, (rows, size, size)).clip(0, 255)
        for row in range(rows):
            number = start + row
            patient, report, image = f"p{number // 2}", f"r{number // 2}", f"i{number}"
            there = random.random(3) < 0.3
            y, x = random.uniform(0.3, 0.7, 2)
            if there[0]:
                stack[row][(down - y) ** 2 + (across - x) ** 2 < 0.004] += 50
            if there[1]:
                stack[row][:, :: max(2, size // 16)] += 25
            if there[2]:
                stack[row][(down < 0.2) & (across < 0.2)] += 35
            images.append(Image(image, patient, f"{image}.png", modality="CT" if number % 2 else "MR"))
            box, window = (0, size, 0, size), (0.0, 255.0)
            pixels.append(Pixels(image, image, file, row, size, size, box, window, False))
            links.append(Link(report, image, "caption", 1.0))
            for finding, yes in zip(("lung_mass", "fracture", "pneumothorax"), there, strict=True):
                word = Assertion.PRESENT if yes else Assertion.ABSENT
                labels.append(LabelRow(report, image, finding, word, 0.9 if yes else 0.1, ("check",)))
            if number % 2 == 0:
                part = ("train",) * 7 + ("validation", "test", "test")
                splits.append(Split(patient, part[number // 2 % 10], patient, "drawn"))
                reports.append(Report(report, patient, f"report number {number}", "check"))
        content = io.BytesIO()
        np.save(content, stack.clip(0, 255).astype(np.uint8))
        write_whole(corpus.folder / "arrays" / file, content.getvalue())
    tables: dict[str, list[Any]] = {
        "images": images,
        "pixels": pixels,
        "splits": splits,
        "reports": reports,
        "links": links,
        "labels": labels,
    }
    shards = {t: [corpus.write_shard(t, "part-00000-check.parquet", rows)] for t, rows in tables.items()}
    corpus.write_manifest(Manifest("ingest", "check", {}, shards))
    return corpus


def copy_corpus(folder: Path, home: Path) -> Corpus:
    """A copy of a corpus without its models and vectors, so that the original stays as it is."""
    target = home / "corpora" / folder.name
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("models", "embeddings", "work", ".lock"))
    for stage in ("train", "embed"):
        (target / "manifests" / f"{stage}.json").unlink(missing_ok=True)
    return Corpus.open(folder.name, home=home)


def train(corpus: Corpus, settings: TrainSettings, device: Device) -> dict[str, Any]:
    outcome = run_stage(corpus, TRAIN, settings, execution=Execution(device=device.name))
    manifest = corpus.manifest("train")
    assert manifest is not None
    if manifest.not_applicable:
        raise SystemExit(f"train is not applicable: {manifest.not_applicable}")
    scores = [
        {"subject": s.subject, "metric": s.metric, "value": s.value, "low": s.low, "high": s.high, "n": s.n}
        for s in corpus.records("scores")
    ]
    kept = ("device", "images", "classes", "best_epoch", "stopped", "images_per_second")
    return {"seconds": outcome.seconds, **{k: manifest.notes[k] for k in kept}, "scores": scores}


def embed(corpus: Corpus, device: Device) -> dict[str, Any]:
    run_stage(corpus, PARSE, ParseSettings())  # report vectors take what a report denies from its mentions
    outcome = run_stage(corpus, EMBED, EmbedSettings(), execution=Execution(device=device.name))
    ids, vectors = image_vectors(corpus)
    store = open_pixels(corpus)
    some = store.batch(ids[:256])
    encoder = load_encoder(corpus.folder, device=device.name)
    encoder.squares(some)  # the first call warms up
    started = time.perf_counter()
    for start in range(0, len(ids), _CHUNK):
        encoder.squares(store.batch(ids[start : start + _CHUNK]))
    seconds = time.perf_counter() - started
    on_cpu = load_encoder(corpus.folder, device="cpu").squares(some)
    likeness = (encoder.squares(some) * on_cpu).sum(axis=1)
    return {
        "stage_seconds": outcome.seconds,
        "images": len(ids),
        "images_per_second": round(len(ids) / seconds, 1),
        "least_cosine_with_cpu": float(likeness.min()),
        "vectors": list(vectors.shape),
    }


def search(corpus: Corpus, device: Device, k: int = 10) -> dict[str, Any]:
    """Exact neighbours in torch, against faiss: neighbours may differ only where similarities tie."""
    import torch

    _, vectors = image_vectors(corpus)
    base = torch.from_numpy(vectors).to(device.name)
    queries = base[:1000]
    torch.topk(queries[:10] @ base.T, min(k, len(base)))  # the first call warms up
    started = time.perf_counter()
    near = torch.topk(queries @ base.T, min(k, len(base)))
    likeness = near.values.cpu().numpy()
    seconds = time.perf_counter() - started
    found = {
        "queries": len(queries),
        "base": len(base),
        "queries_per_second": round(len(queries) / seconds, 1),
    }
    try:
        import faiss
    except ImportError:
        return {**found, "faiss": "not installed"}
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    expected, _ = index.search(vectors[: len(queries)], min(k, len(base)))
    return {
        **found,
        "faiss": faiss.__version__,
        "largest_difference": float(np.abs(likeness - expected).max()),
    }


def make_texts(count: int) -> tuple[list[str], np.ndarray]:
    """Report-like texts of some 60 words and the probability of each of eight findings, as the rules would give it."""
    random = np.random.default_rng(0)
    names = ("effusion", "nodule", "fracture", "hernia", "edema", "scoliosis", "granuloma", "pneumonia")
    fillers = (
        "The heart is normal in size.",
        "The lungs are clear.",
        "Compared with the earlier study.",
        "Bones are intact.",
    )
    texts, targets = [], []
    for number in range(count):
        said = random.choice(3, len(names), p=(0.1, 0.5, 0.4))  # present, absent, not named
        parts = [
            f"There is {n}." if s == 0 else f"No {n}." for n, s in zip(names, said, strict=True) if s < 2
        ]
        parts += [fillers[i] for i in random.integers(0, len(fillers), 8)]
        random.shuffle(parts)
        texts.append(" ".join((*parts, f"Case {number}.")))
        targets.append([0.95 if s == 0 else 0.03 if s == 1 else 0.0 for s in said])
    return texts, np.array(targets, np.float32)


def classify(device: Device, count: int, layers: int, hidden: int) -> dict[str, Any]:
    """The text classifier of radmine.label: reports a second in training and labelling, and the same network on the CPU."""
    try:
        from radmine.label.voters.transformer import Learning, load_transformer, train_transformer
    except ImportError as error:
        return {"needs": str(error.name)}
    texts, targets = make_texts(count)
    names = tuple(f"finding {n}" for n in range(targets.shape[1]))
    learning = Learning(
        epochs=2, hidden=hidden, layers=layers, batch=128 if device.is_cuda else 32, device=device.name
    )
    started = time.perf_counter()
    try:
        voter, held = train_transformer(texts, targets, names, learning=learning)
    except ImportError as error:  # transformers, tokenizers
        return {"needs": str(error.name)}
    trained = time.perf_counter() - started
    some = texts[: min(count, 500)]
    with tempfile.TemporaryDirectory() as folder:
        voter.save(Path(folder))
        on_cpu = load_transformer(Path(folder), device="cpu")
    rates = {}
    for where, one, batch in (("", voter, texts), ("cpu_", on_cpu, some)):
        one.probabilities(some[:64])  # the first call warms up
        started = time.perf_counter()
        one.probabilities(batch)
        rates[f"{where}labelled_per_second"] = round(len(batch) / (time.perf_counter() - started), 1)
    right = (voter.probabilities([texts[i] for i in held]) >= 0.5) == (targets[held] >= 0.5)
    return {
        "reports": count,
        "layers": layers,
        "hidden": hidden,
        "trained_per_second": round(learning.epochs * count / trained, 1),
        **rates,
        "right_on_held_out": round(float(right.mean()), 4),
        "largest_difference_with_cpu": float(
            np.abs(voter.probabilities(some) - on_cpu.probabilities(some)).max()
        ),
    }


def commit() -> str:
    """The commit of this tree, or what $COMMIT says where git is not there."""
    try:
        return subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("COMMIT", "unknown")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--network", default="resnet18")
    parser.add_argument("--corpus", type=Path, help="the folder of a corpus with pixels, labels and splits")
    parser.add_argument("--targets", nargs="+", default=["labels"])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--texts", type=int, default=20_000, help="reports for the text classifier")
    parser.add_argument("--layers", type=int, default=6, help="of the text classifier")
    parser.add_argument("--hidden", type=int, default=512, help="its width")
    parser.add_argument("--seconds", type=float, default=240, help="given to the training")
    parser.add_argument(
        "--quick", action="store_true", help="a small network, few images, one minute on a CPU"
    )
    parser.add_argument("--out", type=Path, help="the JSON file; $OUT/gpu.json where $OUT is set")
    options = parser.parse_args()
    if options.quick:
        options.network, options.images, options.size, options.epochs = "small", 600, 64, 3
        options.texts, options.layers, options.hidden = 800, 2, 128
    out = options.out or Path(os.environ.get("OUT", ".")) / "gpu.json"
    import torch

    device = choose_device(options.device)
    settings = TrainSettings(
        targets=tuple(options.targets),
        network=options.network,
        epochs=options.epochs,
        seconds=options.seconds,
        batch_size=256 if device.is_cuda else 32,
        size=options.size,
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        started = time.perf_counter()
        corpus = (
            copy_corpus(options.corpus, home)
            if options.corpus
            else make_corpus(home, options.images, options.size)
        )
        result = {
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "device": device.reason,
            "precision": device.precision,
            "torch": torch.__version__,
            "python": sys.version.split()[0],
            "network": options.network,
            "corpus": corpus.name,
            "corpus_seconds": round(time.perf_counter() - started, 1),
            "train": train(corpus, settings, device),
            "embed": embed(corpus, device),
            "search": search(corpus, device),
            "text_classifier": classify(device, options.texts, options.layers, options.hidden),
        }
    text = json.dumps(result, indent=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()

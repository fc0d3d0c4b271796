"""The papers' chain on a corpus: document topics -> second level -> sentence topics -> findings, each from the weights of the one before.

python scripts/bench_chain.py --corpus FOLDER [--networks alexnet vgg lite0] [--epochs 8] [--size 64] [--quick] [--out FILE.md]

FOLDER is a corpus that ran through `pixels`; nothing is written into it. After Shin et al., "Interleaved Text/Image Deep Mining
on a Large-Scale Radiology Database" (CVPR 2015; JMLR 17, 2016: top-1 .61 and top-5 .93 of AlexNet, .66 and .95 of VGG-19, of 60
document topics of 216,000 images, from ImageNet weights). AlexNet's and VGG's convolutions start from drawn weights at a small
side and are learned as a whole; lite0 starts from ImageNet's, stays as it is, and hands on the layers of its head. Each level
is learned three times: alone, at the end of the chain so far, and alone from classes that were shuffled among the training and
validation images. Top-1, top-5 and, of findings, macro AUC on the test part, with 95 % intervals by patient; the commonest class
beside them. --quick: one network, one epoch, a third of the training images.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown

import radmine
from radmine.corpus import Corpus
from radmine.findings import lexicon_digest
from radmine.models import model_fingerprint
from radmine.pixels import open_pixels
from radmine.run import choose_device, no_progress
from radmine.train import TrainSettings, load_model
from radmine.train.learn import learn
from radmine.train.measure import Estimate, Patients, estimate, macro_auc, measure_classes
from radmine.train.model import ModelFacts, predict_stored, save_model
from radmine.train.targets import Cases, Target, read_cases, read_target
from radmine.train.trunks import origin_of

LEVELS = ("topics", "second_topics", "sentence_topics", "labels")
WEIGHTED = ("lite0",)  # from ImageNet's weights
SEED = 0


def known(cases: Cases, target: Target, part: str) -> np.ndarray:
    rows = cases.rows(part)
    return rows[~np.isnan(target.values[rows]).all(axis=1)]


def shuffled(target: Target, rows: Sequence[np.ndarray]) -> Target:
    """The target with the values of each of these parts dealt out among its images anew."""
    values, random = target.values.copy(), np.random.default_rng(SEED)
    for part in rows:
        values[part] = values[random.permutation(part)]
    return replace(target, values=values)


class Chain:
    """One network, taught level by level."""

    def __init__(
        self, corpus: Corpus, network: str, work: Path, *, epochs: int, size: int, thin: int
    ) -> None:
        self.store = open_pixels(corpus)
        self.cases = read_cases(corpus, self.store)
        self.network, self.work, self.thin = network, work, thin
        frozen = network in WEIGHTED
        self.settings = TrainSettings(
            network=network,
            start="pretrained" if frozen else "scratch",
            trunk="frozen" if frozen else "learned",
            epochs=epochs,
            patience=max(3, epochs),
            size=0 if frozen else size,
            seed=SEED,
        )

    def learned(self, target: Target, name: str, *, after: Path | None = None) -> tuple[Path, np.ndarray]:
        """Teach a target, and return the model's folder and what it says of the test images."""
        settings = replace(self.settings, targets=(target.name,))
        if after:
            settings = replace(settings, network="auto", start="auto", start_from=str(after))
        training, validation = (known(self.cases, target, p) for p in ("train", "validation"))
        training = training[:: self.thin]
        origin = origin_of(settings.network, settings.start, settings.start_from)
        some = self.squares(training[:512])
        mean, std = origin.scale or (float(some.mean() / 255), float(some.std() / 255))
        device, folder = choose_device("cpu"), self.work / f"{self.network}-{target.name}-{name}"
        folder.mkdir()
        frozen = settings.trunk == "frozen"
        facts = ModelFacts(
            network=origin.network,
            targets={target.name: target.classes},
            stored_size=self.store.size,
            size=settings.size or min(self.store.size, origin.size),
            crop=True,
            mean=mean,
            std=std,
            lexicon=lexicon_digest(),
            learned_from="",
            settings=asdict(settings),
            epoch=0,
            device=device.reason,
            radmine=radmine.__version__,
            hidden=settings.hidden if frozen else (),
            pretrained=origin.pretrained,
            frozen=frozen,
            plan=origin.plan,
            started_from=(model_fingerprint(after) or "") if after else "",
        )
        made = learn(
            self.squares,
            [target],
            training,
            validation,
            facts=facts,
            settings=settings,
            device=device,
            checkpoint=folder / "checkpoint.pt",
            progress=no_progress,
        )
        model = folder / "model"
        save_model(model, made.state, replace(facts, epoch=made.epoch))
        ids = [self.cases.image_ids[row] for row in known(self.cases, target, "test")]
        return model, predict_stored(load_model(model, device="cpu"), self.store, ids)[target.name]

    def squares(self, rows: np.ndarray) -> np.ndarray:
        return self.store.batch([self.cases.image_ids[row] for row in rows])

    def rows(self, targets: Sequence[Target]) -> list[list[str]]:
        """A row of the table for each level and way of learning it."""
        made, before = [], None
        for target in targets:
            parts = [known(self.cases, target, p) for p in ("train", "validation")]
            ways = {"alone": (target, None)}
            if before:
                ways[f"after {before.parent.name.split('-')[1]}"] = (target, before)
            ways["shuffled"] = (shuffled(target, parts), None)
            for way, (taught, after) in ways.items():
                start = time.perf_counter()
                name = "chain" if after else way
                model, said = self.learned(taught, name, after=after)
                if way != "shuffled":
                    before = model  # at the first level alone, then always the chain
                cells = self.measured(target, said)
                made.append([self.network, target.name, way, *cells, f"{time.perf_counter() - start:.0f}"])
                print(*made[-1], sep=" | ", flush=True)
        return made

    def measured(self, target: Target, said: np.ndarray) -> list[str]:
        """Classes, test images, top-1, top-5, those of the commonest class, macro AUC."""
        rows = known(self.cases, target, "test")
        truth, patients = target.values[rows], [self.cases.patients[row] for row in rows]
        auc = estimate(lambda weights: macro_auc(said, truth, weights), patients, seed=SEED)
        counts = [str(len(target.classes)), str(len(rows))]
        if target.is_multilabel:
            return [*counts, "", "", "", "", told(auc)]
        right = truth.argmax(axis=1)
        often = np.nansum(target.values[known(self.cases, target, "train")], axis=0)
        found = measure_classes(
            said,
            right,
            Patients(patients, seed=SEED),
            np.arange(len(rows)),
            majority=int(often.argmax()),
        )
        commonest = np.isin(right, np.argsort(-often, kind="stable")[:5]).mean()
        return [
            *counts,
            told(found["accuracy"]),
            told(found["top5_accuracy"]) if "top5_accuracy" in found else "",
            f"{found['majority_accuracy'].value:.3f}",
            f"{commonest:.3f}",
            told(auc),
        ]


def told(found: Estimate) -> str:
    if found.value is None:
        return ""
    interval = "" if found.low is None else f" ({found.low:.2f} to {found.high:.2f})"
    return f"{found.value:.3f}{interval}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--networks", nargs="+", default=["alexnet", "vgg", "lite0"])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    networks, epochs, thin = asked.networks, asked.epochs, 1
    if asked.quick:
        networks, epochs, thin = networks[:1], 1, 3
    corpus = Corpus.open(str(asked.corpus))
    cases = read_cases(corpus, open_pixels(corpus))
    targets = [read_target(corpus, name, cases, least=10, uncertain="mask") for name in LEVELS]
    targets = [target for target in targets if target.classes]
    rows = []
    with tempfile.TemporaryDirectory() as work:
        for network in networks:
            chain = Chain(corpus, network, Path(work), epochs=epochs, size=asked.size, thin=thin)
            rows += chain.rows(targets)
    columns = ["network", "level", "learned", "classes", "test images", "top-1", "top-5"]
    columns += ["commonest class", "five commonest", "macro AUC", "seconds"]
    said = f"seed {SEED}, {epochs} epochs, trunks from scratch at {asked.size} pixels, lite0 at 224"
    text = "\n".join([heading(), "", f"{said}; corpus {corpus.name}", "", markdown(columns, rows), ""])
    if asked.out:
        asked.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

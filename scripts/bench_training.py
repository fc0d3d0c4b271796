"""How much of the bare network's rate training keeps, on stored squares of a corpus: `radmine.train.learn` beside forward, backward and step alone.

python scripts/bench_training.py --corpus FOLDER [--repeat N] [--out FILE.md]

FOLDER is a corpus with pixels and a training part, or a home is given by it (`HOME/corpora/NAME`). Both sides take the same
network, batch and optimizer; the bare one has one batch of random numbers, made beforehand, and a mean of squares as its
loss. Rates are images a second of processor time, so that they mean the same on a machine that others use too; of two threads
both count. Each is the best of N blocks, the two sides in turn. MFU: the multiplications and additions of a step
(`torch.utils.flop_counter`, twice each pair) a second, as a share of what a product of two 1,536 x 1,536 matrices reaches here.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_machine import heading, markdown
from torch.utils.flop_counter import FlopCounterMode

from radmine.corpus import Corpus
from radmine.pixels import open_pixels
from radmine.run import Device, choose_device
from radmine.train import TrainSettings
from radmine.train.learn import learn
from radmine.train.model import ModelFacts
from radmine.train.networks import Head, build_network
from radmine.train.targets import Target

IMAGES, EPOCHS, BATCH, SIDE = 512, 3, 32, 1536
CLASSES = {"labels": 14, "modality": 4}
clock = time.process_time


@dataclass(frozen=True)
class Case:
    network: str
    size: int
    threads: int
    frozen: bool = False

    @property
    def title(self) -> str:
        return f"a head on the features of {self.network}" if self.frozen else self.network


CASES = [Case("small", size, threads) for threads in (1, 2) for size in (96, 128)]
CASES += [Case("lite0", 224, threads, frozen=True) for threads in (1, 2)]


def facts_of(case: Case, stored: int) -> ModelFacts:
    return ModelFacts(
        network=case.network,
        targets={name: tuple(map(str, range(n))) for name, n in CLASSES.items()},
        stored_size=stored,
        size=min(case.size, stored),
        crop=True,
        mean=0.5,
        std=0.5,
        lexicon="",
        learned_from="",
        settings={},
        epoch=0,
        device="",
        radmine="",
        hidden=(768, 256) if case.frozen else (),
        pretrained=case.frozen,
        frozen=case.frozen,
    )


class Trained:
    """Blocks of the product's own training: some epochs over the same squares each time."""

    def __init__(self, case: Case, store: Any, folder: Path, device: Device) -> None:
        self.facts, self.folder, self.device = facts_of(case, store.size), folder, device
        squares = store.batch(store.ids[:IMAGES])
        self.count = len(squares)
        self.squares = lambda rows: squares[rows]
        random = np.random.default_rng(0)
        self.targets = []
        for name, classes in self.facts.targets.items():
            of = random.integers(0, len(classes), self.count)
            values = np.eye(len(classes), dtype=np.float32)[of]
            self.targets.append(Target(name, classes, values))
        self.settings = TrainSettings(network=case.network, epochs=EPOCHS, batch_size=BATCH)

    def __call__(self) -> float:
        (self.folder / "checkpoint.pt").unlink(missing_ok=True)
        learned = learn(
            self.squares,
            self.targets,
            np.arange(self.count),
            np.arange(0),
            facts=self.facts,
            settings=self.settings,
            device=self.device,
            checkpoint=self.folder / "checkpoint.pt",
            progress=lambda *_: None,
            clock=clock,
        )
        return learned.images_per_second


class Bare:
    """Blocks of forward, backward and step on one batch that is there."""

    def __init__(self, case: Case, count: int, size: int, device: Device) -> None:
        random = torch.Generator().manual_seed(0)
        if case.frozen:
            self.network: torch.nn.Module = Head(1280, CLASSES, hidden=(768, 256), dropout=0.2)
            self.inputs = torch.randn(BATCH, 1280, generator=random)
        else:
            self.network = device.place(build_network(case.network, CLASSES, dropout=0.2))
            self.inputs = device.place(torch.randn(BATCH, 1, size, size, generator=random))
        self.network.train()
        self.autocast = (lambda: torch.autocast("cpu", enabled=False)) if case.frozen else device.autocast
        self.optimizer = torch.optim.AdamW(self.network.parameters())
        self.steps = count // BATCH

    def step(self) -> None:
        with self.autocast():
            outputs = self.network(self.inputs)
        loss = torch.stack([o.float().square().mean() for o in outputs.values()]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def __call__(self) -> float:
        started = clock()
        for _ in range(self.steps):
            self.step()
        return self.steps * BATCH / (clock() - started)

    def flops(self) -> int:
        """Of one image."""
        counter = FlopCounterMode(display=False)
        with counter:
            self.step()
        return counter.get_total_flops() // BATCH


def peak() -> float:
    """Flops a second of processor time of a product of matrices in float32, the best of ten."""
    one = torch.randn(SIDE, SIDE)
    found = 0.0
    for _ in range(10):
        started = clock()
        one @ one
        found = max(found, 2 * SIDE**3 / (clock() - started))
    return found


def best_in_turn(sides: list[Callable[[], float]], repeat: int) -> list[float]:
    for side in sides:
        side()
    found = [0.0] * len(sides)
    for _ in range(repeat):
        found = [max(best, side()) for best, side in zip(found, sides, strict=True)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    store = open_pixels(Corpus(asked.corpus))
    device = choose_device("cpu")
    rows = []
    for case in CASES:
        torch.set_num_threads(case.threads)
        with tempfile.TemporaryDirectory() as folder:
            trained = Trained(case, store, Path(folder), device)
            bare = Bare(case, trained.count, trained.facts.size, device)
            ours, alone = best_in_turn([trained, bare], asked.repeat)
            done = bare.flops()
        of_peak = peak()
        rows.append(
            (
                case.title,
                trained.facts.size,
                case.threads,
                f"{ours:,.0f}",
                f"{alone:,.0f}",
                f"{ours / alone:.3f}",
                f"{done / 1e6:,.0f}",
                f"{ours * done / of_peak:.3f}",
                f"{alone * done / of_peak:.3f}",
                f"{of_peak / 1e9:.0f}",
            )
        )
        print(rows[-1], flush=True)
    heads = ["network", "pixels a side", "threads", "training, images/s", "bare, images/s", "share"]
    heads += ["Mflop an image", "MFU", "MFU bare", "peak, Gflop/s"]
    text = "\n".join(
        (heading(), "", f"{device.reason} torch {torch.__version__}.", "", markdown(heads, rows), "")
    )
    if asked.out:
        asked.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

"""Fit topics at the papers' size on a GPU, compare with the CPU on small data, and write the numbers down.

    python scripts/gpu/topics.py                                   1,000 topics on 780,000 documents; the numbers go to $OUT/topics.json
    python scripts/gpu/topics.py --device cpu --quick --out x.json a dry run anywhere

The documents are made from a seed: each of 130 words, of three of 1,500 topics; a topic has 2,000 of 30,000 words, by Zipf's law.
Perplexity is by completion (`radmine.topics.lda.perplexity`), on documents that were not fitted on, beside that of one topic (unigram)
and that of the topics that the documents were made of. On small data numpy and the device fit the same: the largest difference of a word's
weight after three sweeps (expected below 1e-3), the perplexities after the whole fit (expected within 1 %), and whether a second
fit on the device gives the same numbers. Needs of radmine's packages only numpy, scipy and torch.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from radmine.topics.lda import Bags, Floats, fit, perplexity, reading_prior, smoothed  # noqa: E402

LENGTH = 130  # words of a document
EACH = 3  # topics of a document
CHUNK = 20_000  # documents made at once
STEPS = 2**16  # that chances are rounded to


class Size(NamedTuple):
    """What is made and fitted."""

    documents: int
    held_out: int
    words: int
    planted: int
    of_topic: int  # words
    topics: int


FULL = Size(780_000, 10_000, 30_000, 1_500, 2_000, 1_000)
SMALL = Size(5_000, 500, 3_000, 60, 300, 50)
QUICK = Size(2_000, 200, 3_000, 60, 300, 40)


class Planted:
    """Topics that documents are made of."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng(seed)
        everything = np.tile(np.arange(size.words, dtype=np.int32), (size.planted, 1))
        self.words = rng.permuted(everything, axis=1)[:, : size.of_topic]
        chances = 1 / np.arange(1, size.of_topic + 1)
        ends = np.round(np.cumsum(chances) / chances.sum() * STEPS).astype(np.int64)
        self.ranks = np.repeat(np.arange(size.of_topic), np.diff(ends, prepend=0)).astype(np.int32)
        self.size = size

    def weight(self) -> Floats:
        """Return the weight of each word in each topic, (topics, words), a little of it for words that it has not."""
        weight = np.full((self.size.planted, self.size.words), 1e-7, np.float32)
        shares = np.bincount(self.ranks, minlength=self.size.of_topic) / STEPS
        np.put_along_axis(weight, self.words.astype(np.int64), shares.astype(np.float32)[None] + 1e-7, 1)
        return weight / weight.sum(1, keepdims=True)

    def documents(self, number: int, seed: int) -> Bags:
        """Return so many documents."""
        rng = np.random.default_rng(seed)
        parts = [self._some(min(CHUNK, number - start), rng) for start in range(0, number, CHUNK)]
        sizes, words, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Bags(np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))), words, counts)

    def _some(self, number: int, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
        topics = rng.integers(0, self.size.planted, (number, EACH))
        shares = np.cumsum(rng.dirichlet(np.ones(EACH), number), 1)[:, None, :-1]
        which = (rng.random((number, LENGTH, 1)) > shares).sum(2)
        ranks = self.ranks[rng.integers(0, STEPS, (number, LENGTH))]
        words = np.sort(self.words[np.take_along_axis(topics, which, 1), ranks], axis=1)
        is_first = np.ones((number, LENGTH), np.bool_)
        is_first[:, 1:] = words[:, 1:] != words[:, :-1]
        starts = np.flatnonzero(is_first)  # a document's first word is always one
        counts = np.diff(starts, append=number * LENGTH).astype(np.float32)
        return is_first.sum(1), words[is_first], counts


def peak(device: str) -> float | None:
    """Return the most gigabytes that a GPU held since the last call; None on a CPU."""
    import torch

    if not device.startswith("cuda"):
        return None
    most = torch.cuda.max_memory_allocated(device) / 1e9
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    return round(most, 2)


def large(size: Size, device: str, sweeps: int, seed: int) -> dict[str, Any]:
    """Fit topics as a large corpus has them: how fast, in how much memory, how good."""
    started = time.perf_counter()
    planted = Planted(size, seed)
    bags = planted.documents(size.documents, seed + 1)
    held_out = planted.documents(size.held_out, seed + 2)
    made = time.perf_counter()
    fit(bags, size.words, size.topics, sweeps=0, seed=seed, device=device)  # starts, and stops there
    begun = time.perf_counter()
    peak(device)
    fitted = fit(bags, size.words, size.topics, sweeps=sweeps, seed=seed, device=device)
    done = time.perf_counter()
    result = {
        **size._asdict(),
        "words_a_document": LENGTH,
        "pairs_of_document_and_word": len(bags),
        "seconds_making": round(made - started, 1),
        "seconds_fit": round(done - begun, 1),
        "seconds_before_first_sweep": round(begun - made, 1),
        "sweeps": fitted.sweeps,
        "documents_x_sweeps_a_second": round(
            size.documents * fitted.sweeps / (done - begun - (begun - made))
        ),
        "peak_gpu_gigabytes": peak(device),
    }
    alone = np.bincount(bags.words, weights=bags.counts, minlength=size.words).astype(np.float32)
    started = time.perf_counter()
    for name, weight in (
        ("unigram", smoothed(alone[None])),
        ("truth", planted.weight()),
        ("fitted", fitted.weight()),
    ):
        alpha = reading_prior(len(weight))
        result[f"perplexity_{name}"] = round(perplexity(held_out, weight, alpha=alpha, seed=seed), 1)
    result["seconds_perplexities_cpu"] = round(time.perf_counter() - started, 1)
    return result


def equality(size: Size, device: str, sweeps: int, seed: int) -> dict[str, Any]:
    """Fit small data by numpy and on the device."""
    planted = Planted(size, seed)
    bags = planted.documents(size.documents, seed + 1)
    held_out = planted.documents(size.held_out, seed + 2)

    def weights(on: str | None, many: int) -> tuple[Floats, int]:
        fitted = fit(bags, size.words, size.topics, sweeps=many, seed=seed, device=on)
        return fitted.weight(), fitted.sweeps

    result: dict[str, Any] = size._asdict()
    start, again, third = weights(None, 3)[0], weights(device, 3)[0], weights(device, 3)[0]
    result["largest_difference_after_3_sweeps"] = float(np.abs(start - again).max())
    result["second_fit_is_equal"] = bool(np.array_equal(again, third))
    for name, on in (("numpy", None), ("device", device)):
        weight, done = weights(on, sweeps)
        alpha = reading_prior(size.topics)
        result[f"sweeps_{name}"] = done
        result[f"perplexity_{name}"] = round(perplexity(held_out, weight, alpha=alpha, seed=seed), 3)
    return result


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
    parser.add_argument("--sweeps", type=int, default=50, help="at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="few documents: some seconds on a CPU")
    parser.add_argument("--out", type=Path, help="the JSON file; $OUT/topics.json where $OUT is set")
    options = parser.parse_args()
    out = options.out or Path(os.environ.get("OUT", ".")) / "topics.json"
    import torch

    on_gpu = options.device.startswith("cuda")
    size = QUICK if options.quick else FULL
    sweeps = min(options.sweeps, 10) if options.quick else options.sweeps
    result: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python", "scripts/gpu/topics.py", *sys.argv[1:]]),
        "commit": commit(),
        "device": torch.cuda.get_device_name(options.device) if on_gpu else f"{os.cpu_count()} cores",
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "seed": options.seed,
    }
    result["small"] = equality(
        SMALL._replace(documents=1_000) if options.quick else SMALL, options.device, sweeps, options.seed
    )
    peak(options.device)
    result["large"] = large(size, options.device, sweeps, options.seed)
    text = json.dumps(result, indent=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()

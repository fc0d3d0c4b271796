"""Measures what topics of all three levels cost a report, and how much memory they need, on reports of the sample.

    python scripts/bench_topics_time.py --home DIR [--reports 1600 6400 25600] [--memory 20000 200000] [--old TREE] [--rounds 3]

The corpora are made as in `bench_million.py` and taken through `parse` and `link`, once for a folder; that is not counted. Then
`radmine topics` runs as a command, start and imports included, from nothing. The time at the margin is what each further report
adds between two sizes, of the least processor time of the rounds. Past `fit_reports` (20,000) the fit is made on a part, spread evenly, and
what each report adds is its reading and its rows. `--old` is a checkout of another version that runs on the same tables beside it, in
turns. Memory is the most that the process has held (VmHWM).
"""

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from bench_machine import heading, markdown
from bench_million import make_corpus, run_stage

from radmine.corpus import Corpus

NAME = "million"
MADE = ("topics", "topic_mixtures", "sentence_topics", "image_topics", "models")


def read_corpus(home: Path, reports: int, seed: int) -> Path:
    """Return a folder with a corpus of so many reports, parsed and linked."""
    folder = home / str(reports)
    folder.mkdir(parents=True, exist_ok=True)
    make_corpus(folder, reports=reports, seed=seed, workers=2)
    for stage in ("parse", "link"):
        if Corpus.open(NAME, home=folder).manifest(stage) is None:
            run_stage(folder, stage, 2)
    return folder


def measure(folder: Path, tree: Path) -> tuple[float, int]:
    """Return processor seconds and megabytes of a run from nothing."""
    corpus = Corpus.open(NAME, home=folder).folder
    for table in MADE:
        shutil.rmtree(corpus / table, ignore_errors=True)
    for manifest in (corpus / "manifests").glob("topics*"):
        manifest.unlink()
    os.environ["PYTHONPATH"] = str(tree)
    os.chdir(tree)  # else the checkout that stands here would run
    found = run_stage(folder, "topics", 1)
    return found["cpu"], found["memory"][-1]


def cost_rows(
    home: Path, sizes: Sequence[int], trees: dict[str, Path], rounds: int, seed: int
) -> Iterator[tuple[object, ...]]:
    found: dict[tuple[str, int], float] = {}
    for size in sizes:
        folder = read_corpus(home, size, seed)
        for _ in range(rounds):
            for name, tree in trees.items():
                cpu, _ = measure(folder, tree)
                found[name, size] = min(cpu, found.get((name, size), cpu))
    for name in trees:
        for before, size in pairwise((0, *sizes)):
            seconds = found[name, size]
            margin = (seconds - found[name, before]) / (size - before) * 1000 if before else None
            yield name, f"{size:,}", f"{seconds:.2f}", "" if margin is None else f"{margin:.3f}"


def memory_rows(home: Path, sizes: Sequence[int], tree: Path, seed: int) -> Iterator[tuple[object, ...]]:
    last: tuple[int, float] | None = None
    for size in sizes:
        cpu, memory = measure(read_corpus(home, size, seed), tree)
        margin = "" if last is None else f"{(cpu - last[1]) / (size - last[0]) * 1000:.3f}"
        last = size, cpu
        yield f"{size:,}", f"{cpu:.1f}", margin, memory


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True, help="where the corpora are, or are made")
    parser.add_argument("--reports", type=int, nargs="+", default=[1600, 6400, 25600])
    parser.add_argument("--memory", type=int, nargs="*", default=[20_000, 200_000])
    parser.add_argument("--old", type=Path, help="a checkout of another version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    own = Path(__file__).resolve().parent.parent
    trees = {"this": own, **({"old": options.old.resolve()} if options.old else {})}
    home = options.home.resolve()
    print(heading(), "\n")
    columns = ("version", "reports", "CPU s", "ms a further report")
    print(
        markdown(columns, cost_rows(home, options.reports, trees, options.rounds, options.seed)),
        "\n",
        flush=True,
    )
    columns = ("reports", "CPU s", "ms a further report", "most memory, MB")
    print(markdown(columns, memory_rows(home, options.memory, own, options.seed)), flush=True)


if __name__ == "__main__":
    main()

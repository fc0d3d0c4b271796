"""Measure what every stage, opening an index and searching in it cost with two states of the code, in turns.

    python scripts/bench_trees.py OLD [--reports 400] [--texts 20000] [--rounds 5] [--seed 0]

OLD is another checkout of the repository (`git worktree add OLD COMMIT`); this one is compared with it. Both work on the
same sources, made once with this one's generator: a sample of reports and DICOM (ingest, pixels), and a CSV of texts (all
stages but those of images, and the search). Seconds are those of the stage as its manifest has them; processor seconds
are of the whole command, start and imports counted. The least of the rounds: what else the machine does only adds to it.
The order of the two changes each round.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench_machine import commit, heading, markdown

from radmine.sample import generate_reports, write_sample

HERE = Path(__file__).resolve().parent.parent
IMAGES, TEXTS = ("ingest", "link", "pixels"), ("ingest", "parse", "link", "topics", "label", "embed", "index")
SEARCH = """
import sys, time
from statistics import median
from radmine.search import open_index
queries = ["pleural effusion", "no pneumothorax", "small nodule right upper lobe", "cardiomegaly", "fracture of the rib"]
begin = time.perf_counter()
index = open_index(sys.argv[1])
opened = time.perf_counter() - begin
index.search(text=queries[0])
first = time.perf_counter() - begin
took = []
for _ in range(40):
    for query in queries:
        begin = time.perf_counter()
        index.search(text=query)
        took.append(time.perf_counter() - begin)
print(opened, first, median(took))
"""

Times = dict[str, dict[str, list[float]]]  # what -> tree -> numbers


def run(tree: Path, home: Path, *arguments: str) -> tuple[str, float]:
    """Return what a Python process with a tree's code printed, and its processor seconds."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "RADMINE_HOME": str(home), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles all
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:4])} failed with {tree}: {done.stderr[-2000:]}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stages(
    tree: Path, home: Path, name: str, source: Path, names: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Return seconds and processor seconds of each stage of a fresh corpus."""
    radmine, found = ("-m", "radmine.cli"), {}
    for stage in names:
        how = ("ingest", name, str(source)) if stage == "ingest" else ("run", name, "--through", stage)
        _, processor = run(tree, home, *radmine, *how)
        printed, _ = run(tree, home, *radmine, "status", name, "--json")
        status = {row["stage"]: row for row in map(json.loads, printed.splitlines())}
        found[stage] = (status[stage]["seconds"], processor)
    return found


def make_sources(folder: Path, *, reports: int, texts: int, seed: int) -> tuple[Path, Path]:
    """Return the sample's source and a folder with a CSV of texts, made below a folder."""
    write_sample(folder / "sample", reports=reports, seed=seed)
    (folder / "texts").mkdir()
    with (folder / "texts" / "reports.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["report_id", "patient_id", "text"])
        for drawn in generate_reports(texts, seed=seed):
            writer.writerow([drawn.report.report_id, drawn.report.patient_id, drawn.report.text])
    return folder / "sample" / "source", folder / "texts"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("--reports", type=int, default=400)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    trees = {"old": options.old.resolve(), "new": HERE}
    wall, processor = (defaultdict(lambda: defaultdict(list)) for _ in range(2))
    with tempfile.TemporaryDirectory() as made:
        images, texts = make_sources(
            Path(made), reports=options.reports, texts=options.texts, seed=options.seed
        )
        for number in range(options.rounds):
            for tree in (("old", "new"), ("new", "old"))[number % 2]:
                with tempfile.TemporaryDirectory() as home:
                    for kind, source, names in (("images", images, IMAGES), ("texts", texts, TEXTS)):
                        for stage, took in stages(trees[tree], Path(home), kind, source, names).items():
                            wall[f"{stage}, {kind}"][tree].append(took[0])
                            processor[f"{stage}, {kind}"][tree].append(took[1])
                    printed, _ = run(
                        trees[tree], Path(home), "-c", SEARCH, str(Path(home) / "indexes" / "texts")
                    )
                    for what, value in zip(
                        ("open", "open and first query", "a query"), printed.split(), strict=True
                    ):
                        wall[f"search: {what}"][tree].append(float(value))
            print(f"round {number + 1} of {options.rounds} at {time.strftime('%H:%M:%S')}", file=sys.stderr)
    rows = [
        (what, *pair(numbers), *(pair(processor[what]) if what in processor else ("", "", "")))
        for what, numbers in wall.items()
    ]
    old = subprocess.run(
        ["git", "-C", str(options.old), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    print(heading().replace(str(options.old), "OLD") + f", OLD {old.stdout.strip()} (this is {commit()})\n")
    columns = ("what", "s, old", "s, new", "ratio", "processor s, old", "processor s, new", "ratio")
    print(markdown(columns, rows))


def pair(numbers: dict[str, list[float]]) -> tuple[str, str, str]:
    """Return the least of the two trees' numbers, and their ratio."""
    old, new = min(numbers["old"]), min(numbers["new"])
    return f"{old:.4g}", f"{new:.4g}", f"{new / old:.3f}" if old else ""


if __name__ == "__main__":
    main()

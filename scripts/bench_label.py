"""Measures labels on real reports: quality, each split by text into a development and a test part, and speed.

    python scripts/bench_label.py --data ../shared/data [--json] [--development] [--errors labels|abnormal] [--kinds words ...]

The parts are those of `bench_parse.py`. The rules were written looking at the development part only, which is also what the
trained voters and classifiers learn from. Their rows of the development part are cross-validated: a text is judged by what
was trained without it. `--development` leaves the test part alone; `--errors` shows the development part's errors.
"""

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from bench_machine import heading
from bench_parse import PARTS, Report, Row, f1, measure_openi, part_of, read_openi, table

from radmine.findings import to_scheme
from radmine.label import abnormal_probability, label_report, train_abnormal
from radmine.label.answers.truth import TruthTable, read_truth
from radmine.label.voters.folds import fold_of
from radmine.label.voters.training import KINDS, train_on_reports
from radmine.parse import parse_report
from radmine.records import Assertion

FOLDS = 5
TASKS = {
    "rules": "Open-i reports, rules",
    "trained": "Open-i reports, rules and voters trained on the rules' labels",
    "taught": "Open-i reports, rules and voters trained on the MeSH truth",
}


def present_labels(report: Report, voters: Path | None = None) -> frozenset[str]:
    """Return the labels of ChestX-ray14 that a report gets as present."""
    labels = to_scheme(label_report(report.whole, voters=voters), "chestxray14")
    return frozenset(n for n, label in labels.items() if label.assertion is Assertion.PRESENT) - {
        "No Finding"
    }


def train(reports: list[Report], folder: Path, truth: TruthTable | None, kinds: list[str]) -> None:
    """Train voters on reports, with the truth of those that have one."""
    train_on_reports(
        [parse_report(r.whole) for r in reports],
        folder,
        truth=[truth.answers.get(r.name) for r in reports] if truth else None,
        groups=truth.groups if truth else None,
        kinds=kinds,
    )


def measure_reports(
    reports: list[Report], split: str, task: str, labels: Callable[[Report], frozenset[str]]
) -> list[Row]:
    """Return micro F1 of "present" against the labels made from the manual headings, of 8 and of 14 findings."""
    return measure_openi(reports, split, None, task=TASKS[task], labels=labels)[:2]


def cross_validated(
    reports: list[Report], truth: TruthTable | None, kinds: list[str], task: str
) -> list[Row]:
    """Return the same for the development part, each report labelled by voters trained without it."""
    development = [r for r in reports if r.text and part_of(r.text) == PARTS[0]]
    found: dict[str, frozenset[str]] = {}
    for fold in range(FOLDS):
        with tempfile.TemporaryDirectory() as folder:
            train([r for r in development if _fold(r.text) != fold], Path(folder), truth, kinds)
            found |= {r.name: present_labels(r, Path(folder)) for r in development if _fold(r.text) == fold}
    rows = measure_reports(reports, PARTS[0], task, lambda r: found[r.name])
    return [replace(row, split=f"{row.split}, cross-validated") for row in rows]


def _fold(text: str) -> int:
    return fold_of(f"bench {text}", FOLDS)  # not the folds inside the training


def read_sentences(path: Path) -> list[tuple[str, bool]]:
    """Return sentences and whether a person called them abnormal."""
    with path.open(encoding="utf-8") as stream:
        return [(row["sentence"], row["abnormal"] == "1") for row in csv.DictReader(stream)]


def measure_abnormal(
    rows: list[tuple[str, bool]], split: str, said: Callable[[str], float], task: str, show: bool = False
) -> Row:
    """Return F1 of "abnormal" at a probability of one half."""
    chosen = [(text, label) for text, label in rows if part_of(text) == split]
    answers = [said(text) >= 0.5 for text, _ in chosen]
    if show:
        for answer, (text, label) in zip(answers, chosen, strict=True):
            if answer != label:
                print(f"{'missed' if label else 'wrong'}: {text}")
    both = sum(a and label for a, (_, label) in zip(answers, chosen, strict=True))
    value = f1(sum(label for _, label in chosen), sum(answers), both)
    return Row(f"abnormal sentences, {task}", split, len(chosen), "F1", value)


def cross_validated_abnormal(rows: list[tuple[str, bool]]) -> Row:
    """Return the same for the development part, each sentence judged by a classifier trained without it."""
    development = [row for row in rows if part_of(row[0]) == PARTS[0]]
    found: dict[str, float] = {}
    for fold in range(FOLDS):
        with tempfile.TemporaryDirectory() as folder:
            train_abnormal([row for row in development if _fold(row[0]) != fold], folder)
            found |= {
                text: abnormal_probability(text, model=folder)
                for text, _ in development
                if _fold(text) == fold
            }
    row = measure_abnormal(rows, PARTS[0], found.__getitem__, "trained")
    return replace(row, split=f"{row.split}, cross-validated")


def speed(work: Callable[[str], object], texts: list[str]) -> float:
    """Return how many texts are worked through in a second, on one core, each text once."""
    start = time.perf_counter()
    for text in texts:
        work(text)
    return len(texts) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of openi/")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--development", action="store_true", help="leave the test part alone")
    parser.add_argument("--errors", choices=("labels", "abnormal"), help="show the development part's errors")
    parser.add_argument("--kinds", nargs="+", choices=sorted(set(KINDS) - {"topics"}), default=["words"])
    options = parser.parse_args()
    reports = read_openi(options.data / "openi")
    sentences = read_sentences(options.data / "openi" / "sentences-normal-abnormal.csv")
    rows: list[Row] = []
    if options.errors:
        measure_openi(reports, PARTS[0], "openi", labels=present_labels)
        rows.append(
            measure_abnormal(sentences, PARTS[0], abnormal_probability, "rules", options.errors == "abnormal")
        )
    else:
        texts = [r.whole for r in reports if r.whole]
        rows.append(Row(TASKS["rules"], "all", len(texts), "reports a second", speed(label_report, texts)))
        truth = read_truth(options.data / "openi" / "findings-from-mesh.csv", scheme="chestxray14")
        tables = {"trained": None, "taught": truth}
        for split in PARTS[:1] if options.development else PARTS:
            rows += measure_reports(reports, split, "rules", present_labels)
            rows.append(measure_abnormal(sentences, split, abnormal_probability, "rules"))
        for task, learnt in tables.items():
            rows += cross_validated(reports, learnt, options.kinds, task)
        rows.append(cross_validated_abnormal(sentences))
        if not options.development:
            rows += measure_test(reports, sentences, tables, options.kinds)
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    print(heading() + ", one core\n")
    print(table(rows))


def measure_test(
    reports: list[Report],
    sentences: list[tuple[str, bool]],
    tables: dict[str, TruthTable | None],
    kinds: list[str],
) -> list[Row]:
    """Return the rows of the test part for what is trained on the development part."""
    rows: list[Row] = []
    development = [r for r in reports if r.text and part_of(r.text) == PARTS[0]]
    for task, learnt in tables.items():
        with tempfile.TemporaryDirectory() as folder:
            train(development, Path(folder), learnt, kinds)
            labels = partial(present_labels, voters=Path(folder))
            rows += measure_reports(reports, PARTS[1], task, labels)
            if task == "taught":
                texts = [r.whole for r in development]
                rate = speed(lambda text, folder=folder: label_report(text, voters=folder), texts)
                rows.append(Row(TASKS[task], PARTS[0], len(texts), "reports a second", rate))
    with tempfile.TemporaryDirectory() as folder:
        train_abnormal([row for row in sentences if part_of(row[0]) == PARTS[0]], folder)
        rows.append(
            measure_abnormal(sentences, PARTS[1], partial(abnormal_probability, model=folder), "trained")
        )
    return rows


if __name__ == "__main__":
    main()

"""Measures labels on real reports: quality, each split by text into a development and a test part, and speed.

    python scripts/bench_label.py --data ../shared/data [--json] [--errors labels|abnormal]

The parts are those of `bench_parse.py`. The rules were written looking at the development part only, which is also what the
trained models learn from; `--errors` shows that part alone.
"""

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench_machine import heading
from bench_parse import PARTS, Report, Row, f1, measure_openi, part_of, read_openi, table

from radmine.findings import to_scheme
from radmine.label import abnormal_probability, label_report, train_abnormal
from radmine.label.reading import read_report
from radmine.label.trained import train_voters
from radmine.records import Assertion


def present_labels(report: Report, voters: Path | None = None) -> frozenset[str]:
    """Return the labels of ChestX-ray14 that a report gets as present."""
    labels = to_scheme(label_report(report.whole, voters=voters), "chestxray14")
    return frozenset(n for n, label in labels.items() if label.assertion is Assertion.PRESENT) - {
        "No Finding"
    }


def measure_reports(reports: list[Report], split: str, voters: Path | None) -> list[Row]:
    """Return micro F1 of "present" against the labels made from the manual headings, of 8 and of 14 findings."""
    task = f"Open-i reports, {'rules and text voter' if voters else 'rules'}"
    return measure_openi(reports, split, None, task=task, labels=partial(present_labels, voters=voters))[:2]


def read_sentences(path: Path) -> list[tuple[str, bool]]:
    """Return sentences and whether a person called them abnormal."""
    with path.open(encoding="utf-8") as stream:
        return [(row["sentence"], row["abnormal"] == "1") for row in csv.DictReader(stream)]


def measure_abnormal(rows: list[tuple[str, bool]], split: str, model: Path | None, show: str | None) -> Row:
    """Return F1 of "abnormal" at a probability of one half."""
    chosen = [(text, label) for text, label in rows if part_of(text) == split]
    said = [abnormal_probability(text, model=model) >= 0.5 for text, _ in chosen]
    if show == "abnormal":
        for answer, (text, label) in zip(said, chosen, strict=True):
            if answer != label:
                print(f"{'missed' if label else 'wrong'}: {text}")
    both = sum(a and label for a, (_, label) in zip(said, chosen, strict=True))
    value = f1(sum(label for _, label in chosen), sum(said), both)
    return Row(f"abnormal sentences, {'trained' if model else 'rules'}", split, len(chosen), "F1", value)


def speed(work: Callable[[str], object], texts: list[str]) -> float:
    """Return how many texts are worked through in a second, on one core, each text once."""
    start = time.perf_counter()
    for text in texts:
        work(text)
    return len(texts) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of openi/")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--errors", choices=("labels", "abnormal"), help="show the development part's errors")
    options = parser.parse_args()
    reports = read_openi(options.data / "openi")
    sentences = read_sentences(options.data / "openi" / "sentences-normal-abnormal.csv")
    rows: list[Row] = []
    if options.errors:
        measure_openi(reports, PARTS[0], "openi", labels=present_labels)
        rows.append(measure_abnormal(sentences, PARTS[0], None, options.errors))
    else:
        texts = [r.whole for r in reports if r.whole]
        rows.append(
            Row("Open-i reports, rules", "all", len(texts), "reports a second", speed(label_report, texts))
        )
        with tempfile.TemporaryDirectory() as folder:
            voters, model = Path(folder) / "voters", Path(folder) / "abnormal"
            development = [r.whole for r in reports if r.text and part_of(r.text) == PARTS[0]]
            train_voters(map(read_report, development), voters)
            train_abnormal([row for row in sentences if part_of(row[0]) == PARTS[0]], model)
            for split in PARTS:
                rows += measure_reports(reports, split, None)
                rows.append(measure_abnormal(sentences, split, None, None))
            rows += measure_reports(reports, PARTS[1], voters)
            rows.append(measure_abnormal(sentences, PARTS[1], model, None))
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    print(heading() + ", one core\n")
    print(table(rows))


if __name__ == "__main__":
    main()

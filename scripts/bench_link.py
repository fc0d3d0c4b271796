"""Measures reading of references to images: quality on a table of sentences, speed on it and on report sentences.

python scripts/bench_link.py --data ../shared/data [--json] [--errors]
"""

import argparse
import csv
import json
import time
from pathlib import Path

from bench_machine import heading

from radmine.link import find_references


def read_patterns(path: Path) -> list[tuple[str, str]]:
    """Return sentences and their references in short notation."""
    with path.open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["text"].replace("\\n", "\n"), row["expected"]) for row in rows]


def read_sentences(path: Path) -> list[str]:
    """Return the sentences of a table of labelled sentences."""
    with path.open(encoding="utf-8") as stream:
        return [row["sentence"] for row in csv.DictReader(stream)]


def speed(sentences: list[str], *, seconds: float = 2.0) -> float:
    """Return how many sentences are read in a second, on one core."""
    done, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds:
        for sentence in sentences:
            find_references(sentence)
        done += len(sentences)
    return done / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of reference_patterns.tsv and openi/"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--errors", action="store_true", help="show the sentences that are read wrongly")
    options = parser.parse_args()
    patterns = read_patterns(options.data / "reference_patterns.tsv")
    found = [";".join(map(str, find_references(text))) or "-" for text, _ in patterns]
    right = sum(f == expected for f, (_, expected) in zip(found, patterns, strict=True))
    reports = read_sentences(options.data / "openi" / "sentences-normal-abnormal.csv")
    rows = [
        {
            "task": "reference patterns",
            "n": len(patterns),
            "quality": "all references right",
            "value": right / len(patterns),
        },
        {
            "task": "reference patterns",
            "n": len(patterns),
            "quality": "sentences a second",
            "value": speed([t for t, _ in patterns]),
        },
        {
            "task": "report sentences",
            "n": len(reports),
            "quality": "sentences a second",
            "value": speed(reports),
        },
    ]
    if options.errors:
        for f, (text, expected) in zip(found, patterns, strict=True):
            if f != expected:
                print(f"{text!r}\n    expected {expected}, found {f}")
    if options.json:
        for row in rows:
            print(json.dumps(row))
        return
    print(heading() + ", one core\n")
    print("| task | n | quality | value |\n|---|---:|---|---:|")
    for row in rows:
        print(f"| {row['task']} | {row['n']:,} | {row['quality']} | {row['value']:,.4g} |")


if __name__ == "__main__":
    main()

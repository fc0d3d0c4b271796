"""Measures parse on real reports: quality and speed, each split by text into a development and a test part.

    python scripts/bench_parse.py --data FOLDER [--json] [--errors development]

`FOLDER` holds `openi/` (reports and findings mapped from MeSH headings) and `negex/` (annotated clinical sentences).
A text belongs to the part that the hash of its normalised words says, so equal texts never straddle. Lexicon and rules
are tuned on the development part only; `--errors` lists what is wrong there, and refuses the test part.
"""

import argparse
import csv
import hashlib
import io
import json
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from bench_machine import heading

from radmine.findings import to_scheme
from radmine.parse import assert_spans, parse_report
from radmine.parse.reader import read_sentence
from radmine.records import Assertion, Experiencer, Label, Temporality

PARTS = ("development", "test")
EIGHT = {"Atelectasis", "Cardiomegaly", "Effusion", "Pneumonia", "Pneumothorax", "Consolidation", "Edema"}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    task: str
    split: str
    n: int
    quality: str
    value: float
    per_second: float | None = None


@dataclass(frozen=True)
class Report:
    """A report of Open-i: its whole text, its findings and impression, and its true labels (None: not labelled)."""

    name: str
    whole: str
    text: str
    truth: frozenset[str] | None


def part_of(text: str) -> str:
    """Return the part that a text belongs to."""
    words = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return PARTS[hashlib.blake2b(words.encode(), digest_size=1).digest()[0] % 2]


def read_openi(folder: Path) -> list[Report]:
    """Return the reports of Open-i, with the 14 labels that their headings map to."""
    with (folder / "findings-from-mesh.csv").open(encoding="utf-8") as stream:
        truth = {
            row.pop("filename"): frozenset(k for k, v in row.items() if v == "1" and k != "normal")
            for row in csv.DictReader(stream)
        }
    reports = []
    with tarfile.open(folder / "openi-reports.tgz") as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".xml"):
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            root = ElementTree.parse(stream).getroot()
            parts = [(e.get("Label") or "", "".join(e.itertext()).strip()) for e in root.iter("AbstractText")]
            name = next(e.get("id") or "" for e in root.iter("uId"))
            whole = "\n".join(f"{label}: {text}" for label, text in parts if text)
            main = "\n".join(f"{k}: {t}" for k, t in parts if t and k in {"FINDINGS", "IMPRESSION"})
            reports.append(Report(name, whole, main, truth.get(name)))
    return reports


def labels_of(text: str) -> frozenset[str]:
    """Return the labels that a report's text says are present now in the patient."""
    present = {
        m.finding: Label(Assertion.PRESENT, 1.0)
        for m in parse_report(text).mentions
        if m[3:6] == (Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT)
    }
    return frozenset(to_scheme(present, "chestxray14")) - {"No Finding"}


def f1(true: int, found: int, both: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * both / (true + found) if true + found else 1.0


def merged(names: frozenset[str]) -> frozenset[str]:
    """Return the labels of the 8 findings common to all peers among these; Nodule and Mass are one."""
    return (names & EIGHT) | ({"Nodule or Mass"} if names & {"Nodule", "Mass"} else frozenset())


def measure_openi(
    reports: list[Report],
    split: str,
    show: str | None,
    *,
    task: str = "Open-i labels",
    labels: Callable[[Report], frozenset[str]] | None = None,
) -> list[Row]:
    """Return the agreement of the labels (those of the mentions alone, if None) with the truth, in one part."""
    chosen = [r for r in reports if r.truth is not None and r.text and part_of(r.text) == split]
    counts = {8: [Counter[str]() for _ in range(3)], 14: [Counter[str]() for _ in range(3)]}
    for report in chosen:
        truth = report.truth or frozenset()
        found = labels(report) if labels else labels_of(report.text)
        for many, (t, f) in {8: (merged(truth), merged(found)), 14: (truth, found)}.items():
            for counter, names in zip(counts[many], (t, f, t & f), strict=True):
                counter.update(names)
        for label in sorted(found ^ truth) if show in {"openi", "all"} else ():
            print(f"{'missed' if label in truth else 'wrong'}\t{label}\t{report.name}\t{report.text!r}")
    n = len(chosen)
    rows = [
        Row(task, split, n, f"micro F1, {many} findings", f1(*(c.total() for c in counts[many])))
        for many in counts
    ]
    true, found_, both = counts[14]
    return rows + [
        Row(task, split, true[k], f"F1 {k}", f1(true[k], found_[k], both[k])) for k in sorted(true)
    ]


def measure_negex(folder: Path, split: str, show: str | None) -> list[Row]:
    """Return the agreement with the annotated sentences of one part."""
    tallies: dict[str, Counter[tuple[bool, bool]]] = {"negated": Counter(), "historical": Counter()}
    n = 0
    started = time.process_time()
    with (folder / "annotations.tsv").open(encoding="utf-8", newline="") as stream:
        for row in list(csv.reader(io.StringIO(stream.read()), delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            _, condition, sentence, negation, when, _ = row[:6]
            sentence = sentence.strip('"')
            if part_of(sentence) != split:
                continue
            n += 1
            condition = condition.strip('" ')  # the sentence has it in capitals
            start = max(sentence.find(condition.upper()), sentence.lower().find(condition.lower()))
            span = (start, start + len(condition)) if start >= 0 else (0, len(sentence))
            ((assertion, time_, _),) = assert_spans(sentence, [span])
            pairs = [("negated", negation == "Negated", assertion is Assertion.ABSENT)]
            if when in {"Historical", "Recent"}:
                pairs.append(("historical", when == "Historical", time_ is Temporality.HISTORICAL))
            for task, true, said in pairs:
                tallies[task][true, said] += 1
                if true != said and show in {"negex", "all"}:
                    print(f"{'missed' if true else 'wrong'}\t{task}\t{condition}\t{sentence}")
    rate = n / (time.process_time() - started)
    return [
        Row(
            "NegEx sentences",
            split,
            sum(t.values()),
            f"F1 {task}",
            f1(t[True, True] + t[True, False], t[True, True] + t[False, True], t[True, True]),
            rate if task == "negated" else None,
        )
        for task, t in tallies.items()
    ]


def measure_speed(texts: list[str], task: str) -> list[Row]:
    """Return reports a second on one core: the first time, and with the sentences read once (the best of five)."""
    parse_report("FINDINGS: The heart is enlarged.")  # the lexicon is loaded once
    seconds = []
    for _ in range(6):
        if not seconds:
            read_sentence.cache_clear()
        started = time.process_time()
        mentions = sum(len(parse_report(text).mentions) for text in texts)
        seconds.append(time.process_time() - started)
    size = len(texts)
    return [
        Row(task, "all, sentences new", size, "mentions a report", mentions / size, size / seconds[0]),
        Row(
            task, "all, sentences known", size, "mentions a report", mentions / size, size / min(seconds[1:])
        ),
    ]


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown."""
    lines = ["| task | split | n | quality | value | a second |", "|---|---|---:|---|---:|---:|"]
    for r in rows:
        rate = "" if r.per_second is None else f"{r.per_second:,.0f}"
        lines.append(f"| {r.task} | {r.split} | {r.n:,} | {r.quality} | {r.value:.3f} | {rate} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument(
        "--errors", choices=("openi", "negex", "all"), help="list the development part's errors"
    )
    options = parser.parse_args()
    reports = read_openi(options.data / "openi")
    rows: list[Row] = []
    for split in PARTS[:1] if options.errors else PARTS:
        rows += measure_openi(reports, split, options.errors)
        rows += measure_negex(options.data / "negex", split, options.errors)
    if not options.errors:
        texts = [r.text for r in reports if r.text]
        rows += measure_speed(texts, "Open-i findings and impression")
        rows += measure_speed([r.whole for r in reports if r.whole], "Open-i whole text")
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    print(heading() + ", one core\n")
    print(table(rows))


if __name__ == "__main__":
    main()

"""Measures labels of chest CT reports against CT-RATE's 18 labels by hand: rules, voters taught by them, and a peer.

    python scripts/bench_ctrate.py --data FOLDER [--truth test.csv] [--json]

`FOLDER` holds `ctrate/train.csv` (`AccessionNo`, `report_text`, a column for each label). What learns is cross-validated: a report is
judged by what was trained without it, with equal texts in one fold. The peer is TF-IDF with logistic regression, in the
same folds: words and pairs of words, classes weighed as they are rare. `--truth` names another such file, on which the rules, and voters
and the peer taught by all of `train.csv`, are scored besides. The lexicon was written looking at the half of `train.csv` called
development (`bench_parse.part_of`); the rules are scored on each half too.
"""

import argparse
import csv
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench_machine import heading
from bench_parse import PARTS, Row, f1, part_of, table

from radmine.findings import schemes, to_scheme
from radmine.label.answers.truth import TruthTable, read_truth
from radmine.label.report import label_read
from radmine.label.voters.folds import fold_of
from radmine.label.voters.training import train_on_reports
from radmine.parse import parse_report
from radmine.records import Assertion, ReadReport

FOLDS = 5
SCHEME = "ctrate"
TASK = "CT-RATE reports"
RULES, TAUGHT, PEER = "radmine, rules", "radmine, voters taught", "TF-IDF, logistic regression"
Found = list[frozenset[str]]


def read_reports(path: Path) -> tuple[list[str], list[str], Found]:
    """Return the names, texts and true labels of a file."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = schemes()[SCHEME].labels
    truth = [frozenset(n for n in names if row[n] == "1") for row in rows]
    return [row["AccessionNo"] for row in rows], [row["report_text"] for row in rows], truth


def our_labels(reads: Sequence[ReadReport], voters: Path | None = None) -> Found:
    """Return the labels that reports get as present."""
    said = (to_scheme(label_read(read, voters=voters), SCHEME) for read in reads)
    return [frozenset(n for n, label in of.items() if label.assertion is Assertion.PRESENT) for of in said]


def taught_labels(
    names: Sequence[str], reads: Sequence[ReadReport], truth: TruthTable, asked: Sequence[ReadReport]
) -> Found:
    """Return the labels that voters give which these reports taught."""
    with tempfile.TemporaryDirectory() as folder:
        train_on_reports(
            reads,
            folder,
            truth=[truth.answers.get(name) for name in names],
            groups=truth.groups,
            kinds=(),  # what truth teaches decides: others do not overturn it
        )
        return our_labels(asked, Path(folder))


def peer_labels(texts: Sequence[str], truth: Found, asked: Sequence[str]) -> Found:
    """Return the labels that TF-IDF with logistic regression gives which these reports taught."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    seen, new = words.fit_transform(texts), words.transform(asked)
    found: list[set[str]] = [set() for _ in asked]
    for name in schemes()[SCHEME].labels:
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
        model.fit(seen, [name in labels for labels in truth])
        for labels, said in zip(found, model.predict(new), strict=True):
            if said:
                labels.add(name)
    return list(map(frozenset, found))


def cross_validated(texts: Sequence[str], label: Callable[[list[int], list[int]], Found]) -> Found:
    """Return the labels of each report, by what learnt from the other folds."""
    fold = [fold_of(f"bench {text}", FOLDS) for text in texts]
    found: Found = [frozenset()] * len(texts)
    for number in range(FOLDS):
        asked = [place for place, own in enumerate(fold) if own == number]
        learnt = [place for place, own in enumerate(fold) if own != number]
        for place, labels in zip(asked, label(learnt, asked), strict=True):
            found[place] = labels
    return found


def score(who: str, split: str, truth: Found, found: Found, *, each: bool = False) -> list[Row]:
    """Return micro and macro F1, and that of each label."""
    counts = {
        name: tuple(
            sum(name in labels for labels in of)
            for of in (truth, found, [t & f for t, f in zip(truth, found, strict=True)])
        )
        for name in schemes()[SCHEME].labels
    }
    values = {name: f1(*count) for name, count in counts.items()}
    micro = f1(*(sum(column) for column in zip(*counts.values(), strict=True)))
    n = len(truth)
    rows = [
        Row(TASK, split, n, "micro F1, 18 labels", micro, who=who),
        Row(TASK, split, n, "macro F1, 18 labels", sum(values.values()) / len(values), who=who),
    ]
    if each:
        rows += [Row(TASK, split, counts[k][0], f"F1 {k}", value, who=who) for k, value in values.items()]
    return rows


def measure(train: Path, test: Path | None) -> list[Row]:
    """Return the rows of the table."""
    names, texts, truth = read_reports(train)
    answers = read_truth(train, scheme=SCHEME)
    reads = [parse_report(text) for text in texts]
    rules = our_labels(reads)
    rows = []
    for part in PARTS:
        of = [place for place, text in enumerate(texts) if part_of(text) == part]
        rows += score(RULES, f"{part} half", [truth[i] for i in of], [rules[i] for i in of])
    rows += score(RULES, "all", truth, rules, each=True)

    def taught(learnt: list[int], asked: list[int]) -> Found:
        some = [reads[i] for i in learnt]
        return taught_labels([names[i] for i in learnt], some, answers, [reads[i] for i in asked])

    def peer(learnt: list[int], asked: list[int]) -> Found:
        return peer_labels([texts[i] for i in learnt], [truth[i] for i in learnt], [texts[i] for i in asked])

    rows += score(TAUGHT, "all, cross-validated", truth, cross_validated(texts, taught), each=True)
    rows += score(PEER, "all, cross-validated", truth, cross_validated(texts, peer))
    if test is not None:
        _, asked, known = read_reports(test)
        new = [parse_report(text) for text in asked]
        rows += score(RULES, test.stem, known, our_labels(new))
        rows += score(TAUGHT, test.stem, known, taught_labels(names, reads, answers, new))
        rows += score(PEER, test.stem, known, peer_labels(texts, truth, asked))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of ctrate/")
    parser.add_argument("--truth", type=Path, help="a file like train.csv to score besides")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    rows = measure(options.data / "ctrate" / "train.csv", options.truth)
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    print(heading() + ", one core\n")
    print(table(rows))


if __name__ == "__main__":
    main()

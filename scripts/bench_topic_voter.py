"""Measures what the topic voter adds to the rules on Open-i, where the MeSH headings say what is true.

    python scripts/bench_topic_voter.py --data ../shared/data [--topics 20 80] [--development] [--seed 0] [--json]

Truth, parts and findings are those of `bench_label.py`: the voters learn on the development part (from the rules' labels, or from the
headings as well), and so does the topic model, which never sees a report that is judged. The development part is cross-validated
in five folds by text; the test part is labelled by what learnt on all of the development part. Intervals are of the difference
to the same labels without the voter, by 2,000 draws of whole reports (percentile bootstrap).

Two ways to make labels of votes: "as shipped" is the panel, in which what learnt from the rules overturns none of theirs;
"weighed" has the label model weigh all votes. A voter "alone" has its present votes for labels.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from bench_label import FOLDS, _fold
from bench_machine import heading, markdown
from bench_parse import EIGHT, FOURTEEN, PARTS, Report, merged, part_of, read_openi

from radmine.errors import InputError
from radmine.findings import to_scheme
from radmine.label.answers.truth import TruthTable, read_truth
from radmine.label.panel import Panel, load_panel
from radmine.label.voters.training import train_on_reports
from radmine.parse import parse_report
from radmine.records import Assertion, Label, ReadReport
from radmine.topics import TopicsSettings, report_words
from radmine.topics.fitting import Fitting, Texts, fit_topics
from radmine.topics.odds import finding_words
from radmine.topics.sentences import FINDING
from radmine.topics.stage import reading

DRAWS = 2000
FINDINGS = {14: sorted(FOURTEEN), 8: sorted((EIGHT - {"Nodule", "Mass"}) | {"Nodule or Mass"})}
LEARNT = ("rules", "rules and MeSH")
WAYS = ("as shipped", "weighed", "alone")
Found = list[frozenset[str]]


@dataclass(frozen=True)
class Setup:
    """Who votes beside the rules (and what truth taught), and how votes become labels."""

    kinds: tuple[str, ...]
    topics: int  # 0: no topic voter
    learnt: str  # of LEARNT
    way: str  # of WAYS

    @property
    def name(self) -> str:
        """What the table calls it."""
        kinds = [f"{self.topics} topics" if kind == "topics" else kind for kind in self.kinds]
        if self.way == "alone":
            return kinds[0]
        return " + ".join(["rules", *(["taught"] if self.learnt == LEARNT[1] else []), *kinds])


def fit_topic_model(reads: Sequence[ReadReport], folder: Path, *, topics: int, seed: int) -> None:
    """Write a topic model that was fitted on these reports into a folder, as the stage would."""
    settings = TopicsSettings(topics=topics, parts=1, sentence_topics=0, vector_words=1, seed=seed)
    how = reading(settings)
    texts = Texts(
        [report_words(read, **how) for read in reads],
        [finding_words(read) for read in reads],
        [{} for _ in reads],
    )
    fitting = Fitting(**{field.name: getattr(settings, field.name) for field in fields(Fitting)})
    facts = {"sentence": FINDING, "of": len(reads)}
    model = fit_topics(texts, Texts(), fitting, reading=how, facts=facts)
    model.save(folder, made_from="bench", fitted_on=[])


def setups(topics: Sequence[int]) -> Iterator[Setup]:
    """Yield what is measured, each baseline before what is compared with it."""
    for learnt in LEARNT:
        for way in WAYS[:2]:
            for words in ((), ("words",)):
                yield Setup(words, 0, learnt, way)
                yield from (Setup((*words, "topics"), number, learnt, way) for number in topics)
        yield Setup(("words",), 0, learnt, "alone")
        yield from (Setup(("topics",), number, learnt, "alone") for number in topics)


def baseline(setup: Setup) -> Setup:
    """Return what a setup is compared with: itself without topics, without words where it has none; alone with nobody."""
    kinds = tuple(k for k in setup.kinds if k != "topics") if setup.topics else ()
    return replace(setup, kinds=kinds, topics=0)


class Measured:
    """Labels that voters give who learnt on some reports."""

    def __init__(self, learn: Sequence[Report], truth: TruthTable, seed: int, folder: Path) -> None:
        self._reads = [parse_report(report.whole) for report in learn]
        self._names = [report.name for report in learn]
        self._truth, self._seed, self._folder = truth, seed, folder
        self._panels: dict[tuple[str, tuple[str, ...], int], Panel] = {}

    def labels(self, setup: Setup, reads: Sequence[ReadReport]) -> Found:
        """Return the labels of ChestX-ray14 that reports get as present."""
        panel = self._panel(setup)
        if setup.way == "alone":
            voter = panel.voters.get(setup.kinds[0])
            return [
                _present({f: Label(v.assertion, v.probability) for f, v in voter(r)})
                if voter
                else frozenset()
                for r in reads
            ]
        if setup.way == "weighed":
            panel = replace(panel, own=frozenset())
        return [_present(panel.labels(read)) for read in reads]

    def _panel(self, setup: Setup) -> Panel:
        key = setup.learnt, setup.kinds, setup.topics
        if key not in self._panels:
            self._panels[key] = self._train(setup)
        return self._panels[key]

    def _train(self, setup: Setup) -> Panel:
        taught = setup.learnt == LEARNT[1]
        if not setup.kinds and not taught:
            return Panel()
        folder = self._folder / "-".join((*setup.kinds, str(setup.topics), str(taught)))
        how = {
            "truth": [self._truth.answers.get(name) for name in self._names] if taught else None,
            "groups": self._truth.groups if taught else None,
        }
        model = self._topics(setup.topics) if setup.topics else None
        try:
            train_on_reports(self._reads, folder, kinds=setup.kinds, topics=model, **how)
        except InputError:  # the topics tell no finding apart: no such voter
            rest = replace(setup, kinds=tuple(k for k in setup.kinds if k != "topics"), topics=0)
            return self._panel(rest)
        return load_panel(folder)

    def _topics(self, number: int) -> Path:
        folder = self._folder / f"topics{number}"
        if not folder.exists():
            fit_topic_model(self._reads, folder, topics=number, seed=self._seed)
        return folder


def _present(labels: Mapping[str, Label]) -> frozenset[str]:
    names = to_scheme(labels, "chestxray14")
    return frozenset(n for n, label in names.items() if label.assertion is Assertion.PRESENT) - {"No Finding"}


def label_development(
    reports: Sequence[Report], truth: TruthTable, topics: Sequence[int], seed: int
) -> dict[Setup, Found]:
    """Return the labels of each report by each setup, learnt without its fold."""
    found: dict[Setup, dict[int, frozenset[str]]] = {setup: {} for setup in setups(topics)}
    for fold in range(FOLDS):
        places = [i for i, report in enumerate(reports) if _fold(report.text) == fold]
        learn = [report for report in reports if _fold(report.text) != fold]
        for setup, labels in label_others(learn, [reports[i] for i in places], truth, topics, seed).items():
            found[setup].update(zip(places, labels, strict=True))
    return {setup: [labels[i] for i in range(len(reports))] for setup, labels in found.items()}


def label_others(
    learn: Sequence[Report],
    reports: Sequence[Report],
    truth: TruthTable,
    topics: Sequence[int],
    seed: int,
) -> dict[Setup, Found]:
    """Return the labels of each report by each setup that learnt on other reports."""
    reads = [parse_report(report.whole) for report in reports]
    with tempfile.TemporaryDirectory() as folder:
        measured = Measured(learn, truth, seed, Path(folder))
        return {setup: measured.labels(setup, reads) for setup in setups(topics)}


def matrix(labels: Sequence[frozenset[str]], many: int) -> np.ndarray:
    """Return which of 14 or 8 findings each report has."""
    names = FINDINGS[many]
    sets = labels if many == 14 else [merged(of) for of in labels]
    return np.array([[name in of for name in names] for of in sets], float)


def f1_micro(true: np.ndarray, found: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return F1 of all findings together, of each row of weights."""
    return 2 * (weights @ (true * found).sum(1)) / np.maximum(weights @ (true + found).sum(1), 1)


def f1_macro(true: np.ndarray, found: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean F1 of the findings that are there, of each row of weights."""
    there = weights @ true > 0
    each = 2 * (weights @ (true * found)) / np.maximum(weights @ (true + found), 1)
    return np.where(there, each, 0).sum(1) / np.maximum(there.sum(1), 1)


def rows_of(
    part: str, reports: Sequence[Report], found: Mapping[Setup, Found], seed: int
) -> Iterator[dict[str, object]]:
    """Yield a row for each setup: F1, the difference to its baseline with the interval, and labels that differ."""
    one = np.ones((1, len(reports)))
    drawn = np.random.default_rng(seed).multinomial(len(reports), one[0] / len(reports), DRAWS).astype(float)
    truth = [report.truth or frozenset() for report in reports]
    true = {many: matrix(truth, many) for many in FINDINGS}
    for setup, labels in found.items():
        row: dict[str, object] = {
            "part": part,
            "learnt from": setup.learnt,
            "way": setup.way,
            "voters": setup.name,
        }
        base = found.get(baseline(setup)) if setup.way != "alone" and setup.kinds else None
        for many in FINDINGS:
            own = matrix(labels, many)
            other = None if base is None else matrix(base, many)
            for name, statistic in (("micro", f1_micro), ("macro", f1_macro)):
                row[f"{name} {many}"] = f"{statistic(true[many], own, one)[0]:.3f}"
                if other is not None:
                    row[f"change {name} {many}"] = _change(statistic, true[many], own, other, one, drawn)
            if many == 14 and other is not None:
                right = (own == true[14]).astype(int) - (other == true[14])
                row["labels right now, wrong now"] = f"{(right > 0).sum()}, {(right < 0).sum()}"
        yield row


def _change(
    statistic: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    true: np.ndarray,
    own: np.ndarray,
    other: np.ndarray,
    one: np.ndarray,
    drawn: np.ndarray,
) -> str:
    value = (statistic(true, own, one) - statistic(true, other, one))[0]
    low, high = np.percentile(statistic(true, own, drawn) - statistic(true, other, drawn), (2.5, 97.5))
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


COLUMNS = ("part", "learnt from", "way", "voters", "micro 14", "macro 14", "micro 8", "macro 8")
CHANGES = ("change micro 14", "change macro 14", "change micro 8", "labels right now, wrong now")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of openi/")
    parser.add_argument(
        "--topics", type=int, nargs="+", default=[20, 80], help="how many, of each topic model"
    )
    parser.add_argument("--development", action="store_true", help="leave the test part alone")
    parser.add_argument("--seed", type=int, default=0, help="of the topic models and the draws")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    truth = read_truth(options.data / "openi" / "findings-from-mesh.csv", scheme="chestxray14")
    reports = [r for r in read_openi(options.data / "openi") if r.text and r.truth is not None]
    development, test = ([r for r in reports if part_of(r.text) == part] for part in PARTS)
    how = truth, options.topics, options.seed
    rows = [
        *rows_of(
            f"development, cross-validated, {len(development):,}",
            development,
            label_development(development, *how),
            options.seed,
        )
    ]
    if not options.development:
        rows += rows_of(f"test, {len(test):,}", test, label_others(development, test, *how), options.seed)
    if options.json:
        for row in rows:
            print(json.dumps(row))
        return
    columns = (*COLUMNS, *CHANGES)
    print(heading() + f", seed {options.seed}\n")
    print(markdown(columns, ([row.get(column, "") for column in columns] for row in rows)))


if __name__ == "__main__":
    main()

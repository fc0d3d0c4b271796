"""The label model beside other ways to make one label of many votes: F1, calibration, accuracies, time.

    python scripts/bench_label_model.py [--reports 4000] [--plot FILE.svg]

What is true comes from reports of the sample's generator: the 14 findings most often there and not there, where a report
names them. Eight voters of known accuracy vote on them, some on a part only; three more copy the last of them with 5 %
errors of their own. Prints Markdown. crowd-kit, Snorkel, the hyper label model (hyperlm) and CROWDLAB (cleanlab) are
compared where they are installed; `--plot` writes a reliability plot of ours.

CROWDLAB wants a classifier beside the voters; as no other method sees more than the votes, it gets one that knows how often
each finding is there.
"""

import argparse
import importlib.util
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench_machine import heading, markdown

from radmine.label.weigh.calibration import expected_calibration_error, reliability
from radmine.label.weigh.label_model import fit_label_model
from radmine.records import Assertion, Vote
from radmine.sample import generate_reports
from radmine.show.svg import reliability_svg

FINDINGS = 14
# Sensitivity, specificity, share of what is named that the voter votes on.
VOTERS = [
    (0.65, 0.95, 1.0),
    (0.55, 0.97, 0.9),
    (0.70, 0.90, 0.8),
    (0.60, 0.93, 0.7),
    (0.50, 0.97, 1.0),
    (0.70, 0.88, 0.6),
    (0.60, 0.90, 0.9),
    (0.45, 0.95, 0.5),
]
COPIES, WRONG = 3, 0.05


class Case(NamedTuple):
    """Findings of reports, what is true of them, and who said what: 1, 0, or -1 for nothing."""

    findings: tuple[str, ...]
    finding: np.ndarray  # (pairs,)
    report: np.ndarray  # (pairs,)
    true: np.ndarray  # (pairs,)
    said: np.ndarray  # (pairs, voters)


def make_case(reports: int, *, copies: int, seed: int) -> Case:
    truth = [{f: a is Assertion.PRESENT for f, a in r.labels().items()} for r in generate_reports(reports)]
    counts = Counter((finding, there) for true in truth for finding, there in true.items())
    either = Counter({f: min(counts[f, True], counts[f, False]) for f, _ in counts})
    findings = tuple(finding for finding, _ in either.most_common(FINDINGS))
    rows = [
        (r, findings.index(f), there)
        for r, true in enumerate(truth)
        for f, there in true.items()
        if f in findings
    ]
    report, finding, true = (np.array(column) for column in zip(*rows, strict=True))
    rng = np.random.default_rng(seed)
    said = np.empty((len(rows), len(VOTERS) + copies), int)
    for v, (sensitivity, specificity, coverage) in enumerate(VOTERS):
        word = rng.random(len(rows)) < np.where(true, sensitivity, 1 - specificity)
        said[:, v] = np.where(rng.random(len(rows)) < coverage, word, -1)
    last = said[:, len(VOTERS) - 1]
    for copy in range(copies):
        wrong = rng.random(len(rows)) < WRONG
        said[:, len(VOTERS) + copy] = np.where((last >= 0) & wrong, 1 - last, last)
    heard = (said >= 0).any(1)
    return Case(findings, finding[heard], report[heard], true[heard], said[heard])


# -- the methods: each gives the probability that each pair is present -----------------------------------


def by_majority(case: Case) -> np.ndarray:
    votes = (case.said >= 0).sum(1)
    return (case.said == 1).sum(1) / votes


def by_label_model(case: Case) -> np.ndarray:
    items: list[dict[str, list[Vote]]] = [{} for _ in range(case.report.max() + 1)]
    for report, finding, said in zip(
        case.report.tolist(), case.finding.tolist(), case.said.tolist(), strict=True
    ):
        items[report][case.findings[finding]] = [
            Vote(f"voter{v:02}", *((Assertion.PRESENT, 0.9) if word else (Assertion.ABSENT, 0.1)))
            for v, word in enumerate(said)
            if word >= 0
        ]
    model = fit_label_model(items)
    return np.array(
        [
            model.combine(case.findings[f], items[r][case.findings[f]]).probability
            for r, f in zip(case.report.tolist(), case.finding.tolist(), strict=True)
        ]
    )


def by_crowdkit(name: str) -> Callable[[Case], np.ndarray]:
    def run(case: Case) -> np.ndarray:
        import pandas as pd
        from crowdkit import aggregation

        pair, voter = np.nonzero(case.said >= 0)
        table = pd.DataFrame({"task": pair, "worker": voter, "label": case.said[pair, voter]})
        fitted = getattr(aggregation, name)(n_iter=200).fit_predict_proba(table).sort_index()
        return fitted[1].to_numpy()

    return run


def by_snorkel(case: Case) -> np.ndarray:
    from snorkel.labeling.model import LabelModel

    model = LabelModel(cardinality=2, verbose=False)
    model.fit(case.said, progress_bar=False)
    return model.predict_proba(case.said)[:, 1]


def by_hyperlm(case: Case) -> np.ndarray:
    import torch
    from hyperlm import HyperLabelModel
    from numpy._core import multiarray

    # Its checkpoint holds numbers of numpy, which torch loads from 2.6 on only where they are named.
    kinds = [np.dtype, *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64))]
    with torch.serialization.safe_globals([(multiarray.scalar, "numpy.core.multiarray.scalar"), *kinds]):
        model = HyperLabelModel(device="cpu")
    return model.infer(case.said, return_probs=True)[:, 1]


def by_crowdlab(case: Case) -> np.ndarray:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    usual = by_majority(case) > 0.5
    share = np.array([usual[case.finding == f].mean() for f in range(len(case.findings))])[case.finding]
    made = get_label_quality_multiannotator(
        np.where(case.said < 0, np.nan, case.said),
        np.stack([1 - share, share], axis=1),
        return_detailed_quality=False,
        return_annotator_stats=False,
        verbose=False,
    )["label_quality"]
    sure = made["consensus_quality_score"].to_numpy()
    return np.where(made["consensus_label"].to_numpy() == 1, sure, 1 - sure)


def each(method: Callable[[Case], np.ndarray]) -> Callable[[Case], np.ndarray]:
    """Use a method that knows of one finding on each."""

    def run(case: Case) -> np.ndarray:
        present = np.empty(len(case.true))
        for f in range(len(case.findings)):
            of = case.finding == f
            present[of] = method(
                Case(case.findings, case.finding[of], case.report[of], case.true[of], case.said[of])
            )
        return present

    return run


METHODS: list[tuple[str, str | None, Callable[[Case], np.ndarray]]] = [
    ("majority", None, by_majority),
    ("OneCoin (crowd-kit), each finding", "crowdkit", each(by_crowdkit("OneCoinDawidSkene"))),
    ("OneCoin (crowd-kit), all as one", "crowdkit", by_crowdkit("OneCoinDawidSkene")),
    ("Dawid-Skene (crowd-kit), each finding", "crowdkit", each(by_crowdkit("DawidSkene"))),
    ("Dawid-Skene (crowd-kit), all as one", "crowdkit", by_crowdkit("DawidSkene")),
    ("Snorkel, each finding", "snorkel", each(by_snorkel)),
    ("Snorkel, all as one", "snorkel", by_snorkel),
    ("hyper label model, each finding", "hyperlm", each(by_hyperlm)),
    ("hyper label model, all as one", "hyperlm", by_hyperlm),
    ("CROWDLAB (cleanlab), all as one", "cleanlab", by_crowdlab),
    ("**radmine**", None, by_label_model),
]


# -- the numbers ----------------------------------------------------------------------------------------


def accuracy_error(case: Case, present: np.ndarray) -> float:
    """Mean error of the eight voters' sensitivities and specificities, if what is probable is true."""
    errors = []
    for v, (sensitivity, specificity, _) in enumerate(VOTERS):
        cast = case.said[:, v] >= 0
        for side, weight, right in ((1, present[cast], sensitivity), (0, 1 - present[cast], specificity)):
            errors.append(abs(float(weight @ (case.said[cast, v] == side) / weight.sum()) - right))
    return float(np.mean(errors))


def rows_of(case: Case, copied: Case) -> Sequence[Sequence[object]]:
    rows = []
    for name, package, method in METHODS:
        if package and importlib.util.find_spec(package) is None:
            rows.append([name, *["not installed"] * 8])
            continue
        row: list[object] = [name]
        for made in (case, copied):
            started = time.perf_counter()
            present = method(made)
            seconds = time.perf_counter() - started
            found = present > 0.5
            f1 = 2 * (found & made.true).sum() / (found.sum() + made.true.sum())
            error = expected_calibration_error(present.clip(0, 1).tolist(), made.true.tolist())
            row += [f"{f1:.3f}", f"{error:.3f}", f"{accuracy_error(made, present):.3f}", f"{seconds:.1f}"]
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=int, default=4000, help="of the sample's generator")
    parser.add_argument("--seed", type=int, default=0, help="of the votes")
    parser.add_argument("--plot", type=Path, help="write the reliability plot of the label model, as SVG")
    arguments = parser.parse_args()
    case, copied = (make_case(arguments.reports, copies=n, seed=arguments.seed) for n in (0, COPIES))
    frequency = [case.true[case.finding == f].mean() for f in range(len(case.findings))]
    print(heading(), end="\n\n")
    print(
        f"{len(case.true)} findings of {arguments.reports} reports, {len(case.findings)} kinds, present in "
        f"{min(frequency):.0%} to {max(frequency):.0%}; {len(VOTERS)} voters, then {COPIES} copies of the last "
        f"(wrong in {WRONG:.0%}) besides. Error: expected calibration error; accuracies: mean error of the voters' "
        "sensitivities and specificities.",
        end="\n\n",
    )
    columns = ["F1", "error", "accuracies", "seconds"]
    print(markdown(["method", *columns, *(f"{c}, copies" for c in columns)], rows_of(case, copied)))
    if arguments.plot:
        bins = reliability(by_label_model(case).tolist(), case.true.tolist())
        arguments.plot.write_text(
            reliability_svg(bins, title="Label model, voters of known accuracy"), "utf-8"
        )


if __name__ == "__main__":
    main()

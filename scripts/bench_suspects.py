"""How many of labels that were made wrong are among those that are suspected first.

python scripts/bench_suspects.py --home HOME medpix sample [--rates 0.05 0.1] [--strengths 0.01] > scripts/results/suspects.md

In corpora that are run through `train`. Each class of a target (findings, modality, plane, location) is a question with two answers.
Of those with at least 20 patients, a share of the images that have it is said not to have it, and as many that do not have it are said to
have it, at random (seed 0). Labels that were wrong before count as right, so that precision is a lower bound. Cleanlab gets the same
probabilities; k is the number of labels that were made wrong.
C (of 0.001, 0.003, 0.01, 0.1) and the order over several classes were chosen on MedPix, nothing on the sample.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.train.features import LookedAt, cross_predicted, reduced, unlearned
from radmine.train.measure import Floats
from radmine.train.noise import STRENGTH, confident_errors, relative_confidence
from radmine.train.targets import read_target

TARGETS = ("labels", "modality", "plane", "location")
FEWEST = 20  # patients
Found = dict[
    str, tuple[Floats, NDArray[np.bool_]]
]  # way -> score of each suspect (low: wrong), whether it was made wrong


def flipped(labels: NDArray[np.bool_], rate: float, random: np.random.Generator) -> NDArray[np.int64]:
    """Return the places of labels to turn: a share of those that are there, and as many others."""
    count = max(1, round(rate * labels.sum()))
    there, absent = (random.choice(np.flatnonzero(of), count, replace=False) for of in (labels, ~labels))
    return np.concatenate((there, absent))


def ways(there: Floats, labels: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> Found:
    """Return what each way suspects of one class."""
    from cleanlab.filter import find_label_issues

    own = np.where(labels, there, 1 - there)
    relative, ours = relative_confidence(there, labels), confident_errors(there, labels)
    both = np.column_stack((1 - there, there))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = {
            f"cleanlab, {by}": find_label_issues(labels.astype(int), both, filter_by=by, n_jobs=1)
            for by in ("confident_learning", "prune_by_noise_rate")
        }
    found = {"ours": (relative[ours], wrong[ours])}
    found |= {name: (own[mask], wrong[mask]) for name, mask in kept.items()}
    found["probability alone, all labels"] = own, wrong
    return found


def measured(
    seen: LookedAt, corpus: Corpus, name: str, rate: float, strength: float
) -> list[tuple[str, ...]]:
    """Return a row for each way."""
    random = np.random.default_rng(0)
    cases = type(seen.cases)(
        seen.cases.image_ids, seen.cases.patients, ("train",) * len(seen.cases.parts), seen.cases.texts
    )
    target = read_target(corpus, name, cases, least=FEWEST, uncertain="mask")
    features = reduced(seen.features)
    together: dict[str, list[tuple[Floats, NDArray[np.bool_]]]] = {}
    classes = total = 0
    for values in target.values.T:
        rows = np.flatnonzero(~np.isnan(values))
        labels = values[rows] > 0.5
        patients = [cases.patients[r] for r in rows]
        if (
            len({p for p, there in zip(patients, labels, strict=True) if there}) < FEWEST
            or labels.mean() > 0.5
        ):
            continue
        wrong = np.zeros(len(rows), bool)
        wrong[flipped(labels, rate, random)] = True
        labels = labels ^ wrong
        said = cross_predicted(features[rows], labels.astype(np.int64), patients, strength=strength)
        if said is None:
            continue
        classes, total = classes + 1, total + int(wrong.sum())
        for way, found in ways(said[:, 1], labels, wrong).items():
            together.setdefault(way, []).append(found)
    made = []
    for way, found in together.items():
        scores, wrong = (np.concatenate(part) for part in zip(*found, strict=True))
        hits = wrong[np.argsort(scores, kind="stable")]
        counts = [f"{hits[:k].sum() / min(k, max(1, len(hits))):.3f}" for k in (20, 50, total)]
        recall = f"{hits.sum() / total:.3f}" if len(hits) < 5 * total else "-"
        made.append(
            (
                corpus.name,
                name,
                str(classes),
                f"{rate:g}",
                f"{strength:g}",
                way,
                str(total),
                str(len(hits)),
                *counts,
                recall,
            )
        )
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.1])
    parser.add_argument("--strengths", type=float, nargs="+", default=[STRENGTH])
    args = parser.parse_args()
    rows = []
    for name in args.corpora:
        corpus = Corpus.open(name, home=args.home)
        seen = unlearned(corpus)
        rows += [
            row
            for target in TARGETS
            for rate in args.rates
            for strength in args.strengths
            for row in measured(seen, corpus, target, rate, strength)
        ]
    print(f"# Suspected wrong labels\n\n{heading()}\n")
    print(__doc__.split("\n\n")[-1])
    columns = ("corpus", "target", "classes", "rate", "C", "way", "made wrong", "suspected")
    print(markdown((*columns, "P@20", "P@50", "P@k", "recall of all suspected"), rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

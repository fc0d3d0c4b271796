"""What the label room's score says of labels and voters."""

from pathlib import Path

import numpy as np
import pytest

from radmine.label.score import score
from radmine.records import Assertion, LabelRow, Report, TrueLabel, Truth, VoteRow
from radmine.run import Job, Stage, run_stage
from tests.link.made import NoSettings, make_corpus

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def scored(
    home: Path, votes: list[VoteRow], labels: list[LabelRow], truth: Truth
) -> dict[tuple[str, str], float]:
    def label(job: Job) -> None:
        job.write("votes", votes)
        job.write("labels", labels)

    corpus = make_corpus(home, [Report("R0", "P", "", "test")])
    run_stage(corpus, Stage("label", label, NoSettings, (), ("votes", "labels")), NoSettings())
    return {(s.subject, s.metric): s.value for s in score(corpus, truth) if s.value is not None}


def test_the_score_says_how_far_labels_are_from_what_they_claim(tmp_path: Path) -> None:
    said = [("R0", PRESENT, 0.95), ("R1", PRESENT, 0.95), ("R2", ABSENT, 0.03), ("R3", UNCERTAIN, 0.5)]
    labels = [LabelRow(name, None, "ascites", a, p, ("rules:findings",)) for name, a, p in said]
    true = {"R0": PRESENT, "R1": ABSENT, "R2": ABSENT, "R3": UNCERTAIN}
    truth = Truth(labels=tuple(TrueLabel(name, None, "ascites", a) for name, a in true.items()))
    scores = scored(tmp_path, [], labels, truth)
    expected = 2 / 3 * 0.45 + 1 / 3 * 0.03  # truth does not decide on R3
    assert scores["reports: all findings", "expected calibration error"] == pytest.approx(expected)
    assert not any("label model" in metric for _, metric in scores)


def test_the_score_compares_the_label_model_with_the_majority_and_its_accuracies_with_the_true(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    chances = {"a": (0.9, 0.95), "b": (0.6, 0.9), "c": (0.6, 0.85), "d": (0.55, 0.9)}
    votes, labels, true = [], [], []
    for n in range(800):
        there = rng.random() < 0.3
        true.append(TrueLabel(f"R{n}", None, "ascites", PRESENT if there else ABSENT))
        labels.append(LabelRow(f"R{n}", None, "ascites", PRESENT, 0.5, tuple(chances)))
        for voter, (sensitivity, specificity) in chances.items():
            word = rng.random() < (sensitivity if there else 1 - specificity)
            row = VoteRow(
                f"R{n}", None, "ascites", voter, voter, PRESENT if word else ABSENT, 0.9 if word else 0.1, ()
            )
            votes.append(row)
    scores = scored(tmp_path, votes, labels, Truth(labels=tuple(true)))
    subject = "reports: votes of a, b, c, d"
    assert scores[subject, "label model F1"] > scores[subject, "majority F1"] + 0.02
    for voter in chances:
        assert scores[f"reports: voter {voter}", "sensitivity error"] < 0.15
        assert scores[f"reports: voter {voter}", "specificity error"] < 0.1

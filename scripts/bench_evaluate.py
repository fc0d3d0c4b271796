"""What a thousand resamples of the measures of findings cost, beside scikit-learn's AUC of as many as fit into a few seconds.

python scripts/bench_evaluate.py [--findings 40] [--images 50000] [--per-patient 3] [--repeats 3] > scripts/results/evaluate.md

Probabilities and truth are drawn (seed 0). Ours are seven measures of a finding with their intervals; the peer is `roc_auc_score`
alone, one resample of patients at a time, its time scaled to a thousand. Runs of both alternate; the best of each counts.
"""

import argparse
import resource
import time

import numpy as np
from bench_machine import heading, markdown
from sklearn.metrics import roc_auc_score

from radmine.train.measure import MEASURES, Patients, auc, estimate, measure_finding

PEER = 10  # resamples that the peer is timed on


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=40)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--per-patient", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    random = np.random.default_rng(0)
    n = args.images
    said = random.random((args.findings, n)).astype(np.float32)
    truth = random.random((args.findings, n)) < 0.2 * said
    names = [str(i // args.per_patient) for i in range(n)]
    code = np.arange(n) // args.per_patient
    rows, count = np.arange(n), int(code[-1]) + 1
    ours, peer = [], []
    for _ in range(args.repeats):
        started = time.process_time()
        patients = Patients(names)
        found = [
            measure_finding(s, t, patients, rows, threshold=0.5) for s, t in zip(said, truth, strict=True)
        ]
        ours.append(time.process_time() - started)
        started = time.process_time()
        for _ in range(PEER):
            weights = np.bincount(random.integers(0, count, count), minlength=count)[code]
            roc_auc_score(truth[0], said[0], sample_weight=weights)
        peer.append((time.process_time() - started) / PEER * 1000 * args.findings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    exact = estimate(lambda w: auc(said[0], truth[0], w), names)
    ends = max(abs(found[0]["auc"].low - exact.low), abs(found[0]["auc"].high - exact.high))  # type: ignore[operator]
    print(f"# Evaluation\n\n{heading()}\n")
    print(f"{args.findings} findings, {n:,} images, {count:,} patients, 1,000 resamples, seed 0.\n")
    table = [
        ("processor seconds, ours: " + ", ".join(MEASURES), f"{min(ours):.1f}"),
        (
            f"processor seconds, scikit-learn's AUC alone, scaled from {PEER} resamples of one finding",
            f"{min(peer):.1f}",
        ),
        ("how many times ours is faster", f"{min(peer) / min(ours):.0f}"),
        ("peak memory of both, MB", f"{peak:.0f}"),
        ("end of an interval of AUC, off from that of all ranks at most", f"{ends:.6f}"),
        (
            "AUC, off from scikit-learn's",
            f"{abs(found[0]['auc'].value - roc_auc_score(truth[0], said[0])):.1e}",
        ),  # type: ignore[operator]
    ]
    print(markdown(("what", "value"), table))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

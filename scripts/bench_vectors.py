"""How well report vectors find reports of which the same is true, in one corpus or in several (of several commits).

python scripts/bench_vectors.py --truth findings-from-mesh.csv CORPUS [CORPUS ...]

CORPUS are corpus folders of Open-i with embeddings. For each report of the test part that has a finding, its ten nearest
others by cosine are counted that have exactly the same findings in the truth (the columns of the file but `normal`);
reports of the same text are left out. Chance is the share of such reports among all.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from bench_machine import heading, markdown
from compare_corpora import read

K = 10


def truth(path: Path) -> dict[str, frozenset[str]]:
    """The findings of each report."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [name for name in rows[0] if name not in ("filename", "normal")]
    return {row["filename"]: frozenset(n for n in names if row[n] == "1") for row in rows}


def measure(folder: Path, findings: dict[str, frozenset[str]]) -> tuple[float, float, int]:
    """Precision at ten, what chance would have, and how many reports were asked."""
    tables = read(folder)
    rows = tables["embeddings"].filter(pc.equal(tables["embeddings"]["kind"], "report"))
    ids = rows["id"].to_pylist()
    vectors = np.array(rows["vector"].to_pylist(), np.float32)
    reports = tables["reports"].select(["report_id", "patient_id", "text"]).to_pylist()
    text = {row["report_id"]: row["text"] for row in reports}
    test = {
        p
        for p, s in zip(*(tables["splits"][c].to_pylist() for c in ("patient_id", "split")), strict=True)
        if s == "test"
    }
    of_test = {row["report_id"] for row in reports if row["patient_id"] in test}
    sets = [findings.get(i) for i in ids]
    asked = [n for n, i in enumerate(ids) if i in of_test and sets[n]]
    found, chance = [], []
    for n in asked:
        likeness = vectors @ vectors[n]
        others = [m for m in range(len(ids)) if sets[m] is not None and text[ids[m]] != text[ids[n]]]
        best = sorted(others, key=lambda m: (-likeness[m], ids[m]))[:K]
        found.append(sum(sets[m] == sets[n] for m in best) / K)
        chance.append(sum(sets[m] == sets[n] for m in others) / len(others))
    return float(np.mean(found)), float(np.mean(chance)), len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("corpora", type=Path, nargs="+")
    arguments = parser.parse_args()
    findings = truth(arguments.truth)
    rows = []
    for folder in arguments.corpora:
        precision, chance, n = measure(folder, findings)
        rows.append((folder.parent.parent.name, f"{precision:.3f}", f"{chance:.3f}", str(n)))
    print(heading())
    print(markdown(("corpus of", f"precision@{K}, same findings", "chance", "reports asked"), rows))


if __name__ == "__main__":
    main()

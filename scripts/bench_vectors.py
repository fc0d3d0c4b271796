"""How well report vectors find reports of which the same is true, in one corpus of Open-i or in several (of several commits).

python scripts/bench_vectors.py --data PATH CORPUS [CORPUS ...]

PATH holds `openi/` (the XML archive and findings-from-mesh.csv), CORPUS are corpus folders made of it. For each report of the
test part that has a finding, its ten nearest others by cosine are counted that have exactly the same findings in the truth;
reports of the same text are left out. Chance is the share of such reports among all. Asked are reports that are in the test
part of the corpus, on which the encoder was not fitted, and in that of `bench_parse.py`, on which no rule was tuned.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from bench_machine import heading, markdown
from bench_parse import Report, part_of, read_openi
from compare_corpora import read

K = 10


def measure(folder: Path, known: dict[str, Report]) -> tuple[float, float, int]:
    """Precision at ten, what chance would have, and how many reports were asked."""
    tables = read(folder)
    rows = tables["embeddings"].filter(pc.equal(tables["embeddings"]["kind"], "report"))
    vector = dict(zip(rows["id"].to_pylist(), rows["vector"].to_pylist(), strict=True))
    ids = [i for i in vector if i in known]
    vectors = np.array([vector[i] for i in ids], np.float32)
    splits = dict(zip(*(tables["splits"][c].to_pylist() for c in ("patient_id", "split")), strict=True))
    patients = zip(*(tables["reports"][c].to_pylist() for c in ("report_id", "patient_id")), strict=True)
    test = {report for report, patient in patients if splits.get(patient) == "test"}
    found, chance = [], []
    for n, name in enumerate(ids):
        report = known[name]
        if not report.truth or name not in test or part_of(report.text) != "test":
            continue
        likeness = vectors @ vectors[n]
        others = [m for m, other in enumerate(ids) if known[other].text != report.text]
        same = np.array([known[ids[m]].truth == report.truth for m in others])
        best = np.lexsort((np.array(ids)[others], -likeness[others]))[:K]
        found.append(same[best].mean())
        chance.append(same.mean())
    return float(np.mean(found)), float(np.mean(chance)), len(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("corpora", type=Path, nargs="+")
    arguments = parser.parse_args()
    known = {r.name: r for r in read_openi(arguments.data / "openi") if r.truth is not None and r.text}
    rows = []
    for folder in arguments.corpora:
        precision, chance, n = measure(folder, known)
        rows.append((folder.parent.parent.name, f"{precision:.3f}", f"{chance:.3f}", n))
    print(heading())
    print(markdown(("corpus of", f"precision@{K}, same findings", "chance", "reports asked"), rows))


if __name__ == "__main__":
    main()

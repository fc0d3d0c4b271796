"""The whole path on real corpora: rates, rejected rows, labels, topics, network scores and searches.

python scripts/bench_corpora.py --data PATH [--home DIR] [--only openi|medpix] [--out FILE.md]

PATH holds `openi/` (the XML archive, the DICOM header table and findings-from-mesh.csv) and `medpix/`. Corpora and
indexes are made under DIR (a new folder, by default in the system's temporary folder) and stay there.
"""

import argparse
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from bench_parse import f1, part_of, read_openi

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.findings import schemes, to_scheme
from radmine.ingest import ingest_source
from radmine.records import Assertion, Label
from radmine.search import open_index

QUERIES = (
    "pneumothorax",
    "pleural effusion without pneumothorax",
    "enlarged heart with pulmonary edema",
    "calcified granuloma in the right upper lobe",
    "no acute cardiopulmonary abnormality",
)
MEDPIX_QUERIES = (
    "pulmonary embolism",
    "ring enhancing brain lesion",
    "renal mass",
    "appendicitis without abscess",
    "vertebral compression fracture",
)
MEDPIX_SETTINGS = """
[pixels]
images = "all"

[train]
targets = ["modality", "plane", "location", "body_part"]
"""


def make(name: str, reader: str, paths: list[Path], home: Path, settings: str = "") -> Corpus:
    corpus = Corpus.create(name, home=home)
    if settings:
        (home / f"{name}.toml").write_text(settings)
        pipeline.use_settings(corpus, home / f"{name}.toml")
    ingest_source(corpus, reader, paths, settings=pipeline.settings_of(corpus)["ingest"])
    for outcome in pipeline.run(corpus):
        print(f"{name} {outcome.stage} {outcome.status} {outcome.seconds:.1f} s", flush=True)
    return corpus


def rates(corpus: Corpus) -> str:
    """Rows and rates of every stage."""
    reports, images = corpus.rows("reports"), corpus.rows("images")
    stored = corpus.rows("pixels")
    rows = []
    for stage in pipeline.status(corpus):
        manifest = corpus.manifest(stage.stage)
        if manifest is None or manifest.not_applicable:
            rows.append((stage.stage, "not applicable: " + stage.reason, "", "", ""))
            continue
        seconds = max(manifest.seconds, 1e-3)
        of_images = {"ingest": images, "pixels": stored, "embed": stored}.get(stage.stage, 0)
        of_reports = 0 if stage.stage in ("pixels", "train") else reports
        rows.append(
            (
                stage.stage,
                ", ".join(f"{n:,} {t}" for t, n in stage.rows.items() if n),
                f"{of_reports / seconds:,.0f}" if of_reports else "",
                f"{of_images / seconds:,.0f}" if of_images else "",
                stage.rejected,
            )
        )
    return markdown(("stage", "rows written", "reports/s", "images/s", "rejected"), rows)


def rejected(corpus: Corpus) -> str:
    counts = Counter((r.stage, r.reason) for r in corpus.records("rejected"))
    return markdown(("stage", "reason", "rows"), [(s, r, n) for (s, r), n in sorted(counts.items())])


def label_counts(corpus: Corpus, most: int = 20) -> str:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in corpus.records("labels"):
        if row.image_id is None:
            counts[row.finding][row.assertion] += 1
    order = sorted(counts, key=lambda f: -counts[f]["present"])
    rows = [(f, *(counts[f][a.value] for a in Assertion)) for f in order[:most]]
    return markdown(("finding", *(a.value for a in Assertion)), rows)


def micro_f1(corpus: Corpus, folder: Path) -> str:
    """Micro F1 of the 14 findings, from the table `labels`, on the texts that bench_parse.py keeps for testing."""
    names = [n for n in schemes()["chestxray14"].labels if n != "No Finding"]
    labels: dict[str, dict[str, Label]] = defaultdict(dict)
    for row in corpus.records("labels"):
        if row.image_id is None:
            labels[row.report_id][row.finding] = Label(row.assertion, row.probability)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for report in read_openi(folder):
        if report.truth is None or not report.text or part_of(report.text) != "test":
            continue
        said = to_scheme(labels[report.name], "chestxray14")
        for name in names:
            found = name in said and said[name].assertion is Assertion.PRESENT
            outcome = {(True, True): "found", (True, False): "false", (False, True): "missed"}.get(
                (found, name in report.truth), "true negative"
            )
            counts[name][outcome] += 1
            counts["all 14"][outcome] += 1
    rows = []
    for name in [*names, "all 14"]:
        c = counts[name]
        score = f1(c["found"] + c["missed"], c["found"] + c["false"], c["found"])
        rows.append((name, c["found"] + c["missed"], c["found"], c["false"], c["missed"], f"{score:.3f}"))
    return markdown(("finding (test texts)", "positives", "found", "false", "missed", "F1"), rows)


def topics(corpus: Corpus, most: int = 10) -> str:
    found = [t for t in corpus.records("topics") if t.level == "document"]
    rows = [(t.topic, t.documents, ", ".join(t.words[:8])) for t in sorted(found, key=lambda t: -t.documents)]
    return markdown(("topic", "reports", "words"), rows[:most])


def network(corpus: Corpus) -> str:
    rows = []
    for s in corpus.records("scores"):
        value = "" if s.value is None else f"{s.value:.3f}"
        interval = "" if s.low is None or s.high is None else f"{s.low:.3f} to {s.high:.3f}"
        rows.append((s.subject, s.metric, value, interval, s.n, s.note or ""))
    return markdown(("subject", "metric", "test", "95 % interval", "n", "note"), rows)


def image_precision(corpus: Corpus, folder: Path, field: str, k: int = 10) -> str:
    """Precision at k of image search by a field of `images`, queries from the test part, own patient left out."""
    parts = {s.patient_id: s.split for s in corpus.records("splits")}
    images = {i.image_id: i for i in corpus.records("images")}
    stored = corpus.read("pixels", columns=["image_id"]).column("image_id").to_pylist()
    shares, chance = [], []
    everything = Counter(getattr(images[i], field) for i in stored)
    with open_index(folder) as index:
        for image_id in stored:
            image = images[image_id]
            if parts[image.patient_id] != "test" or getattr(image, field) is None:
                continue
            hits = index.search(image=image_id, k=k)
            same = [getattr(images[h.image_id], field) == getattr(image, field) for h in hits if h.image_id]
            shares.append(np.mean(same))
            chance.append(everything[getattr(image, field)] / len(stored))
    row = (field, f"{np.mean(shares):.3f}", f"{np.mean(chance):.3f}", len(shares))
    return markdown(("same", f"precision@{k}", "by chance", "test queries"), [row])


def text_hits(folder: Path, queries: tuple[str, ...]) -> str:
    rows = []
    with open_index(folder) as index:
        for query in queries:
            for hit in index.search(text=query, k=3):
                why = "; ".join(r.detail for r in hit.why if r.by == "finding") or "terms only"
                rows.append((query, hit.rank, hit.report_id, f"{hit.score:.3f}", why))
    return markdown(("query", "rank", "report", "score", "what matched by finding"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", choices=("openi", "medpix"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="radmine-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    parts = [heading()]
    if options.only != "medpix":
        openi = options.data / "openi"
        files = [openi / "openi-reports.tgz", openi / "nlmcxr_dicom_metadata.csv.gz"]
        corpus = make("openi", "openi", files, home)
        parts += ["### Open-i, stage by stage", rates(corpus), "Rejected:", rejected(corpus)]
        parts += ["### Open-i, labels of reports", label_counts(corpus)]
        parts += ["### Open-i, the 14 findings", micro_f1(corpus, openi)]
        parts += ["### Open-i, ten topics", topics(corpus)]
        parts += ["### Open-i, five text queries", text_hits(home / "indexes" / "openi", QUERIES)]
    if options.only != "openi":
        corpus = make("medpix", "medpix", [options.data / "medpix"], home, MEDPIX_SETTINGS)
        index = home / "indexes" / "medpix"
        parts += ["### MedPix, stage by stage", rates(corpus), "Rejected:", rejected(corpus)]
        parts += ["### MedPix, labels of reports", label_counts(corpus)]
        parts += ["### MedPix, ten topics", topics(corpus)]
        parts += ["### MedPix, the network", network(corpus)]
        parts += ["### MedPix, image search"]
        parts += [image_precision(corpus, index, f) for f in ("location", "body_part", "plane", "modality")]
        parts += ["### MedPix, five text queries", text_hits(index, MEDPIX_QUERIES)]
    text = "\n\n".join(parts) + "\n"
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

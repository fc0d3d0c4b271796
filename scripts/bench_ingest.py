"""Measure ingest: reports and images a second for each reader, and what is set aside, on the public data sets.

    python scripts/bench_ingest.py --data ../shared/data [--json]

Each source is ingested into a corpus of its own in a temporary folder, one process, from listing to splits.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench_machine import heading

from radmine.corpus import Corpus
from radmine.ingest import IngestSettings, ingest_source
from radmine.run import Execution

SOURCES: list[tuple[str, str, list[str], dict[str, str]]] = [
    ("Open-i", "openi", ["openi/openi-reports.tgz", "openi/nlmcxr_dicom_metadata.csv.gz"], {}),
    ("MedPix 2.0", "medpix", ["medpix"], {}),
    ("ROCO captions", "table", ["roco/captions.txt"], {"header": "no", "report_id": "1", "text": "2"}),
    ("NIH, 1,000 images", "table", ["nih1000/Data_Entry_2017_v2020.csv.gz"], {"images": "nih1000"}),
    ("DICOM test files", "dicom", ["dicom"], {}),
]


def measure(
    name: str, reader: str, paths: list[str], options: dict[str, str], data: Path, workers: int
) -> dict[str, Any]:
    options = {k: str(data / v) if k == "images" else v for k, v in options.items()}
    with tempfile.TemporaryDirectory() as home:
        corpus = Corpus.create("bench", home=home)
        started = time.perf_counter()
        files = [data / p for p in paths]
        outcome = ingest_source(
            corpus,
            reader,
            files,
            options=options,
            settings=IngestSettings(),
            execution=Execution(workers=workers),
        )
        seconds = time.perf_counter() - started
        aside = Counter(row.reason for row in corpus.records("rejected"))
    rows = outcome.rows
    return {
        "source": name,
        "reader": reader,
        "reports": rows["reports"],
        "images": rows["images"],
        "set_aside": dict(aside.most_common()),
        "seconds": round(seconds, 2),
        "reports_per_second": round(rows["reports"] / seconds),
        "images_per_second": round(rows["images"] / seconds),
        "rows_per_second": round((rows["reports"] + rows["images"] + sum(aside.values())) / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the folder with openi/, medpix/, ...")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one object a line instead of the table")
    arguments = parser.parse_args()
    results = [
        measure(*source, arguments.data.resolve(), arguments.workers)
        for source in SOURCES
        if (arguments.data / source[2][0]).exists()
    ]
    if arguments.json:
        for result in results:
            print(json.dumps(result))
        return
    print(heading() + "\n")
    print("| source | reader | reports | images | seconds | reports/s | images/s | set aside |")
    print("|---|---|---:|---:|---:|---:|---:|---|")
    for r in results:
        aside = ", ".join(f"{reason} {n}" for reason, n in r["set_aside"].items()) or "none"
        print(
            f"| {r['source']} | {r['reader']} | {r['reports']} | {r['images']} | {r['seconds']} "
            f"| {r['reports_per_second']} | {r['images_per_second']} | {aside} |"
        )


if __name__ == "__main__":
    main()

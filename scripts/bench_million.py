"""Measure how long a million reports take from text to labels, how much memory that needs, and how good the labels are.

    python scripts/bench_million.py [--reports 1000000] [--workers 2] [--seed 0] [--corpus DIR] [--markdown]

The reports are drawn with the sample's generator, shard by shard with seeds of their own, into a corpus (`reports`, 1,000
a shard, as ingest leaves it); their truth stands beside it. That is done once for a folder and its time is not counted.
Then `radmine parse`, `link` and `label` run; start and imports are counted. With `--lines` the same texts go through
`radmine label -` too, as JSON lines. `label` wants `link` to have run; without images that finds the references alone.

Memory is the sum over a process and its workers of the most that each has held so far (VmHWM; pages that they share
count for each). Flat means that it does not grow with the number of reports.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bench_machine import heading, markdown

from radmine import pipeline
from radmine.corpus import Corpus, Manifest
from radmine.files import digest
from radmine.findings import ancestors
from radmine.ingest import STAGE as INGEST
from radmine.ingest import IngestSettings
from radmine.records import TABLES, Report
from radmine.run import map_in_order, stage_inputs
from radmine.sample import generate_reports

SHARD = 1000  # reports: the default of ingest
RADMINE = [sys.executable, "-m", "radmine.cli"]
STAGES = ("parse", "link", "label")
AT = (0.1, 0.5, 1.0)  # of the way, where memory is read


# -- the reports ------------------------------------------------------------------------------------------


def make_corpus(folder: Path, *, reports: int, seed: int, workers: int) -> dict[str, Any]:
    """Make `corpora/million` under a folder, unless it is there with these reports, and return what it holds."""
    facts = folder / "facts.json"
    wanted = {"reports": reports, "seed": seed}
    if facts.exists():
        known = json.loads(facts.read_text("utf-8"))
        if {key: known[key] for key in wanted} == wanted:
            return known
        raise SystemExit(f"{folder} holds another draw ({known}); name another folder.")
    corpus = Corpus.create("million", home=folder)
    (folder / "truth").mkdir(exist_ok=True)
    sizes = [min(SHARD, reports - start) for start in range(0, reports, SHARD)]
    calls = [(corpus.folder, folder / "truth", number, n, seed) for number, n in enumerate(sizes)]
    shards, texts, sentences, lengths = [], [], [], 0
    for shard, of_texts, of_sentences, characters in map_in_order(_draw, calls, workers=workers):
        shards.append(shard)
        texts.append(of_texts)
        sentences.append(of_sentences)
        lengths += characters
    tables = {table: [] for table in ("studies", "series", "images", "key_objects", "splits", "rejected")}
    inputs = stage_inputs(corpus, INGEST, IngestSettings())  # as if these reports had been ingested
    corpus.write_manifest(Manifest("ingest", digest(wanted), inputs, tables={"reports": shards, **tables}))
    known = {
        **wanted,
        "characters": lengths // reports,
        "distinct_texts": _distinct(texts),
        "distinct_sentences": _distinct(sentences),
        "sentences": round(sum(map(len, sentences)) / reports, 1),
    }
    facts.write_text(json.dumps(known), "utf-8")
    return known


def _draw(corpus: Path, truth: Path, number: int, n: int, seed: int) -> tuple[Any, Any, Any, int]:
    """Write one shard of reports and its truth; return it, the hashes of texts and of sentences, and the characters."""
    records: list[Report] = []
    true: list[tuple[str, str, str]] = []
    texts, sentences = [], []
    for drawn in generate_reports(n, seed=seed * 1_000_003 + number):
        name = f"{number:04d}{drawn.report.report_id}"
        text = drawn.report.text
        records.append(
            replace(drawn.report, report_id=name, patient_id=f"{number}-{drawn.report.patient_id}")
        )
        true += ((name, finding, str(assertion)) for finding, assertion in drawn.labels().items())
        texts.append(_hash(text))
        sentences += (_hash(text[start:end]) for start, end in drawn.sentences)
    shard = Corpus(corpus).write_shard("reports", f"part-{number:05d}-drawn.parquet", records)
    columns = dict(
        zip(("report_id", "finding", "assertion"), map(list, zip(*true, strict=True)), strict=True)
    )
    pq.write_table(pa.table(columns), truth / f"{number:05d}.parquet")
    return shard, np.array(texts), np.array(sentences), sum(len(r.text) for r in records)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _distinct(parts: list[Any]) -> float:
    """Return which share of all hashes is distinct."""
    hashes = np.concatenate(parts)
    return round(len(np.unique(hashes)) / len(hashes), 4)


# -- the stages -------------------------------------------------------------------------------------------


def run_stage(folder: Path, stage: str, workers: int) -> dict[str, Any]:
    """Run `radmine STAGE million`, and return its seconds and what memory it held on its way."""
    corpus = Corpus.open("million", home=folder)
    settings = f"[run]\nworkers = {workers}\n"
    (corpus.folder / "settings.toml").write_text(settings, "utf-8")
    shards = len(corpus.shards("reports"))
    made = corpus.folder / [name for name in pipeline.stage_named(stage).writes if name in TABLES][-1]
    command = [*RADMINE, stage, "million", "--home", str(folder)]
    result = watch(command, lambda _: len(list(made.glob("part-*"))) / shards)
    manifest = corpus.manifest(stage)
    return {**result, "rejected": manifest.rows("rejected") if manifest else None}


def watch(
    command: list[str], way: Callable[[int], float], stdin: Any = None, stdout: Any = None
) -> dict[str, Any]:
    """Run a command; return its seconds, its processor seconds, and the most memory it held up to places on its way.

    `way` tells of the process with a number how far it has come, in [0, 1].
    """
    memory: list[int] = []
    started, before = time.perf_counter(), _processor_seconds()
    process = subprocess.Popen(command, stdin=stdin, stdout=stdout or subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.1)
        held, come = _held(process.pid), way(process.pid)
        while held and len(memory) < len(AT) - 1 and come >= AT[len(memory)]:
            memory.append(held)
        most = max(held, memory[-1] if memory else 0)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return {
        "seconds": time.perf_counter() - started,
        "cpu": _processor_seconds() - before,
        "memory": [*memory, most],
    }


def _processor_seconds() -> float:
    """Return the processor time of all processes that were started here and have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _held(pid: int) -> int:
    """Return the megabytes that a process and its workers have held at most, each for itself, added up."""
    return sum(_peak(p) for p in (str(pid), *_children(str(pid)))) // 1024


def _children(pid: str) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield child
            yield from _children(child)


def _peak(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # gone meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


# -- the lines --------------------------------------------------------------------------------------------


def run_lines(folder: Path, workers: int) -> dict[str, Any]:
    """Send the same texts through `radmine label -` and return its seconds and the most memory it held."""
    corpus = Corpus.open("million", home=folder)
    lines = folder / "reports.jsonl"
    if not lines.exists():
        with lines.open("w", encoding="utf-8") as stream:
            for shard in corpus.shards("reports"):
                table = corpus.read_shard("reports", shard, columns=["report_id", "text"])
                for name, text in zip(*(c.to_pylist() for c in table.columns), strict=True):
                    stream.write(json.dumps({"id": name, "text": text}) + "\n")
    size = lines.stat().st_size
    command = [*RADMINE, "label", "-", "--workers", str(workers)]
    with lines.open("rb") as stream, Path(os.devnull).open("wb") as out:
        result = watch(command, lambda pid: _read_so_far(str(pid)) / size, stream, out)
    return {**result, "rejected": 0}


def _read_so_far(pid: str) -> int:
    """Return where a process stands in its standard input."""
    try:
        lines = Path(f"/proc/{pid}/fdinfo/0").read_text().splitlines()
    except OSError:
        return 0
    return int(lines[0].split()[1])


# -- how good ---------------------------------------------------------------------------------------------


def score(folder: Path) -> dict[str, Any]:
    """Return how the reports' labels agree with the truth, by assertion, and the fingerprint of all that was written."""
    corpus = Corpus.open("million", home=folder)
    counts: Counter[str] = Counter()
    for shard, truth in zip(corpus.shards("labels"), sorted((folder / "truth").iterdir()), strict=True):
        columns = ["report_id", "image_id", "finding", "assertion"]
        table = corpus.read_shard("labels", shard, columns=columns)
        table = table.filter(pc.is_null(table.column("image_id"))).drop_columns("image_id")
        ours = {tuple(row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)}
        true = _with_general(zip(*(c.to_pylist() for c in pq.read_table(truth).columns), strict=True))
        for assertion in ("present", "absent", "uncertain"):
            said, is_so = ({r for r in rows if r[2] == assertion} for rows in (ours, true))
            counts[f"{assertion} both"] += len(said & is_so)
            counts[f"{assertion} all"] += len(said) + len(is_so)
    f1 = {
        a: round(2 * counts[f"{a} both"] / max(1, counts[f"{a} all"]), 4)
        for a in ("present", "absent", "uncertain")
    }
    tables = [t for stage in STAGES for t in pipeline.stage_named(stage).writes if t in TABLES]
    return {
        "f1": f1,
        "rows": {t: corpus.rows(t) for t in tables},
        "megabytes": {t: round(sum(s.size for s in corpus.shards(t)) / 1e6) for t in tables},
        "hash": {t: content_hash(corpus, t) for t in tables},
    }


def _with_general(rows: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return a truth with what it implies: what is present, or may be, is so under its more general names."""
    strength = {"absent": 0, "uncertain": 1, "present": 2}
    known: dict[tuple[str, str], str] = {}
    for name, finding, assertion in rows:
        for general in (finding, *(ancestors(finding) if assertion != "absent" else ())):
            before = known.get((name, general))
            if before is None or strength[assertion] > strength[before]:
                known[name, general] = assertion
    return {(*key, assertion) for key, assertion in known.items()}


def content_hash(corpus: Corpus, table: str) -> str:
    """Return a hash of a table's rows, whatever its files look like."""
    total = blake2b(digest_size=6)
    schema = TABLES[table].schema
    for shard in corpus.shards(table):
        content = corpus.read_shard(table, shard).cast(schema).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as stream:
            stream.write_table(content)
        total.update(sink.getvalue())
    return total.hexdigest()


# -- the table --------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, help="where the draw is kept; else a temporary folder")
    parser.add_argument(
        "--lines", action="store_true", help="send the same texts through `radmine label -` too"
    )
    parser.add_argument("--markdown", action="store_true", help="a Markdown table instead of JSON lines")
    arguments = parser.parse_args()
    folder = arguments.corpus or Path(tempfile.mkdtemp(prefix="radmine-million-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(folder, arguments)
    finally:
        if arguments.corpus is None:
            shutil.rmtree(folder)


def measure(folder: Path, arguments: argparse.Namespace) -> None:
    """Draw the reports, run the stages, and print what came of it."""
    facts = make_corpus(folder, reports=arguments.reports, seed=arguments.seed, workers=arguments.workers)
    corpus = folder / "corpora" / "million"
    for stage in STAGES:  # what an earlier run left
        for path in (
            corpus / "manifests" / f"{stage}.json",
            *map(corpus.joinpath, pipeline.stage_named(stage).writes),
        ):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(corpus / "rejected", ignore_errors=True)
    results = {stage: run_stage(folder, stage, arguments.workers) for stage in STAGES}
    results["parse + label"] = {
        **{key: results["parse"][key] + results["label"][key] for key in ("seconds", "cpu")},
        "memory": [],
        "rejected": "",
    }
    if arguments.lines:
        results["radmine label -"] = run_lines(folder, arguments.workers)
    found = score(folder)
    n = facts["reports"]
    if not arguments.markdown:
        for name, result in results.items():
            print(json.dumps({"what": name, **result, "reports_per_second": round(n / result["seconds"])}))
        print(json.dumps({**facts, **found}))
        return
    print(heading() + "\n")
    print(
        f"{n:,} reports (seed {facts['seed']}), {facts['characters']:,} characters and {facts['sentences']} sentences each;"
        f" distinct: {facts['distinct_texts']:.1%} of the texts, {facts['distinct_sentences']:.1%} of the sentences.\n"
    )
    print(
        markdown(
            (
                "step",
                "seconds",
                "reports/s",
                "processor seconds",
                "peak MB at 10 %",
                "50 %",
                "100 %",
                "set aside",
            ),
            [
                (
                    name,
                    f"{r['seconds']:.1f}",
                    f"{n / r['seconds']:,.0f}",
                    f"{r['cpu']:.1f}",
                    *(*r["memory"], "", "", "")[:3],
                    r["rejected"],
                )
                for name, r in results.items()
            ],
        )
    )
    said = ", ".join(f"{assertion} {value:.4f}" for assertion, value in found["f1"].items())
    print(f"\nF1 of the reports' labels against the generator's truth: {said}.\n")
    print(
        markdown(
            ("table", "rows", "MB", "hash of the rows"),
            [(t, f"{found['rows'][t]:,}", found["megabytes"][t], found["hash"][t]) for t in found["rows"]],
        )
    )


if __name__ == "__main__":
    main()

"""Measures wider queries: nDCG@10 of queries of our own on Open-i and ROCO, with and without other words, and the time of a query.

    python scripts/bench_expansion.py --data PATH [--home DIR] [--part tuning|reporting] [--out FILE.md]

PATH holds `openi/` and `roco/`. Corpora and indexes are made under DIR (a new folder, by default in the system's temporary
folder) by the stages as they stand, topics and report vectors included. The queries (`expansion_queries.tsv`) are short phrases of
radiologists and lay people, many in words that reports do not use; those of odd number tune, those of even number report.
What is relevant nobody judged: on Open-i a report with one of the query's MeSH headings, which were given by hand; on ROCO a
caption with all of the query's concept ids, which a tool found in captions, synonyms alike. Neither knows of our labels or ranks.
The lay words of parts of the body (`LAY_PARTS`) were written after the queries and by the same hand, as a list of all that came to
mind, so that queries with them are shown apart: their gain is what such words bring where they are known.
"""

import argparse
import csv
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.ingest import ingest_source
from radmine.search import Index, open_index
from radmine.search.question import read_query

QUERIES = Path(__file__).parent / "expansion_queries.tsv"
WAYS: dict[str, bool | Collection[str]] = {
    "no expansion": False,
    "lexicon": ["lexicon"],
    "vectors": ["vectors"],
    "both": ["lexicon", "vectors"],
}
K = 10
DRAWS = 10_000
SEED = 0
LARGE = 10_000  # reports for the times


@dataclass(frozen=True, slots=True)
class Query:
    """A query, and what makes a report relevant: one of each group."""

    number: int
    corpus: str
    text: str
    relevant: tuple[tuple[str, ...], ...]


def read_queries() -> list[Query]:
    with QUERIES.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader((line for line in stream if line[0] != "#"), delimiter="\t"))
    return [
        Query(
            int(row["number"]),
            row["corpus"],
            row["query"],
            tuple(tuple(g.split("|")) for g in row["relevant"].split("&")),
        )
        for row in rows
    ]


# -- the corpora, and what is relevant ------------------------------------------------------------------


def make(name: str, home: Path, ingest: Callable[[Corpus], object]) -> None:
    corpus = Corpus.create(name, home=home)
    ingest(corpus)
    for outcome in pipeline.run(corpus):
        print(f"{name} {outcome.stage} {outcome.status} {outcome.seconds:.1f} s", flush=True)


def of_table(home: Path, name: str, texts: dict[str, str]) -> Callable[[Corpus], object]:
    path = home / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("report_id", "patient_id", "text"))
        writer.writerows((report_id, report_id, text) for report_id, text in texts.items())
    return lambda corpus: ingest_source(
        corpus, "table", [path], settings=pipeline.settings_of(corpus)["ingest"]
    )


def of_openi(folder: Path) -> Callable[[Corpus], object]:
    paths = [folder / "openi-reports.tgz", folder / "nlmcxr_dicom_metadata.csv.gz"]
    return lambda corpus: ingest_source(
        corpus, "openi", paths, settings=pipeline.settings_of(corpus)["ingest"]
    )


def tabbed(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield [cell.strip() for cell in line.rstrip("\n").split("\t")]


def captions(folder: Path) -> dict[str, str]:
    return {name: text for name, text, *_ in tabbed(folder / "captions.txt") if text}


def concepts(folder: Path) -> dict[str, list[frozenset[str]]]:
    """The concept ids of each caption, each alone."""
    return {name: [frozenset([c]) for c in ids if c] for name, *ids in tabbed(folder / "cuis.txt")}


def headings(folder: Path) -> dict[str, list[frozenset[str]]]:
    """The MeSH headings of each Open-i report, each as its parts, lower case."""
    found = {}
    with tarfile.open(folder / "openi-reports.tgz") as archive:
        for member in archive:
            if member.name.endswith(".xml") and (stream := archive.extractfile(member)) is not None:
                text = stream.read().decode("utf-8")
                names = re.findall(r"<major>(.*?)</major>", text)
                match = re.search(r'<uId id="([^"]+)"', text)
                assert match is not None
                found[match[1]] = [
                    frozenset(part.strip() for part in name.lower().split("/")) for name in names
                ]
    return found


def is_relevant(query: Query, marks: list[frozenset[str]]) -> bool:
    return all(
        any(mark >= set(name.split("/")) for name in group for mark in marks) for group in query.relevant
    )


# -- measuring ------------------------------------------------------------------------------------------


def ndcg(gains: list[bool], relevant: int) -> float:
    """nDCG@10 with gains of 0 and 1 (Järvelin, Kekäläinen, TOIS 2002)."""
    worth = [1 / np.log2(rank + 2) for rank in range(K)]
    best = sum(worth[: min(K, relevant)])
    return float(sum(w for w, gain in zip(worth, gains, strict=False) if gain) / best)


def measure(
    home: Path, queries: list[Query], truth: dict[str, dict[str, list[frozenset[str]]]]
) -> dict[str, np.ndarray]:
    """nDCG@10 of each query, by way."""
    scores = {way: np.zeros(len(queries)) for way in WAYS}
    for name, marks in truth.items():
        with open_index(name, home=home) as index:
            for at, query in enumerate(queries):
                if query.corpus != name:
                    continue
                relevant = {i for i, of in marks.items() if is_relevant(query, of)}
                for way, expand in WAYS.items():
                    hits = index.search(text=query.text, k=K, expand=expand)
                    scores[way][at] = ndcg([h.report_id in relevant for h in hits], len(relevant))
    return scores


def summary(scores: dict[str, np.ndarray], of: np.ndarray) -> list[tuple[object, ...]]:
    """A row for each way: mean, difference to none with its 95 % interval (bootstrap over queries), wins and losses."""
    rng = np.random.default_rng(SEED)
    draws = rng.integers(0, of.sum(), (DRAWS, of.sum()))
    plain = scores["no expansion"][of]
    rows: list[tuple[object, ...]] = []
    for way in WAYS:
        own = scores[way][of]
        change = own - plain
        low, high = np.percentile(change[draws].mean(axis=1), (2.5, 97.5))
        moved = f"{np.sum(change > 1e-9)} / {np.sum(change < -1e-9)}"
        by = "" if way == "no expansion" else f"{change.mean():+.3f} ({low:+.3f} to {high:+.3f})"
        rows.append((way, f"{own.mean():.3f}", by, "" if way == "no expansion" else moved))
    return rows


def by_query(queries: list[Query], scores: dict[str, np.ndarray]) -> list[tuple[object, ...]]:
    """A row for each query that any way moves."""
    plain = scores["no expansion"]
    return [
        (q.number, q.text, f"{plain[at]:.2f}", *(f"{scores[w][at] - plain[at]:+.2f}" for w in list(WAYS)[1:]))
        for at, q in enumerate(queries)
        if any(abs(scores[w][at] - plain[at]) > 1e-9 for w in WAYS)
    ]


def times(index: Index, queries: list[Query], rounds: int = 5) -> list[tuple[object, ...]]:
    """CPU milliseconds of a query by way, the ways by turns, the best round of each query; and the ratio to none."""
    best = {way: np.full(len(queries), np.inf) for way in WAYS}
    for _ in range(rounds):
        for at, query in enumerate(queries):
            for way, expand in WAYS.items():
                started = time.process_time()
                index.search(text=query.text, k=K, expand=expand)
                best[way][at] = min(best[way][at], 1000 * (time.process_time() - started))
    plain = best["no expansion"]
    return [
        (
            way,
            f"{own.mean():.2f}",
            f"{np.percentile(own, 95):.2f}",
            f"{own.mean() / plain.mean():.2f}",
            f"{np.median(own / plain):.2f}",
        )
        for way, own in best.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--home", type=Path, help="where the corpora are made; those that stand there are used as they are"
    )
    parser.add_argument("--part", choices=("tuning", "reporting"), help="only this part, and without times")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="radmine-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    openi, roco = options.data / "openi", options.data / "roco"
    if not (home / "indexes" / "openi").exists():
        make("openi", home, of_openi(openi))
    if not (home / "indexes" / "roco").exists():
        make("roco", home, of_table(home, "roco", captions(roco)))
    truth = {"openi": headings(openi), "roco": concepts(roco)}
    queries = read_queries()
    scores = measure(home, queries, truth)
    lay = np.array([read_query(q.text, parts=True).said != q.text for q in queries])
    odd = np.array([q.number % 2 == 1 for q in queries])
    said = " ".join((__doc__ or "").partition("The queries (")[2].split())
    alike = []
    for name in truth:
        manifest = Corpus.open(name, home=home).manifest("index")
        alike.append(f"{name}: {manifest.notes.get('words', 'none') if manifest else 'none'}")
    parts = [
        heading() + f" · seed {SEED}",
        f"The queries ({said}",
        f"Differences are to no expansion; their intervals are percentiles of {DRAWS:,} bootstrap draws over queries. Words with vectors: {'; '.join(alike)}.",
    ]
    columns = ("words", "nDCG@10", "difference (95 %)", "queries better / worse")
    for part, of in (("tuning", odd), ("reporting", ~odd)):
        if options.part in (None, part):
            parts += [f"### {part.title()} half, {of.sum()} queries", markdown(columns, summary(scores, of))]
            groups = {name: np.array([q.corpus == name for q in queries]) for name in truth}
            groups["lay words of LAY_PARTS"] = lay
            groups["none of these words"] = ~lay
            for name, in_group in groups.items():
                own = of & in_group
                parts += [f"{name}, {own.sum()} queries:", markdown(columns, summary(scores, own))]
    shown = [
        at
        for at, q in enumerate(queries)
        if options.part in (None, "tuning" if q.number % 2 else "reporting")
    ]
    moved = by_query([queries[at] for at in shown], {way: own[shown] for way, own in scores.items()})
    parts += ["### Queries that moved", markdown(("number", "query", *list(WAYS)), moved)]
    if options.part is None:
        if not (home / "indexes" / "large").exists():
            texts = captions(roco)
            for row in (
                Corpus.open("openi", home=home).read("reports", columns=["report_id", "text"]).to_pylist()
            ):
                texts[row["report_id"]] = row["text"]
            make("large", home, of_table(home, "large", dict(list(texts.items())[-LARGE:])))
        with open_index("large", home=home) as index:
            of = f"{index.manifest.reports:,}"
            parts += [
                f"### CPU ms of a query, {of} reports of both, {len(queries)} queries, best of 5",
                markdown(("words", "mean", "p95", "ratio of means", "median ratio"), times(index, queries)),
            ]
    text = "\n\n".join(parts) + "\n"
    print(text)
    if options.out:
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

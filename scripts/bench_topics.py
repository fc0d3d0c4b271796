"""Measures topics: how well they foretell held-out documents and hold together, beside gensim's and tomotopy's; what options do.

    python scripts/bench_topics.py --data FOLDER [--topics 80] [--seeds 10 11 12] [--parts]

`FOLDER` holds `openi/`, `roco/` and `medpix/`; read are the captions of ROCO, these and the reports of Open-i, and the captions of
MedPix, which nothing was chosen on (prior weights, sweeps and the start were chosen on the first two, by other seeds). For each
seed a fifth of the documents is drawn and held out, and the dictionary is made of the others. All models are given the same
words, and are judged by one estimator (`radmine.topics.lda.perplexity`: of a random half of each held-out document's words
after the other half is read; `radmine.topics.coherence.npmi`, over the documents fitted on). The peers are read with the
prior weight, of six, that suits their perplexity best; ours with its own. tomotopy is no part of radmine: where it is
not installed its rows are left out. Times are of the processor, without imports.

With `--parts` two more tables: what joining denied findings and phrases does to coherence and, on Open-i, to finding reports alike
by their topics (of the ten nearest reports by the Hellinger distance of mixtures, the share that has a finding of the MeSH headings
in common, over reports that have one); and the curves by which numbers of topics are chosen, of all three levels.
"""

import argparse
import importlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from statistics import mean

import numpy as np
from bench_findings import read_roco
from bench_machine import heading, markdown
from bench_parse import read_openi

from radmine.parse import parse_report, unlabelled_sections
from radmine.records import ReadReport
from radmine.topics.coherence import npmi
from radmine.topics.lda import Bags, bags_by, fit, infer, perplexity, reading_prior
from radmine.topics.levels import (
    NUMBERS,
    PARTS,
    REPORTS,
    SAID,
    SENTENCES,
    WORDS_SHOWN,
    Wanted,
    best,
    curve,
    parts_curve,
)
from radmine.topics.phrases import fit_phrases
from radmine.topics.sentences import finding_sentences, windows
from radmine.topics.words import report_words

LEAST, SHARE = 5, 0.5  # of the dictionary
PRIORS = (0.3, 0.1, 0.05, 0.03, 0.015, 0.005)
SWEEPS = 50
NEAREST = 10

Documents = list[list[str]]
Made = tuple[
    np.ndarray, str, float
]  # words of topics, what is said of it, prior weight (nan: the best of PRIORS)


@dataclass(frozen=True)
class Fold:
    """Documents fitted on and held out, as words and as bags of one dictionary."""

    fitted: Documents
    words: tuple[str, ...]
    bags: Bags
    held_out: Bags


def fold(documents: Documents, seed: int) -> Fold:
    from gensim.corpora import Dictionary

    order = np.random.default_rng(seed).permutation(len(documents))
    out = len(order) // 5
    fitted = [documents[i] for i in order[out:]]
    dictionary = Dictionary(fitted)
    dictionary.filter_extremes(no_below=LEAST, no_above=SHARE, keep_n=100_000)
    dictionary.compactify()
    index = dictionary.token2id
    words = tuple(dictionary[i] for i in range(len(dictionary)))
    held_out = bags_by(index, [documents[i] for i in order[:out]])
    return Fold(fitted, words, bags_by(index, fitted), held_out)


# -- the models -------------------------------------------------------------------------------------------


def unigram(data: Fold, topics: int, seed: int) -> Made:
    counts = np.bincount(data.bags.words, weights=data.bags.counts, minlength=len(data.words)) + 0.01
    return (counts / counts.sum())[None].astype(np.float32), "", 1.0


def gensim_online(data: Fold, topics: int, seed: int) -> Made:
    from gensim.models import LdaModel

    ends = data.bags.ends.tolist()
    bags = [
        list(zip(data.bags.words[a:b].tolist(), data.bags.counts[a:b].tolist(), strict=True))
        for a, b in pairwise(ends)
    ]
    names = dict(enumerate(data.words))
    model = LdaModel(
        bags, id2word=names, num_topics=topics, passes=5, alpha="auto", random_state=seed, eval_every=None
    )
    return model.get_topics().astype(np.float32), "", math.nan


def tomotopy(sweeps: int) -> Callable[[Fold, int, int], Made]:
    def made(data: Fold, topics: int, seed: int) -> Made:
        library = importlib.import_module("tomotopy")
        model = library.LDAModel(k=topics, seed=seed)
        known = set(data.words)
        for document in data.fitted:
            if words := [word for word in document if word in known]:
                model.add_doc(words)
        model.train(sweeps, workers=1)
        places = {word: i for i, word in enumerate(model.used_vocabs)}
        order = [places[word] for word in data.words]
        rows = np.array([model.get_topic_word_dist(k) for k in range(topics)], np.float32)
        return np.ascontiguousarray(rows[:, order]), "", math.nan

    return made


def ours(data: Fold, topics: int, seed: int) -> Made:
    made = fit(data.bags, len(data.words), topics, sweeps=SWEEPS, seed=seed)
    return made.weight(), f"{made.sweeps} sweeps", reading_prior(topics)


MODELS: dict[str, Callable[[Fold, int, int], Made]] = {
    "one topic (unigram)": unigram,
    "gensim, 5 passes": gensim_online,
    "tomotopy, 100 sweeps": tomotopy(100),
    "tomotopy, 200 sweeps": tomotopy(200),
    "radmine": ours,
}


def measure(name: str, data: Fold, topics: int, seed: int) -> tuple[float, float, float]:
    """Return processor seconds, perplexity and coherence."""
    started = time.process_time()
    weight, _, prior = MODELS[name](data, topics, seed)
    seconds = time.process_time() - started
    priors = PRIORS if math.isnan(prior) else (prior,)
    best_found = min(perplexity(data.held_out, weight, alpha=alpha, seed=seed) for alpha in priors)
    return seconds, best_found, coherence(data, weight)


def coherence(data: Fold, weight: np.ndarray) -> float:
    index = {word: i for i, word in enumerate(data.words)}
    texts = [[index.get(word, -1) for word in document] for document in data.fitted]
    values = npmi([np.argsort(-row, kind="stable")[:WORDS_SHOWN].tolist() for row in weight], texts)
    return mean(value for value in values if value is not None)


def compare(documents: Documents, topics: int, seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    folds = [fold(documents, seed) for seed in seeds]
    for name in MODELS:
        if name.startswith("tomotopy") and importlib.util.find_spec("tomotopy") is None:
            continue
        if name == "radmine":
            measure(name, folds[0], topics, seeds[0])  # imports
        found = [measure(name, data, topics, seed) for data, seed in zip(folds, seeds, strict=True)]
        seconds, foretold, held = (mean(column) for column in zip(*found, strict=True))
        each = "; ".join(f"{p:.0f}, {c:.3f}" for _, p, c in found)
        yield name, f"{seconds:.2f}", f"{foretold:.0f}", f"{held:.3f}", each


# -- what options do --------------------------------------------------------------------------------------


def option_rows(
    reads: list[ReadReport], truths: list[frozenset[str]], topics: int, seeds: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    for joined in (True, False):
        sentences = [
            report_words(read, skip_sections=unlabelled_sections(), join_negated=joined) for read in reads
        ]
        for phrased in (True, False):
            said = sentences
            if phrased:
                phrases = fit_phrases(sentences, least=LEAST)
                said = [phrases.join(report) for report in sentences]
            documents = [list(chain.from_iterable(report)) for report in said]
            found = []
            for seed in seeds:
                data = fold(documents, seed)
                made = fit(data.bags, len(data.words), topics, sweeps=SWEEPS, seed=seed)
                index = {word: i for i, word in enumerate(data.words)}
                mixtures = infer(bags_by(index, documents), made.weight(), alpha=reading_prior(topics))
                found.append((coherence(data, made.weight()), alike(mixtures, truths)))
            held, near = (mean(column) for column in zip(*found, strict=True))
            yield _yes(joined), _yes(phrased), f"{held:.3f}", f"{near:.3f}"


def alike(mixtures: np.ndarray, truths: list[frozenset[str]]) -> float:
    """Return of the nearest reports the share that has a finding in common, over reports that have one; no report is its own."""
    roots = np.sqrt(mixtures)
    asked = [i for i, truth in enumerate(truths) if truth]
    hits = []
    for start in range(0, len(asked), 500):
        some = asked[start : start + 500]
        near = roots[some] @ roots.T
        near[np.arange(len(some)), some] = -1
        for report, row in zip(some, np.argsort(-near, axis=1, kind="stable")[:, :NEAREST], strict=True):
            hits += [bool(truths[report] & truths[other]) for other in row.tolist()]
    return mean(hits)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


# -- how many ---------------------------------------------------------------------------------------------


def curve_rows(reads: list[ReadReport], topics: int, seed: int) -> Iterator[tuple[object, ...]]:
    sentences = [report_words(read, skip_sections=unlabelled_sections(), join_negated=True) for read in reads]
    documents = [list(chain.from_iterable(report)) for report in sentences]
    around = [
        window
        for read, words in zip(reads, sentences, strict=True)
        for window in windows(words, finding_sentences(read))
    ]
    data = fold(documents, seed)
    index = {word: i for i, word in enumerate(data.words)}
    wanted = Wanted(topics, 10, 1000, 5, SWEEPS, seed)
    whole, told = bags_by(index, documents), bags_by(index, around)
    found = {
        "document": curve(whole, len(index), NUMBERS, wanted, REPORTS),
        "parts of each": parts_curve(whole, len(index), topics, PARTS, wanted),
        "sentence": curve(told, len(index), SENTENCES, wanted, SAID),
    }
    for level, points in found.items():
        yield level, ", ".join(f"{n}: {value:.0f}" for n, value in points), best(points)


# -- the corpora ------------------------------------------------------------------------------------------


def words_of(reads: Iterable[ReadReport]) -> Documents:
    skip = unlabelled_sections()
    every = (
        list(chain.from_iterable(report_words(read, skip_sections=skip, join_negated=True))) for read in reads
    )
    return [words for words in every if words]


def read_medpix(folder: Path) -> list[str]:
    import json

    rows = json.loads((folder / "descriptions.json").read_text("utf-8"))
    return list(
        dict.fromkeys(row["Description"]["Caption"] for row in rows if row["Description"].get("Caption"))
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of openi/, roco/ and medpix/")
    parser.add_argument("--topics", type=int, default=80)
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12])
    parser.add_argument("--parts", action="store_true", help="also what options do, and the curves")
    options = parser.parse_args()
    reports = read_openi(options.data / "openi")
    roco = [parse_report(found.text) for found in read_roco(options.data / "roco")]
    openi = [parse_report(report.text) for report in reports]
    medpix = [parse_report(text) for text in read_medpix(options.data / "medpix")]
    corpora: dict[str, list[ReadReport]] = {"ROCO": roco, "Open-i + ROCO": [*openi, *roco], "MedPix": medpix}
    print(heading(), "\n")
    for name, reads in corpora.items():
        documents = words_of(reads)
        topics = options.topics if name != "MedPix" else max(1, len(documents) // REPORTS.each)
        counted = f"{len(documents):,} documents of {mean(map(len, documents)):.1f} words"
        print(f"## {name}: {counted}, {topics} topics, {len(options.seeds)} seeds\n")
        columns = ("model", "CPU s", "perplexity", "NPMI", "of each seed")
        print(markdown(columns, compare(documents, topics, options.seeds)), "\n", flush=True)
    if options.parts:
        truths = [frozenset(r.truth or ()) - {"No Finding"} for r in reports]
        print("## Open-i: denied findings and phrases as words\n")
        columns = (
            "denied joined",
            "phrases joined",
            "NPMI",
            f"of {NEAREST} nearest with a finding in common",
        )
        print(markdown(columns, option_rows(openi, truths, options.topics, options.seeds)), "\n", flush=True)
        for name in ("ROCO", "Open-i + ROCO"):
            print(f"## {name}: how many topics\n")
            columns = ("level", "perplexity by number", "chosen")
            print(
                markdown(columns, curve_rows(corpora[name], options.topics, options.seeds[0])),
                "\n",
                flush=True,
            )


if __name__ == "__main__":
    main()

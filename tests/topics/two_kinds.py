"""Corpora whose reports speak of two things in words that they do not share, and topics fitted on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radmine import link, parse
from radmine.corpus import Corpus
from radmine.records import Image, Report, Split
from radmine.run import Job, Outcome, Stage, run_stage
from radmine.topics import STAGE, TopicModel, TopicsSettings, load_topics
from tests.link.made import image

CHEST = [
    "pleural",
    "effusion,",
    "atelectasis,",
    "cardiomegaly,",
    "pneumonia,",
    "catheter,",
    "atrium,",
    "hilum",
]
KNEE = ["meniscus", "tear,", "ligament", "sprain,", "tendon,", "cartilage,", "femur,", "patella,", "tibia"]
SHARD = 12
REPORTS = 60  # in whole shards
HELD_OUT = REPORTS // 8  # of the test part; the others have two topics at most
SETTINGS = TopicsSettings(
    topics=2, parts=2, sentence_topics=2, min_reports=3, max_share=1.0, vector_size=8, vector_words=2000
)


@dataclass(frozen=True)
class Given:
    """How many reports are given; of more the first are the same."""

    reports: int


def text_of(number: int, *, referring: bool = True, said: bool = True) -> str:
    """Return the text of a report: of a chest where its number is even, else of a knee.

    Parameters
    ----------
    referring
        Whether a sentence refers to an image.
    said
        Whether it has a word that counts.
    """
    if not said:
        return "FINDINGS: The of and."
    words = np.random.default_rng(number).permutation((CHEST, KNEE)[number % 2])[:6]
    first, second = (" ".join(part).strip(",") for part in np.array_split(words, 2))
    denied = ("No pneumothorax.", "No fracture.")[number % 2]
    where = " (series 3, image 4)" if referring else ""
    return f"FINDINGS: There is {first}. Also {second}{where}. {denied} By Dr. Quimbleby."


def texts_of(many: int, *, referring: bool = True) -> list[str]:
    """Return texts, of which the last but one says nothing."""
    return [text_of(n, referring=referring, said=n != REPORTS - 2) for n in range(many)]


def write(home: Path, texts: Sequence[str], *, linked: bool = True) -> Corpus:
    """Return a corpus of these reports, in shards of a dozen, read and linked; one that stands is given more."""

    def ingest(job: Job) -> None:
        for place, start in enumerate(range(0, len(rows), SHARD)):
            file = f"part-{place:05d}-{min(SHARD, len(rows) - start)}.parquet"
            job.add([{"reports": job.corpus.write_shard("reports", file, rows[start : start + SHARD])}])
        job.write("images", images)
        job.write("splits", splits)

    numbers = range(len(texts))
    rows = [
        Report(f"R{n}", f"P{n}", texts[n], "test", study_id=f"S{n}", study_date="2020-01-01") for n in numbers
    ]
    images: list[Image] = (
        [image(f"I{n}", f"S{n}", 3, 4, patient_id=f"P{n}") for n in numbers] if linked else []
    )
    splits = [Split(f"P{n}", "test" if n % 8 == 7 else "train", f"P{n}", "drawn") for n in numbers]
    corpus = Corpus.create("two", home=home)
    stage = Stage("ingest", ingest, Given, (), ("reports", "images", "splits"))
    run_stage(corpus, stage, Given(len(texts)))
    run_stage(corpus, parse.STAGE, parse.ParseSettings())
    run_stage(corpus, link.STAGE, link.LinkSettings())
    return corpus


def run(corpus: Corpus, settings: TopicsSettings = SETTINGS) -> Outcome:
    """Return what became of the stage."""
    return run_stage(corpus, STAGE, settings)


def model_of(corpus: Corpus) -> TopicModel:
    """Return the topics that were saved."""
    return load_topics(corpus.folder / "models" / "topics")


def digests(corpus: Corpus) -> dict[str, list[str]]:
    """Return the fingerprints of the shards of the tables of topics."""
    tables = ("topics", "topic_mixtures", "sentence_topics", "image_topics")
    return {table: [shard.digest for shard in corpus.shards(table)] for table in tables}

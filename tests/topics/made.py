"""A corpus whose topics were made by hand: two of documents with two parts each, two of sentences."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from radmine.corpus import Corpus
from radmine.pixels import ARRAYS
from radmine.records import ImageTopic, Pixels, Report, SentenceTopics, Study, Topic, TopicMixture
from radmine.run import Job, Stage, run_stage
from radmine.topics import apply_marks, marks_digest, read_marks
from tests.link.made import NoSettings, image, make_corpus

CHEST = "FINDINGS: Small left effusion in the pleural space. No pneumothorax. Image 3 shows the effusion, case {}."
KNEE = "FINDINGS: Tear of the meniscus of the knee. Image 3 shows the tear, case {}."
REPORTS = 12


def topic(level: str, number: int, words: str, **more: Any) -> Topic:
    """Return a topic of words whose weights fall by half."""
    parts = tuple(words.split())
    values: dict[str, Any] = {
        "parent": None,
        "name": " ".join(parts[:3]),
        "weights": tuple(0.5 / 2**n for n in range(len(parts))),
        "findings": (),
        "odds": (),
        "documents": 6,
        "coherence": 0.25,
        **more,
    }
    return Topic(level=level, topic=number, words=parts, **values)


TOPICS = (
    topic(
        "document",
        0,
        "effusion pleural left",
        findings=("pleural_effusion", "no_pneumothorax"),
        odds=(4.0, 2.5),
    ),
    topic("document", 1, "meniscus tear knee", findings=("meniscal_tear",), odds=(5.0,), coherence=None),
    topic("second", 0, "effusion small", parent=0),
    topic("second", 1, "pneumothorax pleural", parent=0),
    topic("second", 2, "meniscus knee", parent=1),
    topic("second", 3, "tear knee", parent=1, documents=0),
    topic("sentence", 0, "image effusion", documents=6),
    topic("sentence", 1, "image tear", documents=6),
)


def add_tables(corpus: Corpus, stage: str, tables: Mapping[str, Sequence[Any]]) -> None:
    """Write tables of a corpus as a stage does."""

    def write(job: Job) -> None:
        for table, rows in tables.items():
            job.write(table, rows)

    run_stage(corpus, Stage(stage, write, NoSettings, (), tuple(tables)), NoSettings())


def make_topics(
    home: Path,
    *,
    topics: Sequence[Topic] = TOPICS,
    pixels: bool = False,
    texts: Sequence[str] = (CHEST, KNEE),
) -> Corpus:
    """Return a corpus of a dozen reports, every second of a knee, read, with their topics; report n is from month n of 2020.

    Parameters
    ----------
    pixels
        Whether each image has a stored array.
    texts
        Of chest and knee, with room for a number.
    """
    numbers = range(REPORTS)
    rows = [Report(f"R{n}", f"P{n}", texts[n % 2].format(n), "test", study_id=f"S{n}") for n in numbers]
    images = [image(f"I{n}", f"S{n}", 1, 3, path=f"/data/{n}.dcm") for n in numbers]
    corpus = make_corpus(home, rows, images)
    add_tables(corpus, "studies", {"studies": [Study(f"S{n}", f"P{n}", None, date(n)) for n in numbers]})
    run_stage(corpus, topics_stage(topics), NoSettings())
    if pixels:
        store(corpus, [f"I{n}" for n in numbers])
    return corpus


def topics_stage(topics: Sequence[Topic]) -> Stage:
    """Return the stage that writes these topics, with what people say of them."""
    numbers = range(REPORTS)
    tables: dict[str, list[Any]] = {
        "topic_mixtures": [mixture(n) for n in numbers],
        "sentence_topics": [
            SentenceTopics(f"R{n}", 1 + (n + 1) % 2, n % 2, (n % 2, 1 - n % 2), (0.8 + n / 100, 0.1))
            for n in numbers
        ],
        "image_topics": [ImageTopic(f"I{n}", f"R{n}", n % 2, 2 * (n % 2), n % 2) for n in numbers],
    }

    def write(job: Job) -> None:
        job.write("topics", apply_marks(topics, read_marks(job.corpus.folder)))
        for table, rows in tables.items():
            job.write(table, rows)

    def given(corpus: Corpus) -> dict[str, str]:
        return {"marks": marks_digest(corpus)}

    return Stage("topics", write, NoSettings, (), ("topics", *tables), given=given)


def date(number: int) -> str | None:
    """Return the date of a study: none of the first."""
    return f"2020-{number:02}-15" if number else None


def mixture(number: int) -> TopicMixture:
    """Return the mixture of a report: of a chest .8 + n / 100 chest, of a knee as much knee."""
    strong = 0.8 + number / 100
    weights = (strong, 1 - strong) if number % 2 == 0 else (1 - strong, strong)
    return TopicMixture(f"R{number}", number % 2, weights, 2 * (number % 2), (0.75, 0.25))


def store(corpus: Corpus, image_ids: Sequence[str]) -> None:
    """Store a square of grey for each image, each lighter than the one before."""
    squares = np.stack([np.full((128, 128), 20 * n, np.uint8) for n in range(len(image_ids))])
    (corpus.folder / ARRAYS).mkdir()
    np.save(corpus.folder / ARRAYS / "made.npy", squares)
    rows = [
        Pixels(name, f"{n:032x}", "made.npy", n, 128, 128, (0, 128, 0, 128), (0.0, 255.0), False)
        for n, name in enumerate(image_ids)
    ]
    add_tables(corpus, "pixels", {"pixels": rows})

"""The review sheet of topics as a value: what a radiologist sees of each topic; `radmine.show.topics_html` makes the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from typing import Any

import numpy as np

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import digest
from radmine.models import model_facts
from radmine.pixels import open_pixels, to_square
from radmine.records import LEVELS, Topic
from radmine.run import Progress, no_progress
from radmine.show.topic_examples import Candidate, Example, Key, examples, strongest
from radmine.topics import MODEL, Drift, TopicsSettings, TopicWords, named_by_words, topic_drift

NEAR = 5  # topics shown beside one
IMAGES = 4  # shown of a topic
PICTURES = 4_000_000  # bytes of all on a sheet
SIDE = 96  # pixels of a picture


@dataclass(frozen=True, slots=True)
class TopicImage:
    """An image that is linked to a topic."""

    image_id: str
    report_id: str
    jpeg: bytes | None  # SIDE pixels a side; None: it is not stored, or there are too many


@dataclass(frozen=True, slots=True)
class TopicCard:
    """A topic, and what shows what it is about."""

    topic: Topic
    named: bool  # by a person
    near: tuple[
        tuple[int, float], ...
    ]  # topics of its level with the cosine of their words, most alike first
    parts: tuple[int, ...]  # topics of the second level
    sentences: tuple[Example, ...]
    images: tuple[TopicImage, ...]
    linked: int  # images in all


@dataclass(frozen=True, slots=True)
class Curve:
    """Held-out perplexity by the number of topics of a level."""

    level: str
    points: tuple[tuple[float, float], ...]  # number of topics, perplexity
    topics: int  # that there are
    chosen: tuple[float, float]  # the point that is nearest to them


@dataclass(frozen=True, slots=True)
class TopicSheet:
    """What the review sheet shows."""

    corpus: str
    fingerprint: str  # of the topics, whatever people say of them
    reports: int
    cards: tuple[TopicCard, ...]
    drift: Drift
    curves: tuple[Curve, ...]


def topic_sheet(corpus: Corpus, *, progress: Progress = no_progress) -> TopicSheet:
    """Return the review sheet of the topics of a corpus: all that it shows, the pictures too."""
    topics: list[Topic] = list(corpus.records("topics"))
    candidates = strongest(corpus, topics)
    sentences = examples(corpus, topics, candidates, reading=_reading(corpus), progress=progress)
    images, linked = _images(corpus, candidates)
    near = _near(topics)
    parts: dict[int, list[int]] = {}
    for topic in topics:
        if topic.parent is not None:
            parts.setdefault(topic.parent, []).append(topic.topic)
    cards = []
    for topic in topics:
        key = topic.level, topic.topic
        cards.append(
            TopicCard(
                topic,
                topic.name != named_by_words(topic).name,
                near[key],
                tuple(parts.get(topic.topic, ())) if topic.level == "document" else (),
                tuple(sentences.get(key, ())),
                tuple(images.get(key, ())),
                linked.get(key, 0),
            )
        )
    return TopicSheet(
        corpus.name,
        digest([(t.level, t.topic, t.words) for t in topics]),
        corpus.rows("topic_mixtures"),
        tuple(cards),
        topic_drift(corpus),
        tuple(topic_curves(corpus, topics)),
    )


def topic_curves(corpus: Corpus, topics: Sequence[Topic]) -> Iterable[Curve]:
    """Yield the curves by which the numbers of topics were chosen, of the levels that have one."""
    facts = model_facts(corpus.folder / MODEL) or {}
    for level in LEVELS:
        points = tuple((float(n), float(p)) for n, p in (facts.get("curve") or {}).get(level) or ())
        if points:
            of = [topic for topic in topics if topic.level == level]
            # Of the second level it may count the parts of one topic.
            sizes = {len(of), len(of) / max(1, len({topic.parent for topic in of}))}
            chosen = min(points, key=lambda point: min(abs(point[0] - size) for size in sizes))
            yield Curve(level, tuple(sorted(points)), len(of), chosen)


def _reading(corpus: Corpus) -> Mapping[str, Any]:
    """Return how reports were read into words when the topics were fitted."""
    usual = TopicsSettings()
    facts = model_facts(corpus.folder / MODEL) or {}
    return facts.get("reading") or {
        "skip_sections": usual.skip_sections,
        "join_negated": usual.join_negated,
    }


def _near(topics: Sequence[Topic]) -> dict[Key, tuple[tuple[int, float], ...]]:
    found: dict[Key, tuple[tuple[int, float], ...]] = {}
    for level in LEVELS:
        of = [topic for topic in topics if topic.level == level]
        words = TopicWords(of)
        for topic in of:
            alike = ((of[place].topic, cosine) for place, cosine in words.alike(topic.words, topic.weights))
            found[level, topic.topic] = tuple(pair for pair in alike if pair[0] != topic.topic)[:NEAR]
    return found


def _images(
    corpus: Corpus, candidates: Mapping[Key, Sequence[Candidate]]
) -> tuple[dict[Key, list[TopicImage]], dict[Key, int]]:
    """Return images of each topic, those of reports first where it is strongest and of as many reports as can be, and how many there are."""
    linked: dict[Key, list[tuple[str, str]]] = {}
    columns = zip(LEVELS, ("topic", "second", "sentence"), strict=True)
    table = corpus.read("image_topics")
    rows = list(zip(*(table.column(name).to_pylist() for name in ("image_id", "report_id")), strict=True))
    for level, column in columns:
        for row, number in zip(rows, table.column(column).to_pylist(), strict=True):
            if number is not None:
                linked.setdefault((level, number), []).append(row)
    chosen = {key: _chosen(of, candidates.get(key, ())) for key, of in linked.items()}
    # One a topic, then a second: where there are too many, each topic still has some.
    turns = zip_longest(*chosen.values())
    wanted = dict.fromkeys(row[0] for turn in turns for row in turn if row is not None)
    pictures = _pictures(corpus, list(wanted))
    shown = {
        key: [TopicImage(image_id, report_id, pictures.get(image_id)) for image_id, report_id in of]
        for key, of in chosen.items()
    }
    return shown, {key: len(of) for key, of in linked.items()}


def _chosen(linked: Sequence[tuple[str, str]], candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    rank = {candidate.report_id: place for place, candidate in reversed(list(enumerate(candidates)))}
    ranked = sorted(linked, key=lambda row: rank.get(row[1], len(candidates)))
    first = {report_id: (image_id, report_id) for image_id, report_id in reversed(ranked)}
    of_each = [row for row in ranked if first[row[1]] == row]
    return [*of_each, *(row for row in ranked if first[row[1]] != row)][:IMAGES]


def _pictures(corpus: Corpus, image_ids: Sequence[str]) -> dict[str, bytes]:
    """Return small pictures of the first images that are stored, as many as a sheet holds."""
    found: dict[str, bytes] = {}
    room = PICTURES
    try:
        store = open_pixels(corpus, image_ids=image_ids)
        for image_id in image_ids:
            if image_id in store:
                jpeg = _jpeg(to_square(store[image_id], size=SIDE, crop=False).array)
                room -= len(jpeg)
                if room < 0:
                    break
                found[image_id] = jpeg
    except (CorpusError, OSError):  # damaged: the sheet does without
        pass
    return found


def _jpeg(square: np.ndarray) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(square).save(stream, "JPEG", quality=75)
    return stream.getvalue()

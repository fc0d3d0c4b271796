"""The topics of one report or image, and the lines that show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.records import ImageTopic, Sentence, SentenceTopics, TopicMixture
from radmine.run import check_together

MOST = 3  # topics of a report that are shown
LEAST = 0.1  # of its text, that a topic beside the strongest must hold
_STALE = "of an earlier state of the corpus; run `radmine topics {}`"


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """A topic of a report, sentence or image."""

    level: str
    topic: int
    name: str
    weight: float | None = None  # None: of an image
    start: int | None = None  # of the sentence; None: of the whole report, or of an image
    end: int | None = None


@dataclass(frozen=True, slots=True)
class CaseTopics:
    """The strongest topics of a report with the strongest part of the first, and of its sentences that refer to images; or an
    image's topic of each level.
    """

    topics: tuple[NamedTopic, ...] = ()
    stale: str = ""  # why none are given though there are some


NO_TOPICS = CaseTopics()


def topics_of_report(
    corpus: Corpus,
    mixtures: Sequence[TopicMixture],
    rows: Sequence[SentenceTopics],
    sentences: Sequence[Sentence],
) -> CaseTopics:
    """Return the topics of a report whose rows of `topic_mixtures` and `sentence_topics` are given."""
    if not mixtures:
        return NO_TOPICS
    if why := _stale(corpus):
        return CaseTopics(stale=why)
    names = _names(corpus)
    (mixture,) = mixtures
    weights = mixture.weights
    order = sorted(range(len(weights)), key=lambda i: (i != mixture.topic, -weights[i], i))[:MOST]
    found = [
        NamedTopic("document", i, names["document", i], weights[i])
        for i in order
        if i == mixture.topic or weights[i] >= LEAST
    ]
    if mixture.second is not None:
        weight = max(mixture.second_weights, default=None)
        found.append(NamedTopic("second", mixture.second, names["second", mixture.second], weight))
    for row in rows:
        at = sentences[row.sentence]
        name = names["sentence", row.topic]
        found.append(NamedTopic("sentence", row.topic, name, max(row.weights), at.start, at.end))
    return CaseTopics(tuple(found))


def topics_of_image(corpus: Corpus, rows: Sequence[ImageTopic]) -> CaseTopics:
    """Return the topics of an image whose rows of `image_topics` are given."""
    if not rows:
        return NO_TOPICS
    if why := _stale(corpus):
        return CaseTopics(stale=why)
    names = _names(corpus)
    (row,) = rows
    levels = {"document": row.topic, "second": row.second, "sentence": row.sentence}
    return CaseTopics(
        tuple(
            NamedTopic(level, topic, names[level, topic])
            for level, topic in levels.items()
            if topic is not None
        )
    )


def topic_rows(topics: CaseTopics) -> Iterator[tuple[str, str]]:
    """Yield what to show of topics: ("topics", "3 effusion small left 62 %, ..."), and one row a sentence or level."""
    if topics.stale:
        yield "topics", topics.stale
    of_report = [t for t in topics.topics if t.start is None and t.weight is not None]
    if of_report:
        words = [f"part {_words(t)}" if t.level == "second" else _words(t) for t in of_report]
        yield "topics", ", ".join(words)
    for topic in topics.topics:
        if topic.start is not None:
            yield f"sentence {topic.start}-{topic.end}", _words(topic)
        elif topic.weight is None:
            yield (
                {"document": "topic", "second": "part of it", "sentence": "sentence"}[topic.level],
                _words(topic),
            )


def _words(topic: NamedTopic) -> str:
    share = "" if topic.weight is None else f" {topic.weight:.0%}"
    return f"{topic.topic} {topic.name}".strip() + share


def _names(corpus: Corpus) -> dict[tuple[str, int], str]:
    columns = ["level", "topic", "name"]
    table = corpus.read("topics", columns=columns)
    levels, topics, names = (table.column(c).to_pylist() for c in columns)
    return dict(zip(zip(levels, topics, strict=True), names, strict=True))


def _stale(corpus: Corpus) -> str:
    """Return why the topics do not go with the reports as they are now, "" where they do."""
    try:
        check_together(corpus, "topics")
    except InputError:
        return _STALE.format(corpus.name)
    return ""

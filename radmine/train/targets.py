"""What a network learns: for each target its classes, and the value of every image."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import SettingsError
from radmine.records import Assertion
from radmine.train.tasks import (
    ORDINAL,
    REGRESSION,
    SURVIVAL,
    Asked,
    event_of,
    has_classes,
    number_of,
    read_columns,
    task_of,
)

COLUMNS = ("modality", "plane", "location", "body_part", "view")  # of `images`, that can be learned
TOPICS = {  # target -> the level of its topics, and the column of `image_topics` that has them
    "topics": ("document", "topic"),
    "second_topics": ("second", "second"),
    "sentence_topics": ("sentence", "sentence"),
}
EVERY = "auto"  # all of them that the corpus has
FROM_TEXT = ("labels", *TOPICS)  # targets that were read from reports
NAMED_BY = 3  # words of a topic


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to learn about images."""

    name: str  # of FROM_TEXT, a column of images, or TASK:COLUMN
    classes: tuple[str, ...]  # of a number or a time the column alone
    # (images, classes): 1 yes, 0 no; of a number (images, 1); of survival (images, 2): the time, and 1 where the event ended it.
    # NaN: not known.
    values: NDArray[np.float32]
    rare: tuple[int, int] = (
        0,
        0,
    )  # classes that are not learned for too few training images, and these images

    @property
    def is_multilabel(self) -> bool:
        """Whether an image can have several classes at once."""
        return self.name == "labels"

    @property
    def task(self) -> str:
        """What kind of answer is wanted: labels, class, ordinal, regression or survival."""
        return task_of(self.name)

    @property
    def has_classes(self) -> bool:
        """Whether the answers are probabilities, and no number or risk."""
        return has_classes(self.name)


@dataclass(frozen=True, slots=True)
class Cases:
    """The images that can be learned from and what is known of them, in one order."""

    image_ids: tuple[str, ...]
    patients: tuple[str, ...]
    parts: tuple[str, ...]  # train | validation | test
    texts: tuple[frozenset[str], ...]  # digests of the texts of the reports that speak of the image

    def rows(self, part: str) -> NDArray[np.int64]:
        """Return the places of the images of a part."""
        return np.flatnonzero([p == part for p in self.parts])


def read_cases(corpus: Corpus, image_ids: Iterable[str]) -> Cases:
    """Return those of the images whose patient has a part in `splits`, in the order given."""
    part_of = {s.patient_id: s.split for s in corpus.records("splits")}
    columns = ["image_id", "patient_id", "report_id"]
    images = {row["image_id"]: row for row in corpus.read("images", columns=columns).to_pylist()}
    digests = {}
    for shard in corpus.shards("reports"):
        table = corpus.read_shard("reports", shard, columns=["report_id", "text"])
        for row in table.to_pylist():
            digests[row["report_id"]] = text_digest(row["text"])
    texts: dict[str, set[str]] = defaultdict(set)
    for row in corpus.read("links", columns=["report_id", "image_id"]).to_pylist():
        texts[row["image_id"]].add(digests.get(row["report_id"], ""))
    for image_id, image in images.items():
        if image["report_id"] is not None:
            texts[image_id].add(digests.get(image["report_id"], ""))
    kept = [i for i in image_ids if i in images and images[i]["patient_id"] in part_of]
    patients = tuple(images[i]["patient_id"] for i in kept)
    return Cases(
        tuple(kept),
        patients,
        tuple(part_of[p] for p in patients),
        tuple(frozenset(texts.get(i, ())) - {""} for i in kept),
    )


def text_digest(text: str) -> str:
    """Return a hash that is the same for texts that differ only in case and white space."""
    return hashlib.blake2b(" ".join(text.lower().split()).encode(), digest_size=12).hexdigest()


def repeated_texts(cases: Cases) -> NDArray[np.bool_]:
    """Return which test images are spoken of by a text that also speaks of a training image."""
    seen = {
        text
        for part, texts in zip(cases.parts, cases.texts, strict=True)
        if part == "train"
        for text in texts
    }
    return np.array(
        [part == "test" and not seen.isdisjoint(t) for part, t in zip(cases.parts, cases.texts, strict=True)]
    )


def read_target(
    corpus: Corpus, name: str, cases: Cases, *, least: int, uncertain: str, implied: bool = True
) -> Target:
    """Return a target; without classes where no class has at least `least` training images.

    Parameters
    ----------
    corpus
        Where it is read from.
    name
        "labels": the findings of an image, of which an image that a report speaks of has those that are present, and
        not those that are absent or not mentioned (of one that no report speaks of, only what others say is known); a name of `TOPICS`: the image's topic of that level; else a column.
    cases
        The images.
    least
        Training images that a class needs.
    uncertain
        Of labels: "mask" (not learned from), "soft" (their probability) or "absent".
    implied
        Of labels: whether those that only follow from a kind of the finding are learned; else they are not known.

    Raises
    ------
    SettingsError
        There is no target of this name.
    """
    if name == "labels":
        return _labels(corpus, cases, least, uncertain, implied)
    if name in TOPICS:
        return _classes(name, _topics(corpus, *TOPICS[name]), cases, least)
    if name in COLUMNS:
        column = corpus.read("images", columns=["image_id", name])
        pairs = zip(column.column(0).to_pylist(), column.column(1).to_pylist(), strict=True)
        return _classes(name, {i: v for i, v in pairs if v is not None}, cases, least)
    return _asked(Asked.read(name), corpus, cases, least)


def check_target(name: str) -> None:
    """Check that there is a target of this name; what columns a corpus has is not known here.

    Raises
    ------
    SettingsError
        There is none.
    """
    if ":" in name:
        Asked.read(name)
    elif name not in (EVERY, *FROM_TEXT, *COLUMNS):
        raise SettingsError(
            f"There is no target {name!r}.",
            where="targets",
            do=f"Use {', '.join((EVERY, *FROM_TEXT, *COLUMNS))}, or TASK:COLUMN with a task of class, ordinal, regression, survival.",
        )


def _asked(asked: Asked, corpus: Corpus, cases: Cases, least: int) -> Target:
    """Return a target that is read from columns which were kept of images."""
    found = read_columns(corpus, asked.columns)
    said = [found.get(i, [None] * len(asked.columns)) for i in cases.image_ids]
    if asked.task in (REGRESSION, SURVIVAL):
        values = np.array([[number_of(v[0]), *(event_of(w) for w in v[1:])] for v in said], np.float32)
        values = values.reshape(len(said), len(asked.columns))
        values[np.isnan(values).any(axis=1) | ((asked.task == SURVIVAL) & (values[:, 0] <= 0))] = np.nan
        train = values[cases.rows("train")]
        enough = np.nansum(train[:, -1]) if asked.task == SURVIVAL else (~np.isnan(train[:, 0])).sum()
        varied = len(np.unique(train[~np.isnan(train[:, 0]), 0])) > 1
        classes = (asked.columns[0],) if enough >= least and varied else ()
        return Target(asked.name, classes, values)
    words = {i: str(v[0]).strip() for i, v in zip(cases.image_ids, said, strict=True) if v[0] is not None}
    target = _classes(asked.name, words, cases, least)
    if asked.task != ORDINAL:
        return target
    if asked.grades:
        order = [g for g in asked.grades if g in target.classes]
    else:
        order = sorted((c for c in target.classes if number_of(c) == number_of(c)), key=number_of)
    if len(order) < 2:
        return Target(asked.name, (), target.values[:, :0], target.rare)
    kept = {i: word for i, word in words.items() if word in order}
    values = _one_hot([kept.get(i) for i in cases.image_ids], tuple(order))
    return Target(asked.name, tuple(order), values, target.rare)


def _labels(corpus: Corpus, cases: Cases, least: int, uncertain: str, implied: bool) -> Target:
    """Return the findings of images; where reports differ, present comes before uncertain before absent."""
    said: dict[str, dict[str, tuple[int, float]]] = defaultdict(dict)
    named: set[tuple[str, str, int]] = set()  # not implied: image, finding, what is said
    wanted = set(cases.image_ids)
    spoken_of = wanted & set(corpus.read("links", columns=["image_id"]).column(0).to_pylist())
    columns = ["report_id", "image_id", "finding", "assertion", "probability", "implied"]
    for shard in corpus.shards("labels"):
        for row in corpus.read_shard("labels", shard, columns=columns).to_pylist():
            if row["image_id"] in wanted:
                word = (Assertion(row["assertion"]).strength, row["probability"])
                if not row["implied"]:
                    named.add((row["image_id"], row["finding"], word[0]))
                of_image = said[row["image_id"]]
                of_image[row["finding"]] = max(word, of_image.get(row["finding"], word))
                if row["report_id"] is not None:
                    spoken_of.add(row["image_id"])

    def follows(image_id: str, finding: str, rank: int) -> bool:
        return not implied and rank > 0 and (image_id, finding, rank) not in named

    positives: Counter[str] = Counter()
    others: Counter[str] = Counter()
    training = {i for i, part in zip(cases.image_ids, cases.parts, strict=True) if part == "train"}
    for image_id in training:
        for finding, (rank, _) in said.get(image_id, {}).items():
            if not follows(image_id, finding, rank):
                (positives if rank == 2 else others)[finding] += 1
    # Where no report speaks of images, what is nowhere absent (a parent that no table denies) tells nothing apart.
    told_apart = positives if training & spoken_of else others
    classes = tuple(sorted(f for f, n in positives.items() if n >= least and f in told_apart))
    place = {finding: index for index, finding in enumerate(classes)}
    values = np.full((len(cases.image_ids), len(classes)), np.nan, np.float32)
    for index, image_id in enumerate(cases.image_ids):
        if image_id in spoken_of:
            values[index] = 0
        for finding, (rank, probability) in said.get(image_id, {}).items():
            if finding in place and follows(image_id, finding, rank):
                values[index, place[finding]] = np.nan
            elif finding in place and rank == 0:
                values[index, place[finding]] = 0
            elif finding in place:
                doubt = {"mask": np.nan, "soft": probability, "absent": 0.0}[uncertain]
                values[index, place[finding]] = 1.0 if rank == 2 else doubt
    return Target("labels", classes, values)


def topic_classes(corpus: Corpus) -> dict[tuple[str, int], str]:
    """Return the class that stands for each topic, by level and number: "NUMBER WORDS", whatever people call it."""
    columns = corpus.read("topics", columns=["level", "topic", "words"]).columns
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return {(level, topic): " ".join((str(topic), *words[:NAMED_BY])) for level, topic, words in rows}


def _topics(corpus: Corpus, level: str, column: str) -> dict[str, str]:
    """Return the class of the topic of each image at a level."""
    classes = topic_classes(corpus)
    found = corpus.read("image_topics", columns=["image_id", column])
    pairs = zip(found.column("image_id").to_pylist(), found.column(column).to_pylist(), strict=True)
    return {
        image_id: classes.get((level, topic), str(topic)) for image_id, topic in pairs if topic is not None
    }


def _classes(name: str, value_of: Mapping[str, str], cases: Cases, least: int) -> Target:
    """Return a target of exactly one class an image; images of a rare class are not known."""
    values = [value_of.get(i) for i in cases.image_ids]
    counts = Counter(
        v for v, part in zip(values, cases.parts, strict=True) if part == "train" and v is not None
    )
    classes = tuple(sorted(v for v, n in counts.items() if n >= least))
    rare = [n for n in counts.values() if n < least]
    if len(classes) < 2:
        return Target(name, (), np.empty((len(values), 0), np.float32), (len(rare), sum(rare)))
    return Target(name, classes, _one_hot(values, classes), (len(rare), sum(rare)))


def _one_hot(values: Sequence[str | None], classes: tuple[str, ...]) -> NDArray[np.float32]:
    place = {c: index for index, c in enumerate(classes)}
    table = np.full((len(values), len(classes)), np.nan, np.float32)
    for index, value in enumerate(values):
        if value in place:
            table[index] = 0
            table[index, place[value]] = 1
    return table

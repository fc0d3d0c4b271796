"""What people say of topics, in the file `topic_marks.jsonl` of a corpus: `read_marks`, `add_marks`, `apply_marks`.

High-level topics speak of what is seen, low-level ones of how it was written or of nothing: Shin et al., JMLR 17 (2016), 3.2. A
mark holds the words of its topic, so that it finds the topic again when others have been fitted. Lines are only added, each sealed
by a digest over itself and the line before (see `radmine.sealed_lines`): a later mark undoes one.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import digest, read_bytes, sync_folder
from radmine.records import LEVELS, Topic
from radmine.sealed_lines import Line, add_lines, held, lines_of
from radmine.topics.alike import ALIKE, TopicWords

TOPIC_MARKS = "topic_marks.jsonl"
"""The file, in the folder of a corpus."""

MARKS = ("high", "low")
"""What may be said of a topic: it speaks of what is seen, or not."""

NAMED_BY = 3  # words
MARKS_ADVICE = "Bring the file back from a backup; where there is none, remove it, and mark the topics again from the saved sheets."
_SEED = b"radmine topic marks 1"


class TopicMark(NamedTuple):
    """What a person says of a topic; one without mark and name takes back what was said before."""

    level: str
    words: tuple[str, ...]  # of the topic, strongest first
    weights: tuple[float, ...]
    mark: str | None  # one of `MARKS`
    name: str  # "": it keeps that of its words
    by: str
    at: str  # UTC, "2026-01-31T12:00:00Z"; the same for all that came together
    source: str  # the name of the file that it came from


def named_by_words(topic: Topic) -> Topic:
    """Return a topic as it is before anybody speaks of it: named by its strongest words, without a mark."""
    return replace(topic, name=" ".join(topic.words[:NAMED_BY]), mark=None)


def apply_marks(topics: Sequence[Topic], marks: Iterable[TopicMark]) -> list[Topic]:
    """Return topics with the names and marks that people gave them; others are as they were.

    A mark belongs to the topic of its level whose words are most alike: the cosine of their weights, at least `ALIKE`. Of several
    on one topic the latest holds, of those that came together the one most alike.
    """
    of_level = {level: [t for t in topics if t.level == level] for level in LEVELS}
    words = {level: TopicWords(of) for level, of in of_level.items()}
    best: dict[tuple[str, int], tuple[str, float, int, TopicMark]] = {}
    for number, mark in enumerate(marks):
        place, alike = words[mark.level].nearest(mark.words, mark.weights)
        if alike < ALIKE:
            continue
        topic = of_level[mark.level][place]
        key, claim = (topic.level, topic.topic), (mark.at, round(alike, 6), number, mark)
        if key not in best or claim[:3] > best[key][:3]:
            best[key] = claim
    said = {key: claim[3] for key, claim in best.items()}
    return [_marked(topic, said.get((topic.level, topic.topic))) for topic in topics]


def lost_marks(topics: Sequence[Topic], marks: Iterable[TopicMark]) -> str:
    """Return in a sentence how many marks that hold have no topic among these; "" where each has one.

    A mark holds where no later one was made of the same words, and where it was not taken back.
    """
    last: dict[tuple[str, tuple[str, ...]], TopicMark] = {}
    for mark in marks:
        key = mark.level, mark.words
        if key not in last or mark.at >= last[key].at:
            last[key] = mark
    hold = [mark for mark in last.values() if mark.mark or mark.name]
    words = {level: TopicWords([t for t in topics if t.level == level]) for level in LEVELS}
    lost = sum(words[mark.level].nearest(mark.words, mark.weights)[1] < ALIKE for mark in hold)
    if not lost:
        return ""
    return f"{lost:,} of {len(hold):,} marks have no topic now: none has words like theirs."


def _marked(topic: Topic, mark: TopicMark | None) -> Topic:
    return topic if mark is None else replace(topic, mark=mark.mark, name=mark.name or topic.name)


# -- the file ----------------------------------------------------------------------------------------------


def read_marks(folder: Path) -> list[TopicMark]:
    """Return all marks of the corpus in a folder, in their order; none where there is no file.

    The half of a line that a killed writer left at the end is none.

    Raises
    ------
    CorpusError
        The file is not what was written.
    """
    try:
        content = read_bytes(folder / TOPIC_MARKS)
    except FileNotFoundError:
        return []
    return _read(content, folder / TOPIC_MARKS)[0]


def marks_digest(corpus: Corpus) -> str:
    """Return the fingerprint of what marks say; "" where there are none. Who made them changes no topic."""
    marks = read_marks(corpus.folder)
    return digest([(m.level, m.words, m.weights, m.mark, m.name, m.at) for m in marks]) if marks else ""


def add_marks(corpus: Corpus, marks: Sequence[TopicMark]) -> None:
    """Add marks to those of a corpus, synced; no run goes on meanwhile.

    Raises
    ------
    CorpusError
        Another process writes to the corpus, it may not be written to, or the file is not what was written.
    """
    path = corpus.folder / TOPIC_MARKS
    with corpus.writing(), held(path) as handle:
        last = _read(read_bytes(path), path)[1]
        add_lines(handle, (json.dumps(mark._asdict()) for mark in marks), behind=last, seed=_SEED)
        sync_folder(corpus.folder)


def _read(content: bytes, path: Path) -> tuple[list[TopicMark], Line | None]:
    """Return the marks of a file, and its last whole line."""
    marks: list[TopicMark] = []
    last = None
    for number, line in enumerate(lines_of(io.BytesIO(content), _SEED), start=1):
        try:
            marks.append(_mark(json.loads(line.payload or b"")))
        except (ValueError, TypeError, KeyError):
            raise CorpusError(
                f"What people say of topics is damaged in line {number}.", where=str(path), do=MARKS_ADVICE
            ) from None
        last = line
    return marks, last


def _mark(row: Mapping[str, object]) -> TopicMark:
    mark = TopicMark(**row)  # type: ignore[arg-type]
    if mark.level not in LEVELS or len(mark.words) != len(mark.weights):
        raise ValueError(mark.level)
    return mark._replace(words=tuple(mark.words), weights=tuple(mark.weights))

"""Marks of topics from the file that the review sheet saves: `mark_topics`."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from radmine.cells import plain_cell
from radmine.corpus import Corpus
from radmine.curate.people import now, one_line, who
from radmine.curate.rows import Refused
from radmine.errors import InputError
from radmine.label.answers.truth import open_table
from radmine.records import LEVELS, Topic
from radmine.run import require_run
from radmine.topics import (
    ALIKE,
    MARKS,
    TopicMark,
    TopicWords,
    add_marks,
    apply_marks,
    named_by_words,
    read_marks,
)

COLUMNS = ("level", "topic", "words", "mark", "name")
LONGEST_NAME = 80  # characters
WITHDRAWN = "withdrawn"
_GIVE = "Give the CSV file that the review sheet saved."


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of the rows of a file of marks."""

    taken: tuple[TopicMark, ...]  # those that were added
    same: int = 0  # rows that say what stands already
    overruled: int = 0  # rows of which another one in the same file says another thing
    silent: int = 0  # rows that say nothing
    refused: tuple[Refused, ...] = ()


class _Row(NamedTuple):
    """What one row says of a topic."""

    topic: Topic
    alike: float  # the cosine of its words and the topic's
    mark: str | None  # high | low | withdrawn | "": none; None: it says nothing of marks
    name: str  # "": it says nothing of names


def mark_topics(corpus: Corpus, path: str | PathLike[str], *, by: str | None = None) -> Marked:
    """Return the marks that a file gives the topics of a corpus, once they are on the disk, and what became of its other rows.

    The file is a table with level, topic, words, mark (high, low, or withdrawn: what was said is taken back) and name, as the review
    sheet saves it. A row is of the topic of its level that has its words, else of the one whose words are most alike, as marks find theirs;
    it leaves a name that stands where it has none, and a mark where the file has no such column. Of rows on the same topic the one most
    alike counts, of those the last; one that says what stands already adds nothing. The next run of `topics` brings them to the topics.

    Parameters
    ----------
    by
        Who marks; None: the login name.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column, or the corpus has no topics.
    CorpusError
        The corpus may not be written to, or the file of its marks is damaged.
    """
    require_run(corpus, "topics")
    path, person = Path(path), who(by)
    topics = [named_by_words(topic) for topic in corpus.records("topics")]
    before = {(t.level, t.topic): t for t in apply_marks(topics, read_marks(corpus.folder))}
    find = _Finder(topics)
    refused: list[Refused] = []
    last: dict[tuple[str, int], _Row] = {}
    silent = same = overruled = 0
    for where, cells in _cells(path):
        row = "bad_line" if cells is None else _row(cells, find)
        if isinstance(row, str):
            refused.append(Refused(where, row))
        elif row is None:
            silent += 1
        else:
            key = (row.topic.level, row.topic.topic)
            other = last.get(key, row)
            if key in last:
                is_same = (other.mark, other.name) == (row.mark, row.name)
                same, overruled = same + is_same, overruled + (not is_same)
            last[key] = other if other.alike > row.alike else row
    at, taken = now(), list[TopicMark]()
    for key, row in last.items():
        topic, stands = row.topic, before[key]
        mark, name = _says(row, stands)
        if (stands.mark, stands.name) == (mark, name or topic.name):
            same += 1
            continue
        taken.append(TopicMark(topic.level, topic.words, topic.weights, mark, name, person, at, path.name))
    if taken:
        add_marks(corpus, taken)
    return Marked(tuple(taken), same, overruled, silent, tuple(refused))


def _says(row: _Row, stands: Topic) -> tuple[str | None, str]:
    """Return the mark and the name ("": that of its words) that a topic has after a row."""
    if row.mark == WITHDRAWN:
        return None, ""
    mark = stands.mark if row.mark is None else row.mark or None
    named = stands.name if stands.name != row.topic.name else ""
    return mark, row.name or named


class _Finder:
    """Finds the topic that a row is of."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._of = {level: [t for t in topics if t.level == level] for level in LEVELS}
        self._words = {level: TopicWords(of) for level, of in self._of.items()}
        # A row has no weights: those of its words are as topics of the level have them in the same place, in the mean.
        self._weights = {
            level: [fmean(at) for at in zip_longest(*(t.weights for t in of), fillvalue=0.0)]
            for level, of in self._of.items()
        }

    def topic(self, level: str, number: str, words: Sequence[str]) -> tuple[Topic, float] | None:
        """Return the topic that has the words (of two the one with the number), else the one most alike, with their cosine."""
        of = self._of.get(level, [])
        exact = [t for t in of if " ".join(t.words).split() == list(words)]
        if exact:
            return next((t for t in exact if str(t.topic) == number), exact[0]), 1.0
        weighed = dict(zip(words, self._weights.get(level, ()), strict=False))
        if not weighed:
            return None
        place, alike = self._words[level].nearest(list(weighed), list(weighed.values()))
        return (of[place], alike) if alike >= ALIKE else None


def _cells(path: Path) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Yield where each row stands, with its cells by column; None where it has too many."""
    try:
        rows = open_table(path)
        columns = [name.strip().lower() for name in next(rows, [])]
        if not ({"level", "words"} <= set(columns) and {"mark", "name"} & set(columns)):
            if not "".join(columns).isprintable():
                raise csv.Error("no text")
            raise InputError(
                "The marks lack a column.",
                where=str(path),
                do=f"Give {', '.join(COLUMNS[:-1])} and {COLUMNS[-1]}, named in the first line, as the review sheet saves them.",
            )
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if len(row) > len(columns):
                yield where, None
            elif any(cell.strip() for cell in row):
                yield where, {c: plain_cell(cell.strip()) for c, cell in zip(columns, row, strict=False)}
    except OSError as error:
        raise InputError(f"The marks cannot be read: {error.strerror}.", where=str(path), do=_GIVE) from error
    except csv.Error as error:
        raise InputError("The file of marks is no CSV.", where=str(path), do=_GIVE) from error


def _row(cells: dict[str, str], find: _Finder) -> _Row | str | None:
    """Return what a row says, why it counts for nothing, or None where it says nothing."""
    mark, name = cells.get("mark"), cells.get("name", "")
    mark = None if mark is None else mark.lower()
    if not (mark or name):
        return None
    if mark not in {None, "", WITHDRAWN, *MARKS}:
        return "unknown_mark"
    if mark == WITHDRAWN:
        name = ""
    try:
        name = one_line(name, "a name", LONGEST_NAME, where="name") if name else ""
    except InputError:
        return "bad_name"
    level, words = cells.get("level", "").lower(), cells.get("words", "").split()
    found = find.topic(level, cells.get("topic", ""), words)
    return "unknown_topic" if found is None else _Row(*found, mark, name)

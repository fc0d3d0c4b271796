"""Marks of topics from the file that the review sheet saves: `mark_topics`."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from radmine.cells import plain_cell
from radmine.corpus import Corpus
from radmine.curate.people import now, one_line, who
from radmine.curate.rows import Refused
from radmine.errors import InputError
from radmine.label.answers.truth import open_table
from radmine.records import Topic
from radmine.run import require_run
from radmine.topics import MARKS, TopicMark, add_marks, apply_marks, named_by_words, read_marks

COLUMNS = ("level", "topic", "words", "mark", "name")
LONGEST_NAME = 80  # characters
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of the rows of a file of marks."""

    taken: tuple[TopicMark, ...]  # those that were added
    same: int = 0  # rows that say what stands already
    overruled: int = 0  # rows of which a later one in the same file says another thing
    silent: int = 0  # rows that say nothing
    refused: tuple[Refused, ...] = ()


class _Row(NamedTuple):
    """What one row says of a topic."""

    topic: Topic
    mark: str | None
    name: str


def mark_topics(corpus: Corpus, path: str | PathLike[str], *, by: str | None = None) -> Marked:
    """Return the marks that a file gives the topics of a corpus, once they are on the disk, and what became of its other rows.

    The file is a table with level, topic, words, mark (high, low, or withdrawn: what was said is taken back) and name, as the review
    sheet saves it. A row counts where a topic of its level has its words. Of rows on the same topic the last counts; one that
    says what stands already adds nothing. The next run of `topics` brings them to the topics.

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
    refused: list[Refused] = []
    last: dict[tuple[str, int], _Row] = {}
    silent = same = overruled = 0
    for where, cells in _cells(path):
        row = "bad_line" if cells is None else _row(cells, topics)
        if isinstance(row, str):
            refused.append(Refused(where, row))
        elif row is None:
            silent += 1
        else:
            key = (row.topic.level, row.topic.topic)
            same += last.get(key) == row
            overruled += key in last and last[key] != row
            last[key] = row
    at, taken = now(), list[TopicMark]()
    for key, (topic, mark, name) in last.items():
        stands = before[key]
        if (stands.mark, stands.name) == (mark, name or topic.name):
            same += 1
            continue
        taken.append(TopicMark(topic.level, topic.words, topic.weights, mark, name, person, at, path.name))
    if taken:
        add_marks(corpus, taken)
    return Marked(tuple(taken), same, overruled, silent, tuple(refused))


def _cells(path: Path) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Yield where each row stands, with its cells by column; None where it has too many."""
    try:
        rows = open_table(path)
        columns = [name.strip().lower() for name in next(rows, [])]
        if not ({"level", "words"} <= set(columns) and {"mark", "name"} & set(columns)):
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
    except (OSError, csv.Error) as error:
        raise InputError(
            f"The marks cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give the CSV file that the review sheet saved.",
        ) from error


def _row(cells: dict[str, str], topics: Sequence[Topic]) -> _Row | str | None:
    """Return what a row says, why it counts for nothing, or None where it says nothing."""
    mark, name = cells.get("mark", "").lower(), cells.get("name", "")
    if not (mark or name):
        return None
    if mark not in {"", WITHDRAWN, *MARKS}:
        return "unknown_mark"
    if mark == WITHDRAWN:
        name = ""
    try:
        name = one_line(name, "a name", LONGEST_NAME, where="name") if name else ""
    except InputError:
        return "bad_name"
    level, words = cells.get("level", "").lower(), cells.get("words", "").split()
    of = [t for t in topics if t.level == level and " ".join(t.words).split() == words]
    # Two of the same words: their number tells them apart.
    topic = next((t for t in of if str(t.topic) == cells.get("topic")), of[0] if of else None)
    return "unknown_topic" if topic is None else _Row(topic, mark if mark in MARKS else None, name)

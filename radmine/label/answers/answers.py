"""Answers of other labelers - language models, people, other tools - as votes: `read_answers`, `AnswerStore`.

A file is CSV, TSV or JSON lines with `report_id` (or `report`), or `image_id` (or `image`) of an answer on an image,
`finding`, `answer` and, if it likes, `probability`, `voter` and `kind`: who answered, and whether that is a `person`, an
`llm`, a `tool`, or a `decision`, which is always right. Without a voter the file's name is one. Its votes are cast as "KIND:VOTER".
A row of ours may say that an answer does not count, and why, as `void`.
"""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from radmine.errors import InputError
from radmine.findings import AMBIGUOUS, ANSWERS, SILENT, Lexicon, NameReader, in_order
from radmine.label.weigh.combine import ANSWERERS, PROBABILITY, agrees
from radmine.records import Assertion, Vote

REPORT_COLUMNS, IMAGE_COLUMNS = ("report_id", "report"), ("image_id", "image")

VOID = frozenset(
    (
        "bad_reply",
        "contradicts_itself",
        "cut_reply",
        "no_reply",
        "not_asked",
        "quote_not_found",
        "refused_by_server",
        "unknown_answer",
    )
)
"""Why an answer of a language model does not count, as its file says it (see `radmine.curate.asking`)."""

_COLUMNS = frozenset((*REPORT_COLUMNS, *IMAGE_COLUMNS, "finding", "answer", "probability", "voter", "kind"))


class Answer(NamedTuple):
    """One labeler's word on one finding of one report, or of one image."""

    report_id: str  # "" of an answer on an image
    image_id: str  # "" of an answer on a report
    finding: str
    vote: Vote


class Refused(NamedTuple):
    """A row that is no answer, and why."""

    item: str  # "file:line", or the report or image
    # unknown_finding | unknown_answer | ambiguous_answer | bad_probability | unknown_kind | incomplete_row | bad_line
    # | unknown_report | unknown_image | contradicts_itself | one of `VOID`
    reason: str
    detail: str = ""  # the finding, where an answer of a language model is void


def read_answers(
    path: str | PathLike[str],
    *,
    uncertain: Iterable[str] = (),
    scheme: str | None = None,
    lexicon: Lexicon | None = None,
    kind: str = "tool",
) -> Iterator[Answer | Refused]:
    """Yield the answers of a file, row by row, and the rows that are none.

    Parameters
    ----------
    uncertain
        Answers that mean "uncertain" besides the usual words, such as "-1", which in some tools means that and in others
        that nothing is said: without it such a row is refused.
    scheme
        The label scheme by whose names the findings go; None: any that knows the name.
    lexicon
        Of the corpus that is answered about; None: ours.
    kind
        Who answered, where a row does not say: person, llm, tool or decision.

    Raises
    ------
    InputError
        The file cannot be read or lacks a column.
    """
    path = Path(path)
    reader = NameReader(scheme=scheme, lexicon=lexicon)
    means = {**ANSWERS, **dict.fromkeys((w.strip().lower() for w in uncertain), Assertion.UNCERTAIN)}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for line, row in _rows(stream, path):
                item = f"{path.name}:{line}"
                if row is None:
                    yield Refused(item, "bad_line")
                else:
                    yield from _answer(
                        {"voter": path.stem, "kind": kind, **_filled(row)}, item, reader, means
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The answers cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give a CSV, TSV or JSON lines file in UTF-8.",
        ) from error


def _rows(stream: Iterable[str], path: Path) -> Iterator[tuple[int, dict[str, str] | None]]:
    if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
        for line, text in enumerate(stream, start=1):
            if line == 1 and text.lstrip().startswith("["):
                raise InputError(
                    "The answers are one JSON array.",
                    where=str(path),
                    do="Give JSON lines: one object a line.",
                )
            if text.strip():
                yield line, _object(text)
        return
    table = csv.DictReader(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    columns = [name.strip().lower() for name in table.fieldnames or ()]
    if not ({"finding", "answer"} <= set(columns) and {*REPORT_COLUMNS, *IMAGE_COLUMNS} & set(columns)):
        ours = [name for name in dict.fromkeys(columns) if name in _COLUMNS]  # any other may be a value
        others = len(columns) - len(ours)
        raise InputError(
            f"The answers lack a column; there are {', '.join(ours) or 'none of ours'}"
            + (f" and {others} more." if others else "."),
            where=str(path),
            do="Give report_id or image_id, finding and answer, named in the first line.",
        )
    table.fieldnames = columns
    for row in table:
        yield (
            table.line_num,
            {k: v or "" for k, v in row.items() if isinstance(k, str) and not isinstance(v, list)},
        )


def _object(text: str) -> dict[str, str] | None:
    try:
        row = json.loads(text)
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    return {str(k): "" if v is None else str(v) for k, v in row.items()}


def _filled(row: Mapping[str, str]) -> dict[str, str]:
    """Return what a row says, without what it leaves empty."""
    return {column: value.strip() for column, value in row.items() if value.strip()}


def _answer(
    row: Mapping[str, str], item: str, reader: NameReader, means: Mapping[str, Assertion]
) -> Iterator[Answer | Refused]:
    report, image = (
        next((row[c] for c in columns if c in row), "") for columns in (REPORT_COLUMNS, IMAGE_COLUMNS)
    )
    name, word, kind = row.get("finding", ""), row.get("answer", "").lower(), row["kind"].lower()
    if report and row.get("void") in VOID:
        of = reader.read(name)
        yield Refused(report, row["void"], of.finding if of else "")
        return
    if not (report or image) or not name:
        yield Refused(item, "incomplete_row")
        return
    if kind not in ANSWERERS:
        yield Refused(item, "unknown_kind")
        return
    named = reader.read(name)
    assertion = means.get(word)
    if named is None:
        if not reader.is_normal(name):
            yield Refused(item, "unknown_finding")
    elif assertion is not None:
        probability = _probability(row.get("probability", ""), assertion)
        if probability is None:
            yield Refused(item, "bad_probability")
        else:
            vote = Vote(f"{kind}:{row['voter']}", assertion, probability)
            yield Answer("" if image else report, image, named.finding, vote)
    elif word not in SILENT:
        yield Refused(item, "ambiguous_answer" if word in AMBIGUOUS else "unknown_answer")


def _probability(text: str, assertion: Assertion) -> float | None:
    """Return the probability that a finding is present; the usual one of an assertion where the row gives none.

    None where it is no number from 0 to 1, or says the opposite of the assertion.
    """
    if not text.strip():
        return PROBABILITY[assertion]
    try:
        value = float(text)
    except ValueError:
        return None
    return value if agrees(assertion, value) else None


class AnswerStore:
    """Answers on disk, found by report or image: files of any size pass through in little memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(
        self, answers: Iterable[Answer | Refused], reports: Iterable[str], images: Iterable[str] = ()
    ) -> Iterator[Refused]:
        """Write answers; yield what was refused, each report and image that is none of these, and those on which one labeler says
        two things of a finding, once for each.
        """
        self.path.unlink(missing_ok=True)
        refused: list[Refused] = []
        with closing(sqlite3.connect(self.path)) as base, base:
            base.execute("create table known (kind text, id text, primary key (kind, id)) without rowid")
            for kind, ids in (("report", reports), ("image", images)):
                base.executemany("insert or ignore into known values (?, ?)", ((kind, i) for i in ids))
            base.execute(
                "create table answers (kind text, id text, finding text, voter text, said text, p real)"
            )
            for answer in answers:
                if isinstance(answer, Refused):
                    refused.append(answer)
                    continue
                item = ("image", answer.image_id) if answer.image_id else ("report", answer.report_id)
                vote = answer.vote
                row = (*item, answer.finding, vote.voter, str(vote.assertion), vote.probability)
                base.execute("insert into answers values (?, ?, ?, ?, ?, ?)", row)
            base.execute("create index by_item on answers (kind, id, finding, voter, said)")
            strangers = base.execute(
                "select distinct kind, id from answers where (kind, id) not in (select kind, id from known)"
                " order by kind desc, id"
            )
            refused += [Refused(item, f"unknown_{kind}") for kind, item in strangers]
            torn = base.execute(
                "select kind, id from answers where (kind, id) in (select kind, id from known)"
                " group by kind, id, finding, voter having min(said) <> max(said) order by kind desc, id, finding, voter"
            )
            refused += [Refused(item, "contradicts_itself") for _, item in torn]
        yield from refused

    def on_reports(self, reports: Iterable[str]) -> dict[str, list[tuple[str, Vote]]]:
        """Return the votes on each of these reports; of a labeler that answers twice the last word counts."""
        return self._votes("report", reports)

    def on_images(self, images: Iterable[str]) -> dict[str, list[tuple[str, Vote]]]:
        """Return the votes on each of these images; of a labeler that answers twice the last word counts."""
        return self._votes("image", images)

    def images(self) -> frozenset[str]:
        """Return the images on which there are answers."""
        with self._open() as base:
            return frozenset(
                i for (i,) in base.execute("select distinct id from answers where kind = 'image'")
            )

    def _open(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True))

    def _votes(self, kind: str, items: Iterable[str]) -> dict[str, list[tuple[str, Vote]]]:
        found: dict[str, list[tuple[str, Vote]]] = {}
        with self._open() as base:
            for item in items:
                rows = base.execute(
                    "select finding, voter, said, p from answers where kind = ? and id = ? order by rowid",
                    (kind, item),
                )
                last = {(f, voter): (f, Vote(voter, Assertion(said), p)) for f, voter, said, p in rows}
                by_finding: dict[str, list[tuple[str, Vote]]] = {}
                for finding, voter in sorted(last):
                    by_finding.setdefault(finding, []).append(last[finding, voter])
                if last:
                    found[item] = [pair for pairs in in_order(by_finding).values() for pair in pairs]
        return found

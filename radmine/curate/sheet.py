"""A sheet for people to check labels in: one row a report and finding, opened in a spreadsheet, filled in, and read again.

A report begins with a row of its text and no finding; then comes a row for each finding that we label, with our answer, what
people decided of it before (our answer is that of the other voters), the sentence and the rule. People fill in the column `answer`, and add rows (`report_id`, `finding`, `answer`) for what we missed.
The filled sheet is a table of truth (`radmine evaluate NAME --truth FILE`), and one of answers.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.curate.compare import asked_labels
from radmine.curate.draw import DOUBTFUL, RANDOM, Drawn, draw, population
from radmine.curate.labelled import Labelled, evidence_of, labels_of
from radmine.curate.spreadsheet import write_csv
from radmine.errors import InputError
from radmine.findings import Lexicon, schemes
from radmine.label.answers.truth import TableOfAnswers, read_cells
from radmine.records import Assertion, Label
from radmine.run import check_together, require_run

COLUMNS = (
    "report_id",
    "drawn",
    "finding",
    "answer",
    "ours",
    "probability",
    "decided",
    "sentence",
    "rule",
    "trigger",
    "text",
)
_Answers = dict[str, dict[str, str]]  # report -> finding, "" of the report's own row -> answer


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """A sheet that was written."""

    path: Path
    reports: int  # that one could draw from
    random: int  # reports that are drawn so
    doubtful: int
    rows: int  # findings to check
    kept: int  # answers that stood in the sheet before


def sample_check(
    corpus: Corpus, to: str | PathLike[str], *, n: int = 50, seed: int = 0, scheme: str | None = None
) -> SampleCheck:
    """Return what a sheet of `n` reports to check holds, written as a CSV file.

    Half of the reports are drawn at random, and half are the most doubtful (see `radmine.curate.draw`). Answers in the file, where it is
    such a sheet already, stay: with a larger `n` it grows.

    Parameters
    ----------
    scheme
        Ask for the labels of this scheme; None: for our findings, without more general ones that follow from others.

    Raises
    ------
    InputError
        The corpus is not labelled, there is no such scheme, or another file, or answers on other reports, would be lost.
    """
    if scheme is not None and scheme not in schemes():
        raise InputError(
            f"There is no label scheme {scheme!r}.", where=scheme, do=f"Valid: {', '.join(schemes())}."
        )
    require_run(corpus, "label")
    check_together(corpus, "parse")
    path = Path(to)
    drawn = draw(corpus, n, seed=seed)
    before = _answers_in(path, {one.report_id for one in drawn}) if path.exists() else {}
    labelled = labels_of(corpus, [one.report_id for one in drawn])
    lexicon = corpus.lexicon
    rows = [
        row for one in drawn for row in _rows(one, labelled, scheme, lexicon, before.get(one.report_id, {}))
    ]
    write_csv(path, COLUMNS, rows)
    whys = [one.why for one in drawn]
    return SampleCheck(
        path,
        population(corpus),
        whys.count(RANDOM),
        whys.count(DOUBTFUL),
        sum(1 for row in rows if row[2]),
        sum(1 for row in rows if row[3]),
    )


def is_sheet(table: TableOfAnswers) -> bool:
    """Return whether a table is such a sheet."""
    return {"report_id", "drawn", "finding", "answer"} <= set(table.columns)


def _answers_in(path: Path, drawn: Collection[str]) -> _Answers:
    """Return the answers that a sheet holds; raises InputError where one of them would be lost."""
    table = read_cells(path)
    if not is_sheet(table):
        raise InputError("Another file stands here.", where=str(path), do="Give another path with --to.")
    answers: _Answers = {}
    for cell in table.cells:
        if cell.word.strip():
            answers.setdefault(cell.item, {})[cell.name] = cell.word.strip()
    lost = answers.keys() - set(drawn)
    if lost:
        raise InputError(
            f"The sheet has answers on {len(lost)} reports that are not drawn now.",
            where=str(path),
            do="Give the same --seed and at least the same --n as before, or another path with --to.",
        )
    return answers


def _rows(
    one: Drawn, labelled: Labelled, scheme: str | None, lexicon: Lexicon, before: Mapping[str, str]
) -> Iterator[list[object]]:
    report = one.report_id
    yield [report, one.why, "", before.get("", ""), "", "", "", "", "", "", labelled.reads[report].text]
    asked = dict(_asked(labelled.labels[report], scheme, lexicon))
    for finding, label in asked.items():
        found = evidence_of(labelled, report, label, ())
        said = str(label.assertion), f"{label.probability:.2f}"
        evidence = found.sentence, found.rule, found.trigger
        decided = _decided(finding, labelled.by_people[report], scheme)
        yield [report, one.why, finding, before.get(finding, ""), *said, decided, *evidence, ""]
    for finding, answer in before.items():  # what somebody added
        if finding and finding not in asked:
            yield [report, one.why, finding, answer, "", "", "", "", "", "", ""]


def _decided(name: str, by_people: Mapping[str, Assertion], scheme: str | None) -> str:
    """Return what people decided of a finding, or of what speaks for a label of a scheme."""
    if scheme:
        of = schemes()[scheme].speaks_for
        said = [word for finding, word in by_people.items() if name in of.get(finding, ())]
        return str(max(said, key=lambda word: word.strength)) if said else ""
    return str(by_people.get(name, ""))


def _asked(labels: Mapping[str, Label], scheme: str | None, lexicon: Lexicon) -> Iterator[tuple[str, Label]]:
    """Yield the labels to check, present ones first."""
    if scheme:
        names = schemes()[scheme].labels
        of = asked_labels(labels, dict.fromkeys(names, ()), scheme, lexicon)
    else:
        of = {finding: label for finding, label in labels.items() if not _follows(finding, labels, lexicon)}
    yield from sorted(of.items(), key=lambda pair: -pair[1].assertion.strength)


def _follows(finding: str, labels: Mapping[str, Label], lexicon: Lexicon) -> bool:
    """Return whether a label follows from that of a more special finding: nothing names the finding itself."""
    label = labels[finding]
    named = any(m.finding == finding for vote in label.evidence for m in vote.mentions)
    if named or label.assertion is Assertion.ABSENT:
        return False
    kinds = set(lexicon.kinds_of(finding)) - {finding}
    return any(kind in kinds and of.assertion is label.assertion for kind, of in labels.items())

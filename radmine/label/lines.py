"""Labels of reports that come as text: JSON lines, or one report as it is."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from os import PathLike
from typing import Any

from radmine.errors import InputError
from radmine.findings import to_scheme
from radmine.label.report import label_report
from radmine.parse import check_parser
from radmine.records import Label, Mention
from radmine.run import map_in_order, uncollected

_CHUNK = 200  # reports that are labelled at once

_Report = tuple[str, str]  # id, text


def label_lines(
    lines: Iterable[str],
    *,
    scheme: str | None = None,
    voters: str | PathLike[str] | None = None,
    workers: int = 1,
) -> Iterator[str]:
    """Yield a JSON object, `{"id", "labels": {finding: {"assertion", "probability", "evidence"}}}`, for each report.

    A report without text has `"rejected": "empty_report"` beside its empty labels. Any number of reports fits into memory.

    Parameters
    ----------
    lines
        JSON lines with `id` and `text` where the first begins with `{`, else the lines of one report, whose id is "-".
        A JSON array is refused, and so is text that is not UTF-8.
    scheme
        A published data set's own label names (see `radmine.findings.schemes`).
    voters
        A folder of trained voters; None means the rules alone.
    workers
        Processes.

    Raises
    ------
    InputError
        A line is no such object, or the scheme is unknown; reports before that line are labelled.
    RadmineError
        The reader's rules no longer work (`radmine.parse.check_parser`).
    """
    check_parser()
    wrong: list[InputError] = []
    chunks = _chunks(lines, wrong)
    work = partial(_label, scheme=scheme, voters=voters)
    for labelled in map_in_order(work, ((chunk,) for chunk in chunks), workers=workers):
        yield from labelled
    if wrong:
        raise wrong[0]


def _chunks(lines: Iterable[str], wrong: list[InputError]) -> Iterator[list[_Report]]:
    """Yield reports, some at once, up to the first line that is none: the error goes to `wrong`."""

    def good() -> Iterator[_Report]:
        try:
            yield from _reports_in(lines)
        except InputError as error:
            wrong.append(error)

    reports = good()
    while chunk := list(islice(reports, _CHUNK)):
        yield chunk


def _reports_in(lines: Iterable[str]) -> Iterator[_Report]:
    before: list[str] = []
    numbered = enumerate(lines, start=1)
    for number, line in numbered:
        text = line.removeprefix("\ufeff") if number == 1 else line
        if "\0" in text or re.match(r"\s*\[\s*[{\]]", text):
            raise InputError(
                "Neither text in UTF-8 nor JSON lines.",
                where=f"standard input, line {number}",
                do='Give one object a line, in UTF-8: {"id": "1", "text": "..."}.',
            )
        if text.lstrip().startswith("{"):
            yield from _objects(chain([(number, text)], numbered))
            return
        before.append(text)
        if text.strip():
            break
    yield "-", "".join((*before, *(line for _, line in numbered)))


def _objects(lines: Iterable[tuple[int, str]]) -> Iterator[_Report]:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            report_id, report = item["id"], item["text"]
            if not isinstance(report_id, str | int) or not isinstance(report, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError(
                "Not a JSON object with an id and a text.",
                where=f"standard input, line {number}",
                do='Give one object a line: {"id": "1", "text": "..."}.',
            ) from None
        yield str(report_id), report


# -- some reports, in a process of their own --------------------------------------------------------------


def _label(reports: list[_Report], *, scheme: str | None, voters: str | PathLike[str] | None) -> list[str]:
    with uncollected():
        return [json.dumps(_row(name, text, scheme, voters), ensure_ascii=False) for name, text in reports]


def _row(report_id: str, text: str, scheme: str | None, voters: str | PathLike[str] | None) -> dict[str, Any]:
    if not text.strip():
        return {"id": report_id, "labels": {}, "rejected": "empty_report"}
    labels = label_report(text, voters=voters)
    shown = to_scheme(labels, scheme) if scheme else labels
    return {"id": report_id, "labels": {name: _plain(label) for name, label in shown.items()}}


def _plain(label: Label) -> dict[str, Any]:
    evidence = [
        {
            "voter": vote.voter,
            "assertion": vote.assertion,
            "probability": vote.probability,
            "mentions": [dict(zip(Mention._fields, mention, strict=True)) for mention in vote.mentions],
        }
        for vote in label.evidence
    ]
    return {"assertion": label.assertion, "probability": label.probability, "evidence": evidence}

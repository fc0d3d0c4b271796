"""Labels of reports that come as text: JSON lines, or one report as it is."""

import json
from collections.abc import Iterator
from os import PathLike
from typing import Any

from radmine.errors import InputError
from radmine.findings import to_scheme
from radmine.label.report import label_report
from radmine.parse import check_reader


def label_lines(
    text: str, *, scheme: str | None = None, voters: str | PathLike[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "labels": {finding: {"assertion", "probability", "evidence"}}}` for each report in a text.

    Parameters
    ----------
    text
        JSON lines with `id` and `text` where it begins with `{`, else one report, whose id is "-".
    scheme
        A published data set's own label names (see `radmine.findings.schemes`).
    voters
        A folder of trained voters; None means the rules alone.

    Raises
    ------
    InputError
        A line is no such object, or the scheme is unknown.
    RadmineError
        The reader's rules no longer work (`radmine.parse.check_reader`).
    """
    check_reader()
    for report_id, report in _reports_in(text):
        labels = label_report(report, voters=voters)
        yield {
            "id": report_id,
            "labels": {
                finding: {
                    "assertion": label.assertion,
                    "probability": label.probability,
                    "evidence": label.evidence,
                }
                for finding, label in (to_scheme(labels, scheme) if scheme else labels).items()
            },
        }


def _reports_in(text: str) -> Iterator[tuple[str, str]]:
    text = text.removeprefix("\ufeff")
    if not text.lstrip().startswith("{"):
        yield "-", text
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            report_id, report = str(item["id"]), item["text"]
            if not isinstance(report, str):
                raise TypeError
        except (json.JSONDecodeError, KeyError, TypeError):
            raise InputError(
                "Not a JSON object with an id and a text.",
                where=f"standard input, line {number}",
                do='Give one object a line: {"id": "1", "text": "..."}.',
            ) from None
        yield report_id, report

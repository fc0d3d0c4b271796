"""Which findings reports name: see the heads of findings.tsv, composed.tsv and chest_ct.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows(table):
    for line in Path(__file__).with_name(table).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, names = line.partition("\t")
            yield text.replace("\\n", "\n"), names.split()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        *rows("findings.tsv"),
        *rows("composed.tsv"),
        *rows("chest_ct.tsv"),
        *rows("abdomen.tsv"),
        *rows("modalities.tsv"),
        *rows("blind2.tsv"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_findings_of_reports(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert [mark + name for name, mark in sorted(said)] == names

"""Where statements end and what fields answer: see the head of statements.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("statements.tsv").read_text("utf-8").splitlines():
        if not line.startswith("# "):
            text, _, names = line.rpartition("\t")
            yield text.replace("⏎", "\n").replace("⇥", "\t"), names.split()


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: ascii(value)[:60])
def test_statements_end_where_they_were_ended(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert sorted(mark + name for name, mark in said) == names

"""What is read of the head, the spine, bones and devices: see the head of head_and_bones.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("head_and_bones.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, names = line.partition("\t")
            yield text.replace("\\n", "\n"), names.split()


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: str(value)[:60])
def test_findings_of_head_spine_bones_and_devices(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert [mark + name for name, mark in sorted(said)] == names

"""What counts under which heading: see the head of headings.tsv."""

from pathlib import Path

import pytest

from radmine.parse import makes_label, parse_report
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("headings.tsv").read_text("utf-8").splitlines():
        text, tab, names = line.partition("\t")
        if tab:
            yield text.replace("\\n", "\n"), names.split()


def counted(text):
    """Return what counts of a report, marked and in order of name."""
    read = parse_report(text)
    return sorted(
        {
            MARKS[m.assertion] + m.finding
            for m in read.mentions
            if m.of_patient_now and makes_label(read.section_of(m))
        }
    )


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: str(value)[:60])
def test_what_counts_of_reports(text, names):
    assert counted(text) == names

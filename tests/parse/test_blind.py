"""What labels say of sentences that were written before the reader had read them: see the head of blind.tsv."""

from pathlib import Path

import pytest

from radmine.label import label_report
from radmine.records import Assertion

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}
ESCAPED = {"\\n": "\n", "\\t": "\t", "\\r": "\r"}


def written(text):
    parts = text.split("\\\\")
    for shown, meant in ESCAPED.items():
        parts = [part.replace(shown, meant) for part in parts]
    return "\\".join(parts)


def rows():
    for line in Path(__file__).with_name("blind.tsv").read_text("utf-8").split("\n"):
        if "\t" in line and not line.startswith("# A report"):
            text, _, names = line.rpartition("\t")
            yield written(text), names


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: repr(value)[:60])
def test_a_report_never_says_the_opposite(text, names):
    said = {name: label.assertion for name, label in label_report(text).items()}
    for name in names.split():
        bare = name.lstrip("-?!")
        if name[0] == "!":
            assert said.get(bare) is not Assertion.PRESENT, name
        else:
            assert said.get(bare) is MARKS.get(name[0], Assertion.PRESENT), name

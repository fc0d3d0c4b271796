"""What hedges say, and how likely they make it: see the head of hedges_more.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import STRUCTURE

RANGES = {
    "sure": (1, 1),
    "probable": (0.6, 0.95),
    "possible": (0.2, 0.6),
    "unlikely": (0.01, 0.25),
    "absent": (0, 0),
}


def rows():
    for line in Path(__file__).with_name("hedges_more.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))


@pytest.mark.parametrize(("marked", "assertion", "level"), rows(), ids=lambda value: str(value)[:60])
def test_a_hedge_says_what_is_doubted_and_how_much(marked, assertion, level):
    start, end = marked.index("{"), marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    said = [
        m for m in parse_report(text).mentions if m.start < end and start < m.end and m.finding != STRUCTURE
    ]
    assert said, "nothing is read there"
    assert {str(m.assertion) for m in said} == {assertion}
    low, high = RANGES[level]
    assert all(low <= m.certainty <= high for m in said), [m.certainty for m in said]

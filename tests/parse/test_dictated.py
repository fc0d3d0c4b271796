"""What dictated reports say, with side and size: see the head of dictated.tsv."""

import re
from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion, Temporality

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}
EXPECTED = re.compile(r"([-?!]?)([^/=]+)(?:/(\w+))?(?:=([\dx.]*))?")


def rows():
    for line in Path(__file__).with_name("dictated.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, expected = line.partition("\t")
            yield text.replace("\\n", "\n"), expected.split()


@pytest.mark.parametrize(("text", "expected"), list(rows()), ids=lambda value: str(value)[:60])
def test_dictated_report_says(text, expected):
    mentions = parse_report(text).mentions
    for said in expected:
        mark, name, side, size = EXPECTED.fullmatch(said).groups()
        named = [m for m in mentions if m.finding == name and side in (None, m.laterality)]
        if mark == "!":
            assert named == []
            continue
        assert {m.assertion for m in named} == {MARKS.get(mark, Assertion.PRESENT)}, said
        assert {m.temporality for m in named} == {Temporality.CURRENT}
        if size is not None:
            sizes = tuple(float(part) for part in size.split("x") if part)
            assert {m.size_mm for m in named} == {sizes}, said

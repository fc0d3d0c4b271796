"""What dictated reports say, with side, size and change: see the heads of the tables."""

import re
from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion, Temporality

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}
SIGNS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}
EXPECTED = re.compile(r"([-?!~]?)([^/=^]+)(?:/(\w*))?(?:=([\dx.]*))?(?:\^(\w*))?")


def rows(*tables):
    for table in tables:
        for line in Path(__file__).with_name(f"{table}.tsv").read_text("utf-8").splitlines():
            if not line.startswith("# "):
                text, expected, *more = line.split("\t")
                yield text.replace("\\n", "\n"), expected.split(), more[0] if more else None


def shortened(value):
    return str(value)[:60]


@pytest.mark.parametrize(
    ("text", "expected", "_"), list(rows("dictated", "then_and_now", "organs_of_titles")), ids=shortened
)
def test_dictated_report_says(text, expected, _):
    mentions = parse_report(text).mentions
    for said in expected:
        mark, name, side, size, change = EXPECTED.fullmatch(said).groups()
        named = [
            m
            for m in mentions
            if name in (m.finding, f"{m.finding}@{m.anatomy}") and side in (None, m.laterality or "")
        ]
        if mark == "!":
            assert named == [], said
            continue
        assert named, said
        if mark == "~":
            assert Temporality.CURRENT not in {m.temporality for m in named}, said
            continue
        assert {m.assertion for m in named} == {MARKS.get(mark, Assertion.PRESENT)}, said
        assert {m.temporality for m in named} == {Temporality.CURRENT}, said
        if size is not None:
            assert {m.size_mm for m in named} == {tuple(float(part) for part in size.split("x") if part)}, (
                said
            )
        if change is not None:
            assert {m.change or "" for m in named} == {change}, said


@pytest.mark.parametrize(
    ("text", "names", "more"), list(rows("dictated_names", "dictated_words")), ids=shortened
)
def test_dictated_report_names_these_and_no_more(text, names, more):
    mentions = parse_report(text).mentions
    assert [
        sign + name for name, sign in sorted({(m.finding, SIGNS[m.assertion]) for m in mentions})
    ] == names
    if more is not None:
        first = mentions[0]
        assert set(more.split()) <= {first.anatomy, first.laterality, first.change}
        assert more or first.anatomy is None

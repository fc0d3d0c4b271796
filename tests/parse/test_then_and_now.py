"""What is, what was and what is gone: see the head of then_and_now.tsv."""

import re
from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion, Temporality

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}
EXPECTED = re.compile(r"([-?~]?)([^/=^]+)(?:/(\w+))?(?:=(\d+))?(?:\^(\w*))?")


def rows():
    for line in Path(__file__).with_name("then_and_now.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, expected = line.partition("\t")
            yield text, expected.split()


@pytest.mark.parametrize(("text", "expected"), list(rows()), ids=lambda value: str(value)[:60])
def test_what_is_now(text, expected):
    mentions = parse_report(text).mentions
    for said in expected:
        mark, name, side, size, change = EXPECTED.fullmatch(said).groups()
        named = [m for m in mentions if m.finding == name]
        assert named, said
        if mark == "~":
            assert all(m.temporality is not Temporality.CURRENT for m in named)
            continue
        assert {m.assertion for m in named} == {MARKS.get(mark, Assertion.PRESENT)}, said
        assert {m.temporality for m in named} == {Temporality.CURRENT}
        if side is not None:
            assert {m.laterality for m in named} == {side}
        if size is not None:
            assert {m.size_mm for m in named} == {(float(size),)}
        if change is not None:
            assert {m.change or "" for m in named} == {change}

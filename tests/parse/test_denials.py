"""What is denied, of what, and how far: see the heads of denials.tsv and leading_denials.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion, Temporality

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}


def rows():
    for table in ("denials.tsv", "leading_denials.tsv"):
        for line in Path(__file__).with_name(table).read_text("utf-8").splitlines():
            if line.startswith("#"):
                continue
            text, _, names = line.partition("\t")
            yield text, {name.lstrip("-?"): MARKS.get(name[0], Assertion.PRESENT) for name in names.split()}


@pytest.mark.parametrize(("text", "expected"), list(rows()), ids=lambda value: str(value)[:60])
def test_sentence_denies_what_it_says_and_no_more(text, expected):
    said = {}
    for mention in parse_report(text).mentions:
        if mention.temporality is not Temporality.CURRENT:
            continue
        said.setdefault(mention.finding, set()).add(mention.assertion)
    if not expected:
        assert said == {}
    assert {name: said.get(name) for name in expected} == {name: {how} for name, how in expected.items()}

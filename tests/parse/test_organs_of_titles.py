"""What is read of doubts before a colon, of organs that words leave open, and of sides of titles: see the head of organs_of_titles.tsv."""

import re
from pathlib import Path

import pytest

from radmine.parse import makes_label, parse_report
from radmine.records import Assertion

MARKS = {"-": Assertion.ABSENT, "?": Assertion.UNCERTAIN}
EXPECTED = re.compile(r"([-?!]?)([^/]+)(?:/(\w*))?")


def rows():
    for line in Path(__file__).with_name("organs_of_titles.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, expected = line.partition("\t")
            yield text.replace("\\n", "\n"), expected.split()


@pytest.mark.parametrize(("text", "expected"), list(rows()), ids=lambda value: str(value)[:60])
def test_organs_and_sides(text, expected):
    mentions = parse_report(text).mentions
    for said in expected:
        mark, name, side = EXPECTED.fullmatch(said).groups()
        named = [
            m
            for m in mentions
            if name in (m.finding, f"{m.finding}@{m.anatomy}") and side in (None, m.laterality or "")
        ]
        if mark == "!":
            assert named == [], said
            continue
        assert {m.assertion for m in named} == {MARKS.get(mark, Assertion.PRESENT)}, said


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("Apical thrombus in the left ventricle.", ("myocardium", "left_ventricle")),
        ("US THYROID\nNodule 1: right mid pole.", ("thyroid",)),
        ("Pancreas: 8 mm cyst in the head.", ("pancreatic_head", "pancreas")),
        ("Nodule in the right apex.", ("lung_apex",)),
    ],
)
def test_an_end_of_an_organ_is_no_site_of_another(text, sites):
    (mention,) = parse_report(text).mentions
    assert mention.sites == sites


@pytest.mark.parametrize(
    "text",
    [
        "Cholecystitis suspected: wall thickening and stones in the gallbladder.",
        "Question of left apical pneumothorax: repeat film. Effusion on right.",
        "Empyema suspected on the right: pleura enhances. Effusion.",
    ],
)
def test_a_doubt_before_a_colon_makes_labels(text):
    report = parse_report(text)
    assert len(report.mentions) > 1
    assert all(makes_label(report.section_of(m)) and m.of_patient_now for m in report.mentions)

"""What is read of names, places and words as they are dictated: see the head of dictated_names.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("dictated_names.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, names, *site = line.split("\t")
            yield text.replace("\\n", "\n"), names.split(), site[0] if site else None


@pytest.mark.parametrize(("text", "names", "site"), list(rows()), ids=lambda value: str(value)[:60])
def test_names_and_places_as_they_are_dictated(text, names, site):
    mentions = parse_report(text).mentions
    assert [
        mark + name for name, mark in sorted({(m.finding, MARKS[m.assertion]) for m in mentions})
    ] == names
    if site is not None:
        assert (mentions[0].anatomy or "") == site


@pytest.mark.parametrize("text", ["Polyp in the nasal cavity.", "Hematoma in the abdominal cavity."])
def test_a_cavity_of_the_body_makes_no_cavitary_lesion(text):
    (mention,) = parse_report(text).mentions
    assert "cavitary" not in mention.tags


def test_slips_of_the_pen_in_sides_and_advice():
    report = parse_report("Nodule in the rigth lower lobe. Folow up CT in 6 months.")
    assert [mention.laterality for mention in report.mentions] == ["right"]
    assert [(advised.kind, advised.modality) for advised in report.recommendations] == [("follow_up", "CT")]

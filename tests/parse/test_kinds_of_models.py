"""Kinds of names that the Open Imaging Finding Models hold: see the head of kinds_of_models.tsv."""

import pytest

from radmine.parse import parse_report
from tests.parse.test_findings import MARKS, rows


@pytest.mark.parametrize(("text", "names"), rows("kinds_of_models.tsv"), ids=lambda value: str(value)[:60])
def test_findings(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert [mark + name for name, mark in sorted(said)] == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He has  Vorhees-Tallman syndrome.", "Vorhees-Tallman syndrome"),
        ("Known Quennell's\ndisease.", "Quennell's\ndisease"),
        ("An old Ostrander fracture.", "Ostrander fracture"),
        ("The patient's fracture.", "fracture"),
        ("PROMINENT FRACTURE.", "FRACTURE"),
        ("Shows a hollow teacup sign.", "teacup sign"),
    ],
)
def test_a_name_is_among_the_words_of_what_it_calls(text, words):
    (mention,) = parse_report(text).mentions
    assert text[mention.start : mention.end] == words


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Acute rib fracture.", ("acute",)),
        ("Chronic subdural hematoma.", ("chronic",)),
        ("Congenital absence of the left kidney.", ("congenital",)),
        ("Post-traumatic arthritis of the ankle.", ("traumatic",)),
        ("Anterior mediastinal mass.", ()),
        ("Posterior rib fracture.", ("posterior",)),
        ("Distal femur fracture.", ()),
        ("Fracture; lateral view.", ()),
        ("Generalized osteopenia.", ("generalized",)),
        ("Unilateral sialadenitis.", ("unilateral",)),
        ("Renal mass in a child.", ("childhood",)),
        ("Ascites secondary to cirrhosis.", ()),
        ("Mass in the left upper lobe.", ()),
    ],
)
def test_course_origin_part_and_age_are_tags(text, tags):
    assert parse_report(text).mentions[0].tags == tags
